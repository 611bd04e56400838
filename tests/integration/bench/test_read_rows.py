"""A filled read side answers as one that was projected: its counters are those of its rows."""

from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest

from bench.lists import project
from bench.read_rows import VARIATIONS, fill_loans

DECK_LOANS = 12
COPIES = VARIATIONS + 20  # so that some variations come twice, and others once
EVERYBODY = UUID(int=2**128 - 1)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """A read side with many copies of a small deck."""
    there = module_database_url
    fill_loans(there, DECK_LOANS * COPIES, lambda: project(there), deck_loans=DECK_LOANS)
    return there


def _row(url: str, query: str, *values: Any) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(query, values).fetchone()


def test_every_copy_has_an_id_and_a_number_of_its_own_and_shows_them(url: str) -> None:
    counted = "SELECT count(*), count(DISTINCT loan_id), count(DISTINCT number) FROM read.loans"
    assert _row(url, counted) == (DECK_LOANS * COPIES,) * 3

    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT loan_id, number, state, body FROM read.loans").fetchall()
    for loan_id, number, state, body in rows:
        shown = orjson.loads(body)
        assert (shown["id"], shown["number"], shown["state"]) == (str(loan_id), number, state)


def test_the_counters_are_the_sums_of_the_rows(url: str) -> None:
    sums = "count(*), sum(principal_cents), sum(exposure_cents), sum(deficiency_cents)"
    of_rows = _row(url, f"SELECT {sums} FROM read.loans")  # noqa: S608  # a constant
    totals = sums.replace("count(*)", "sum(loans)")
    of_counters = f"SELECT {totals} FROM read.loan_totals WHERE builder_user_id = %s"  # noqa: S608  # a constant

    assert _row(url, of_counters, EVERYBODY) == of_rows
    assert _row(url, of_counters.replace("= %s", "<> %s"), EVERYBODY) == of_rows


def test_live_loans_are_counted_by_maturity_borrower_and_last_inspection(url: str) -> None:
    live = "FROM read.loans WHERE state IN ('ACTIVE', 'MATURED', 'DEFAULT')"
    number, exposure = _row(url, f"SELECT count(*), sum(exposure_cents) {live}")
    dues = "SELECT sum(loans) FROM read.loan_dues WHERE builder_user_id = %s"
    seen = (
        "SELECT sum(loans) FROM read.loan_staleness"
        " WHERE builder_user_id = %s AND kind = 'INSPECTION'"
    )

    assert number > COPIES
    assert _row(url, dues, EVERYBODY) == (number,)
    assert _row(url, seen, EVERYBODY) == (number,)
    assert _row(url, "SELECT sum(loans), sum(exposure_cents) FROM read.loan_exposures") == (
        number,
        exposure,
    )
