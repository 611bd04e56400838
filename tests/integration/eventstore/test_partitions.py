"""Partitions: Kafka's own choice for the same key."""

from uuid import UUID

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as kafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from runtime.eventstore.partitions import murmur2, partition_of


@given(st.binary(max_size=64))
def test_our_hash_is_kafkas(data: bytes) -> None:
    assert murmur2(data) == kafka_murmur2(data) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("text", "signed"),
    # The vectors of Kafka's own UtilsTest.
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_our_hash_gives_the_vectors_that_kafka_is_tested_with(text: bytes, signed: int) -> None:
    assert murmur2(text) == signed & 0xFFFFFFFF


@given(st.uuids(), st.integers(1, 64))
def test_a_loan_is_where_a_kafka_producer_would_put_it(key: UUID, partition_count: int) -> None:
    partitions = list(range(partition_count))
    chosen = DefaultPartitioner()(str(key).encode(), partitions, partitions)

    assert partition_of(key, partition_count) == chosen
