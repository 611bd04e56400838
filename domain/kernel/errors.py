"""What a rule may answer instead of events.

    Refusal
    ├── NotFound      there is no such thing, or it is not yours
    ├── NotAllowed    your role may not do this
    ├── RuleBroken    a lending rule says no
    └── Conflict      it collides with what already is

Each carries a stable ``code``, what the code means, a sentence for a person about the case, and,
where a figure explains the refusal, details by field. The domain knows nothing of HTTP:
`runtime.problems` translates.

What the rules refuse, they refuse on a declared `Ground`; decisions say on which (`REFUSALS` beside
them), and API and documents tell the same.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct


class Detail(Struct, frozen=True):
    """One field or figure behind a refusal."""

    field: str
    message: str


class Refusal(Exception):
    """The base of everything a decision may refuse with; nothing was changed."""

    def __init__(
        self, code: str, message: str, details: Sequence[Detail] = (), meaning: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = tuple(details)
        self.meaning = meaning


class NotFound(Refusal):
    """There is no such thing, or it belongs to somebody else, which must look the same."""

    def __init__(self, what: str) -> None:
        super().__init__("NOT_FOUND", f"There is no such {what}.")


class NotAllowed(Refusal):
    """The actor may not do this."""


class RuleBroken(Refusal):
    """A rule of lending or bookkeeping forbids it."""


class Conflict(Refusal):
    """It collides with what already is."""


class Ground(Struct, frozen=True):
    """Why something may be refused: one constant each, in the `refusals` of its word.

    It makes what is raised: ``raise FEE_UNKNOWN("Loan L-1 has no such fee.", details)``.

    Attributes:
        code: the same for ever, for programs.
        meaning: a sentence for whoever reads about the code, without the figures of a case.
        rule: the heading of `RULES.md` under which the rule stands; empty if it is none of lending.
        kind: what it is raised as.
    """

    code: str
    meaning: str
    rule: str
    kind: type[Refusal] = RuleBroken

    def __call__(self, message: str, details: Sequence[Detail] = ()) -> Refusal:
        """The refusal of one case.

        Args:
            message: a sentence for a person, with the figures of the case.
            details: the fields and figures behind it.
        """
        return self.kind(self.code, message, details, self.meaning)


ID_TAKEN = Ground("CONFLICT", "It collides with what already is.", "", Conflict)
"""Of an id that may be anybody's, whose things need not be yours: told alike everywhere, by whatever
begins something, and so declared by no command."""


Refusals = Mapping[Callable[..., object], frozenset[Ground]]
"""On what grounds each command may be refused; or each function, where no command stands for it."""
