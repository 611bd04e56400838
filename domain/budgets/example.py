"""A budget, as the documentation shows it."""

from datetime import date
from uuid import UUID

from domain.budgets.resource import BudgetLineResource, BudgetResource
from domain.budgets.state import Category

LOAN_ID = UUID("01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10")
LINE_ID = UUID("01948f6e-7d0b-7111-8222-3333aaaa0002")
BUILDER_ID = UUID("3b0f6c0e-8a4d-5e4b-9f57-0c1d2e3f4a5b")

BUDGET = BudgetResource(
    loan_id=LOAN_ID,
    total="240000.00",
    retainage_withheld="0.00",
    lines=[
        BudgetLineResource(
            line_id=LINE_ID,
            code="FRAMING",
            name="Framing",
            category=Category.HARD,
            amount="240000.00",
            funded="0.00",
            reserved="0.00",
            retainage="0.00",
            unbilled="240000.00",
            retainage_rate="0.1",
            stored_retainage_rate="0.1",
            accepted_percent="0.55",
            inspected_on=date(2025, 2, 7),
            cost_to_complete="240000.00",
            estimated_on=date(2025, 2, 7),
        )
    ],
)
