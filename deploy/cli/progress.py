"""How far the read side is: asked of the database, so that any process can tell for all others."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

# The heads come from an index, a row a partition; only what a projection lacks is counted.
_PROGRESS = """
WITH heads AS (
    SELECT p AS partition,
           coalesce((SELECT max(e.position) FROM ledger.events e WHERE e.partition = p), 0) AS head
    FROM ledger.store, generate_series(0, partition_count - 1) AS p
)
SELECT c.projection AS name,
       max(c.position) AS position,
       coalesce(sum((SELECT count(*) FROM ledger.events e
                     WHERE e.partition = c.partition AND e.position > c.position))
                FILTER (WHERE c.position < heads.head), 0)::bigint AS behind,
       sum(c.parked)::bigint AS parked
FROM read.checkpoints c JOIN heads USING (partition)
GROUP BY c.projection ORDER BY c.projection
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A projection's place.

    Attributes:
        position: of the last event it has taken, whether it applied or parked it.
        behind: how many recorded events it has yet to take.
        parked: how many events wait beside it, because one of their loan could not be applied.
    """

    name: str
    position: int
    behind: int
    parked: int


def progress(connection: psycopg.Connection[Any]) -> list[Progress]:
    """Every projection that has ever run."""
    with connection.cursor(row_factory=class_row(Progress)) as cursor:
        return cursor.execute(_PROGRESS).fetchall()


def recorded_events(connection: psycopg.Connection[Any]) -> int:
    """How many events the store holds: positions are gapless, so its head's."""
    row = connection.execute("SELECT position FROM ledger.head").fetchone()
    return int(row[0]) if row else 0


def is_caught_up(connection: psycopg.Connection[Any]) -> bool:
    """Whether every read model there is has taken every recorded event."""
    from projectors.registry import READ_MODELS

    places = {place.name: place for place in progress(connection)}
    return all(model.name in places and places[model.name].behind == 0 for model in READ_MODELS)


def parked(connection: psycopg.Connection[Any]) -> list[str]:
    """The projections beside which events wait, each with how many."""
    return [
        f"{place.name}: {place.parked} events" for place in progress(connection) if place.parked
    ]


def relay_behind(connection: psycopg.Connection[Any], topic: str) -> int:
    """How many recorded events the broker has yet to acknowledge, for a topic."""
    row = connection.execute(
        "SELECT h.position - coalesce((SELECT c.position FROM ledger.relay_checkpoint c,"
        " ledger.store s WHERE c.topic = %s AND c.epoch = s.epoch), 0) FROM ledger.head h",
        [topic],
    ).fetchone()
    return int(row[0]) if row else 0
