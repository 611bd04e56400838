"""Fills the read side with a million loans, without the events that would have led to them.

A deck of loans is made by the real commands and projected; its rows are copied in the server under
other ids, numbers, builders, borrowers and dates. The counters beside them are the read model's own
functions of those rows. What lists and dashboards do not read is left short: the folded state.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row
from sqlalchemy import Table

from bench.deck import AS_OF, make_deck
from bench.deck import LOANS as DECK_LOANS
from bench.store import drop_indexes
from projectors.read_models.loan_summary.figures import dues_of, staleness_of, totals_of
from projectors.read_models.loan_summary.table import (
    IS_LIVE,
    LOAN_DUES,
    LOAN_STALENESS,
    LOAN_TOTALS,
    LOANS,
)

VARIATIONS = 480
"""After so many copies of the deck, builders, partitions and dates come again."""
BUILDERS = 48
COPIES_A_BORROWER = 4
CONNECTIONS = 2
COPIES_A_STATEMENT = 250

_NOT_DUE = "DATE '9999-12-31'"
_SHIFTED = ("past_due_on", "last_funded_on", "last_inspected_on", "oldest_estimate_on")
_ID = "(lpad(to_hex(c), 8, '0') || substr(md5(d.loan_id::text), 9))::uuid"
_NUMBER = "'L-' || lpad((c * d.loans + d.place)::text, 6, '0')"
_DIFFERENT = {
    "loan_id": _ID,
    "number": _NUMBER,
    "partition": "mod(c, 16)",
    "builder_user_id": f"md5('builder' || mod(c, {BUILDERS}))::uuid",
    "borrower_id": f"md5(d.borrower_id::text || c / {COPIES_A_BORROWER})::uuid",
    "maturity_on": f"d.maturity_on + mod(c, {VARIATIONS})",
    "reserve_exhausted_on": f"CASE d.reserve_exhausted_on WHEN {_NOT_DUE} THEN {_NOT_DUE}"
    f" ELSE d.reserve_exhausted_on + mod(c, {VARIATIONS}) END",
    **{
        name: f"CASE d.{name} WHEN {_NOT_DUE} THEN {_NOT_DUE} ELSE d.{name} + mod(c, 30) END"
        for name in _SHIFTED
    },
    "folded": "'{}'",
    "body": f"replace(replace(d.body, d.loan_id::text, {_ID}::text), d.number, {_NUMBER})",
}
_NAMES = [column.name for column in LOANS.columns]
_COPY = (
    f"INSERT INTO read.loans ({', '.join(_NAMES)})"  # noqa: S608  # constant columns
    f" SELECT {', '.join(_DIFFERENT.get(name, f'd.{name}') for name in _NAMES)}"
    " FROM generate_series(%s::integer, %s) AS c CROSS JOIN bench_loans AS d"
)
_DECK = (
    "CREATE TABLE bench_loans AS SELECT *, row_number() OVER (ORDER BY number) AS place,"
    " count(*) OVER () AS loans FROM read.loans"
)
_EXPOSURES = (
    "INSERT INTO read.loan_exposures (borrower_id, partition, loans, exposure_cents)"  # noqa: S608  # constants
    " SELECT borrower_id, partition, count(*), sum(exposure_cents) FROM read.loans"
    f" WHERE {IS_LIVE} GROUP BY borrower_id, partition"
)
ReadRow = dict[str, Any]
Counted = Callable[[ReadRow], Mapping[Any, Sequence[int]]]
_COUNTERS: tuple[tuple[Table, Counted], ...] = (
    (LOAN_TOTALS, totals_of),
    (LOAN_DUES, dues_of),
    (LOAN_STALENESS, staleness_of),
)


def fill_loans(
    url: str, loans: int, project: Callable[[], None], *, deck_loans: int = DECK_LOANS
) -> int:
    """Fill a migrated, empty database; returns how many loans it has then.

    Args:
        url: of an administrator.
        loans: at least how many; whole copies of the deck.
        project: brings the read side up with the store.
        deck_loans: in the deck.
    """
    deck = len(make_deck(url, as_of=AS_OF, loans=deck_loans))
    project()
    copies = -(-loans // deck)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute(_DECK)
        connection.execute("TRUNCATE read.loans, read.loan_exposures")
        indexes = drop_indexes(connection, ["read.loans"])
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(lambda first: _copy(url, first, copies), _firsts(copies)))
        for statement in indexes:
            connection.execute(statement)
        _count(connection, copies)
        connection.execute(_EXPOSURES)
        connection.execute("DROP TABLE bench_loans")
        connection.execute("VACUUM (ANALYZE)")
    return copies * deck


def _firsts(copies: int) -> range:
    return range(0, copies, COPIES_A_STATEMENT)


def _copy(url: str, first: int, copies: int) -> None:
    last = min(first + COPIES_A_STATEMENT, copies) - 1
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_COPY, (first, last))


def _count(connection: Connection[Any], copies: int) -> None:
    """Write the counters: the rows of one turn of variations, as often as the turn comes."""
    columns = ", ".join(name for name in _NAMES if name not in ("body", "folded", "period"))
    statement = (
        f"SELECT {columns}, ('x' || left(loan_id::text, 8))::bit(32)::integer AS copy"  # noqa: S608  # constant columns
        " FROM read.loans WHERE loan_id < (lpad(to_hex(%s::integer), 8, '0') || repeat('0', 24))::uuid"
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement, (VARIATIONS,)).fetchall()
    for table, counted in _COUNTERS:
        sums: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for row in rows:
            times = len(range(row["copy"], copies, VARIATIONS))
            for key, amounts in counted(row).items():
                before = sums[key] or [0] * len(amounts)
                sums[key] = [
                    sum_ + times * amount for sum_, amount in zip(before, amounts, strict=True)
                ]
        connection.execute(f"TRUNCATE {table}")
        names = ", ".join(column.name for column in table.columns)
        with connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as copying:
            for key, totals in sums.items():
                copying.write_row((*key, *totals))
