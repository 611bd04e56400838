"""What the read side keeps about itself beside the tables of its read models.

These tables belong to the code as those do, but are never made anew: whoever applies read models
makes those that are missing, and gives those that are there the columns that they lack. So a column
that is added takes nulls or has a default, and none is ever taken away or changed.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from projectors.schema import SCHEMA

NEXT = "read_next"
"""Where a rebuild is until it takes its place."""
VERIFY = "read_verify"
"""Where a replay is that is only compared."""
PREVIOUS = "read_previous"
"""The versions from before the last rebuilds, with all that stood beside them."""
ASIDE = "read_aside"
"""Where tables are while two change places or are looked at; empty at any other time."""
NOTICE_SECONDS = 0.25
"""How long a query may believe what it saw of the read models, so how long one is closed before it
changes its meaning."""
CLOSED_SECONDS = 10.0
"""How long a read model is closed for that, should whoever closed it not live to open it."""
SCHEMAS = (SCHEMA, NEXT, VERIFY, PREVIOUS, ASIDE)

_beside = MetaData(schema=SCHEMA)
_replay = MetaData(schema=NEXT)

MODELS = Table(
    "models",
    _beside,
    Column("projection", Text, primary_key=True),
    Column("print", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("live_since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("closed_until", DateTime(timezone=True)),
)
"""What is live: one row a read model, changed only by who holds all its checkpoints.

``closed_until`` is the moment up to which nobody reads it, because it is about to change its meaning.
"""

CHECKPOINTS = Table(
    "checkpoints",
    _beside,
    Column("projection", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("kafka_offset", BigInteger, nullable=False),
    Column("store_epoch", Uuid, nullable=False),
    Column("parked", Integer, nullable=False, server_default=text("0")),
    Column("generation", Integer, nullable=False, server_default=text("0")),
)
"""How far each projection has come in each partition; `projectors.engine.checkpoints` moves them.

``parked`` counts the parked events of the partition, on the row whose lock fences it, so that a
partition without any needs no look. ``generation`` counts how often anything else than following
changed the rows: a retry, a rebuild, a rollback.
"""

PARKED = Table(
    "parked",
    _beside,
    Column("projection", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("partition", SmallInteger, nullable=False),
    Column("partition_key", Uuid, nullable=False),
    Column("stream_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("reason", Text),
    Column("parked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("parked_by_key", "projection", "partition_key", "position"),
)
"""Events that a projection could not apply, and those of the same loan behind them."""

SKIPPED = Table(
    "skipped",
    _beside,
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
"""Events that somebody said a projection shall do without, who and why."""

WORK = Table(
    "work",
    _replay,
    Column("one", Boolean, primary_key=True, server_default=true()),
    Column("projections", ARRAY(Text), nullable=False),
    Column("store_epoch", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("tables", Text, nullable=False),
    Column("with_skipped", Boolean, nullable=False),
    Column("targets", JSONB, nullable=False),
    Column("phase", Text, nullable=False),
    Column("failure", JSONB),
    CheckConstraint("one", name="work_one_check"),
)
"""The identity of a replay, so that who comes after a kill can go on."""

CHUNKS = Table(
    "chunks",
    _replay,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("first_key", Uuid, nullable=False),
    Column("last_key", Uuid, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("events_read", BigInteger),
)
"""The pieces of a replay, and which are done."""

REPLAYED = Table(
    "checkpoints",
    _replay,
    Column("projection", Text, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far the tables of a replay have come."""

KEPT = tuple(table.name for table in (MODELS, CHECKPOINTS, PARKED, SKIPPED))
"""What stands beside a live version, and beside the previous one when it is kept."""
REPLAY = tuple(table.name for table in (WORK, CHUNKS, REPLAYED))
"""What stands beside a replay."""


def every_table() -> list[Table]:
    """All of them, in each schema that has its own."""
    previous, verify = MetaData(schema=PREVIOUS), MetaData(schema=VERIFY)
    copies = [each.to_metadata(previous, schema=PREVIOUS) for each in _beside.sorted_tables]
    copies += [each.to_metadata(verify, schema=VERIFY) for each in _replay.sorted_tables]
    return [*_beside.sorted_tables, *_replay.sorted_tables, *copies]
