"""The leaf of an event in the tamper-evident log."""

from datetime import date
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

FRAMES_KEPT_MAX = 1024
"""Of each field: a few people write most of a day's events, of few kinds, on few dates."""


def leaf_hash(
    *,
    stream_id: UUID,
    stream_version: int,
    type: str,
    schema_version: int,
    command_id: UUID,
    actor: str,
    effective_on: date,
    payload: bytes,
) -> bytes:
    """SHA-256 over the event's fields, each preceded by its length.

    It covers all that was said when the event was decided: where, what, by whom and as of when.
    Position and clock are the database's; gaps in positions show by themselves.

    Returns:
        32 bytes.
    """
    return sha256(
        b"".join(
            (
                _UUID_LENGTH,
                stream_id.bytes,
                _framed_version(stream_version),
                _framed_kind(type, schema_version),
                _UUID_LENGTH,
                command_id.bytes,
                _framed_actor(actor),
                _framed_date(effective_on),
                len(payload).to_bytes(4),
                payload,
            )
        )
    ).digest()


_UUID_LENGTH = (16).to_bytes(4)


def _framed(field: bytes) -> bytes:
    return len(field).to_bytes(4) + field


@lru_cache(FRAMES_KEPT_MAX)
def _framed_actor(actor: str) -> bytes:
    return _framed(actor.encode())


@lru_cache(FRAMES_KEPT_MAX)
def _framed_version(version: int) -> bytes:
    return _framed(b"%d" % version)


@lru_cache(FRAMES_KEPT_MAX)
def _framed_date(on: date) -> bytes:
    return _framed(on.isoformat().encode())


@lru_cache(FRAMES_KEPT_MAX)
def _framed_kind(type: str, schema_version: int) -> bytes:
    """The two fields that are the same for every event of a kind."""
    return _framed(type.encode()) + _framed(b"%d" % schema_version)
