"""The house's books: a month closed for every loan."""

from collections.abc import Sequence
from datetime import date

from command_api.answers import Decided
from command_api.idempotency import Order
from command_api.ledger import Ledger
from command_api.streams import CALENDAR
from command_api.unit_of_work import UnitOfWork
from domain.accounting import decide as accounting
from domain.accounting.commands import ClosePeriod
from domain.accounting.state import AccountingCalendar
from domain.events.catalogue import Event


async def close_period(ledger: Ledger, order: Order, month: date) -> Decided:
    """Close a month's books for the whole house; it must be over on the order's date."""

    async def decide_on(work: UnitOfWork) -> Sequence[Event]:
        (calendar,) = await work.read(CALENDAR)
        command = ClosePeriod(month, order.effective_on, order.actor.id)
        return accounting.decide(calendar or AccountingCalendar(), command)

    return await ledger.carry_out(CALENDAR.id, CALENDAR, order, decide_on)
