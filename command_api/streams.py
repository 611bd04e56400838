"""The kinds of stream there are, and how each is folded."""

from datetime import date
from typing import get_args
from uuid import UUID

from command_api.unit_of_work import Stream
from domain.accounting import state as accounting
from domain.accounting.events import CalendarEvent, PeriodClosed, calendar_id
from domain.accounting.state import AccountingCalendar
from domain.draws import state as draws
from domain.draws.events import DrawCreated
from domain.draws.state import Draw
from domain.interest import period as periods
from domain.interest.events import AccrualEvent, period_id
from domain.interest.period import AccrualPeriod
from domain.loans import fold as loans
from domain.loans.events import LoanOriginated
from domain.loans.state import Loan
from domain.payoff.events import PayoffQuoted


def loan_stream(loan_id: UUID, *, begins: bool = False) -> Stream:
    """A loan."""
    return Stream(loan_id, loans.evolve, Loan, LoanOriginated, begins)


def draw_stream(draw_id: UUID, *, begins: bool = False) -> Stream:
    """A draw."""
    return Stream(draw_id, draws.evolve, Draw, DrawCreated, begins)


_ACCRUAL_EVENTS = get_args(AccrualEvent)


def period_stream(loan_id: UUID, month: date, *, begins: bool = False) -> Stream:
    """A month of a loan's interest, named by its first day; any of its events may be its first."""
    return Stream(period_id(loan_id, month), periods.evolve, AccrualPeriod, _ACCRUAL_EVENTS, begins)


def quote_stream(quote_id: UUID) -> Stream:
    """A payoff quote: one event, which is its state."""
    return Stream(quote_id, _first, PayoffQuoted, PayoffQuoted, begins=True)


def _first(quote: PayoffQuoted | None, event: PayoffQuoted) -> PayoffQuoted:
    return quote or event


def _calendar_after(
    calendar: AccountingCalendar | None, event: CalendarEvent
) -> AccountingCalendar:
    return accounting.evolve(calendar or AccountingCalendar(), event)


CALENDAR = Stream(calendar_id(), _calendar_after, AccountingCalendar, PeriodClosed, begins=True)
"""The accounting calendar of the house; empty until a month is closed."""
