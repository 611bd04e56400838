"""What a read model is made of; kept apart from the engine so that queries need none.

A read model says once what it is: its tables, in a `MetaData` of its own, the classes whose values
its rows hold as JSON, and the version of these rows. From that follow the statements that make the
tables, the print by which a process knows whether the tables that are live are its own, and whether
a query of one release can read the tables of another.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Index, MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex
from sqlalchemy.types import TypeEngine

from projectors.shapes import covers, held, print_of

SCHEMA = "read"
NOBODY = UUID(int=0)
"""Stands where a loan has no builder, because a key has no nulls."""
EVERYBODY = UUID(int=2**128 - 1)
"""Stands, in counters by builder, for the sum over all of them and over the loans of nobody."""

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def read_model(
    name: str, version: str = "1.0", *, holds: tuple[type[Struct], ...] = ()
) -> MetaData:
    """The tables of a read model.

    Args:
        name: in checkpoints, on the command line and in metrics; never changed.
        version: of its rows, raised when they come out otherwise although the tables and what is
            held say the same: the second number when whoever read the rows before reads them as well
            as ever, the first when he would misread them.
        holds: the states and the resources that its rows hold as JSON.
    """
    return MetaData(schema=SCHEMA, info={"model": name, "version": version, "holds": holds})


def model_of(table: Table) -> str:
    """The name of the read model that a table is of."""
    return str(table.metadata.info["model"])


def amount(name: str, of: Callable[[Mapping[str, Any]], int] | None = None) -> Column[Any]:
    """A column of whole cents or a count.

    Args:
        name: of the column.
        of: in a table of sums, what a row adds to it; unless given, its own column of that name.
    """
    return Column(name, BigInteger, nullable=False, info={} if of is None else {"of": of})


def adding_to(table: Table) -> Callable[[Mapping[str, Any]], tuple[int, ...]]:
    """What a row adds to each amount of a table of sums, in the order of its columns."""
    amounts = [column for column in table.columns if not column.primary_key]
    read = [column.info.get("of") or itemgetter(column.name) for column in amounts]
    return lambda row: tuple(amount(row) for amount in read)


def one_of(column: str, kind: type[StrEnum], chosen: Collection[StrEnum]) -> str:
    """The condition that a column holds one of some values, in the order of their kind."""
    return f"{column} IN ({', '.join(repr(each.value) for each in kind if each in chosen)})"


def type_name(of: TypeEngine[Any]) -> str:
    """What PostgreSQL calls the type of a column."""
    return of.compile(DIALECT).lower()


@dataclass(frozen=True)
class Definition:
    """What a read model declares, as it is kept beside its tables.

    Attributes:
        version: of its rows.
        tables: by name, and in each its ``columns`` with their types, the columns of its ``key``,
            and its ``indexes`` as SQL makes them.
        holds: what its rows hold as JSON, as `held` tells it; `None` if nothing is, or if it was
            kept before anybody told.
    """

    version: str
    tables: Mapping[str, Mapping[str, Any]]
    holds: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, metadata: MetaData) -> "Definition":
        """What the code declares."""
        tables = {table.name: _declared(table) for table in metadata.tables.values()}
        kinds = metadata.info["holds"]
        return cls(metadata.info["version"], tables, held(kinds) if kinds else None)

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> "Definition":
        """As `data` gave it."""
        return cls(data["version"], data["tables"], data.get("holds"))

    @property
    def data(self) -> dict[str, Any]:
        """As JSON keeps it."""
        data = {"version": self.version, "tables": dict(self.tables)}
        return data if self.holds is None else {**data, "holds": dict(self.holds)}

    @cached_property
    def print(self) -> str:
        """A digest: two of one print make the same rows of the same events in the same tables."""
        return print_of(json.dumps(self.data, sort_keys=True, separators=(",", ":")))

    def serves(self, reader: "Definition") -> bool:
        """Whether whoever declares another definition reads tables of this one as his own.

        That is so where each of his tables has its key and every column of the same type here, each
        of his resources every field of the same type, and the rows mean the same. What is here
        beside them he does not ask for, and of the states that are held he reads none. Where nobody
        told what is held, the version alone speaks for it.
        """
        if _meaning(self.version) != _meaning(reader.version):
            return False
        if self.holds and reader.holds and not covers(self.holds["shown"], reader.holds["shown"]):
            return False
        return all(_has(self.tables.get(name), its) for name, its in reader.tables.items())


def _meaning(version: str) -> str:
    return version.partition(".")[0]


def _has(table: Mapping[str, Any] | None, its: Mapping[str, Any]) -> bool:
    if table is None or table["key"] != its["key"]:
        return False
    columns = table["columns"]
    return all(columns.get(name) == kind for name, kind in its["columns"].items())


def _declared(table: Table) -> dict[str, Any]:
    return {
        "columns": {each.name: column_type(each) for each in table.columns},
        "key": [each.name for each in table.primary_key.columns],
        # Wherever it is: the same table beside the live one is of the same definition.
        "indexes": {
            str(each.name): index_statement(each).replace(f" ON {table.schema}.", " ON ")
            for each in table.indexes
        },
    }


def column_type(column: Column[Any]) -> str:
    """The type of a column and whether it takes nulls, as SQL says it."""
    return type_name(column.type) + ("" if column.nullable else " NOT NULL")


def index_statement(index: Index) -> str:
    """The statement that makes an index, unless it is there."""
    statement = CreateIndex(index, if_not_exists=True).compile(dialect=DIALECT)
    return str(statement).strip()
