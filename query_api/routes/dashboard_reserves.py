"""How long interest reserves last."""

from datetime import date
from decimal import Decimal
from typing import Literal

from domain.access import Right
from domain.defaults.events import AccrualStatus
from domain.interest.forecast import days_shown, flat_days, is_red
from domain.interest.timeline import ordinary_day_cents
from domain.kernel.day_count import DayCount
from domain.kernel.money import format_money
from domain.kernel.rates import rate_text
from domain.kernel.resource import Fraction, Money, Resource
from domain.loans.state import LIVE
from projectors.read_models.loan_summary.table import LOAN_TOTALS, LOANS, NOT_DUE
from query_api.counters import sums
from query_api.database import Database, Row
from query_api.figures import HEADING, DashboardList, DashboardResource, heading, whose
from query_api.live_loans import LIVE_LOAN, LIVE_LOANS, LiveLoan, LiveLoanResource
from query_api.paging import Listing, where
from runtime.http import PAGE, Answer, Call, Router

router = Router("dashboards")


class ReserveBalanceResource(Resource):
    """Interest reserves, and what they hold."""

    count: int
    balance: Money


class ReserveLoanResource(LiveLoanResource):
    """A loan with an interest reserve; without a day of exhaustion it lasts for good."""

    reserve: Money
    principal: Money
    rate: Fraction
    flat_days: Fraction | None
    exhausted_on: date | None
    maturity_date: date
    is_red: bool


class ReservesResource(DashboardResource):
    """Interest reserves: what is left, and how many run out too soon."""

    reserves: ReserveBalanceResource
    red: int
    loans: list[ReserveLoanResource]


class _Reserves(Row):
    reserve_loans: int
    interest_reserve_cents: int
    short_reserves: int


_RESERVES = sums(_Reserves, LOAN_TOTALS, "state = ANY(%(live)s)")


class _ReserveLoan(LiveLoan):
    interest_reserve_cents: int
    principal_cents: int
    rate: Decimal
    day_count: str
    accrual_status: str
    reserve_exhausted_on: date
    maturity_on: date


_LOANS = Listing(
    row=_ReserveLoan,
    table=LOANS,
    sorts={"exhausted_on": (LOANS.c.reserve_exhausted_on, LOANS.c.loan_id)},
)


class ReservesQuery(DashboardList):
    """As of when, and which page of the reserves, the first to run out first."""

    sort_by: Literal["exhausted_on"] = "exhausted_on"


@router.get(
    "/dashboards/reserves",
    "get_reserves_dashboard",
    right=Right.LOANS_READ,
    reads=(LOANS, LOAN_TOTALS),
    example=ReservesResource(
        **HEADING,
        reserves=ReserveBalanceResource(count=1, balance="41576.26"),
        red=1,
        loans=[
            ReserveLoanResource(
                **LIVE_LOAN,
                reserve="41576.26",
                principal="671923.74",
                rate="0.0975",
                flat_days="228.47",
                exhausted_on=date(2025, 12, 3),
                maturity_date=date(2026, 1, 15),
                is_red=True,
            )
        ],
    ),
    meta=PAGE,
)
async def get_reserves_dashboard(query: ReservesQuery, call: Call, database: Database) -> Answer:
    """The interest reserves of live loans: what is left, for how long, and which run out too soon.

    Flat days are the balance over a day's interest on today's principal; on non-accrual, which
    capitalises nothing, there are none. The day of exhaustion is
    simulated with monthly capitalisation and without further draws; it is red before maturity.
    """
    on = query.on(call)
    given = {"live": [state.value for state in LIVE], "whose": whose(call)}
    (held,) = await database.rows(_Reserves, _RESERVES, given)
    chosen = where(
        live=(LIVE_LOANS, True),
        held=(
            f"(loans.interest_reserve_cents > 0 OR loans.reserve_exhausted_on < '{NOT_DUE}')",
            True,
        ),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    page = await _LOANS.page(database, query, chosen, held.reserve_loans)
    shown = ReservesResource(
        **heading(on, call),
        reserves=ReserveBalanceResource(
            count=held.reserve_loans, balance=format_money(held.interest_reserve_cents)
        ),
        red=held.short_reserves,
        loans=[_loan(loan, on) for loan in page.rows],
    )
    return Answer(shown, page.meta)


def _loan(loan: _ReserveLoan, on: date) -> ReserveLoanResource:
    ends_on, days = loan.reserve_exhausted_on, _flat_days(loan, on)
    return ReserveLoanResource(
        **loan.named,
        reserve=format_money(loan.interest_reserve_cents),
        principal=format_money(loan.principal_cents),
        rate=rate_text(loan.rate),
        flat_days=None if days is None else format(days, "f"),
        exhausted_on=None if ends_on == NOT_DUE else ends_on,
        maturity_date=loan.maturity_on,
        is_red=is_red(ends_on, loan.maturity_on),
    )


def _flat_days(loan: _ReserveLoan, on: date) -> Decimal | None:
    if loan.accrual_status == AccrualStatus.NONACCRUAL:
        return None
    day_count = DayCount(loan.day_count)
    a_day_cents = ordinary_day_cents(loan.principal_cents, loan.rate, day_count, on)
    return days_shown(flat_days(loan.interest_reserve_cents, a_day_cents))
