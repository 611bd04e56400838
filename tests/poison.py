"""Poison: projections that cannot apply chosen events, and payloads that nobody can read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from domain.events.envelope import Recorded
from projectors.engine.projection import (
    AppendedRows,
    FoldedRows,
    Key,
    Part,
    Projection,
    RowValues,
    Summed,
)


@dataclass
class Poison:
    """Makes projections fail at chosen positions; clearing them is the fix.

    Attributes:
        positions: that fail.
        every: whether all do.
    """

    positions: set[int] = field(default_factory=set)
    every: bool = False

    def into(self, projection: Projection) -> Projection:
        """The same projection, which raises at these positions."""
        return replace(projection, parts=tuple(self._part(part) for part in projection.parts))

    def _taste(self, recorded: Recorded) -> None:
        if self.every or recorded.position in self.positions:
            raise ZeroDivisionError(f"what the event says of {recorded.stream_id}")

    def _part(self, part: Part) -> Part:
        match part:
            case FoldedRows():
                keys = part.keys

                def keys_of(recorded: Recorded) -> Sequence[Key]:
                    self._taste(recorded)
                    return keys(recorded)

                return replace(part, keys=keys_of)
            case AppendedRows():
                rows = part.rows

                def rows_of(recorded: Recorded) -> Sequence[RowValues]:
                    self._taste(recorded)
                    return list(rows(recorded))

                return replace(part, rows=rows_of)
            case Summed():
                of = part.of

                def sums_of(recorded: Recorded) -> Mapping[Key, Sequence[int]]:
                    self._taste(recorded)
                    return of(recorded)

                return replace(part, of=sums_of)


def spoil(database_url: str, positions: Collection[int]) -> dict[int, bytes]:
    """Write what nobody can read into the store, as only its owner can.

    Returns:
        What was there, by position.
    """
    with psycopg.connect(database_url) as owner:
        found = owner.execute(
            "SELECT position, payload FROM ledger.events WHERE position = ANY(%s)",
            [list(positions)],
        ).fetchall()
    _write(database_url, dict.fromkeys(positions, b'{"borrower_name": "Jane Roe", '))
    return dict(found)


def mend(database_url: str, payloads: Mapping[int, bytes]) -> None:
    """Write back what `spoil` found."""
    _write(database_url, payloads)


def parked(database_url: str, projection: str) -> dict[int, str | None]:
    """What is parked beside a projection: position -> reason."""
    return dict(
        _rows(
            database_url,
            "SELECT position, reason FROM read.parked WHERE projection = %s ORDER BY position",
            projection,
        )
    )


def counted(database_url: str, projection: str) -> int:
    """How many events its checkpoints say are parked."""
    (row,) = _rows(
        database_url, "SELECT sum(parked) FROM read.checkpoints WHERE projection = %s", projection
    )
    return int(row[0])


def _rows(database_url: str, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(question.encode(), values).fetchall()


def _write(database_url: str, payloads: Mapping[int, bytes]) -> None:
    switch = sql.SQL("ALTER TABLE ledger.events {} TRIGGER append_only")
    with psycopg.connect(database_url) as owner:
        owner.execute(switch.format(sql.SQL("DISABLE")))
        for position, payload in payloads.items():
            owner.execute(
                "UPDATE ledger.events SET payload = %s WHERE position = %s", [payload, position]
            )
        owner.execute(switch.format(sql.SQL("ENABLE ALWAYS")))
