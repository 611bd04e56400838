"""Dataclasses that are frozen, as their type checker sees to it.

A frozen dataclass sets every field through `object.__setattr__`, so making one takes three to five
times as long as making one that is not. A command makes some thirty, and that took a fifteenth of
its time. What is made so often is a dataclass of this module's: mypy refuses to assign to a field
of it, and nothing is left to do that at run time.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # Type checkers know it by its name.
else:
    import dataclasses

    def dataclass(*, frozen, slots):
        """What ``@dataclasses.dataclass(frozen=True, slots=True)`` makes, without the guard.

        Its instances are equal and hash by their fields, as a frozen one's do.
        """
        if not (frozen and slots):
            raise TypeError("a value is frozen and has slots; others are dataclasses' own")
        return dataclasses.dataclass(slots=True, unsafe_hash=True)
