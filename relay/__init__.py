"""The relay: every committed event to Kafka, in order within its partition, at least once."""

from relay.process import run

__all__ = ["run"]
