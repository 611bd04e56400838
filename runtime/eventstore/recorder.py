"""The `eventsourcing` library's recorder over our log: synchronous, for `drawbridge replay` and imports.

Its SQL is ours: events go in through ``ledger.append`` under the head's lock, so positions have no
gaps and follow the commits, where the library's own function mode lets a tailing reader miss some.
A stored event's topic is our permanent stored name, never a module's path.

Only this module imports the library: importing it patches `dataclasses`, and the processes that
serve requests do without.
"""

from collections.abc import Sequence
from datetime import UTC, date, tzinfo
from typing import Any, Final
from uuid import UUID

import orjson
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    InterfaceError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from eventsourcing.utils import retry
from psycopg import Cursor
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed

from domain.events.catalogue import CATALOGUE
from domain.events.envelope import Recorded
from domain.kernel.actors import SYSTEM, Actor
from runtime.business_date import business_date
from runtime.eventstore import records
from runtime.eventstore.batch import APPEND, Prepared, event_row, parameters
from runtime.ids import new_id

_VERSION_MARK: Final = "@"
_POLL_SECONDS: Final = 0.05
_SELECT = SQL(
    "SELECT position AS notification_id, stream_id AS originator_id,"
    " stream_version AS originator_version, payload AS state,"
    " CASE schema_version WHEN 1 THEN type ELSE type || '@' || schema_version END AS topic"
    " FROM ledger.events"
)
_RECORDED = SQL(
    f"SELECT {records.EVENT_COLUMNS} FROM ledger.events"  # noqa: S608  # constant columns
    " WHERE stream_id = %s AND position <= %s ORDER BY stream_version"
)


def type_of(topic: str) -> tuple[str, int]:
    """Stored name and schema version of a topic."""
    name, _, version = topic.partition(_VERSION_MARK)
    return name, int(version or 1)


def datastore(address: str, *, connections_max: int = 4) -> PostgresDatastore:
    """The library's pool on our database, by a URL or what `runtime.postgres.conninfo` gives."""
    store = PostgresDatastore(
        dbname="",
        host="",
        port="",
        user="",
        password="",
        pool_size=1,
        max_overflow=connections_max - 1,
        schema="ledger",
    )
    # It takes these five and nothing else; an address may also ask for a role, limits or TLS.
    store.pool.conninfo, store.pool.kwargs = address, {"row_factory": dict_row}
    return store


