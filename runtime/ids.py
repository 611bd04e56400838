"""Identities: UUIDv7, which sort by the time they were made and so keep indexes compact."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identity."""
    return uuid7()
