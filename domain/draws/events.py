"""What can have happened to a draw."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.draws.g702 import Application, RequestedLine
from domain.events.catalogue import Step, recorded_as


class DrawKind(StrEnum):
    """What a draw is for."""

    PROGRESS = "PROGRESS"
    RETAINAGE_RELEASE = "RETAINAGE_RELEASE"
    FINAL = "FINAL"


class Payee(Struct, frozen=True):
    """Somebody whom the draw pays, and perhaps how much."""

    name: str
    amount_cents: int | None = None


class ChecklistRule(StrEnum):
    """A rule of the loan's policy as a draw meets it or is excused from it.

    FINAL_WAIVER is what waivers are called on a final draw.
    """

    # The other names are those of `domain.loans.terms.PolicyRule`.

    INSPECTION = "INSPECTION"
    IN_BALANCE = "IN_BALANCE"
    CONDITIONAL_WAIVER = "CONDITIONAL_WAIVER"
    UNCONDITIONAL_WAIVER = "UNCONDITIONAL_WAIVER"
    TITLE_DATE_DOWN = "TITLE_DATE_DOWN"
    INSURANCE = "INSURANCE"
    CERTIFICATE_OF_OCCUPANCY = "CERTIFICATE_OF_OCCUPANCY"
    FINAL_WAIVER = "FINAL_WAIVER"


class ChecklistStatus(StrEnum):
    """What became of a document that a rule asks for; only an accepted one meets it."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class ChecklistItem(Struct, frozen=True):
    """One document on a draw's checklist.

    Attributes:
        payee: whose waiver it is; a waiver that names nobody speaks for every payee.
        through_on: the day through which a waiver or a title date-down reaches.
        expires_on: the last day of an insurance.
        lien: whether a title date-down found a lien since the last.
    """

    rule: ChecklistRule
    status: ChecklistStatus
    payee: str | None = None
    document_id: UUID | None = None
    through_on: date | None = None
    expires_on: date | None = None
    lien: bool | None = None


@recorded_as("draw.created", version=1, stream="draw_id", partition_key="loan_id")
class DrawCreated(Step, Struct, frozen=True):
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
class DrawRevised(Step, Struct, frozen=True):
    """A draft or returned draw was changed."""

    loan_id: UUID
    draw_id: UUID
    kind: DrawKind
    period_to: date
    requested: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...]
    application: Application


@recorded_as("draw.submitted", version=1, stream="draw_id", partition_key="loan_id")
class DrawSubmitted(Step, Struct, frozen=True):
    """The draw was handed to the lender."""

    loan_id: UUID
    draw_id: UUID
    submitted_by: UUID
    submitted_on: date
    application: Application


@recorded_as("draw.review_started", version=1, stream="draw_id", partition_key="loan_id")
class DrawReviewStarted(Step, Struct, frozen=True):
    """The lender took the draw up."""

    loan_id: UUID
    draw_id: UUID


@recorded_as("draw.returned", version=1, stream="draw_id", partition_key="loan_id")
class DrawReturned(Step, Struct, frozen=True):
    """The lender sent the draw back for changes."""

    loan_id: UUID
    draw_id: UUID
    reasons: tuple[str, ...]


@recorded_as("draw.approved", version=1, stream="draw_id", partition_key="loan_id")
class DrawApproved(Step, Struct, frozen=True):
    """Somebody other than its submitter approved the draw, perhaps for less than it asked."""

    loan_id: UUID
    draw_id: UUID
    approved_by: UUID
    requested: tuple[RequestedLine, ...]
    application: Application


@recorded_as("draw.rejected", version=1, stream="draw_id", partition_key="loan_id")
class DrawRejected(Step, Struct, frozen=True):
    """The lender refused the draw for good."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.withdrawn", version=1, stream="draw_id", partition_key="loan_id")
class DrawWithdrawn(Step, Struct, frozen=True):
    """The builder gave the draw up."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.cancelled", version=1, stream="draw_id", partition_key="loan_id")
class DrawCancelled(Step, Struct, frozen=True):
    """An approved draw was called off before its money left."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.funding_initiated", version=1, stream="draw_id", partition_key="loan_id")
class DrawFundingInitiated(Step, Struct, frozen=True):
    """The wire was ordered, for the figures as the loan then stood."""

    loan_id: UUID
    draw_id: UUID
    wire_ref: str
    application: Application


@recorded_as("draw.funded", version=1, stream="draw_id", partition_key="loan_id", dated="funded_on")
class DrawFunded(Step, Struct, frozen=True):
    """The bank confirmed the wire."""

    loan_id: UUID
    draw_id: UUID
    funded_on: date


@recorded_as("draw.funding_failed", version=1, stream="draw_id", partition_key="loan_id")
class DrawFundingFailed(Step, Struct, frozen=True):
    """The wire came back; the draw is approved as before."""

    loan_id: UUID
    draw_id: UUID
    reason: str | None = None


@recorded_as("draw.checklist_item_recorded", version=1, stream="draw_id", partition_key="loan_id")
class DrawChecklistItemRecorded(Step, Struct, frozen=True):
    """A document came in, was accepted or was rejected; it takes the place of the one before."""

    loan_id: UUID
    draw_id: UUID
    item: ChecklistItem


@recorded_as("draw.rule_overridden", version=1, stream="draw_id", partition_key="loan_id")
class DrawRuleOverridden(Step, Struct, frozen=True):
    """An administrator excused the draw, as it then stood, from a rule of the loan's policy."""

    loan_id: UUID
    draw_id: UUID
    rule: ChecklistRule
    reason: str
    overridden_by: UUID


@recorded_as(
    "draw.reversed", version=1, stream="draw_id", partition_key="loan_id", dated="reversed_on"
)
class DrawReversed(Step, Struct, frozen=True):
    """The funding of the draw was undone, along with its advance on the loan."""

    loan_id: UUID
    draw_id: UUID
    reversed_on: date
    reason: str
    reverses_event_id: UUID


RequestEvent = (
    DrawCreated
    | DrawRevised
    | DrawSubmitted
    | DrawReviewStarted
    | DrawReturned
    | DrawRejected
    | DrawWithdrawn
)
FundingEvent = (
    DrawApproved
    | DrawCancelled
    | DrawFundingInitiated
    | DrawFunded
    | DrawFundingFailed
    | DrawReversed
)

ConditionEvent = DrawChecklistItemRecorded | DrawRuleOverridden

DrawEvent = RequestEvent | FundingEvent | ConditionEvent
