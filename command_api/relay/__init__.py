"""The relay: every committed event to Kafka, in order within its partition, at least once."""

from command_api.relay.relay import run

__all__ = ["run"]
