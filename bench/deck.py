"""A deck of loans in every state, made once by the real commands, as templates to clone from.

A clone is the same history under other ids and another number. Ids that follow from other ids (a
month of interest from its loan, an event's from its place in its stream) follow from the clone's,
so a clone can go on living by the real commands. Each copy of the deck has borrowers and projects
of its own; users stay who they are.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from itertools import groupby
from struct import pack
from uuid import UUID

import psycopg

from domain.events.envelope import event_id
from domain.fees.late_charges import late_charge_id
from domain.interest.events import period_id
from domain.payoff.events import PayoffQuoted, payoff_quote_id
from local import seeding
from local.seeding.stories import DECK
from runtime.eventstore.records import EVENT_COLUMNS, StoredEvent
from runtime.settings import Settings

LOANS = len(DECK)
AS_OF = date(2025, 6, 30)
MONTHS_BACK = 36
_POSTGRES_DAY_ZERO = date(2000, 1, 1).toordinal()
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(rb'"number":"(L-\d+)"')
_BUILDER = re.compile(rb'"builder_user_id":"([0-9a-f-]{36})"')

Follows = tuple[int, Callable[..., UUID], tuple[object, ...]]
"""The slot of the id that another follows from, and how."""


@dataclass(frozen=True, slots=True)
class EventTemplate:
    """An event, with slots where a clone has ids of its own.

    Attributes:
        stored: as the deck has it.
        stream, command, correlation, causation: slots.
        payload: bytes as they are, and slots, in turn.
        constants: what all clones share, as PostgreSQL's binary format has it: version in its
            stream, schema version, effective date, type and actor.
    """

    stored: StoredEvent
    stream: int
    command: int
    correlation: int
    causation: int | None
    payload: tuple[bytes | int, ...]
    constants: bytes


@dataclass(slots=True)
class LoanTemplate:
    """A loan's history, command by command.

    Attributes:
        ids: of the deck's loan, by slot; slot 0 is the loan itself.
        follows: for ids that follow from one with a lower slot.
        random: slots of the ids of commands.
        commands: the events of each.
    """

    ids: list[UUID] = field(default_factory=list)
    follows: dict[int, Follows] = field(default_factory=dict)
    random: set[int] = field(default_factory=set)
    commands: list[list[EventTemplate]] = field(default_factory=list)

    @property
    def number_slot(self) -> int:
        """Where its number is, behind its ids."""
        return len(self.ids)

    def clone_ids(self, copy: int, made_at: tuple[datetime, datetime]) -> list[UUID]:
        """The ids that the clone of one copy of the deck has, by slot.

        Those of commands are as random as those that follow from idempotency keys; the others were
        made between two moments and sort by them (UUIDv7), so indexes are as compact as in life.
        """
        key = copy.to_bytes(8)
        first, last = (int(moment.timestamp() * 1000) for moment in made_at)
        made: list[UUID] = []
        for slot, identity in enumerate(self.ids):
            if slot in self.follows:
                parent, derive, arguments = self.follows[slot]
                made.append(derive(made[parent], *arguments))
            else:
                digest = blake2b(identity.bytes, digest_size=16, key=key).digest()
                if slot in self.random:
                    made.append(UUID(bytes=digest, version=4))
                else:
                    millis = first + (last - first) * slot // len(self.ids)
                    made.append(_uuid7(millis, digest))
        return made


def make_deck(server_url: str, *, as_of: date = AS_OF, loans: int = LOANS) -> list[LoanTemplate]:
    """Make the loans by the real commands in a migrated database, and read them back."""
    asyncio.run(seeding.seed(Settings(database_url=server_url), loans=loans, as_of=as_of))
    with psycopg.connect(server_url) as connection:
        rows = connection.execute(
            f"SELECT {EVENT_COLUMNS} FROM ledger.events ORDER BY position"  # noqa: S608  # constant columns
        ).fetchall()
    return templates([StoredEvent(*row) for row in rows], as_of)


def templates(events: Iterable[StoredEvent], as_of: date) -> list[LoanTemplate]:
    """The loans of a store, in the order of their first events."""
    by_loan: dict[UUID, list[StoredEvent]] = defaultdict(list)
    users: set[UUID] = set()
    for event in events:
        by_loan[event.partition_key].append(event)
        users.add(event.decode().actor.id)
        users.update(UUID(found.decode()) for found in _BUILDER.findall(event.payload))
    return [_template(loan_id, history, users, as_of) for loan_id, history in by_loan.items()]


def _template(
    loan_id: UUID, history: Sequence[StoredEvent], users: set[UUID], as_of: date
) -> LoanTemplate:
    loan = LoanTemplate([loan_id])
    slots = {loan_id: 0}
    for identity in _in_order_of_descent(loan_id, history):
        if identity not in slots and identity not in users:
            slots[identity] = len(loan.ids)
            loan.ids.append(identity)
    for identity, (parent, derive, arguments) in _descents(loan_id, history, as_of).items():
        if identity in slots:
            loan.follows[slots[identity]] = (slots[parent], derive, arguments)
    loan.random = {slots[event.command_id] for event in history}
    found = _NUMBER.search(history[0].payload)
    if found is None:
        raise ValueError(f"the history of loan {loan_id} does not begin with its number")
    for _, together in groupby(history, key=lambda event: event.command_id):
        loan.commands.append(
            [_event_template(event, slots, found.group(1), loan.number_slot) for event in together]
        )
    return loan


def _in_order_of_descent(loan_id: UUID, history: Sequence[StoredEvent]) -> Iterator[UUID]:
    """Every id of a history; streams come first, because ids of events follow from theirs."""
    yield loan_id
    for event in history:
        yield event.stream_id
    for event in history:
        yield event.command_id
        yield event.correlation_id
        if event.causation_id is not None:
            yield event.causation_id
        for text in _ID.findall(event.payload):
            yield UUID(text.decode())


def _descents(
    loan_id: UUID, history: Sequence[StoredEvent], as_of: date
) -> dict[UUID, tuple[UUID, Callable[..., UUID], tuple[object, ...]]]:
    """The ids that would follow from others, were they in this history."""
    found: dict[UUID, tuple[UUID, Callable[..., UUID], tuple[object, ...]]] = {}
    for back in range(-2, MONTHS_BACK):
        years, month = divmod(as_of.year * 12 + as_of.month - 1 - back, 12)
        first = date(years, month + 1, 1)
        for derive in (period_id, late_charge_id):
            found[derive(loan_id, first)] = (loan_id, derive, (first,))
    versions = range(1, len(history) + 1)
    for event in history:
        place = (event.stream_version,)
        found[event_id(event.stream_id, *place)] = (event.stream_id, event_id, place)
        fact = event.decode().event
        if isinstance(fact, PayoffQuoted):
            for version in versions:
                given = (version, fact.payoff_on, fact.good_through_on)
                found[payoff_quote_id(loan_id, *given)] = (loan_id, payoff_quote_id, given)
    return found


def _event_template(
    event: StoredEvent, slots: dict[UUID, int], number: bytes, number_slot: int
) -> EventTemplate:
    pieces: list[bytes | int] = []
    at = 0
    for found in re.finditer(
        _ID.pattern + rb'|(?<=")' + re.escape(number) + rb'(?=")', event.payload
    ):
        text = found.group()
        slot = number_slot if text == number else slots.get(UUID(text.decode()))
        if slot is None:  # a user
            continue
        pieces += (event.payload[at : found.start()], slot)
        at = found.end()
    pieces.append(event.payload[at:])
    return EventTemplate(
        stored=event,
        stream=slots[event.stream_id],
        command=slots[event.command_id],
        correlation=slots[event.correlation_id],
        causation=None if event.causation_id is None else slots[event.causation_id],
        payload=tuple(pieces),
        constants=_constants(event),
    )


def _uuid7(millis: int, random: bytes) -> UUID:
    number = int.from_bytes(millis.to_bytes(6) + random[6:])
    return UUID(int=number & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62)


def _constants(event: StoredEvent) -> bytes:
    type_, actor = event.type.encode(), event.actor.encode()
    effective_on = event.effective_on.toordinal() - _POSTGRES_DAY_ZERO
    numbers = (event.stream_version, event.schema_version, effective_on)
    return b"".join(
        [pack("!ii", 4, number) for number in numbers]
        + [pack("!i", len(text)) + text for text in (type_, actor)]
    )
