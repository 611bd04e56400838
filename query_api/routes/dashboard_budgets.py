"""How fast budgets burn, whether the work keeps pace, and what is left to cover surprises."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import json
from pydantic import Field

from domain.access import Right
from domain.budgets.burn import COVER_MIN, OVERFUNDED_POINTS_MAX, overfunding_points
from domain.budgets.state import Category
from domain.kernel.money import format_money
from domain.kernel.resource import Fraction, Money, Resource
from domain.loans.example import LOAN
from projectors.read_models.budget_lines.table import (
    BUDGET_FLAGS,
    BUDGET_LINES,
    BUDGET_TOTALS,
    BUDGETS,
    NO_COVER,
)
from projectors.read_models.loan_summary.table import LOANS
from query_api.counters import sums
from query_api.database import Database, Row
from query_api.figures import (
    HEADING,
    DashboardList,
    DashboardResource,
    decimal_text,
    heading,
    ratio,
    whose,
)
from query_api.paging import Listing, where
from runtime.http import PAGE, Answer, Call, Router

router = Router("dashboards")


class CategoryBurnResource(Resource):
    """The lines of a category over all live loans."""

    category: Category
    lines: int
    budget: Money
    gross: Money
    retainage: Money
    burn: Fraction
    overfunded_lines: int


class LineBurnResource(Resource):
    """A line: how much of it is billed, and how much was found in place.

    ``burn`` and ``physical`` are fractions, ``overfunding_points`` percentage points between them:
    ``0.55`` less ``0.49`` is ``6.00``.
    """

    line_id: UUID
    code: str
    name: str
    category: Category
    budget: Money
    gross: Money
    burn: Fraction | None
    physical: Fraction | None
    inspected_on: date | None
    overfunding_points: Fraction | None
    is_overfunded: bool


class BudgetBurnResource(Resource):
    """A loan's budget; without contingency or hard cost left nothing is covered."""

    loan_id: UUID
    number: str
    project_name: str
    contingency_cover: Fraction | None
    overfunded_lines: int
    is_flagged: bool
    lines: list[LineBurnResource]


class BudgetsBurnResource(DashboardResource):
    """How fast the budgets of live loans burn, and which of them to look at."""

    by_category: list[CategoryBurnResource]
    budgets: int
    flagged: int
    overfunded: int
    thin_contingency: int
    overfunded_points_max: int
    contingency_cover_min: Fraction
    loans: list[BudgetBurnResource]


class _CategorySum(Row):
    category: str
    lines: int
    budget_cents: int
    gross_cents: int
    retainage_cents: int
    overfunded_lines: int


class _Flags(Row):
    loans: int
    flagged: int
    overfunded: int
    thin_contingency: int


_BY_CATEGORY = f"{sums(_CategorySum, BUDGET_TOTALS)} ORDER BY category"
_FLAGS = sums(_Flags, BUDGET_FLAGS)


class _BudgetLine(Row, array_like=True):
    line_id: UUID
    code: str
    name: str
    category: Category
    budget_cents: int
    gross_cents: int
    accepted_rate: Decimal | None
    inspected_on: date | None
    is_overfunded: bool


class _BurningBudget(Row):
    loan_id: UUID
    number: str
    project_name: str
    contingency_cover: Decimal
    overfunded_lines: int
    is_flagged: bool
    lines: str


# With the budget, in one statement: what a line says must not be newer than what its budget does.
_LINES = f"""(
    SELECT json_agg(json_build_array({", ".join(_BudgetLine.__struct_fields__)}) ORDER BY line_number)
    FROM {BUDGET_LINES.fullname} AS line WHERE line.loan_id = budgets.loan_id
)::text"""  # noqa: S608  # constants of this module
_BUDGETS = Listing(
    row=_BurningBudget,
    table=BUDGETS,
    joined="JOIN read.loans USING (loan_id)",
    columns={"number": "loans.number", "project_name": "loans.project_name", "lines": _LINES},
    sorts={"contingency_cover": (BUDGETS.c.contingency_cover, BUDGETS.c.loan_id)},
)
_read_lines = json.Decoder(list[_BudgetLine] | None).decode


class BudgetsQuery(DashboardList):
    """As of when, and which page of the budgets, the thinnest contingency first."""

    sort_by: Literal["contingency_cover"] = "contingency_cover"
    flagged: bool | None = Field(default=None, description="Only those with a flag, or without.")
    loan_id: UUID | None = None


