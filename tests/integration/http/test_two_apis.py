"""Two processes' worth of APIs on one loan: each gets on, and neither reads what it knows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest

from bench.loans import CLOSED_ON, active_loans, line_id
from command_api.idempotency import own_order
from command_api.ledger import Ledger
from command_api.turns import REMEMBERED_MAX, Races
from command_api.unit_of_work import UnitOfWork
from domain.decisions import create_draw
from domain.draws.commands import CreateDraw
from domain.draws.events import DrawKind
from domain.draws.g702 import RequestedLine
from domain.draws.kind import DRAW
from domain.kernel.actors import SYSTEM
from domain.kinds import Stream
from domain.loans.events import DrawOpened
from domain.loans.kind import LOAN
from runtime.locks import Crowded
from runtime.settings import Settings
from tests.integration.http.conftest import serving

EACH = 60
IMPATIENT_SECONDS = 0.5
WRITERS = 8
ATTEMPTS_MAX = 5
"""Who has the better of whom is also the machine's doing; who always starves is not."""


@pytest.fixture
async def ledgers(settings: Settings) -> AsyncIterator[list[Ledger]]:
    async with AsyncExitStack() as stack:
        apis = [await stack.enter_async_context(serving(settings)) for _ in range(2)]
        yield [api.services[Ledger] for api in apis]


async def draft_on(ledger: Ledger, loan_id: UUID) -> None:
    """A small draw."""
    lines = (RequestedLine(line_id(loan_id, "FRAMING"), 100_00, 0, 0),)
    command = CreateDraw(uuid4(), DrawKind.PROGRESS, CLOSED_ON, lines)
    await ledger.begin(
        DRAW,
        command.draw_id,
        own_order(SYSTEM, CLOSED_ON),
        lambda file, draw: create_draw(file, draw, command),
        Stream(LOAN, loan_id),
    )


async def test_two_apis_that_write_to_one_loan_get_on_side_by_side(
    ledgers: list[Ledger], settings: Settings
) -> None:
    left = EACH
    for _ in range(ATTEMPTS_MAX):
        if left >= EACH * 0.8:
            left = await left_when_the_first_is_done(ledgers, settings)
    # Neither starved while the other went on.
    assert left < EACH * 0.8


async def left_when_the_first_is_done(ledgers: list[Ledger], settings: Settings) -> int:
    """Both write as much to a loan; how much the slower one has left when the faster has none."""
    (loan_id,) = await active_loans(settings, 1)
    left = [EACH, EACH]
    left_when_first_was_done: list[int] = []

    async def write(side: int) -> None:
        while left[side] > 0:
            left[side] -= 1
            await draft_on(ledgers[side], loan_id)
        left_when_first_was_done.append(max(left))

    await asyncio.gather(*(write(side) for side in (0, 1) for _ in range(WRITERS)))
    opened = await ledgers[0].reader.stream(loan_id)
    numbers = [getattr(one.event, "number", 0) for one in opened][-2 * EACH :]
    assert numbers == list(range(1, 2 * EACH + 1))
    return left_when_first_was_done[0]


async def test_one_that_loses_every_race_for_a_loan_is_turned_away_and_has_done_nothing(
    ledgers: list[Ledger], settings: Settings
) -> None:
    (loan_id,) = await active_loans(settings, 1)
    faster, slower = ledgers
    impatient = Ledger(
        slower._appender, slower.reader, states_cached_max=10, turn_seconds_max=IMPATIENT_SECONDS
    )
    stream, tried = Stream(LOAN, loan_id), 0

    async def always_too_late(work: UnitOfWork) -> list[DrawOpened]:
        nonlocal tried
        (loan,) = await work.read(stream)
        await draft_on(faster, loan_id)
        tried += 1
        return [DrawOpened(loan_id, uuid4(), loan.draws_opened + 1)]

    before = await faster.reader.stream(loan_id)
    order = own_order(SYSTEM, CLOSED_ON)
    with pytest.raises(Crowded):
        await impatient.carry_out(loan_id, stream, order, always_too_late)
    assert tried > 1
    assert len(await faster.reader.stream(loan_id)) == len(before) + tried


async def test_how_many_races_are_remembered_has_a_limit() -> None:
    races = Races()
    assert not races
    for _ in range(2 * REMEMBERED_MAX):
        races.lost(uuid4())
    assert len(races._until) == REMEMBERED_MAX
