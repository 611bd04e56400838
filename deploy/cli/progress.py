"""How far relay and read side are: asked of the database, so that any process can tell for all others."""

from typing import Any

import psycopg

from runtime.eventstore.relayed import RELAYED, Relayed


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


def relayed(connection: psycopg.Connection[Any], topic: str) -> Relayed:
    """How far the relay into a topic is behind the log."""
    (found,) = connection.execute(RELAYED, [topic]).fetchall()
    return Relayed(*found)
