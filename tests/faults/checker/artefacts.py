"""What a run leaves behind, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Posting(NamedTuple):
    """A line of an entry, as an event carries it."""

    account: str
    debit_cents: int
    credit_cents: int


class Event(NamedTuple):
    """A row of the store; ``digest`` is of its payload, ``operation`` who asked for it."""

    position: int
    recorded_at: str
    stream_id: str
    version: int
    partition: int
    partition_key: str
    command_id: str
    operation: str
    type: str
    effective_on: str
    digest: str
    postings: tuple[Posting, ...]


class Command(NamedTuple):
    """A row of the log of commands."""

    command_id: str
    first_position: int | None
    last_position: int | None
    status: int


class Delivered(NamedTuple):
    """A record of the topic, in the order in which its partition holds it."""

    partition: int
    offset: int
    position: int
    prev_position: int
    stream_id: str
    version: int
    type: str
    key: str
    epoch: str
    digest: str


class Answer(NamedTuple):
    """One answer of 2xx that a client got."""

    status: int
    position: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client wanted, once, however often it had to ask.

    Attributes:
        id: sent along as the request's id, which the store keeps as the correlation id.
        key: its Idempotency-Key.
        outcome: ``ok``, ``fail`` or ``unknown``, when the client gave up asking.
        answers: every answer of 2xx; repeats of one operation must all get the same.
        code: of a refusal.
        expected: the outcome that the client's own books foretold.
        is_step: whether it is one command of one resource; closing a day's business is not: its
            answer may say that a loan was left alone.
    """

    id: str
    key: str
    what: str
    outcome: str
    answers: tuple[Answer, ...]
    code: str | None
    expected: str
    is_step: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """What the topic held at one moment: just before a fault that makes it forget, or at the end.

    Attributes:
        lost_up_to: the highest position that the broker may have forgotten by a fault of ours before.
        owed_up_to: the position up to which the relay had said that the broker has every event; what
            lies between the two, the topic must hold.
    """

    messages: Sequence[Delivered]
    lost_up_to: int
    owed_up_to: int


Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Artefacts:
    """Everything that a run left behind.

    Attributes:
        head: the position that the store believes to be its last.
        epoch: of the store.
        topics: what the topic held, oldest first; the last is what it holds at the end, when it owes
            everything.
        tables: rows of the read tables, by name, in the order of `collect.TABLES`.
        tailed: position, stream and version of all that a reader saw who followed the log all along.
    """

    events: Sequence[Event]
    commands: Sequence[Command]
    head: int
    epoch: str
    topics: Sequence[Topic]
    tables: Mapping[str, Rows]
    operations: Sequence[Operation]
    tailed: Sequence[tuple[int, str, int]]
