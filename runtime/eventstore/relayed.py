"""How far the relay is behind the log: one question, asked by everybody who tells of it.

The relay keeps its checkpoint beside the log, so that any process can tell for it: one that is dead
says nothing of itself.
"""

from dataclasses import dataclass

RELAYED = """
WITH relayed AS (
    SELECT coalesce((SELECT c.position FROM ledger.relay_checkpoint AS c, ledger.store AS s
                     WHERE c.topic = %s AND c.epoch = s.epoch), 0) AS position
)
SELECT head.position - relayed.position,
       greatest(coalesce(extract(epoch FROM clock_timestamp() - (
           SELECT e.recorded_at FROM ledger.events AS e
           WHERE e.position = relayed.position + 1)), 0), 0)::float
FROM ledger.head AS head, relayed
"""
"""Of a topic; one row, that of `Relayed`."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """Where the relay stands.

    Attributes:
        lag_events: that the broker has not acknowledged.
        lag_seconds: the age of the oldest of them; 0 when there is none.
    """

    lag_events: int
    lag_seconds: float
