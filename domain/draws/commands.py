"""What may be asked of a draw."""

from datetime import date
from uuid import UUID

from domain.draws.events import ChecklistItem, ChecklistRule, DrawKind, Payee
from domain.draws.g702 import RequestedLine
from domain.kernel.actors import Role
from domain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class CreateDraw:
    """Draft a draw on a loan."""

    draw_id: UUID
    kind: DrawKind
    period_to: date
    lines: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviseDraw:
    """Change a draft or returned draw; what is not given stays."""

    kind: DrawKind | None = None
    period_to: date | None = None
    lines: tuple[RequestedLine, ...] | None = None
    payees: tuple[Payee, ...] | None = None


@dataclass(frozen=True, slots=True)
class SubmitDraw:
    """Hand it to the lender."""

    by: UUID
    on: date


@dataclass(frozen=True, slots=True)
class StartReview:
    """Take it up."""


@dataclass(frozen=True, slots=True)
class ReturnDraw:
    """Send it back for changes."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecordChecklistItem:
    """Say what became of a document that a rule asks for."""

    item: ChecklistItem


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """Excuse the draw from a rule of the loan's policy; ``role`` is the role of who does."""

    rule: ChecklistRule
    reason: str
    by: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class ApproveDraw:
    """Approve what it asks, or the lines given instead.

    Attributes:
        on: the lender's date of the approval, against which insurance and maturity are held;
            without one, the end of the draw's period.
    """

    by: UUID
    approved_lines: tuple[RequestedLine, ...] | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class RejectDraw:
    """Refuse it for good."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawDraw:
    """Give it up while the lender is not reviewing it."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CancelDraw:
    """Call an approved draw off."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InitiateFunding:
    """Order the wire.

    Attributes:
        on: the lender's date of the order; without one, the end of the draw's period.
    """

    wire_ref: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ConfirmFunding:
    """The bank says it is paid."""

    funded_on: date


@dataclass(frozen=True, slots=True)
class FailFunding:
    """The wire came back."""

    reason: str | None = None


DrawCommand = (
    ReviseDraw
    | SubmitDraw
    | StartReview
    | ReturnDraw
    | RecordChecklistItem
    | OverrideRule
    | ApproveDraw
    | RejectDraw
    | WithdrawDraw
    | CancelDraw
    | InitiateFunding
    | ConfirmFunding
    | FailFunding
)
