"""The house's books: a month closed for every loan."""

from collections.abc import Sequence
from datetime import date

from command_api.answers import Decided
from command_api.idempotency import Order
from command_api.ledger import Ledger
from domain.accounting import decide as accounting
from domain.accounting.commands import ClosePeriod
from domain.accounting.events import calendar_id
from domain.accounting.kind import ACCOUNTING_CALENDAR
from domain.accounting.state import AccountingCalendar
from domain.events.catalogue import Event


async def close_period(ledger: Ledger, order: Order, month: date) -> Decided:
    """Close a month's books for the whole house; it must be over on the order's date."""

    command = ClosePeriod(month, order.effective_on, order.actor.id)

    def decide(calendar: AccountingCalendar | None) -> Sequence[Event]:
        return accounting.decide(calendar or AccountingCalendar(), command)

    return await ledger.begin(ACCOUNTING_CALENDAR, calendar_id(), order, decide)
