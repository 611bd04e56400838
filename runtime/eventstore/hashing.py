"""The leaf of an event in the tamper-evident log."""

from datetime import date
from hashlib import sha256
from uuid import UUID


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
    fields = (
        stream_id.bytes,
        b"%d" % stream_version,
        type.encode(),
        b"%d" % schema_version,
        command_id.bytes,
        actor.encode(),
        effective_on.isoformat().encode(),
        payload,
    )
    return sha256(b"".join([len(field).to_bytes(4) + field for field in fields])).digest()
