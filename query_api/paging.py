"""Pages of lists: a number of the page for people, a cursor for walking any distance.

A cursor holds the sort key of the last row shown. The rows after it are found through an index,
which costs the same on the first page and on the twenty-thousandth.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Generic, Literal

import orjson
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Table

from domain.kernel.errors import Detail
from projectors.schema import type_name
from query_api.database import AnyRow, Database, Row
from runtime.http import Answer, PageResource, Params, page_meta
from runtime.problems import Problem

PAGE_ROWS_MAX = 100
OFFSET_ROWS_MAX = 100_000
CURSOR_PAGE_MAX = 10**9
COUNTED_ROWS_MAX = 10_000
"""Where no counter knows how many rows a filter finds, ``total`` stops here."""
STATEMENTS_KEPT_MAX = 200
"""Of one list: each combination of filters and order is another."""

# A narrower type comes before the one it is a kind of.
_WHOLE_MAX = ((SmallInteger, 2**15 - 1), (BigInteger, 2**63 - 1), (Integer, 2**31 - 1))


class PageParams(Params):
    """What every list takes; a list adds its own ``sort_by`` and filters, and nothing else."""

    page: int = Field(
        default=1, ge=1, le=1_000_000, description="From 1; for any distance take cursor."
    )
    page_size: int = Field(default=20, ge=1, le=PAGE_ROWS_MAX, description="Rows a page.")
    order_unless_given: ClassVar[Literal["asc", "desc"]] = "asc"
    sort_by: str = ""
    sort_order: Literal["asc", "desc"] | None = Field(default=None, description="asc unless given.")
    order: Literal["asc", "desc"] | None = Field(default=None, description="As sort_order.")
    cursor: str | None = Field(
        default=None,
        max_length=1000,
        description="next_cursor of the page before, in place of page.",
    )

    @property
    def descending(self) -> bool:
        """Whether the greatest come first."""
        return (self.sort_order or self.order or self.order_unless_given) == "desc"


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions that a row must meet, all of them; each compares one column.

    Attributes:
        conditions: with a ``%(name)s`` each.
        values: by name.
    """

    conditions: tuple[str, ...]
    values: Mapping[str, Any]

    @property
    def text(self) -> str:
        """The body of a WHERE."""
        return " AND ".join(self.conditions or ("true",))


def where(**conditions: tuple[str, Any]) -> Where:
    """Conditions by name, leaving out those whose value is `None`."""
    given = {name: each for name, each in conditions.items() if each[1] is not None}
    return Where(
        tuple(condition for condition, _ in given.values()),
        {name: value for name, (_, value) in given.items()},
    )


class Stored(Row):
    """A row that holds what it is shown as, in JSON."""

    body: str


class Versioned(Stored):
    """The same with the version of its stream."""

    version: int


@dataclass(frozen=True, slots=True)
class Page(Generic[AnyRow]):
    """The rows of a page of a list, and the ``meta`` beside them."""

    rows: list[AnyRow]
    meta: PageResource


