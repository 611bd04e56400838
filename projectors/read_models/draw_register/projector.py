"""From a draw's events to its row.

The engine calls these functions for each event that the relay brought by way of Kafka, and commits
the rows with its checkpoint. They are pure: where the events come from they do not know.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from msgspec import Struct

from domain.draws.events import DrawEvent, DrawReturned
from domain.draws.resource import draw_resource
from domain.draws.state import WAITING, Draw, DrawState, evolve
from domain.events.envelope import Recorded
from domain.kernel.calendar import business_days_between
from domain.kernel.resource import at_version, resource_json
from domain.kernel.values import replace
from projectors.engine.projection import Counters, FoldedRows, Key, Projection, RowValues
from projectors.read_models.draw_register.table import (
    DRAW_TOTALS,
    DRAW_TURNAROUND,
    DRAWS,
    NEVER,
)
from projectors.schema import EVERYBODY, NOBODY
from runtime.values import json_reader, to_json

_read_draw = json_reader(Draw)


class Clock(Struct, frozen=True):
    """How long a draw was with its builder after the lender had sent it back.

    Attributes:
        returned_on: since when it is, `None` while it is not.
        days: calendar days of the times before; ``business_days`` of them.
    """

    returned_on: date | None = None
    days: int = 0
    business_days: int = 0


class HeldDraw(Struct, frozen=True):
    """A draw, its clock, and where its stream stands."""

    draw: Draw
    clock: Clock
    version: int
    position: int
    partition: int


def _keys(recorded: Recorded) -> Sequence[Key]:
    return ((recorded.stream_id,),) if isinstance(recorded.event, DrawEvent) else ()


def _fold(held: HeldDraw | None, recorded: Recorded, _key: Key) -> HeldDraw:
    event = cast(DrawEvent, recorded.event)
    draw = evolve(None if held is None else held.draw, event)
    clock = Clock() if held is None else held.clock
    if isinstance(event, DrawReturned):
        clock = replace(clock, returned_on=recorded.effective_on)
    elif clock.returned_on is not None and draw.state is not DrawState.RETURNED:
        clock = _resumed(clock, clock.returned_on, recorded.effective_on)
    return HeldDraw(draw, clock, recorded.stream_version, recorded.position, recorded.partition)


def _resumed(clock: Clock, returned_on: date, on: date) -> Clock:
    """The clock once a returned draw was submitted again, or given up."""
    return Clock(
        None,
        clock.days + max(0, (on - returned_on).days),
        clock.business_days + business_days_between(returned_on, on),
    )


def _load(row: RowValues) -> HeldDraw:
    draw = _read_draw(row["folded"])
    clock = Clock(row["returned_on"], row["returned_days"], row["returned_business_days"])
    return HeldDraw(draw, clock, row["version"], row["position"], row["partition"])


def _dump(held: HeldDraw) -> RowValues:
    draw, clock = held.draw, held.clock
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
        "returned_on": clock.returned_on,
        "funded_on": draw.funded_on,
        "net_cents": draw.application.net_cents,
        "times_returned": draw.times_returned,
        "returned_days": clock.days,
        "returned_business_days": clock.business_days,
        **_turnaround(draw, clock),
        "folded": to_json(draw).decode(),
        "body": resource_json(at_version(draw_resource(draw), held.version)).decode(),
    }


def _turnaround(draw: Draw, clock: Clock) -> dict[str, Any]:
    """Both clocks of a funded draw, in days; **Source**: `RULES.md`, "Draw clocks"."""
    is_funded = draw.state is DrawState.FUNDED
    if not is_funded or draw.funded_on is None or draw.first_submitted_on is None:
        return dict.fromkeys(_CLOCKS)
    first, last = draw.first_submitted_on, max(draw.funded_on, draw.first_submitted_on)
    days, business_days = (last - first).days, business_days_between(first, last)
    lender = max(0, days - clock.days), max(0, business_days - clock.business_days)
    return dict(zip(_CLOCKS, (days, business_days, *lender), strict=True))


_CLOCKS = ("borrower_days", "borrower_business_days", "lender_days", "lender_business_days")


def _totals(row: RowValues) -> Mapping[Key, Sequence[int]]:
    waiting = DrawState(row["state"]) in WAITING
    since = (row["first_submitted_on"] if waiting else None) or NEVER
    sums = (1, row["net_cents"], int(row["times_returned"] == 0))
    return {
        (builder, row["state"], since, row["partition"]): sums
        for builder in (row["builder_user_id"], EVERYBODY)
    }


def _took(row: RowValues) -> Mapping[Key, Sequence[int]]:
    if row["lender_days"] is None:
        return {}
    return {
        (row["funded_on"], clock, row[clock], row["partition"]): (1,)
        for clock in (*_CLOCKS, "times_returned")
    }


DRAW_REGISTER = Projection(
    "draw_register",
    (
        FoldedRows(
            DRAWS,
            _keys,
            _fold,
            _load,
            _dump,
            (Counters(DRAW_TOTALS, _totals), Counters(DRAW_TURNAROUND, _took)),
        ),
    ),
    reads=DrawEvent,
)
