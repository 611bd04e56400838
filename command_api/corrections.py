"""Corrections: one event of a loan undone, or a funded draw with all it paid."""

from collections.abc import Sequence
from uuid import UUID

from command_api.answers import Decided
from command_api.idempotency import Order
from command_api.ledger import Ledger
from command_api.loan_file import decided_on_file, owned
from command_api.unit_of_work import UnitOfWork
from domain.corrections.commands import ReverseEvent
from domain.corrections.decide import to_undo
from domain.decisions import decide
from domain.draws.events import DrawFunded
from domain.draws.kind import DRAW
from domain.draws.state import Draw
from domain.events.catalogue import Event, value_date_of
from domain.events.envelope import Recorded
from domain.kernel.errors import NotFound
from domain.kinds import Stream
from domain.loans.events import AdvanceRecorded, DrawOpened
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from domain.loans.state import Loan


async def reverse_event(
    ledger: Ledger, loan_id: UUID, order: Order, event_id: UUID, reason: str
) -> Decided:
    """Undo one event of a loan from the order's date on; a funded draw's with the draw.

    Raises:
        NotFound: there is no such loan, or neither it nor a draw of it has such an event.
    """
    original = await _original(ledger, loan_id, event_id)
    resource = Stream(LOAN, loan_id)

    async def decide_on(work: UnitOfWork) -> Sequence[Event]:
        (loan,) = await work.read(resource)
        draw = None
        if isinstance(original.event, AdvanceRecorded):
            (draw,) = await work.read(Stream(DRAW, original.event.draw_id))
        return await _reversed(work, owned(loan, order, "loan"), original, draw, order, reason)

    return await ledger.carry_out(loan_id, resource, order, decide_on)


async def reverse_draw(ledger: Ledger, draw_id: UUID, order: Order, reason: str) -> Decided:
    """Undo a funded draw from the order's date on; one that is undone decides nothing.

    Raises:
        NotFound: there is no such draw.
    """
    resource = Stream(DRAW, draw_id)
    (of_loan,) = await ledger.refs_of(resource)

    async def decide_on(work: UnitOfWork) -> Sequence[Event]:
        found, draw = await work.read(of_loan, resource)
        loan = owned(found if draw is not None else None, order, "draw")
        if to_undo(draw) is None:
            return []
        advance = _advance_of(draw_id, await ledger.reader.stream(of_loan.id))
        return await _reversed(work, loan, advance, draw, order, reason)

    return await ledger.carry_out(of_loan.id, resource, order, decide_on)


async def _reversed(
    work: UnitOfWork,
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

    return await decided_on_file(work, loan, decide_file, since=loan.open_month)


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
