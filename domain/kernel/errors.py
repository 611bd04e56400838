"""What a rule may answer instead of events.

    Refusal
    ├── NotFound      there is no such thing, or it is not yours
    ├── NotAllowed    your role may not do this, or four eyes forbid it
    ├── RuleBroken    a lending rule says no
    └── Conflict      it collides with what already is

Each carries a stable ``code``, a sentence for a person, and, where a figure explains the refusal,
details by field. The domain knows nothing of HTTP: `runtime.problems` translates.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Detail:
    """One field or figure behind a refusal."""

    field: str
    message: str


class Refusal(Exception):  # noqa: N818  # a refusal is an answer, not an error
    """The base of everything a decision may refuse with; nothing was changed."""

    def __init__(self, code: str, message: str, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = tuple(details)


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else, which must look the same."""

    def __init__(self, what: str) -> None:
        super().__init__("NOT_FOUND", f"There is no such {what}.")


class NotAllowed(Refusal):
    """The actor may not do this."""

    def __init__(self, message: str, code: str = "FORBIDDEN") -> None:
        super().__init__(code, message)


class RuleBroken(Refusal):
    """A rule of lending or bookkeeping forbids it."""


class Conflict(Refusal):
    """It collides with what already is."""
