"""Epochs: a store that was restored is another store, and says so.

After a restore to an earlier moment, positions are used again by other events, while Kafka, and
whoever read it, still has the old ones. So the store takes a new identity: what bears the old one
is not taken for an event of ours, and what was made from events that are still there is kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.rows import class_row

_EPOCHS = (
    "SELECT e.epoch, e.began_after, e.began_at, e.timeline, e.reason, e.epoch = s.epoch AS present"
    " FROM ledger.epochs e, ledger.store s ORDER BY e.began_at, e.began_after"
)
# What is not acknowledged under the new identity is sent again under it: a reader of Kafka needs
# nothing but `prev_position` of the first message to know what of the old it must forget.
_CARRY_RELAY = (
    "UPDATE ledger.relay_checkpoint SET epoch = %(new)s, position = least(position, %(head)s)"
    " WHERE epoch = %(old)s"
)
# Those of earlier epochs, too: a relay that has not noticed then finds no checkpoint to move.
_FORGET_RELAYS = "DELETE FROM ledger.relay_checkpoint WHERE epoch <> %(new)s"
_FOREIGN = (
    "SELECT projection FROM {schema}.checkpoints c GROUP BY projection"
    " HAVING NOT bool_and(c.store_epoch = %(old)s AND (c.position = 0 OR EXISTS ("
    "  SELECT FROM ledger.events e"
    "  WHERE e.position = c.position AND e.partition = c.partition)))"
    " ORDER BY projection"
)
# The offset stays: whatever it points at, events of the new epoch lie behind it, those of the old
# are not taken, and what is missing is read from the store.
_ADOPT = (
    "UPDATE {schema}.checkpoints SET store_epoch = %(new)s WHERE projection <> ALL (%(foreign)s)"
)
_FORGET_BESIDE = "DELETE FROM {schema}.{table} WHERE position > %(head)s"
_LIVE, _PREVIOUS = "read", "read_previous"  # the read models, and those before their last rebuild


@dataclass(frozen=True, slots=True)
class Epoch:
    """One identity of the store.

    Attributes:
        began_after: the last position that it shares with the epoch before it.
        timeline: of PostgreSQL when it began; `None` where the server does not tell.
        present: whether it is the store's identity now.
    """

    epoch: UUID
    began_after: int
    began_at: datetime
    timeline: int | None
    reason: str
    present: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """What beginning an epoch came to.

    Attributes:
        adopted: read models that go on, because they hold nothing but events that are still there.
        to_rebuild: read models that hold other events, or nobody can tell which.
    """

    epoch: Epoch
    adopted: tuple[str, ...]
    to_rebuild: tuple[str, ...]


def epochs(connection: Connection[Any]) -> list[Epoch]:
    """Every identity the store has had, oldest first."""
    with connection.cursor(row_factory=class_row(Epoch)) as cursor:
        return cursor.execute(_EPOCHS).fetchall()


def unnoticed_timeline(connection: Connection[Any]) -> tuple[int, int] | None:
    """The timeline the present epoch began on and the server's, if they differ.

    Then the server was restored, or failed over, and nobody has begun an epoch since.
    """
    row = connection.execute(
        "SELECT e.timeline, ledger.timeline() FROM ledger.store JOIN ledger.epochs e USING (epoch)"
    ).fetchone()
    if row is None or None in row or row[0] == row[1]:
        return None
    return row[0], row[1]


def begin_epoch(connection: Connection[Any], reason: str) -> Begun:
    """Give the store another identity, from its present head on.

    Begin one after every restore, before anything else works on the store. Beginning one needlessly
    does no harm: the relay goes on where it was, and so do the read models.

    Args:
        connection: of the tables' owner.
        reason: kept with the epoch.
    """
    new = uuid4()
    with connection.transaction():
        head, old = _held(connection)
        names = {"old": old, "new": new, "head": head}
        connection.execute("UPDATE ledger.store SET epoch = %(new)s", names)
        connection.execute(
            "INSERT INTO ledger.epochs (epoch, began_after, reason) VALUES (%s, %s, %s)",
            [new, head, reason],
        )
        connection.execute(_CARRY_RELAY, names)
        connection.execute(_FORGET_RELAYS, names)
        known = connection.execute("SELECT DISTINCT projection FROM read.checkpoints ORDER BY 1")
        every = [name for (name,) in known.fetchall()]
        foreign = _adopt(connection, _LIVE, names)
        _adopt(connection, _PREVIOUS, names)
        present = epochs(connection)[-1]
    adopted = tuple(name for name in every if name not in foreign)
    return Begun(present, adopted, tuple(foreign))


def _held(connection: Connection[Any]) -> tuple[int, UUID]:
    """The head, which nobody moves until we commit, and the present epoch."""
    row = connection.execute(
        "SELECT h.position, s.epoch FROM ledger.head h, ledger.store s FOR UPDATE"
    ).fetchone()
    if row is None:
        raise LookupError("the store has no identity: ledger.store is empty")
    return row[0], row[1]


def _adopt(connection: Connection[Any], schema: str, names: dict[str, Any]) -> list[str]:
    """Take the read models into the new epoch that are a prefix of the store; return the others."""
    found = connection.execute(_FOREIGN.format(schema=schema).encode(), names).fetchall()
    foreign = [name for (name,) in found]
    connection.execute(_ADOPT.format(schema=schema).encode(), names | {"foreign": foreign})
    # A rebuild leaves out what was skipped: at positions that are free again, it must not.
    for table in ("parked", "skipped"):
        statement = _FORGET_BESIDE.format(schema=schema, table=table)
        connection.execute(statement.encode(), names)
    return foreign
