"""What a draw must meet, over HTTP: documents on its checklist, and rules it is excused from."""

from uuid import UUID

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.draws import decide_on_draw
from command_api.routes.loan_bodies import Dated
from domain.access import Right
from domain.draws.commands import OverrideRule, RecordChecklistItem
from domain.draws.events import ChecklistItem, ChecklistRule, ChecklistStatus
from domain.draws.example import DRAW
from runtime.http import Answer, Call, IsoDate, Router, Text, example

router = Router("draws")


class ChecklistBody(Dated):
    """What became of a document that a rule asks for, and what it says."""

    model_config = example(
        {
            "rule": "CONDITIONAL_WAIVER",
            "status": "ACCEPTED",
            "payee": "Keller Framing Inc",
            "through_date": "2025-02-10",
        }
    )

    rule: ChecklistRule
    status: ChecklistStatus
    payee: Text | None = None
    document_id: UUID | None = None
    through_date: IsoDate | None = None
    expires_on: IsoDate | None = None
    lien: bool | None = None


class OverrideBody(Dated):
    """Which rule the draw is excused from, and why."""

    model_config = example({"rule": "INSPECTION", "reason": "Inspector snowed in; photos seen."})

    rule: ChecklistRule
    reason: Text


@router.post(
    "/draws/{draw_id}/checklist",
    "record_draw_checklist_item",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(RecordChecklistItem),
)
async def record_checklist_item(
    draw_id: UUID, body: ChecklistBody, call: Call, ledger: Ledger
) -> Answer:
    """Record what became of a document; the last word on a rule and payee stands."""
    item = ChecklistItem(
        body.rule,
        body.status,
        body.payee,
        body.document_id,
        body.through_date,
        body.expires_on,
        body.lien,
    )
    return await decide_on_draw(draw_id, RecordChecklistItem(item), body.effective_on, call, ledger)


@router.post(
    "/draws/{draw_id}/overrides",
    "override_draw_rule",
    right=Right.DRAWS_DECIDE,
    example=DRAW,
    refuses=refusals(OverrideRule),
)
async def override_rule(draw_id: UUID, body: OverrideBody, call: Call, ledger: Ledger) -> Answer:
    """Excuse a draw from a rule of the loan's policy; administrators only."""
    who = call.principal
    command = OverrideRule(body.rule, body.reason, who.id, who.role)
    return await decide_on_draw(draw_id, command, body.effective_on, call, ledger)