class LedgerRecorder(PostgresApplicationRecorder):
    """Reads and appends stored events; tables and functions are the migrations' business."""

    def __init__(self, datastore: PostgresDatastore, zone: tzinfo = UTC) -> None:
        """Write by a data store, what bears no date on the day it is in a time zone."""
        super().__init__(datastore, events_table_name="events")
        self.sql_create_statements: list[Composed] = []
        self._partition_count: int | None = None
        self._zone = zone

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        actor: Actor = SYSTEM,
        command_id: UUID | None = None,
        correlation_id: UUID | None = None,
        effective_on: date | None = None,
        **_: Any,
    ) -> Sequence[int]:
        """Append events, all or none.

        Args:
            stored_events: versions of a stream consecutive, after what it holds.
            actor: on whose behalf.
            command_id: give one to make a repeat after a lost connection harmless.
            correlation_id: of what caused it, the command itself if not given.
            effective_on: the lender's date, today's if not given.

        Returns:
            Their positions.

        Raises:
            IntegrityError: a stream is not where the versions expect it, or the command was known.
        """
        if not stored_events:
            return []
        command = command_id or new_id()
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            prepared = self._prepared(
                stored_events,
                partition_count=self._partitions(cursor),
                actor=str(actor),
                command_id=command,
                correlation_id=correlation_id or command,
                causation_id=None,
                effective_on=effective_on or business_date(self._zone),
            )
            cursor.execute(APPEND, parameters([prepared]), prepare=True)
            row = cursor.fetchone()
        if row is None or row["outcome"] != "appended":
            outcome = "lost" if row is None else row["outcome"]
            raise IntegrityError(f"append of {len(stored_events)} events: {outcome}")
        return list(range(row["first_position"], row["last_position"] + 1))

    def _prepared(
        self, stored_events: Sequence[StoredEvent], *, command_id: UUID, **common: Any
    ) -> Prepared:
        rows = []
        for stored in stored_events:
            stream_id = _uuid(stored.originator_id)
            name, schema_version = type_of(stored.topic)
            rows.append(
                event_row(
                    stream_id=stream_id,
                    stream_version=stored.originator_version,
                    partition_key=_partition_key(name, stream_id, stored.state),
                    type=name,
                    schema_version=schema_version,
                    command_id=command_id,
                    payload=stored.state,
                    **common,
                )
            )
        # Nobody asks for the answer of an import: a repeat is refused, not replayed.
        try:
            return Prepared.of((command_id, b"", len(rows), 200, 0, b""), rows, {})
        except ValueError as error:
            raise IntegrityError(str(error)) from error

    def _partitions(self, cursor: Cursor[DictRow]) -> int:
        if self._partition_count is None:
            row = cursor.execute("SELECT partition_count FROM ledger.store").fetchone()
            if row is None:
                raise LookupError("the store has no identity: ledger.store is empty")
            self._partition_count = int(row["partition_count"])
        return self._partition_count

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one stream after version ``gt`` and up to ``lte``."""
        statement = _SELECT + SQL(
            " WHERE stream_id = %s AND stream_version > %s AND stream_version <= %s"
            " ORDER BY stream_version {} LIMIT %s"
        ).format(SQL("DESC" if desc else "ASC"))
        first, last = -1 if gt is None else gt, 2**31 - 1 if lte is None else lte
        return [
            StoredEvent(row["originator_id"], row["originator_version"], row["topic"], row["state"])
            for row in self._rows(statement, (_uuid(originator_id), first, last, limit))
        ]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def recorded(self, originator_id: UUID, *, up_to: int | None = None) -> list[Recorded]:
        """All of one stream as we recorded it, which the library's events do not tell: with places
        in the log, dates and who acted.

        Args:
            originator_id: of the stream.
            up_to: leave out what lies after this position; streams read up to the same one belong
                together, for positions follow the commits.
        """
        last = 2**63 - 1 if up_to is None else up_to
        return [
            records.StoredEvent(**row).decode()
            for row in self._rows(_RECORDED, (originator_id, last))
        ]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events by position; none is ever missing between two of them."""
        first = 0 if start is None else start - int(inclusive_of_start)
        last = 2**63 - 1 if stop is None else stop
        statement = _SELECT + SQL(" WHERE position > %s AND position <= %s")
        arguments: list[Any] = [first, last]
        if topics:
            names, versions = zip(*map(type_of, topics), strict=True)
            statement += SQL(
                " AND (type, schema_version) IN (SELECT * FROM unnest(%s::text[], %s::integer[]))"
            )
            arguments += [list(names), list(versions)]
        statement += SQL(" ORDER BY position LIMIT %s")
        return [
            Notification(
                id=row["notification_id"],
                originator_id=row["originator_id"],
                originator_version=row["originator_version"],
                topic=row["topic"],
                state=row["state"],
            )
            for row in self._rows(statement, (*arguments, limit))
        ]

    @retry((InterfaceError, OperationalError), max_attempts=10, wait=0.2)
    def max_notification_id(self) -> int | None:
        """The last position; `None` when nothing was ever appended."""
        (row,) = self._rows(SQL("SELECT nullif(position, 0) AS last FROM ledger.head"), ())
        return None if row["last"] is None else int(row["last"])

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Events after a position, as they are committed, without end."""
        return PollingSubscription(recorder=self, gt=gt, topics=topics)

    def _rows(self, statement: SQL | Composed, arguments: Sequence[Any]) -> list[DictRow]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(binary=True) as cursor,
        ):
            return cursor.execute(statement, arguments, prepare=True).fetchall()


class PollingSubscription(ListenNotifySubscription[ApplicationRecorder]):
    """Looks for new events instead of waiting to be told: appends do not notify.

    A ``NOTIFY`` takes a lock across the whole server at every commit, which all commands would pay.
    """

    def _loop_on_pull(self) -> None:
        try:
            while not self._has_been_stopped:
                self._pull()
                self._has_been_notified.wait(_POLL_SECONDS)
        except BaseException as error:
            self._thread_error = self._thread_error or error
            self.stop()


def _uuid(originator_id: UUID | str) -> UUID:
    return originator_id if isinstance(originator_id, UUID) else UUID(originator_id)


def _partition_key(name: str, stream_id: UUID, payload: bytes) -> UUID:
    """The loan of an event that we know; of another, its own stream."""
    if name not in CATALOGUE:
        return stream_id
    return UUID(orjson.loads(payload)[CATALOGUE.named(name).partition_key])
