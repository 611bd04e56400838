"""The one place where an event is made what is stored of it, after it was decided."""

import orjson
from psycopg_pool import AsyncConnectionPool

from command_api.idempotency import own_order
from command_api.ledger import Ledger
from domain.decisions import decide_draw
from domain.draws.commands import WithdrawDraw
from domain.draws.events import DrawWithdrawn
from domain.draws.kind import DRAW
from domain.draws.state import DrawState
from domain.kinds import Stream
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import Proposed
from tests.office import CLERK, OPENED_ON, Office

SAID = "The builder is ill."


def sealed(proposed: tuple[Proposed, ...]) -> tuple[Proposed, ...]:
    """Reasons, as somebody would write them who may not write them in clear."""
    return tuple(
        Proposed(
            DrawWithdrawn(each.event.loan_id, each.event.draw_id, f"v{each.stream_version}"),
            each.stream_version,
            each.effective_on,
        )
        if isinstance(each.event, DrawWithdrawn)
        else each
        for each in proposed
    )


async def test_what_is_stored_is_sealed_at_its_version_and_what_is_answered_and_kept_is_not(
    appender: Appender, database: AsyncConnectionPool
) -> None:
    reader = Reader(database)
    ledger = Ledger(appender, reader, states_cached_max=10, seal=sealed)
    office = Office(ledger, reader)
    draw_id = await office.draft_draw(await office.active_loan())

    decided = await ledger.on(
        DRAW,
        draw_id,
        own_order(CLERK, OPENED_ON),
        lambda file, draw: decide_draw(file, draw, WithdrawDraw(SAID)),
    )

    assert orjson.loads(decided.body)["data"]["reason"] == SAID
    kept = ledger.states.guess(Stream(DRAW, draw_id))
    assert kept is not None
    assert (kept.state.state, kept.state.reason) == (DrawState.WITHDRAWN, SAID)
    (withdrawn,) = await reader.stream(draw_id, after_version=1)
    assert isinstance(withdrawn.event, DrawWithdrawn)
    assert withdrawn.event.reason == "v2"
