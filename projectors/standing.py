"""How far the read side stands: one question, asked by everybody who tells of it or waits for it.

Of each read model it says up to where it has taken every event, in every partition, and what waits
beside it; and which version of it is live, by its print. What was taken of another epoch of the store
counts for nothing: it is to be rebuilt.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg import Connection

# Most projections stand at the same places, so each place is looked at once: materialized, or the
# server would look once a projection and place.
STANDING = """
WITH held AS (
    SELECT c.projection, c.partition, is_own * c.position AS position, is_own * c.parked AS parked
    FROM read.checkpoints AS c, ledger.store AS store,
         LATERAL (SELECT (c.store_epoch = store.epoch)::integer AS is_own) AS epoch
), next AS MATERIALIZED (
    SELECT at.partition, at.position, (
        SELECT e.position FROM ledger.events AS e
        WHERE e.partition = at.partition AND e.position > at.position
        ORDER BY e.position LIMIT 1
    ) AS lacking
    FROM (SELECT DISTINCT partition, position FROM held) AS at
), taken AS (
    SELECT projection, sum(parked)::bigint AS parked, min(next.lacking) AS lacking
    FROM held JOIN next USING (partition, position) GROUP BY projection
)
SELECT head.position AS head, model.*
FROM ledger.head AS head LEFT JOIN LATERAL (
    SELECT projection AS name, live.print, live.live_since,
           CASE WHEN taken.projection IS NULL THEN 0
                ELSE coalesce(taken.lacking - 1, head.position) END AS position,
           coalesce(taken.parked, 0) AS parked,
           coalesce(extract(epoch FROM clock_timestamp() - oldest.recorded_at), 0)::float AS seconds,
           coalesce(live.closed_until > clock_timestamp(), false) AS is_closed
    FROM read.models AS live FULL JOIN taken USING (projection)
    LEFT JOIN ledger.events AS oldest ON oldest.position = taken.lacking
) AS model ON true
ORDER BY model.name
"""
HEAD = "SELECT position, to_regclass('read.models') IS NOT NULL FROM ledger.head"
"""The last position of the log, and whether anybody has applied read models; else nobody can ask."""


def place_of(name: str, partition: str) -> str:
    """The expression for the position up to which a read model has taken a partition, null if none.

    For a statement over rows that may come from two read models, of which one may be ahead. What was
    taken of another epoch of the store is no place of this one.

    Args:
        name: of the read model.
        partition: the expression for the partition.
    """
    return (
        f"(SELECT position FROM read.checkpoints WHERE projection = '{name}'"  # noqa: S608  # constants of whoever asks
        f" AND checkpoints.partition = {partition}"
        f" AND store_epoch = (SELECT epoch FROM ledger.store))"
    )


class Presence(StrEnum):
    """How what is live of a read model stands to what a process declares."""

    LIVE = "live"
    OTHER = "other"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one read model stands.

    Attributes:
        print: of the version that is live; `None` where nobody has said whose its tables are.
        live_since: when that version came; `None` as for ``print``.
        position: every event up to it is taken, applied or parked; 0 while it never ran.
        lag_events: how far the log is ahead of that.
        lag_seconds: the age of the oldest event that is not taken; 0 when there is none.
        parked_events: that wait beside it, because one of their loan could not be applied.
        is_closed: whether nobody may read it, because it is just changing its meaning.
    """

    name: str
    print: str | None
    live_since: datetime | None
    position: int
    lag_events: int
    lag_seconds: float
    parked_events: int
    is_closed: bool


@dataclass(frozen=True, slots=True)
class ReadSide:
    """Where all of it stands, as of one moment.

    Attributes:
        head: the last position of the log.
        models: by name.
    """

    head: int
    models: Mapping[str, Standing]

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> "ReadSide":
        """What `STANDING` found."""
        head, models = 0, {}
        for row in rows:
            head, name, print_, since, position, parked, seconds, is_closed = row
            if name is not None:
                lag = head - position
                models[name] = Standing(
                    name, print_, since, position, lag, max(seconds, 0.0), parked, is_closed
                )
        return cls(head, models)

    @classmethod
    def read(cls, connection: Connection[Any]) -> "ReadSide":
        """As a database has it; before anybody applied read models, there are none."""
        ((head, is_applied),) = connection.execute(HEAD).fetchall()
        return cls.of(connection.execute(STANDING).fetchall()) if is_applied else cls(head, {})

    @property
    def parked_events(self) -> int:
        """How many wait beside all of them together."""
        return sum(each.parked_events for each in self.models.values())

    def position(self, names: Collection[str]) -> int:
        """What all of these read models have taken; of none, all that is recorded."""
        stand = (self.models.get(name) for name in names)
        return min((0 if each is None else each.position for each in stand), default=self.head)

    def state(self, name: str, declared: str | None) -> "Presence":
        """How what is live of a read model stands to what a process declares.

        Args:
            name: of the read model.
            declared: its print; `None` if the process knows of none.
        """
        stands = self.models.get(name)
        if declared is None:
            return Presence.UNKNOWN
        if stands is None or stands.print is None:
            return Presence.ABSENT
        return Presence.LIVE if stands.print == declared else Presence.OTHER
