"""What may be asked of a draw."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.draws.events import ChecklistItem, ChecklistRule, DrawKind, Payee
from domain.draws.g702 import RequestedLine
from domain.kernel.actors import Role


class CreateDraw(Struct, frozen=True):
    """Draft a draw on a loan."""

    draw_id: UUID
    kind: DrawKind
    period_to: date
    lines: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...] = ()


class ReviseDraw(Struct, frozen=True):
    """Change a draft or returned draw; what is not given stays."""

    kind: DrawKind | None = None
    period_to: date | None = None
    lines: tuple[RequestedLine, ...] | None = None
    payees: tuple[Payee, ...] | None = None


class SubmitDraw(Struct, frozen=True):
    """Hand it to the lender."""

    by: UUID
    on: date


class StartReview(Struct, frozen=True):
    """Take it up."""


class ReturnDraw(Struct, frozen=True):
    """Send it back for changes."""

    reasons: tuple[str, ...]


class RecordChecklistItem(Struct, frozen=True):
    """Say what became of a document that a rule asks for."""

    item: ChecklistItem


class OverrideRule(Struct, frozen=True):
    """Excuse the draw from a rule of the loan's policy; ``role`` is the role of who does."""

    rule: ChecklistRule
    reason: str
    by: UUID
    role: Role


class ApproveDraw(Struct, frozen=True):
    """Approve what it asks, or the lines given instead.

    Attributes:
        on: the lender's date of the approval, against which insurance and maturity are held;
            without one, the end of the draw's period.
    """

    by: UUID
    approved_lines: tuple[RequestedLine, ...] | None = None
    on: date | None = None


class RejectDraw(Struct, frozen=True):
    """Refuse it for good."""

    reason: str | None = None


class WithdrawDraw(Struct, frozen=True):
    """Give it up while the lender is not reviewing it."""

    reason: str | None = None


class CancelDraw(Struct, frozen=True):
    """Call an approved draw off."""

    reason: str | None = None


class InitiateFunding(Struct, frozen=True):
    """Order the wire.

    Attributes:
        on: the lender's date of the order; without one, the end of the draw's period.
    """

    wire_ref: str
    on: date | None = None


class ConfirmFunding(Struct, frozen=True):
    """The bank says it is paid."""

    funded_on: date


class FailFunding(Struct, frozen=True):
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