@router.get(
    "/dashboards/budget-burn",
    "get_budget_burn_dashboard",
    right=Right.LOANS_READ,
    reads=(BUDGETS, BUDGET_LINES, BUDGET_TOTALS, BUDGET_FLAGS, LOANS),
    example=BudgetsBurnResource(
        **HEADING,
        by_category=[
            CategoryBurnResource(
                category=Category.HARD,
                lines=4,
                budget="780000.00",
                gross="645000.00",
                retainage="46500.00",
                burn="0.8269",
                overfunded_lines=1,
            )
        ],
        budgets=1,
        flagged=1,
        overfunded=1,
        thin_contingency=0,
        overfunded_points_max=OVERFUNDED_POINTS_MAX,
        contingency_cover_min=str(COVER_MIN),
        loans=[
            BudgetBurnResource(
                loan_id=LOAN.id,
                number=LOAN.number,
                project_name=LOAN.project_name,
                contingency_cover="5.7778",
                overfunded_lines=1,
                is_flagged=True,
                lines=[
                    LineBurnResource(
                        line_id=LOAN.lines[0].line_id,
                        code="FRAMING",
                        name="Framing",
                        category=Category.HARD,
                        budget="240000.00",
                        gross="240000.00",
                        burn="1.0000",
                        physical="0.9400",
                        inspected_on=date(2025, 4, 10),
                        overfunding_points="6.00",
                        is_overfunded=True,
                    )
                ],
            )
        ],
    ),
    meta=PAGE,
)
async def get_budget_burn_dashboard(query: BudgetsQuery, call: Call, database: Database) -> Answer:
    """Budgets of live loans: how much of each line is billed, and how much of it is in place.

    Burn is billed over budget. A line is overfunded when that is over five points ahead of what the
    last accepted inspection found. Contingency cover is the part of the contingency left over the
    part of the hard cost left; below one it is thin.
    """
    given = {"whose": whose(call)}
    categories = await database.rows(_CategorySum, _BY_CATEGORY, given)
    (held,) = await database.rows(_Flags, _FLAGS, given)
    chosen = where(
        live=("budgets.is_live", True),
        flagged=("budgets.is_flagged", query.flagged or None),
        unflagged=("NOT budgets.is_flagged", True if query.flagged is False else None),
        loan=("budgets.loan_id = %(loan)s", query.loan_id),
        owner=("budgets.builder_user_id = %(owner)s", call.owner_id),
    )
    total = {None: held.loans, True: held.flagged, False: held.loans - held.flagged}[query.flagged]
    page = await _BUDGETS.page(database, query, chosen, total)
    if query.loan_id is not None:
        page.meta.total = page.meta.total_pages = len(page.rows)
    shown = BudgetsBurnResource(
        **heading(query.on(call), call),
        by_category=[_category(each) for each in categories],
        budgets=held.loans,
        flagged=held.flagged,
        overfunded=held.overfunded,
        thin_contingency=held.thin_contingency,
        overfunded_points_max=OVERFUNDED_POINTS_MAX,
        contingency_cover_min=str(COVER_MIN),
        loans=[_budget(budget) for budget in page.rows],
    )
    return Answer(shown, page.meta)


def _category(held: _CategorySum) -> CategoryBurnResource:
    return CategoryBurnResource(
        category=Category(held.category),
        lines=held.lines,
        budget=format_money(held.budget_cents),
        gross=format_money(held.gross_cents),
        retainage=format_money(held.retainage_cents),
        burn=ratio(held.gross_cents, held.budget_cents),
        overfunded_lines=held.overfunded_lines,
    )


def _budget(budget: _BurningBudget) -> BudgetBurnResource:
    cover = budget.contingency_cover
    return BudgetBurnResource(
        loan_id=budget.loan_id,
        number=budget.number,
        project_name=budget.project_name,
        contingency_cover=None if cover == NO_COVER else decimal_text(cover, 4),
        overfunded_lines=budget.overfunded_lines,
        is_flagged=budget.is_flagged,
        lines=[_line(line) for line in _read_lines(budget.lines) or ()],
    )


def _line(line: _BudgetLine) -> LineBurnResource:
    points = overfunding_points(line.gross_cents, line.budget_cents, line.accepted_rate)
    return LineBurnResource(
        line_id=line.line_id,
        code=line.code,
        name=line.name,
        category=line.category,
        budget=format_money(line.budget_cents),
        gross=format_money(line.gross_cents),
        burn=ratio(line.gross_cents, line.budget_cents) if line.budget_cents else None,
        physical=None if line.accepted_rate is None else decimal_text(line.accepted_rate, 4),
        inspected_on=line.inspected_on,
        overfunding_points=None if points is None else decimal_text(points, 2),
        is_overfunded=line.is_overfunded,
    )