@dataclass(frozen=True, slots=True)
class Listing(Generic[AnyRow]):
    """A table that can be listed.

    Attributes:
        row: what is read of each row of ``table``; a field is the column of its name, unless
            ``columns`` says which column or expression it is.
        joined: what the table is joined with.
        sorts: what may be sorted by -> the columns, which together with the last ones are unique.
        inverted: sorts that grow as their columns fall, as an age does with the date it began.
    """

    row: type[AnyRow]
    table: Table
    sorts: Mapping[str, Sequence[Column[Any]]]
    joined: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    inverted: frozenset[str] = frozenset()
    _statements: dict[tuple[str, bool, str, bool], str] = field(default_factory=dict, repr=False)

    @property
    def source(self) -> str:
        """The FROM clause."""
        return f"{self.table.fullname} {self.joined}"

    @property
    def shown(self) -> str:
        """The SELECT list.

        Raises:
            KeyError: a field is neither a column of the table nor said to be anything else.
        """
        return ", ".join(
            self.columns.get(name) or _name(self.table.columns[name])
            for name in self.row.__struct_fields__
        )

    async def page(
        self, database: Database, params: PageParams, where: Where, total: int
    ) -> Page[AnyRow]:
        """One page, with the cursor of the next.

        Raises:
            Problem: the cursor is not one of this list, or the page is too far for counting rows.
        """
        columns = self.sorts[params.sort_by]
        number, after = self._start(params, columns)
        descending = params.descending is not (params.sort_by in self.inverted)
        rows = await database.tuples(
            self._statement(params.sort_by, descending, where.text, after is not None),
            {
                **where.values,
                **{f"after_{at}": value for at, value in enumerate(after or ())},
                "limit_rows": params.page_size + 1,
                "offset_rows": 0 if after else (params.page - 1) * params.page_size,
            },
        )
        shown, more = rows[: params.page_size], len(rows) > params.page_size
        width = len(self.row.__struct_fields__)
        cursor = _write(params, number + 1, shown[-1][width:]) if more else None
        meta = page_meta(number, params.page_size, total, cursor)
        return Page([self.row(*values[:width]) for values in shown], meta)

    def _start(
        self, params: PageParams, columns: Sequence[Column[Any]]
    ) -> tuple[int, list[Any] | None]:
        if params.cursor is not None:
            return _read(params, columns)
        if (params.page - 1) * params.page_size > OFFSET_ROWS_MAX:
            raise _invalid("page", "walk this far with next_cursor")
        return params.page, None

    def _statement(self, sort_by: str, descending: bool, condition: str, after: bool) -> str:
        kept = self._statements
        key = sort_by, descending, condition, after
        if (text := kept.get(key)) is None:
            if len(kept) >= STATEMENTS_KEPT_MAX:
                kept.clear()
            text = kept[key] = self._composed(self.sorts[sort_by], descending, condition, after)
        return text

    def _composed(
        self, columns: Sequence[Column[Any]], descending: bool, condition: str, after: bool
    ) -> str:
        names = [_name(column) for column in columns]
        if after:
            given = ", ".join(
                f"%(after_{at})s::{type_name(column.type)}" for at, column in enumerate(columns)
            )
            compare = "<" if descending else ">"
            condition = f"{condition} AND ({', '.join(names)}) {compare} ({given})"
        order = ", ".join(f"{name} {'DESC' if descending else 'ASC'}" for name in names)
        return (
            f"SELECT {self.shown}, {', '.join(names)} FROM {self.source} WHERE {condition}"  # noqa: S608  # written in source code, values bound
            f" ORDER BY {order} LIMIT %(limit_rows)s OFFSET %(offset_rows)s"
        )


async def bounded_count(database: Database, source: str, where: Where) -> int:
    """How many rows a filter finds, counted as far as `COUNTED_ROWS_MAX`.

    Args:
        database: to ask.
        source: the FROM clause, as a `Listing` has it.
        where: the filter.
    """
    statement = (
        f"SELECT count(*) AS number FROM (SELECT FROM {source} WHERE {where.text}"  # noqa: S608  # written in source code, values bound
        f" LIMIT {COUNTED_ROWS_MAX}) AS found"
    )
    return await database.number(statement, where.values)


def as_stored(page: Page[Stored]) -> Answer:
    """A page of rows that are shown as they are stored."""
    return Answer([orjson.Fragment(row.body) for row in page.rows], page.meta)


def _name(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def _write(params: PageParams, page: int, key: Sequence[Any]) -> str:
    content = [params.sort_by, params.descending, page, *(str(value) for value in key)]
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


def _read(params: PageParams, columns: Sequence[Column[Any]]) -> tuple[int, list[Any]]:
    text = params.cursor or ""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        content = orjson.loads(base64.urlsafe_b64decode(padded))
        sort_by, descending, page, *key = content
        if sort_by != params.sort_by or descending is not params.descending:
            raise ValueError("of another order")
        return _PAGE.validate_python(page), [
            _value(column, part) for column, part in zip(columns, key, strict=True)
        ]
    except (ValueError, TypeError, binascii.Error, ValidationError):
        raise _invalid("cursor", "a next_cursor of this list in this order") from None


_PAGE = TypeAdapter(Annotated[int, Field(ge=1, le=CURSOR_PAGE_MAX)])


def _value(column: Column[Any], text: Any) -> Any:
    value = TypeAdapter(column.type.python_type).validate_python(text)
    most = next((most for kind, most in _WHOLE_MAX if isinstance(column.type, kind)), None)
    if (most is not None and abs(value) > most) or "\0" in str(value):
        raise ValueError("beyond any row")
    return value


def _invalid(field: str, expected: str) -> Problem:
    return Problem(
        "VALIDATION_ERROR",
        f"{field}: expected {expected}.",
        [Detail(field, f"expected {expected}")],
    )
