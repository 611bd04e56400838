"""Who acts: a person or the system itself, in one role."""

from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from msgspec import Struct


class Role(StrEnum):
    """The roles of the access matrix, and the system's own."""

    ADMIN = "admin"
    ACQUISITIONS = "acquisitions"
    DESIGN = "design"
    ENTITLEMENT = "entitlement"
    SERVICING = "servicing"
    BUILDER = "builder"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Actor(Struct, frozen=True):
    """The person behind a command: the id of a user, never a name or an address."""

    id: UUID
    role: Role

    def __str__(self) -> str:
        return f"{self.role.value}:{self.id}"

    @classmethod
    @lru_cache(maxsize=1024)  # Every event is read with one, and few people write most of them.
    def parse(cls, text: str) -> "Actor":
        """Read what ``str`` wrote, as the event store keeps it.

        Raises:
            ValueError: the text is not ``role:uuid`` of a known role.
        """
        role, _, identity = text.partition(":")
        return cls(UUID(identity), Role(role))


SYSTEM = Actor(UUID(int=0), Role.SYSTEM)
