"""A draw as it stands: the fold of its events.

What a draw may become is decided in `domain.draws.decide`; the fold takes every event as it comes.
"""

from datetime import date
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from msgspec import Struct, field

from domain.draws.checklist import Checklist, Override
from domain.draws.events import (
    ConditionEvent,
    DrawApproved,
    DrawCancelled,
    DrawChecklistItemRecorded,
    DrawCreated,
    DrawEvent,
    DrawFunded,
    DrawFundingFailed,
    DrawFundingInitiated,
    DrawKind,
    DrawRejected,
    DrawReturned,
    DrawReversed,
    DrawReviewStarted,
    DrawRevised,
    DrawRuleOverridden,
    DrawSubmitted,
    DrawWithdrawn,
    FundingEvent,
    Payee,
    RequestEvent,
)
from domain.draws.g702 import Application, RequestedLine
from domain.kernel.values import replace


class DrawState(StrEnum):
    """Where a draw is in its life."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    FUNDING = "FUNDING"
    FUNDED = "FUNDED"
    REVERSED = "REVERSED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    CANCELLED = "CANCELLED"


PENDING = frozenset(
    {DrawState.SUBMITTED, DrawState.IN_REVIEW, DrawState.APPROVED, DrawState.FUNDING}
)
"""The states in which a lender owes the builder an answer or money."""
WAITING = PENDING | {DrawState.RETURNED}
"""The states in which somebody has to do something."""


class Request(Struct, frozen=True):
    """What a draw asked for when it was created."""

    kind: DrawKind
    period_to: date
    lines: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...]


class Draw(Struct, frozen=True):
    """A draw: what it asks, what it comes to, and how far it is.

    Attributes:
        application: its G702 and G703 figures, as last worked out: on creation, revision,
            submission, approval and funding.
        original: what it asked for at first; asking for that again is no new draw.
        submitted_by: who submitted it last.
        submitters: whoever ever submitted it, and must therefore not approve it.
        first_submitted_on: the lender's date of its first submission.
        wire_failed: whether its last wire came back; a new one is not ordered yet.
        reason: why it was returned, rejected, withdrawn, cancelled or reversed, or its wire failed,
            if somebody said.
        checklist: the documents that the loan's policy asks for, and the rules that it is excused
            from.
    """

    draw_id: UUID
    loan_id: UUID
    number: int
    kind: DrawKind
    state: DrawState
    period_to: date
    requested: tuple[RequestedLine, ...]
    payees: tuple[Payee, ...]
    application: Application
    builder_user_id: UUID | None
    original: Request
    submitted_by: UUID | None = None
    submitters: frozenset[UUID] = frozenset()
    first_submitted_on: date | None = None
    approved_by: UUID | None = None
    wire_ref: str | None = None
    wire_failed: bool = False
    funded_on: date | None = None
    times_returned: int = 0
    reason: str | None = None
    reversed_on: date | None = None
    checklist: Checklist = field(default_factory=Checklist)


def evolve(draw: Draw | None, event: DrawEvent) -> Draw:
    """The draw after an event.

    Raises:
        ValueError: the first event of a stream does not create a draw, or a later one does.
    """
    if draw is None:
        return _created(event)
    if isinstance(event, ConditionEvent):
        return replace(draw, checklist=_with_condition(draw.checklist, event))
    return _requested(draw, event) if isinstance(event, RequestEvent) else _funded(draw, event)


def _created(event: DrawEvent) -> Draw:
    if not isinstance(event, DrawCreated):
        raise ValueError(f"{type(event).__name__} cannot begin a draw")
    return Draw(
        draw_id=event.draw_id,
        loan_id=event.loan_id,
        number=event.number,
        kind=event.kind,
        state=DrawState.DRAFT,
        period_to=event.period_to,
        requested=event.requested,
        payees=event.payees,
        application=event.application,
        builder_user_id=event.builder_user_id,
        original=Request(event.kind, event.period_to, event.requested, event.payees),
    )


def _with_condition(checklist: Checklist, event: ConditionEvent) -> Checklist:
    match event:
        case DrawChecklistItemRecorded():
            return checklist.with_item(event.item)
        case DrawRuleOverridden():
            return checklist.with_override(Override(event.rule, event.reason, event.overridden_by))
        case _:
            assert_never(event)


def _requested(draw: Draw, event: RequestEvent) -> Draw:
    match event:
        case DrawCreated():
            raise ValueError("a draw is created once")
        case DrawRevised():
            return replace(
                draw,
                kind=event.kind,
                period_to=event.period_to,
                requested=event.requested,
                payees=event.payees,
                application=event.application,
                checklist=draw.checklist.revised(
                    (draw.requested, draw.payees), (event.requested, event.payees)
                ),
            )
        case DrawSubmitted():
            return replace(
                draw,
                state=DrawState.SUBMITTED,
                submitted_by=event.submitted_by,
                submitters=draw.submitters | {event.submitted_by},
                first_submitted_on=draw.first_submitted_on or event.submitted_on,
                application=event.application,
                reason=None,
            )
        case DrawReviewStarted():
            return replace(draw, state=DrawState.IN_REVIEW)
        case DrawReturned():
            return replace(
                draw,
                state=DrawState.RETURNED,
                times_returned=draw.times_returned + 1,
                reason="; ".join(event.reasons),
            )
        case DrawRejected():
            return replace(draw, state=DrawState.REJECTED, reason=event.reason)
        case DrawWithdrawn():
            return replace(draw, state=DrawState.WITHDRAWN, reason=event.reason)
        case _:
            assert_never(event)


def _funded(draw: Draw, event: FundingEvent) -> Draw:
    match event:
        case DrawApproved():
            return replace(
                draw,
                state=DrawState.APPROVED,
                approved_by=event.approved_by,
                requested=event.requested,
                application=event.application,
            )
        case DrawCancelled():
            return replace(draw, state=DrawState.CANCELLED, reason=event.reason)
        case DrawFundingInitiated():
            return replace(
                draw,
                state=DrawState.FUNDING,
                wire_ref=event.wire_ref,
                wire_failed=False,
                application=event.application,
                reason=None,
            )
        case DrawFunded():
            return replace(draw, state=DrawState.FUNDED, funded_on=event.funded_on)
        case DrawFundingFailed():
            return replace(
                draw,
                state=DrawState.APPROVED,
                wire_ref=None,
                wire_failed=True,
                reason=event.reason,
            )
        case DrawReversed():
            return replace(
                draw,
                state=DrawState.REVERSED,
                reversed_on=event.reversed_on,
                reason=event.reason,
            )
        case _:
            assert_never(event)
