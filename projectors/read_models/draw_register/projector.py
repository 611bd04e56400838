"""From a draw's events to its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from pydantic import TypeAdapter

from domain.draws.events import DrawEvent
from domain.draws.state import PENDING, Draw, DrawState, evolve
from domain.events.envelope import Recorded
from projectors.engine.projection import Counters, Folded, Key, Projection, Row
from projectors.read_models.draw_register.table import DRAW_TOTALS, DRAWS, NEVER
from projectors.schema import NOBODY
from runtime.resources.draws import draw_resource

_DRAW = TypeAdapter(Draw)


@dataclass(frozen=True, slots=True)
class Held:
    """A draw, and where its stream stands."""

    draw: Draw
    version: int
    position: int
    partition: int


def _keys(recorded: Recorded) -> Sequence[Key]:
    return ((recorded.stream_id,),) if isinstance(recorded.event, DrawEvent) else ()


def _fold(held: Held | None, recorded: Recorded, _key: Key) -> Held:
    draw = evolve(None if held is None else held.draw, cast(DrawEvent, recorded.event))
    return Held(draw, recorded.stream_version, recorded.position, recorded.partition)


def _load(row: Row) -> Held:
    draw = _DRAW.validate_json(row["folded"])
    return Held(draw, row["version"], row["position"], row["partition"])


def _dump(held: Held) -> Row:
    draw = held.draw
    return {
        "draw_id": draw.draw_id,
        "partition": held.partition,
        "version": held.version,
        "position": held.position,
        "loan_id": draw.loan_id,
        "number": draw.number,
        "state": draw.state.value,
        "kind": draw.kind.value,
        "builder_user_id": draw.builder_user_id or NOBODY,
        "period_to": draw.period_to,
        "first_submitted_on": draw.first_submitted_on,
        "funded_on": draw.funded_on,
        "net_cents": draw.application.net_cents,
        "folded": _DRAW.dump_json(draw).decode(),
        "body": orjson.dumps({**draw_resource(draw), "version": held.version}).decode(),
    }


def _totals(row: Row) -> Mapping[Key, Sequence[int]]:
    pending = DrawState(row["state"]) in PENDING
    since = (row["first_submitted_on"] if pending else None) or NEVER
    key = (row["state"], row["builder_user_id"], since, row["partition"])
    return {key: (1, row["net_cents"])}


DRAW_REGISTER = Projection(
    "draw_register",
    (Folded(DRAWS, _keys, _fold, _load, _dump, Counters(DRAW_TOTALS, _totals)),),
)
