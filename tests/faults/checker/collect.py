"""Gathers what a run left behind, with `psycopg`, `aiokafka` and `json` alone."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiokafka.admin.client
import aiokafka.client
import psycopg
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.protocol.metadata import MetadataRequest

from tests.faults.checker.artefacts import (
    Answer,
    Artefacts,
    Command,
    Delivered,
    Event,
    Operation,
    Posting,
    Rows,
    Topic,
)

# Looking at a topic that is gone must not make it, with the broker's own number of partitions.
_ask = partial(MetadataRequest, allow_auto_topic_creation=False)
aiokafka.client.MetadataRequest = _ask
aiokafka.admin.client.MetadataRequest = _ask

TOPIC_SECONDS_MAX = 120.0
PAGE_ROWS = 5_000
KEPT = "topic-{}.json"

TABLES = {
    "journal_lines": "position, line_number, loan_id::text, type, effective_on::text, account,"
    " debit_cents, credit_cents FROM read.journal_lines",
    "loan_balances": "loan_id::text, account, lines, debit_cents, credit_cents"
    " FROM read.loan_balances",
    "account_totals": "partition, account, lines, debit_cents, credit_cents"
    " FROM read.account_totals",
    "history": "position, type, loan_id::text, stream_id::text FROM read.history",
    "history_counts": "loan_id::text, events FROM read.history_counts",
    "loans": "loan_id::text, partition, version, state, principal_cents FROM read.loans",
    "draws": "draw_id::text, loan_id::text, version, state FROM read.draws",
    # A total over all builders stands beside each builder's own; only builders' count here, and
    # a total that has come down to nothing may stay as a row of zeros.
    "loan_totals": "state, partition, sum(loans)::bigint, sum(principal_cents)::bigint"
    " FROM read.loan_totals WHERE builder_user_id IN (SELECT builder_user_id FROM read.loans)"
    " GROUP BY 1, 2 HAVING sum(loans) <> 0 OR sum(principal_cents) <> 0",
    "checkpoints": "projection, partition, position FROM read.checkpoints",
    "parked": "projection, position, reason FROM read.parked",
    "skipped": "projection, position, reason FROM read.skipped",
}
"""What is read of each read table; in `reckoned`, its first columns are its key."""

_EVENTS = (
    "SELECT position, recorded_at::text, stream_id::text, stream_version, partition,"
    " partition_key::text, command_id::text, correlation_id::text, type, effective_on::text, payload"
    " FROM ledger.events ORDER BY position"
)
_COMMANDS = "SELECT command_id::text, first_position, last_position, status FROM ledger.command_log"
_POSITION = "SELECT h.position, s.epoch::text FROM ledger.head h, ledger.store s"


async def collect(
    database_url: str, bootstrap: str, topic: str, history: Path, tail: Path
) -> Artefacts:
    """Everything a run left behind.

    Args:
        database_url: of the store and the read tables, at rest.
        bootstrap: of the broker that has the topic; nobody writes to it any more.
        topic: its name.
        history: what the clients wrote down; beside it lies what `keep` kept.
        tail: what the reader wrote down who followed the log.
    """
    lines = _lines(history)
    with psycopg.connect(database_url, options="-c timezone=UTC") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        events = tuple(_events(connection))
        commands = tuple(Command(*row) for row in connection.execute(_COMMANDS))
        tables = {name: _rows(connection, columns) for name, columns in TABLES.items()}
        head, epoch = connection.execute(_POSITION).fetchone() or (0, "")
    messages = await messages_of(bootstrap, topic)
    lost_up_to = max((line["position"] for line in lines if line["kind"] == "loss"), default=0)
    return Artefacts(
        events=events,
        commands=commands,
        head=head,
        epoch=epoch,
        topics=(*_topics(history.parent), Topic(messages, lost_up_to, owed_up_to=head)),
        tables=tables,
        operations=tuple(operations(lines)),
        tailed=tuple(_tailed(tail)),
    )


def _lines(history: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in history.read_text().splitlines()]


def _rows(connection: psycopg.Connection[Any], columns: str) -> Rows:
    return connection.execute(f"SELECT {columns}".encode()).fetchall()


def _events(connection: psycopg.Connection[Any]) -> Iterator[Event]:
    with connection.cursor("events") as cursor:
        cursor.itersize = PAGE_ROWS
        for *row, payload in cursor.execute(_EVENTS):
            lines = json.loads(payload).get("postings", ())
            postings = tuple(
                Posting(line["account"], line["debit_cents"], line["credit_cents"])
                for line in lines
            )
            yield Event(*row, sha256(payload).hexdigest(), postings)


async def messages_of(bootstrap: str, topic: str) -> list[Delivered]:
    """The topic from its beginning to its end, partition by partition."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    found: list[Delivered] = []
    async with consumer, asyncio.timeout(TOPIC_SECONDS_MAX):
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(at) < end for at, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(_message(record) for record in records)
    return sorted(found, key=lambda message: (message.partition, message.offset))


def _message(record: ConsumerRecord) -> Delivered:
    """A record; one of somebody else's making has no position, which is 0."""
    headers = {name: value.decode() for name, value in record.headers}
    return Delivered(
        partition=record.partition,
        offset=record.offset,
        position=int(headers.get("position", 0)),
        prev_position=int(headers.get("prev_position", 0)),
        stream_id=headers.get("ce_subject", ""),
        version=int(headers.get("stream_version", 0)),
        type=headers.get("ce_type", ""),
        key=(record.key or b"").decode(),
        epoch=headers.get("store_epoch", ""),
        digest=sha256(record.value or b"").hexdigest(),
    )


def keep(topic: Topic, folder: Path) -> None:
    """Keep what the topic holds before it forgets."""
    number = len(list(folder.glob(KEPT.format("*")))) + 1
    told = [topic.lost_up_to, topic.owed_up_to, topic.messages]
    (folder / KEPT.format(f"{number:06}")).write_text(json.dumps(told))


def _topics(folder: Path) -> Iterator[Topic]:
    for path in sorted(folder.glob(KEPT.format("*"))):
        lost_up_to, owed_up_to, messages = json.loads(path.read_text())
        yield Topic([Delivered(*message) for message in messages], lost_up_to, owed_up_to)


def operations(lines: Iterable[dict[str, Any]]) -> Iterator[Operation]:
    """The clients' operations, from what they wrote down of each attempt.

    An operation is ok once it has been answered so, however often it was asked again. One that was
    invoked and never answered, because its client ended, is unknown.
    """
    by_operation: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        if "op" in line:
            by_operation[line["op"]].append(line)
    for identity, told in by_operation.items():
        first = told[0]
        answers = tuple(
            Answer(line["status"], line["position"], line["answer"])
            for line in told
            if line["kind"] == "ok"
        )
        refusals = [line["code"] for line in told if line["kind"] == "fail"]
        outcome = "ok" if answers else "fail" if refusals else "unknown"
        if answers and refusals:
            refusals, outcome = [f"{refusals[0]} and ok"], "both"
        yield Operation(
            identity,
            first["key"],
            first["what"],
            outcome,
            answers,
            refusals[0] if refusals else None,
            first["expected"],
            first["step"],
        )


def _tailed(tail: Path) -> Iterator[tuple[int, str, int]]:
    for line in tail.read_text().splitlines():
        position, stream_id, version = line.split()
        yield int(position), stream_id, int(version)
