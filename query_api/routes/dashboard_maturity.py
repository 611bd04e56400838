"""What matures, and what has and is unpaid."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field

from domain.access import Right
from domain.kernel.money import format_money
from domain.kernel.resource import Fraction, Money, Resource
from projectors.read_models.loan_summary.table import LOAN_DUES, LOANS, NOT_DUE
from query_api.counters import added, sums
from query_api.database import Database, Row
from query_api.figures import (
    HEADING,
    DashboardList,
    DashboardResource,
    decimal_text,
    heading,
    whose,
)
from query_api.live_loans import LIVE_LOAN, LIVE_LOANS, LiveLoan, LiveLoanResource
from query_api.paging import Listing, where
from runtime.http import PAGE, Answer, Call, Router

router = Router("dashboards")

WITHIN = (30, 60, 90, 180)
"""Days ahead in which loans mature."""
_FROM_DAYS = [1, *(days + 1 for days in WITHIN[:-1])]


class MaturingResource(Resource):
    """Live loans that mature after the date, and so many days after it at the latest."""

    within_days: int
    count: int
    principal: Money
    commitment: Money


class MaturedResource(Resource):
    """Loans that have matured and on which anything is owed."""

    count: int
    principal: Money
    commitment: Money


class MaturingLoanResource(LiveLoanResource):
    """A loan that matures within the days asked for, or that has.

    ``percent_complete`` is a fraction: ``0.55`` is 55 %.
    """

    maturity_date: date
    principal: Money
    commitment: Money
    percent_complete: Fraction
    extensions_left: int
    days_to_maturity: int
    is_matured: bool


class MaturitiesResource(DashboardResource):
    """What matures when, and what has and is unpaid."""

    maturing: list[MaturingResource]
    matured_unpaid: MaturedResource
    loans: list[MaturingLoanResource]


class _MaturitySum(Row):
    loans: int
    principal_cents: int
    commitment_cents: int


class _Maturity(_MaturitySum):
    thresholds: int
    is_owing: bool


_MATURITIES = sums(
    _Maturity,
    LOAN_DUES,
    f"maturity_on <= %(on)s::date + {WITHIN[-1]}",
    by={
        "thresholds": "width_bucket(maturity_on - %(on)s::date, %(from_days)s::int[])",
        "is_owing": "past_due_on < %(not_due)s",
    },
)


class _MaturingLoan(LiveLoan):
    maturity_on: date
    principal_cents: int
    commitment_cents: int
    percent_complete: Decimal
    extensions_left: int


_LOANS = Listing(
    row=_MaturingLoan,
    table=LOANS,
    sorts={"maturity_date": (LOANS.c.maturity_on, LOANS.c.loan_id)},
)


class MaturitiesQuery(DashboardList):
    """As of when, how far ahead, and which page of the loans that mature, soonest first."""

    sort_by: Literal["maturity_date"] = "maturity_date"
    within_days: Literal["30", "60", "90", "180"] = Field(
        default="180", description="Days after as_of, within which the loans of the list mature."
    )


@router.get(
    "/dashboards/maturities",
    "get_maturities_dashboard",
    right=Right.LOANS_READ,
    reads=(LOANS, LOAN_DUES),
    example=MaturitiesResource(
        **HEADING,
        maturing=[
            MaturingResource(
                within_days=days, count=1, principal="671923.74", commitment="960000.00"
            )
            for days in WITHIN
        ],
        matured_unpaid=MaturedResource(count=1, principal="671923.74", commitment="960000.00"),
        loans=[
            MaturingLoanResource(
                **LIVE_LOAN,
                maturity_date=date(2025, 10, 15),
                principal="671923.74",
                commitment="960000.00",
                percent_complete="0.7051",
                extensions_left=2,
                days_to_maturity=167,
                is_matured=False,
            )
        ],
    ),
    meta=PAGE,
)
async def get_maturities_dashboard(
    query: MaturitiesQuery, call: Call, database: Database
) -> Answer:
    """Live loans that mature within 30, 60, 90 and 180 days, and those that have and are unpaid.

    A loan counts from the day after the date up to and including the last of the days. On its
    maturity date itself it has matured, and is unpaid while anything is owed.
    """
    on, within_days = query.on(call), int(query.within_days)
    given = {"on": on, "from_days": _FROM_DAYS, "not_due": NOT_DUE, "whose": whose(call)}
    dues = await database.rows(_Maturity, _MATURITIES, given)
    within = [
        added(_MaturitySum, (due for due in dues if 0 < due.thresholds <= at))
        for at in range(1, len(WITHIN) + 1)
    ]
    matured = added(_MaturitySum, (due for due in dues if due.thresholds == 0 and due.is_owing))
    chosen = where(
        live=(LIVE_LOANS, True),
        last=("loans.maturity_on <= %(last)s", on + timedelta(days=within_days)),
        owing=(f"(loans.maturity_on > %(owing)s OR loans.past_due_on < '{NOT_DUE}')", on),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    total = within[WITHIN.index(within_days)].loans + matured.loans
    page = await _LOANS.page(database, query, chosen, total)
    shown = MaturitiesResource(
        **heading(on, call),
        maturing=[_maturing(days, due) for days, due in zip(WITHIN, within, strict=True)],
        matured_unpaid=MaturedResource(
            count=matured.loans,
            principal=format_money(matured.principal_cents),
            commitment=format_money(matured.commitment_cents),
        ),
        loans=[_loan(loan, on) for loan in page.rows],
    )
    return Answer(shown, page.meta)


def _maturing(days: int, due: _MaturitySum) -> MaturingResource:
    return MaturingResource(
        within_days=days,
        count=due.loans,
        principal=format_money(due.principal_cents),
        commitment=format_money(due.commitment_cents),
    )


def _loan(loan: _MaturingLoan, on: date) -> MaturingLoanResource:
    days = (loan.maturity_on - on).days
    return MaturingLoanResource(
        **loan.named,
        maturity_date=loan.maturity_on,
        principal=format_money(loan.principal_cents),
        commitment=format_money(loan.commitment_cents),
        percent_complete=decimal_text(loan.percent_complete, 4),
        extensions_left=loan.extensions_left,
        days_to_maturity=days,
        is_matured=days <= 0,
    )
