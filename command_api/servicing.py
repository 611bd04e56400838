"""Servicing: commands on a loan with its months, corrections, payoff quotes, the books."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from command_api.decided import Decided
from command_api.files import decided_on_file, owned
from command_api.handle import Ledger
from command_api.idempotency import Order, today
from command_api.reading import Reading
from command_api.states import Held
from command_api.streams import CALENDAR, draw_stream, loan_stream, quote_stream
from domain.accounting import decide as accounting
from domain.accounting.decide import ClosePeriod
from domain.accounting.state import AccountingCalendar
from domain.draws.events import DrawFunded
from domain.draws.state import Draw, DrawState
from domain.draws.transitions import is_repeat
from domain.events.catalogue import Event, value_date_of
from domain.events.envelope import Recorded
from domain.kernel.errors import NotFound
from domain.loans.events import AdvanceRecorded, DrawOpened
from domain.loans.state import Loan
from domain.servicing import payoff
from domain.servicing.commands import ReverseEvent, ServicingCommand
from domain.servicing.decide import decide
from domain.servicing.file import LoanFile
from domain.servicing.payoff_events import PayoffQuoted, payoff_quote_id
from domain.servicing.payoff_resource import quote_resource
from runtime.http import render


async def service(
    ledger: Ledger, loan_id: UUID, order: Order, command: ServicingCommand
) -> Decided:
    """Carry out a servicing command on a loan.

    Raises:
        NotFound: there is no such loan.
    """
    return await ledger.on_file(loan_id, order, lambda file: decide(file, command))


async def reverse_event(
    ledger: Ledger, loan_id: UUID, order: Order, event_id: UUID, reason: str
) -> Decided:
    """Undo one event of a loan from the order's date on; a funded draw's with the draw.

    Raises:
        NotFound: there is no such loan, or neither it nor a draw of it has such an event.
    """
    original = await _original(ledger, loan_id, event_id)
    resource = loan_stream(loan_id)

    async def decide_on(reading: Reading) -> Sequence[Event]:
        (loan,) = await reading.read(resource)
        draw = None
        if isinstance(original.event, AdvanceRecorded):
            (draw,) = await reading.read(draw_stream(original.event.draw_id))
        return await _reversed(reading, owned(loan, order, "loan"), original, draw, order, reason)

    return await ledger.carry_out(loan_id, resource, order, decide_on)


async def reverse_draw(ledger: Ledger, draw_id: UUID, order: Order, reason: str) -> Decided:
    """Undo a funded draw from the order's date on; one that is undone decides nothing.

    Raises:
        NotFound: there is no such draw.
    """
    loan_id = await ledger.loan_of(draw_id)
    resource = draw_stream(draw_id)

    async def decide_on(reading: Reading) -> Sequence[Event]:
        loan, draw = await reading.read(loan_stream(loan_id), resource)
        owned(loan, order, "draw")
        if is_repeat(draw, DrawState.REVERSED, DrawState.FUNDED):
            return []
        advance = _advance_of(draw_id, await ledger.reader.stream(loan_id))
        return await _reversed(reading, loan, advance, draw, order, reason)

    return await ledger.carry_out(loan_id, resource, order, decide_on)


async def _reversed(
    reading: Reading,
    loan: Loan,
    original: Recorded,
    draw: Draw | None,
    order: Order,
    reason: str,
) -> Sequence[Event]:
    command = ReverseEvent(
        original.event_id,
        original.event,
        value_date_of(original.event, original.effective_on),
        order.effective_on,
        reason,
    )

    def decide_file(file: LoanFile) -> Sequence[Event]:
        return decide(file, command, draw)

    return await decided_on_file(reading, loan, decide_file, since=loan.open_month)


async def _original(ledger: Ledger, loan_id: UUID, event_id: UUID) -> Recorded:
    """An event by its id, on the loan or one of its draws; for a draw's funding, its advance.

    Raises:
        NotFound: there is none.
    """
    of_loan = await ledger.reader.stream(loan_id)
    for recorded in of_loan:
        if recorded.event_id == event_id:
            return recorded
    draw_ids = [each.event.draw_id for each in of_loan if isinstance(each.event, DrawOpened)]
    for draw_id, events in (await ledger.reader.streams(draw_ids)).items():
        for recorded in events:
            if recorded.event_id == event_id:
                is_funding = isinstance(recorded.event, DrawFunded)
                return _advance_of(draw_id, of_loan) if is_funding else recorded
    raise NotFound("event")


def _advance_of(draw_id: UUID, of_loan: Sequence[Recorded]) -> Recorded:
    """What funding a draw recorded on its loan; a draw is funded once.

    Raises:
        NotFound: it was not funded.
    """
    for recorded in of_loan:
        if isinstance(recorded.event, AdvanceRecorded) and recorded.event.draw_id == draw_id:
            return recorded
    raise NotFound("advance")


async def quote_payoff(
    ledger: Ledger, loan_id: UUID, order: Order, payoff_on: date, good_through_on: date
) -> Decided:
    """Quote what pays a loan off; the same question on the same loan is the same quote.

    The loan is only read, at the version that ``If-Match`` means and the quote names. A quote that
    is known is not worked out again.

    Raises:
        NotFound: there is no such loan.
    """
    resource = loan_stream(loan_id)

    async def decide_on(reading: Reading) -> Sequence[Event]:
        (found,) = await reading.read(resource)
        loan = owned(found, order, "loan")
        version = reading.before[loan_id].version
        quote_id = payoff_quote_id(loan_id, version, payoff_on, good_through_on)
        (known,) = await reading.read(quote_stream(quote_id))
        if known is not None:
            return []

        def decide_file(file: LoanFile) -> Sequence[Event]:
            return [payoff.quote(file, version, payoff_on, good_through_on)]

        return await decided_on_file(reading, loan, decide_file, since=loan.open_month)

    return await ledger.carry_out(loan_id, resource, order, decide_on, show=_quote_shown)


def _quote_shown(_: Held, held: Mapping[UUID, Held]) -> bytes:
    quote = next(each for each in held.values() if isinstance(each.state, PayoffQuoted))
    return render({**quote_resource(quote.state), "version": quote.version}, None)


async def close_period(ledger: Ledger, order: Order, month: date) -> Decided:
    """Close a month's books for the whole house."""

    async def decide_on(reading: Reading) -> Sequence[Event]:
        (calendar,) = await reading.read(CALENDAR)
        command = ClosePeriod(month, today(), order.actor.id)
        return accounting.decide(calendar or AccountingCalendar(), command)

    return await ledger.carry_out(CALENDAR.id, CALENDAR, order, decide_on)
