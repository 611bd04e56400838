"""How long one loan's interest reserve lasts, simulated."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.access import Right
from domain.close_of_business.decide import first_open_month
from domain.interest.forecast import ReserveForecast, forecast, is_red
from domain.interest.period import together
from domain.kernel.calendar import month_text
from domain.kernel.errors import Detail
from domain.kernel.money import format_money, parse_money
from domain.kernel.resource import Fraction, Money, MonthText, Resource
from domain.loans import kind
from domain.loans.example import LOAN
from domain.loans.state import Loan
from projectors.read_models.loan_summary.table import LOANS
from query_api.database import Database
from query_api.past import AsOf, Past, past
from query_api.routes.loans import visible_loan
from runtime.eventstore.reader import Reader
from runtime.http import Answer, Call, IsoDate, Params, Router
from runtime.http.fields import read_date
from runtime.problems import Problem

router = Router("interest")

SCHEDULED_DRAWS_MAX = 60


class ForecastQuery(Params):
    """From when on, and with which draws to come."""

    from_on: IsoDate | None = Field(default=None, description="Where the books stand unless given.")
    draw: list[Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}:\d+\.\d{2}$")]] = Field(
        default=[],
        max_length=SCHEDULED_DRAWS_MAX,
        description="Draws to come, each its date and amount: 2025-06-10:100000.00.",
    )


class ForecastMonthResource(Resource):
    """A month whose interest the reserve pays in full, and what it leaves."""

    month: MonthText
    due_on: date
    interest: Money
    reserve: Money
    principal: Money


class ReserveForecastResource(Resource):
    """How long a reserve lasts; without a day of exhaustion, beyond the forecast."""

    loan_id: UUID
    from_on: date
    reserve: Money
    flat_days: Fraction | None
    exhausted_on: date | None
    maturity_date: date
    is_red: bool
    months: list[ForecastMonthResource]


_EXAMPLE = ReserveForecastResource(
    loan_id=LOAN.id,
    from_on=date(2025, 5, 1),
    reserve="41576.26",
    flat_days="228.47",
    exhausted_on=date(2025, 12, 9),
    maturity_date=date(2026, 1, 15),
    is_red=True,
    months=[
        ForecastMonthResource(
            month="2025-05",
            due_on=date(2025, 6, 1),
            interest="5641.36",
            reserve="35934.90",
            principal="677565.10",
        )
    ],
)


@router.get(
    "/loans/{loan_id}/reserve-forecast",
    "get_reserve_forecast",
    right=Right.LOANS_READ,
    reads=(LOANS,),
    example=_EXAMPLE,
)
async def get_reserve_forecast(
    loan_id: UUID,
    query: ForecastQuery,
    call: Call,
    database: Database,
    reader: Reader,
) -> Answer:
    """How long a loan's interest reserve lasts: flat, and simulated with the draws to come.

    Interest accrues by the day and is capitalised on every 1st. The reserve is exhausted on the
    first day on which the interest accrued since exceeds what is left; red before maturity.
    """
    await visible_loan(database, loan_id, call)
    then = await past(reader, kind.LOAN, loan_id, AsOf())
    from_on = query.from_on or _books_stand_at(then)
    scheduled = [_scheduled(text, from_on) for text in query.draw]
    shown = _forecast(then, forecast(then.state, from_on, scheduled))
    return Answer(shown, version=then.version)


def _books_stand_at(then: Past[Loan]) -> date:
    """The day up to which interest is accrued; before any is, the day of closing, or of maturity."""
    loan, period = then.state, together(then.companions())
    if period is not None and period.accrued_through is not None:
        return period.accrued_through + timedelta(days=1)
    if loan.closed_on is None:
        return loan.maturity_on
    return max(loan.closed_on, first_open_month(loan))


def _scheduled(text: str, from_on: date) -> tuple[date, int]:
    on_text, _, amount = text.partition(":")
    try:
        on, cents = read_date(on_text), parse_money(amount)
    except ValueError as error:
        raise _refused(str(error)) from None
    if on < from_on or cents <= 0:
        raise _refused(f"expected an amount above zero, drawn on {from_on} or later")
    return on, cents


def _refused(message: str) -> Problem:
    return Problem("VALIDATION_ERROR", f"draw: {message}.", [Detail("draw", message)])


def _forecast(then: Past[Loan], found: ReserveForecast) -> ReserveForecastResource:
    maturity_on, flat_days = then.state.maturity_on, found.flat_days_shown
    return ReserveForecastResource(
        loan_id=then.state.loan_id,
        from_on=found.from_on,
        reserve=format_money(found.balance_cents),
        flat_days=None if flat_days is None else format(flat_days, "f"),
        exhausted_on=found.exhausted_on,
        maturity_date=maturity_on,
        is_red=is_red(found.exhausted_on, maturity_on),
        months=[
            ForecastMonthResource(
                month=month_text(month.month),
                due_on=month.due_on,
                interest=format_money(month.interest_cents),
                reserve=format_money(month.balance_cents),
                principal=format_money(month.principal_cents),
            )
            for month in found.months
        ],
    )
