"""A budget as JSON shows it."""

from datetime import date
from uuid import UUID

from domain.budgets.state import Budget, BudgetLine, Category, SourceKind
from domain.kernel.money import format_money
from domain.kernel.rates import rate_text
from domain.kernel.resource import Fraction, Money, Resource


class BudgetLineResource(Resource):
    """What a line may spend, has spent, holds for approved draws, and has left.

    ``funded`` includes the borrower's equity, ``reserved`` is net of retainage, and ``unbilled``
    is the budget less everything spent or withheld: ``amount = funded + retainage + unbilled``.
    ``accepted_percent`` is a fraction: ``0.55`` is 55 %.
    """

    line_id: UUID
    code: str
    name: str
    category: Category
    amount: Money
    funded: Money
    reserved: Money
    retainage: Money
    unbilled: Money
    retainage_rate: Fraction
    stored_retainage_rate: Fraction
    accepted_percent: Fraction | None
    inspected_on: date | None
    cost_to_complete: Money
    estimated_on: date | None


class SourceResource(Resource):
    """Where a budget's money comes from."""

    kind: SourceKind
    amount: Money
    spent_on_line: UUID | None


class BudgetResource(Resource):
    """A loan's budget by line."""

    loan_id: UUID
    total: Money
    retainage_withheld: Money
    lines: list[BudgetLineResource]


def budget_resource(loan_id: UUID, budget: Budget) -> BudgetResource:
    """The budget of a loan, which the budget itself does not name."""
    return BudgetResource(
        loan_id=loan_id,
        total=format_money(budget.total_cents),
        retainage_withheld=format_money(budget.withheld_cents),
        lines=line_resources(budget),
    )


def line_resources(budget: Budget) -> list[BudgetLineResource]:
    """The budget's lines."""
    return [_line(budget, line) for line in budget.lines]


def source_resources(budget: Budget) -> list[SourceResource]:
    """The budget's sources."""
    return [
        SourceResource(
            kind=source.kind,
            amount=format_money(source.amount_cents),
            spent_on_line=source.spent_on_line,
        )
        for source in budget.sources
    ]


def _line(budget: Budget, line: BudgetLine) -> BudgetLineResource:
    return BudgetLineResource(
        line_id=line.line_id,
        code=line.code,
        name=line.name,
        category=line.category,
        amount=format_money(line.budget_cents),
        funded=format_money(line.funded_cents),
        reserved=format_money(budget.reserved_on(line.line_id).net_cents),
        retainage=format_money(line.withheld_cents),
        unbilled=format_money(line.unbilled_cents),
        retainage_rate=rate_text(line.retainage_rate),
        stored_retainage_rate=rate_text(line.stored_retainage_rate),
        accepted_percent=None if line.accepted_rate is None else rate_text(line.accepted_rate),
        inspected_on=line.inspected_on,
        cost_to_complete=format_money(line.cost_to_complete_cents),
        estimated_on=line.estimated_on,
    )
