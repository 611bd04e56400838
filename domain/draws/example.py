"""A draw, as the documentation shows it."""

from datetime import date
from uuid import UUID

from domain.budgets.example import BUILDER_ID, LINE_ID, LOAN_ID
from domain.draws.events import ChecklistRule, ChecklistStatus, DrawKind
from domain.draws.resource import (
    ChecklistDocumentResource,
    ChecklistEntryResource,
    DrawLineResource,
    DrawResource,
    PayeeResource,
)
from domain.draws.state import DrawState

DRAW = DrawResource(
    id=UUID("01949a1b-22c4-7d51-8a3e-6b7c9d0e1f20"),
    loan_id=LOAN_ID,
    number=1,
    state=DrawState.APPROVED,
    kind=DrawKind.PROGRESS,
    period_to=date(2025, 2, 10),
    builder_user_id=BUILDER_ID,
    lines=[
        DrawLineResource(
            line_id=LINE_ID,
            b="240000.00",
            d="0.00",
            e="60000.00",
            f="30000.00",
            g="90000.00",
            h="150000.00",
            i="9000.00",
            net="81000.00",
            retainage_release="0.00",
        )
    ],
    l4="90000.00",
    l5="9000.00",
    l6="81000.00",
    l7="0.00",
    l8="81000.00",
    l9="159000.00",
    net="81000.00",
    checklist=[
        ChecklistEntryResource(
            rule=ChecklistRule.CONDITIONAL_WAIVER,
            status=ChecklistStatus.ACCEPTED,
            overridden=False,
            override_reason=None,
            overridden_by=None,
            documents=[
                ChecklistDocumentResource(
                    payee="Keller Framing Inc",
                    status=ChecklistStatus.ACCEPTED,
                    document_id=UUID("01950000-0000-7000-8000-00000000d0c1"),
                    through_date=date(2025, 2, 10),
                    expires_on=None,
                    lien=None,
                )
            ],
        )
    ],
    payees=[
        PayeeResource(
            name="Keller Framing Inc",
            amount="81000.00",
        )
    ],
    submitted_by=BUILDER_ID,
    first_submitted_on=date(2025, 2, 10),
    approved_by=UUID("9f3c1f8e-6a52-5c4b-8f0a-1d2e3c4b5a69"),
    wire_ref=None,
    funded_on=None,
    reversed_on=None,
    times_returned=0,
    reason=None,
    version=4,
)
