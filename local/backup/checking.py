"""Whether a store is whole: what every restore, and every drill, asks of it in SQL alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

_POSITIONS = (
    "SELECT h.position, (SELECT count(*) FROM ledger.events),"
    " (SELECT coalesce(max(position), 0) FROM ledger.events),"
    " (SELECT max(recorded_at) FROM ledger.events WHERE position = h.position) FROM ledger.head h"
)
_STREAMS = (
    "SELECT count(*) FROM (SELECT 1 FROM ledger.events GROUP BY stream_id"
    " HAVING count(*) <> max(stream_version) - min(stream_version) + 1 OR min(stream_version) > 1)"
    " AS holed"
)
_BOOKS = (
    "SELECT count(*) FROM ledger.events e, LATERAL ("
    " SELECT sum((p->>'debit_cents')::bigint) AS debits, sum((p->>'credit_cents')::bigint) AS credits"
    " FROM jsonb_array_elements(convert_from(e.payload, 'UTF8')::jsonb->'postings') AS p) AS books"
    " WHERE debits <> credits"
)
_ANSWERS = "SELECT count(*) FROM ledger.command_log WHERE last_position > (SELECT position FROM ledger.head)"


@dataclass(frozen=True, slots=True)
class CheckedStore:
    """What a store was found to be.

    Attributes:
        position: of its last event.
        recorded_at: when that was recorded; `None` of an empty store.
        faults: everything that is wrong with it.
    """

    position: int
    recorded_at: datetime | None
    faults: tuple[str, ...]


def check(connection: Connection[Any]) -> CheckedStore:
    """See that positions and versions have no holes, and that the books balance."""
    row = connection.execute(_POSITIONS).fetchone()
    head, count, last, recorded_at = row or (0, 0, 0, None)
    faults = []
    if not head == count == last:
        faults.append(f"the head is {head}, but there are {count} events, the last at {last}")
    for question, fault in (
        (_STREAMS, "{} streams have holes in their versions"),
        (_BOOKS, "{} events have debits that are not their credits"),
        (_ANSWERS, "{} commands were answered with positions that the store has not"),
    ):
        found = connection.execute(question.encode()).fetchone()
        if found is not None and found[0]:
            faults.append(fault.format(found[0]))
    return CheckedStore(head, recorded_at, tuple(faults))
