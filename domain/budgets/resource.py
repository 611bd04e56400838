"""A budget's lines as JSON shows them."""

from typing import Any

from domain.budgets.state import Budget, BudgetLine
from domain.kernel.money import format_money
from domain.kernel.rates import rate_text

JsonObject = dict[str, Any]


def line_resources(budget: Budget) -> list[JsonObject]:
    """The budget's lines: what each may spend, has spent, holds for approved draws, and has left.

    ``funded`` includes the borrower's equity, ``reserved`` is net of retainage, and ``unbilled``
    is the budget less everything spent or withheld: ``amount = funded + retainage + unbilled``.
    """
    return [_line(budget, line) for line in budget.lines]


def _line(budget: Budget, line: BudgetLine) -> JsonObject:
    return {
        "line_id": str(line.line_id),
        "code": line.code,
        "name": line.name,
        "category": line.category.value,
        "amount": format_money(line.budget_cents),
        "funded": format_money(line.funded_cents),
        "reserved": format_money(budget.reserved_on(line.line_id).net_cents),
        "retainage": format_money(line.withheld_cents),
        "unbilled": format_money(line.unbilled_cents),
        "retainage_rate": rate_text(line.retainage_rate),
        "stored_retainage_rate": rate_text(line.stored_retainage_rate),
        "accepted_percent": None if line.accepted_rate is None else rate_text(line.accepted_rate),
        "inspected_on": None if line.inspected_on is None else line.inspected_on.isoformat(),
        "cost_to_complete": format_money(line.cost_to_complete_cents),
        "estimated_on": None if line.estimated_on is None else line.estimated_on.isoformat(),
    }
