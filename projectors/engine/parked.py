"""Events that wait beside a projection: the one it could not apply, and those of its loan behind it."""

from sqlalchemy import BigInteger, Column, DateTime, Index, SmallInteger, Table, Text, Uuid, func

from projectors.schema import metadata

PARKED = Table(
    "parked",
    metadata,
    Column("projection", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("partition_key", Uuid, nullable=False),
    Column("stream_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("reason", Text),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
Index("parked_by_key", PARKED.c.projection, PARKED.c.partition_key, PARKED.c.position)

SKIPPED = Table(
    "skipped",
    metadata,
    Column("projection", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("partition_key", Uuid, nullable=False),
    Column("stream_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("skipped_by", Text, nullable=False),
    Column("skipped_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
