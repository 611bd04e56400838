"""How far relay and read side are: asked of the database, so that any process can tell for all others."""

from typing import Any

import psycopg


def recorded_events(connection: psycopg.Connection[Any]) -> int:
    """How many events the store holds: positions are gapless, so its head's."""
    row = connection.execute("SELECT position FROM ledger.head").fetchone()
    return int(row[0]) if row else 0


def is_caught_up(connection: psycopg.Connection[Any]) -> bool:
    """Whether every read model there is has taken every recorded event."""
    from projectors.registry import READ_MODELS
    from projectors.standing import ReadSide

    side = ReadSide.read(connection)
    return side.position([model.name for model in READ_MODELS]) == side.head


def parked(connection: psycopg.Connection[Any]) -> list[str]:
    """The projections beside which events wait, each with how many."""
    from projectors.standing import ReadSide

    standing = ReadSide.read(connection).models.values()
    return [f"{each.name}: {each.parked_events} events" for each in standing if each.parked_events]


def relay_behind(connection: psycopg.Connection[Any], topic: str) -> int:
    """How many recorded events the broker has yet to acknowledge, for a topic."""
    row = connection.execute(
        "SELECT h.position - coalesce((SELECT c.position FROM ledger.relay_checkpoint c,"
        " ledger.store s WHERE c.topic = %s AND c.epoch = s.epoch), 0) FROM ledger.head h",
        [topic],
    ).fetchone()
    return int(row[0]) if row else 0
