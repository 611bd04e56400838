"""What may be asked of a draw."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.draws.events import DrawKind, Payee
from domain.draws.g702 import RequestedLine


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
class ApproveDraw:
    """Approve what it asks, or the lines given instead."""

    by: UUID
    approved_lines: tuple[RequestedLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class RejectDraw:
    """Refuse it for good."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawDraw:
    """Give it up before review."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CancelDraw:
    """Call an approved draw off."""

    reason: str | None = None


@dataclass(frozen=True, slots=True)
class InitiateFunding:
    """Order the wire."""

    wire_ref: str


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
    | ApproveDraw
    | RejectDraw
    | WithdrawDraw
    | CancelDraw
    | InitiateFunding
    | ConfirmFunding
    | FailFunding
)
