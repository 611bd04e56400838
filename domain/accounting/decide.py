"""What the rules say to closing a month's books: an event, or a refusal."""

from datetime import timedelta

from domain.accounting.commands import ClosePeriod
from domain.accounting.events import PeriodClosed, calendar_id
from domain.accounting.refusals import PERIOD_NOT_OVER, PERIOD_OUT_OF_ORDER
from domain.accounting.state import AccountingCalendar, last_day_of
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Refusals

REFUSALS: Refusals = {
    ClosePeriod: frozenset({PERIOD_NOT_OVER, PERIOD_OUT_OF_ORDER}),
}
"""On what grounds each may be refused."""


def decide(calendar: AccountingCalendar, command: ClosePeriod) -> list[Event]:
    """Close a month; the first may be any, later ones follow without a gap.

    A month that is closed already, or lies before the first closed one, decides nothing.

    Raises:
        RuleBroken: ``PERIOD_NOT_OVER`` on a day of the month itself or before it;
            ``PERIOD_OUT_OF_ORDER`` when the month before it is open. **Source**: `RULES.md`,
            "Accounting periods".
    """
    month, last_on = command.month.replace(day=1), last_day_of(command.month)
    closed_through = calendar.closed_through
    if closed_through is not None and last_on <= closed_through:
        return []
    if command.today_on <= last_on:
        raise PERIOD_NOT_OVER(
            f"{month:%Y-%m} ends on {last_on}; its books close after that.",
            [Detail("month", f"must end before {command.today_on}")],
        )
    if closed_through is not None and month != closed_through + timedelta(days=1):
        due = closed_through + timedelta(days=1)
        raise PERIOD_OUT_OF_ORDER(
            f"{due:%Y-%m} is open; months close in order.",
            [Detail("month", f"must be {due:%Y-%m}")],
        )
    return [PeriodClosed(calendar_id(), month, command.closed_by)]
