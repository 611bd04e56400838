"""What a read model declares; the engine does the rest.

A projection is made of parts, each filling one table of schema ``read``:

    FoldedRows    one row per key, the fold of its events; counters and detail rows follow it
    AppendedRows  rows that an event adds and nothing changes
    Summed        sums that an event adds to

A part says what should be; it never touches a connection. The same declaration drives the live
projector and the rebuild, which is why both end with the same rows.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, MetaData, Table

from domain.events.catalogue import Event
from domain.events.envelope import Recorded
from projectors.schema import Definition

RowValues = dict[str, Any]
"""What a row holds, by column."""
Key = tuple[Hashable, ...]
State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Summed:
    """Sums by key.

    Attributes:
        table: its primary key is what is summed by, every other column a sum.
        of: what an event adds: key -> one amount for each sum, in the order of the columns.
    """

    table: Table
    of: Callable[[Recorded], Mapping[Key, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Counters:
    """Sums over the rows of a `FoldedRows` part, so that no query over all loans counts them.

    Attributes:
        table: as in `Summed`; its first sum counts rows, and a key that counts none is dropped.
        of: what one row contributes, a count above zero at each key; the engine adds the new row's
            and takes off the old one's.
    """

    table: Table
    of: Callable[[RowValues], Mapping[Key, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Details(Generic[State]):
    """Rows below a row of a `FoldedRows` part, written again whenever it changes.

    Attributes:
        table: its primary key begins with that of the row above.
        of: all rows below one state; a row that was there once is there for good.
    """

    table: Table
    of: Callable[[State], Sequence[RowValues]]


@dataclass(frozen=True, slots=True)
class FoldedRows(Generic[State]):
    """One row per key, folded from its events.

    Attributes:
        table: its primary key is the key.
        keys: of the rows an event touches; none if it does not matter here.
        fold: the state of one key after an event, from the state before, `None` at first.
        load: a state out of its row; ``dump`` the row of a state.
        counters: that follow the rows.
        details: the rows below them.
        settle: a state as it is kept once its row is written; it goes on as one that was loaded.
    """

    table: Table
    keys: Callable[[Recorded], Sequence[Key]]
    fold: Callable[[State | None, Recorded, Key], State]
    load: Callable[[RowValues], State]
    dump: Callable[[State], RowValues]
    counters: tuple[Counters, ...] = ()
    details: Details[State] | None = None
    settle: Callable[[State, RowValues], State] = lambda state, _row: state


@dataclass(frozen=True, slots=True)
class AppendedRows:
    """Rows that an event adds.

    Attributes:
        table: its primary key begins with the position of the event.
        rows: that an event adds.
    """

    table: Table
    rows: Callable[[Recorded], Iterable[RowValues]]


Part = FoldedRows[Any] | AppendedRows | Summed


@dataclass(frozen=True, slots=True)
class Projection:
    """A read model.

    Attributes:
        name: that of the read model that its tables are of.
        parts: its tables and how they follow the events.
        reads: the classes of events that can matter to it; a rebuild leaves all others unread.
        reads_origin: whether it looks at who caused an event, and by which command; where nobody
            does, a rebuild does not read that either.
    """

    name: str
    parts: tuple[Part, ...]
    reads: type[Event] | UnionType = Event
    reads_origin: bool = False

    @property
    def definition(self) -> Definition:
        """What it declares, wherever its tables are."""
        return _definition_of(self.parts[0].table.metadata)

    def wants(self, event_class: type[Event]) -> bool:
        """Whether an event of this class can matter to it."""
        return issubclass(event_class, self.reads)

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every table it fills."""
        found: list[Table] = []
        for part in self.parts:
            found.append(part.table)
            if isinstance(part, FoldedRows):
                found += [counters.table for counters in part.counters]
                if part.details is not None:
                    found.append(part.details.table)
        return tuple(found)


@cache
def _definition_of(metadata: MetaData) -> Definition:
    return Definition.of(metadata)


def key_columns(table: Table) -> list[Column[Any]]:
    """The primary key of a table, in order."""
    return list(table.primary_key.columns)


def value_columns(table: Table) -> list[Column[Any]]:
    """All columns of a table that are not its key."""
    return [column for column in table.columns if not column.primary_key]


def add_to(
    sums: dict[Key, list[int]], contribution: Mapping[Key, Sequence[int]], sign: int = 1
) -> None:
    """Add a contribution to sums, or take it off with sign -1."""
    for key, amounts in contribution.items():
        held = sums.get(key)
        if held is None:
            sums[key] = [sign * amount for amount in amounts]
        else:
            for at, amount in enumerate(amounts):
                held[at] += sign * amount
