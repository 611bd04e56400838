"""What can have happened to a draw."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.draws.g702 import Application, RequestedLine
from domain.events.catalogue import Step, recorded_as


class DrawKind(StrEnum):
    """What a draw is for."""

    PROGRESS = "PROGRESS"
    RETAINAGE_RELEASE = "RETAINAGE_RELEASE"
    FINAL = "FINAL"


@dataclass(frozen=True, slots=True)
class Payee:
    """Somebody whom the draw pays, and perhaps how much."""

    name: str
    amount_cents: int | None = None


@recorded_as("draw.created", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawCreated(Step):
    """A draw was drafted.

    Attributes:
        number: of the loan's draws, from 1.
        requested: what it asks for; ``application`` the figures as the loan then stood.
        builder_user_id: whose loan it is.
    """

    loan_id: UUID
    draw_id: UUID
    number: int
    kind: DrawKind
    period_to: date
    requested: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...]
    application: Application
    builder_user_id: UUID | None


@recorded_as("draw.revised", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawRevised(Step):
    """A draft or returned draw was changed."""

    loan_id: UUID
    draw_id: UUID
    kind: DrawKind
    period_to: date
    requested: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...]
    application: Application


@recorded_as("draw.submitted", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawSubmitted(Step):
    """The draw was handed to the lender."""

    loan_id: UUID
    draw_id: UUID
    submitted_by: UUID
    submitted_on: date
    application: Application


@recorded_as("draw.review_started", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawReviewStarted(Step):
    """The lender took the draw up."""

    loan_id: UUID
    draw_id: UUID


@recorded_as("draw.returned", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawReturned(Step):
    """The lender sent the draw back for changes."""

    loan_id: UUID
    draw_id: UUID
    reasons: tuple[str, ...]


@recorded_as("draw.approved", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawApproved(Step):
    """Somebody other than its submitter approved the draw, perhaps for less than it asked."""

    loan_id: UUID
    draw_id: UUID
    approved_by: UUID
    requested: tuple[RequestedLine, ...]
    application: Application


@recorded_as("draw.rejected", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawRejected(Step):
    """The lender refused the draw for good."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.withdrawn", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawWithdrawn(Step):
    """The builder gave the draw up."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.cancelled", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawCancelled(Step):
    """An approved draw was called off before its money left."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.funding_initiated", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawFundingInitiated(Step):
    """The wire was ordered, for the figures as the loan then stood."""

    loan_id: UUID
    draw_id: UUID
    wire_ref: str
    application: Application


@recorded_as("draw.funded", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawFunded(Step):
    """The bank confirmed the wire."""

    loan_id: UUID
    draw_id: UUID
    funded_on: date


@recorded_as("draw.funding_failed", version=1, stream="draw_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class DrawFundingFailed(Step):
    """The wire came back; the draw is approved as before."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


DrawEvent = (
    DrawCreated
    | DrawRevised
    | DrawSubmitted
    | DrawReviewStarted
    | DrawReturned
    | DrawApproved
    | DrawRejected
    | DrawWithdrawn
    | DrawCancelled
    | DrawFundingInitiated
    | DrawFunded
    | DrawFundingFailed
)
