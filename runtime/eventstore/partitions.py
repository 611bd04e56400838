"""Which partition a loan belongs to: Kafka's own murmur2, fixed in the store."""

from functools import lru_cache
from uuid import UUID

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """MurmurHash2 as Kafka's Java client computes it, as an unsigned 32-bit number."""
    length = len(data)
    h = (_SEED ^ length) & _MASK
    whole = length - length % 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    rest = data[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=100_000)
def partition_of(key: UUID, partition_count: int) -> int:
    """The partition of a loan or project, as Kafka's default partitioner finds it for its key."""
    return (murmur2(str(key).encode()) & 0x7FFFFFFF) % partition_count
