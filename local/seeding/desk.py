"""Carries out the steps of one loan, each under an id that follows from the loan and its place."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid5

from command_api.corrections import reverse_event
from command_api.idempotency import Order, own_order
from command_api.ledger import Ledger
from command_api.payoff import quote_payoff
from domain.decisions import create_draw, decide, decide_draw
from domain.draws.commands import CreateDraw, DrawCommand
from domain.draws.kind import DRAW
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kinds import Stream
from domain.loans import decide as loans
from domain.loans.commands import OriginateLoan
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from local.seeding.steps import Deed, OnDraw, OnFile, Quote, Undo
from runtime.eventstore.appender import Appender


class SeedDesk:
    """Works one loan, step by step."""

    def __init__(self, ledger: Ledger, appender: Appender, loan_id: UUID) -> None:
        self._ledger = ledger
        self._appender = appender
        self._loan_id = loan_id

    async def work(self, steps: Sequence[Deed]) -> None:
        """Carry out the steps that were not carried out before, in their order."""
        orders = [self._order(place, step) for place, step in enumerate(steps)]
        for step, order in list(zip(steps, orders, strict=True))[await self._done(orders) :]:
            await self._carry_out(step, order)

    def _order(self, place: int, step: Deed) -> Order:
        return own_order(step.actor, step.on, uuid5(self._loan_id, f"command/{place}"))

    async def _done(self, orders: Sequence[Order]) -> int:
        """How many were carried out before: usually all or none."""
        if await self._is_known(orders[-1]):
            return len(orders)
        for place, order in enumerate(orders):
            if not await self._is_known(order):
                return place
        return len(orders)

    async def _is_known(self, order: Order) -> bool:
        return await self._appender.recall(order.command_id, order.payload_hash) is not None

    async def _carry_out(self, step: Deed, order: Order) -> None:
        ledger, loan_id, act = self._ledger, self._loan_id, step.act
        match act:
            case OriginateLoan():
                await ledger.begin(LOAN, loan_id, order, lambda loan: loans.originate(loan, act))
            case CreateDraw():
                create = partial(_create, act)
                await ledger.begin(DRAW, act.draw_id, order, create, Stream(LOAN, loan_id))
            case OnDraw():
                await ledger.on(DRAW, act.draw_id, order, partial(_on_draw, act.command))
            case OnFile():
                await ledger.on(LOAN, loan_id, order, partial(_on_file, act))
            case Undo():
                await self._undo(order, act)
            case Quote():
                await quote_payoff(ledger, loan_id, order, act.payoff_on, act.good_through_on)
            case _:
                await ledger.on(LOAN, loan_id, order, lambda file: decide(file, act))

    async def _undo(self, order: Order, act: Undo) -> None:
        for recorded in reversed(await self._ledger.reader.stream(self._loan_id)):
            if act.is_meant(recorded.event):
                event_id = recorded.event_id
                await reverse_event(self._ledger, self._loan_id, order, event_id, act.reason)
                return
        raise LookupError("there is nothing to undo")


def _create(command: CreateDraw, file: LoanFile, draw: Draw | None) -> Sequence[Event]:
    return create_draw(file, draw, command)


def _on_draw(command: DrawCommand, file: LoanFile, draw: Draw) -> Sequence[Event]:
    return decide_draw(file, draw, command)


def _on_file(act: OnFile, file: LoanFile) -> Sequence[Event]:
    command = act.command_on(file)
    return [] if command is None else decide(file, command)
