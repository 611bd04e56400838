"""The schema that all read tables live in; kept apart so that queries need no engine."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, MetaData

SCHEMA = "read"
NOBODY = UUID(int=0)
"""Stands where a loan has no builder, because a key has no nulls."""
EVERYBODY = UUID(int=2**128 - 1)
"""Stands, in counters by builder, for the sum over all of them and over the loans of nobody."""

metadata = MetaData(schema=SCHEMA)
"""Every table of the read side."""


def amount(name: str) -> Column[Any]:
    """A column of whole cents or a count."""
    return Column(name, BigInteger, nullable=False)
