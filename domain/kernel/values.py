"""Values: states, events and commands are frozen `msgspec.Struct`s, and change by being copied."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Type checkers hold the arguments of this one against the fields, and take structs for it.
    from dataclasses import replace as replace
else:
    from msgspec.structs import replace as replace
