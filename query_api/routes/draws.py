"""Draws and their histories.

``reads`` names the tables that an answer rests on: their events are waited for where the caller
asks for that. ``read.draws`` is the live version of its read model, because a rebuild fills other
tables and swaps them in.
"""

from typing import Any, Literal
from uuid import UUID

import orjson
from pydantic import Field

from domain.access import Right
from domain.draws import kind
from domain.draws.example import DRAW
from domain.draws.state import DrawState
from domain.events.example import EVENT
from domain.kernel.errors import NotFound
from projectors.read_models.draw_register.table import DRAW_TOTALS, DRAWS
from projectors.read_models.history.table import HISTORY
from projectors.read_models.loan_summary.table import LOANS
from query_api.counters import sums
from query_api.database import Database, Row
from query_api.figures import counted_under
from query_api.paging import Listing, PageParams, Stored, Versioned, as_stored, where
from query_api.past import AsOf, past
from query_api.routes.loans import HistoryList, visible_loan
from runtime.eventstore.reader import Reader
from runtime.http import PAGE, Answer, Call, Router

router = Router("draws")

LISTING = Listing(
    row=Stored,
    table=DRAWS,
    sorts={
        "period_to": (DRAWS.c.period_to, DRAWS.c.draw_id),
        "net": (DRAWS.c.net_cents, DRAWS.c.draw_id),
        "id": (DRAWS.c.draw_id,),
    },
)
OF_LOAN = Listing(
    row=Stored,
    table=DRAWS,
    sorts={"number": (DRAWS.c.number, DRAWS.c.draw_id)},
)
EVENTS = Listing(
    row=Stored,
    table=HISTORY,
    joined="JOIN read.draws ON draws.draw_id = history.stream_id",
    sorts={"position": (HISTORY.c.position,)},
)

_DRAW = (
    "SELECT body, version FROM read.draws WHERE draw_id = %(draw)s"
    " AND (%(owner)s::uuid IS NULL OR builder_user_id = %(owner)s)"
)
_OF_STATES = "(%(states)s::text[] IS NULL OR state = ANY(%(states)s))"


class _Held(Row):
    draws: int


# Added up from counters, those of the builder that `counted_under` names: no list over all loans counts its rows.
_HELD = sums(_Held, DRAW_TOTALS, _OF_STATES)
# A loan has tens of draws, and an index finds them.
_HELD_BY_LOAN = (
    f"SELECT count(*) AS draws FROM read.draws WHERE loan_id = %(loan)s AND {_OF_STATES}"  # noqa: S608  # constants of this module
    " AND (%(builder)s::uuid IS NULL OR builder_user_id = %(builder)s)"
    " AND (%(owner)s::uuid IS NULL OR builder_user_id = %(owner)s)"
)


class DrawList(PageParams):
    """How draws are listed."""

    sort_by: Literal["period_to", "net", "id"] = "id"
    state: list[DrawState] | None = Field(default=None, max_length=20)
    loan_id: UUID | None = None
    builder_user_id: UUID | None = None


class LoanDrawList(PageParams):
    """How the draws of one loan are listed."""

    sort_by: Literal["number"] = "number"
    state: list[DrawState] | None = Field(default=None, max_length=20)


@router.get(
    "/draws",
    "list_draws",
    right=Right.DRAWS_READ,
    reads=(DRAWS, DRAW_TOTALS),
    example=[DRAW],
    meta=PAGE,
)
async def list_draws(query: DrawList, call: Call, database: Database) -> Answer:
    """Draws of all loans: the work queue; a builder's own only."""
    return await _page(LISTING, query, query.loan_id, query.builder_user_id, call, database)


@router.get(
    "/loans/{loan_id}/draws",
    "list_loan_draws",
    right=Right.DRAWS_READ,
    reads=(DRAWS, DRAW_TOTALS, LOANS),
    example=[DRAW],
    meta=PAGE,
)
async def list_loan_draws(
    loan_id: UUID, query: LoanDrawList, call: Call, database: Database
) -> Answer:
    """The draws of one loan."""
    await visible_loan(database, loan_id, call)
    return await _page(OF_LOAN, query, loan_id, None, call, database)


@router.get("/draws/{draw_id}", "get_draw", right=Right.DRAWS_READ, reads=(DRAWS,), example=DRAW)
async def get_draw(
    draw_id: UUID, query: AsOf, call: Call, database: Database, reader: Reader
) -> Answer:
    """One draw with its G702 and G703 figures, now or as it was."""
    now = await _visible_draw(database, draw_id, call)
    if query.is_past:
        then = await past(reader, kind.DRAW, draw_id, query)
        return Answer(then.shown(call.actor))
    return Answer(orjson.Fragment(now.body), version=now.version)


@router.get(
    "/draws/{draw_id}/history",
    "get_draw_history",
    right=Right.DRAWS_READ,
    reads=(DRAWS, HISTORY),
    example=[EVENT],
    meta=PAGE,
)
async def get_draw_history(
    draw_id: UUID, query: HistoryList, call: Call, database: Database
) -> Answer:
    """Everything that happened to a draw."""
    # A stream's version is how many events it has.
    total = (await _visible_draw(database, draw_id, call)).version
    chosen = where(
        draw=("history.stream_id = %(draw)s", draw_id),
        owner=("draws.builder_user_id = %(owner)s", call.owner_id),
    )
    return as_stored(await EVENTS.page(database, query, chosen, total))


async def _page(
    listing: Listing[Stored],
    query: DrawList | LoanDrawList,
    loan_id: UUID | None,
    builder_user_id: UUID | None,
    call: Call,
    database: Database,
) -> Answer:
    states = [state.value for state in query.state] if query.state else None
    wanted: dict[str, Any] = {
        "states": states,
        "builder": builder_user_id,
        "owner": call.owner_id,
        "whose": counted_under(call, builder_user_id),
        "loan": loan_id,
    }
    statement = _HELD if loan_id is None else _HELD_BY_LOAN
    (held,) = await database.rows(_Held, statement, wanted)
    chosen = where(
        owner=("draws.builder_user_id = %(owner)s", call.owner_id),
        builder=("draws.builder_user_id = %(builder)s", builder_user_id),
        states=("draws.state = ANY(%(states)s)", states),
        loan=("draws.loan_id = %(loan)s", loan_id),
    )
    return as_stored(await listing.page(database, query, chosen, held.draws))


async def _visible_draw(database: Database, draw_id: UUID, call: Call) -> Versioned:
    draw = await database.row(Versioned, _DRAW, {"draw": draw_id, "owner": call.owner_id})
    if draw is None:
        raise NotFound("draw")
    return draw
