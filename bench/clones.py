"""Writes groups of clones of a deck into the log, by COPY in its binary form.

A group is so many copies of the deck, their events interleaved, and has a run of positions of its
own, so that several processes write at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import pack
from uuid import UUID

import psycopg

from bench.deck import EventTemplate, LoanTemplate
from runtime.eventstore.hashing import leaf_hash
from runtime.eventstore.partitions import partition_of

SPAN = timedelta(days=730)
"""Between the recording of the first event and of the last."""
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FILE_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_FILE_END = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_EVENTS = (
    "COPY ledger.events (position, recorded_at, stream_id, partition_key, command_id,"
    " correlation_id, causation_id, partition, leaf_hash, payload, stream_version, schema_version,"
    " effective_on, type, actor) FROM STDIN (FORMAT binary)"
)
_ANSWERS = (
    "COPY ledger.command_log (command_id, recorded_at, first_position, last_position, status,"
    " version, payload_hash, body) FROM STDIN (FORMAT binary)"
)
_ROWS_A_WRITE = 256


@dataclass(frozen=True, slots=True)
class Filling:
    """What every process that fills is told.

    Attributes:
        deck: to clone.
        copies: of the deck in a group; their events are interleaved.
        order: of a group: the copy, the loan of the deck and the command of the loan.
        events: in the whole store; a command that would go beyond is left out with all after it.
        group_events: in a group.
        began_at: when the first was recorded.
    """

    url: str
    deck: Sequence[LoanTemplate]
    copies: int
    order: Sequence[tuple[int, int, int]]
    group_events: int
    events: int
    partition_count: int
    began_at: datetime


_filling_here: Filling | None = None


def begin(filling: Filling) -> None:
    """Tell this process what it fills."""
    global _filling_here  # a pool's tasks find what their process was told nowhere else
    _filling_here = filling


def write_group(group: int) -> int:
    """Write one group in a transaction of its own; returns how many events it has."""
    filling = _filling_here
    if filling is None:
        raise LookupError("this process was not begun")
    before = group * filling.group_events
    made_at = (_at(filling, before), _at(filling, before + filling.group_events))
    clones = [
        [
            Clone(filling, loan, group * filling.copies + copy, which, made_at)
            for which, loan in enumerate(filling.deck)
        ]
        for copy in range(filling.copies)
    ]
    position = before
    events, answers = [_FILE_HEAD], [_FILE_HEAD]
    for copy, which, step in filling.order:
        clone = clones[copy][which]
        command = clone.loan.commands[step]
        if position + len(command) > filling.events:
            break
        moment = _moment(filling, position)
        answers.append(clone.answer(command, position, moment))
        for event in command:
            position += 1
            events.append(clone.row(event, position, moment))
    with psycopg.connect(filling.url) as connection, connection.cursor() as cursor:
        for statement, rows in ((_EVENTS, events), (_ANSWERS, answers)):
            with cursor.copy(statement) as copying:
                for at in range(0, len(rows), _ROWS_A_WRITE):
                    copying.write(b"".join(rows[at : at + _ROWS_A_WRITE]))
                copying.write(_FILE_END)
    return position - before


def _at(filling: Filling, position: int) -> datetime:
    """When what follows a position was recorded."""
    return filling.began_at + SPAN * (position / filling.events)


def _moment(filling: Filling, position: int) -> bytes:
    """The same, as PostgreSQL's binary format has it."""
    since = _at(filling, position) - _POSTGRES_EPOCH
    return pack("!iq", 8, since // timedelta(microseconds=1))


class Clone:
    """A loan of the deck under ids of its own."""

    def __init__(
        self,
        filling: Filling,
        loan: LoanTemplate,
        copy: int,
        which: int,
        made_at: tuple[datetime, datetime],
    ) -> None:
        self.loan = loan
        self._ids = loan.clone_ids(copy, made_at)
        self._fields = [b"\x00\x00\x00\x10" + each.bytes for each in self._ids]
        self._texts = [str(each).encode() for each in self._ids]
        self._texts.append(b"L-%06d" % (copy * len(filling.deck) + which + 1))
        self._partition = pack("!ih", 2, partition_of(self._ids[0], filling.partition_count))

    def row(self, event: EventTemplate, position: int, moment: bytes) -> bytes:
        """An event's row, as COPY takes it."""
        stored = event.stored
        payload = b"".join(
            [self._texts[part] if isinstance(part, int) else part for part in event.payload]
        )
        leaf = leaf_hash(
            stream_id=self._ids[event.stream],
            stream_version=stored.stream_version,
            type=stored.type,
            schema_version=stored.schema_version,
            command_id=self._ids[event.command],
            actor=stored.actor,
            effective_on=stored.effective_on,
            payload=payload,
        )
        fields = self._fields
        causation = _NULL if event.causation is None else fields[event.causation]
        return b"".join(
            (
                pack("!hiq", 15, 8, position),
                moment,
                fields[event.stream],
                fields[0],
                fields[event.command],
                fields[event.correlation],
                causation,
                self._partition,
                pack("!i", 32),
                leaf,
                pack("!i", len(payload)),
                payload,
                event.constants,
            )
        )

    def answer(self, command: Sequence[EventTemplate], position: int, moment: bytes) -> bytes:
        """The row of a command's answer."""
        identity: UUID = self._ids[command[0].command]
        return b"".join(
            (
                pack("!h", 8),
                self._fields[command[0].command],
                moment,
                pack("!iq", 8, position + 1),
                pack("!iq", 8, position + len(command)),
                pack("!ih", 2, 200),
                pack("!ii", 4, command[-1].stored.stream_version),
                pack("!i", 32) + identity.bytes * 2,
                b"\x00\x00\x00\x02{}",
            )
        )
