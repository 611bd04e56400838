"""Rows that a rebuild writes: what does not fit a column is refused, never cut off."""

import struct

import psycopg
import pytest
from sqlalchemy import BigInteger, Column, Integer, MetaData, SmallInteger, Table

from projectors.engine.rebuild.worker import Buffers
from projectors.engine.statements import identifier

NUMBERS = Table(
    "numbers",
    MetaData(schema="public"),
    Column("small", SmallInteger, primary_key=True),
    Column("whole", Integer),
    Column("big", BigInteger),
)
LARGEST = {"small": 2**15 - 1, "whole": 2**31 - 1, "big": 2**63 - 1}
SMALLEST = {name: -most - 1 for name, most in LARGEST.items()}


def written(database_url: str, row: dict[str, int]) -> list[tuple[int, ...]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE numbers (small smallint, whole integer, big bigint)")
        Buffers(connection).copy(NUMBERS, identifier(NUMBERS), [row])
        return connection.execute("TABLE numbers").fetchall()


@pytest.mark.parametrize("row", [LARGEST, SMALLEST], ids=["largest", "smallest"])
def test_what_just_fits_is_written_as_it_is(database_url: str, row: dict[str, int]) -> None:
    assert written(database_url, row) == [tuple(row.values())]


@pytest.mark.parametrize("column", LARGEST)
def test_one_more_is_refused(database_url: str, column: str) -> None:
    with pytest.raises((struct.error, psycopg.Error, OverflowError)):
        written(database_url, LARGEST | {column: LARGEST[column] + 1})
