"""Kafka: one topic with exactly the store's partitions, a producer, a consumer.

Kafka is a fast way to the read side and never the truth: whatever it loses, repeats or reorders,
positions show, and the store heals. So nothing here is clever about delivery.
"""

import logging
from functools import partial

import aiokafka.admin.client
import aiokafka.client
from aiokafka.protocol.metadata import MetadataRequest

from runtime.kafka.clients import BATCH_BYTES_MAX, CONSUMER_GROUP, consumer, drop, producer
from runtime.kafka.connecting import BrokerRefused, connection, greet
from runtime.kafka.topic import (
    TopicMismatch,
    TopicMissing,
    await_topic,
    ensure_topic,
    topic_partitions,
)

__all__ = [
    "BATCH_BYTES_MAX",
    "CONSUMER_GROUP",
    "BrokerRefused",
    "TopicMismatch",
    "TopicMissing",
    "await_topic",
    "connection",
    "consumer",
    "drop",
    "ensure_topic",
    "greet",
    "producer",
    "topic_partitions",
]

# Asking a broker about a topic makes it, with the broker's default number of partitions, unless the
# question forbids it; aiokafka has no setting for that. A broker that comes back empty would have a
# topic of the wrong shape before we could make the right one.
_ask = partial(MetadataRequest, allow_auto_topic_creation=False)
aiokafka.client.MetadataRequest = _ask
aiokafka.admin.client.MetadataRequest = _ask

# A broker that is away is one line of ours, not thousands of the library's.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
