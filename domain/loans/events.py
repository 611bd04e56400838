"""What can have happened to a loan."""

from datetime import date
from typing import TypeGuard, get_args
from uuid import UUID

from msgspec import Struct

from domain.budgets.events import BudgetEvent, ChangeOrderApproved
from domain.budgets.state import LineAdvance, LineAmount, LineReservation
from domain.charge_off.events import LoanChargedOff
from domain.defaults.events import DefaultEvent
from domain.events.catalogue import Event, Step, recorded_as
from domain.interest.events import AccrualPeriodOpened
from domain.ledger.entries import FinancialEvent, Postings
from domain.loans.terms import LoanTerms, PolicyRule
from domain.maturity.events import MaturityEvent
from domain.participations.events import ParticipationEvent
from domain.payoff.events import LoanPaidOff
from domain.rates.events import RateEvent
from domain.receivables.events import ReceivableEvent


@recorded_as("loan.originated", version=1, stream="loan_id", partition_key="loan_id")
class LoanOriginated(Step, Struct, frozen=True):
    """A term sheet was drawn up."""

    loan_id: UUID
    number: str
    terms: LoanTerms


@recorded_as("loan.submitted", version=1, stream="loan_id", partition_key="loan_id")
class LoanSubmitted(Step, Struct, frozen=True):
    """The loan went to credit approval."""

    loan_id: UUID


@recorded_as("loan.approved", version=1, stream="loan_id", partition_key="loan_id")
class LoanApproved(Step, Struct, frozen=True):
    """Credit approval was given."""

    loan_id: UUID


@recorded_as("loan.declined", version=1, stream="loan_id", partition_key="loan_id")
class LoanDeclined(Step, Struct, frozen=True):
    """Credit approval was refused."""

    loan_id: UUID
    reason: str | None = None


@recorded_as("loan.withdrawn", version=1, stream="loan_id", partition_key="loan_id")
class LoanWithdrawn(Step, Struct, frozen=True):
    """The borrower gave the loan up before closing."""

    loan_id: UUID
    reason: str | None = None


@recorded_as("loan.closed", version=1, stream="loan_id", partition_key="loan_id", dated="closed_on")
class LoanClosed(FinancialEvent, Struct, frozen=True):
    """The loan was signed: the commitment binds, and equity spent before counts on its lines."""

    loan_id: UUID
    closed_on: date
    postings: Postings


@recorded_as(
    "loan.closing_advance_recorded",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="advanced_on",
)
class ClosingAdvanceRecorded(FinancialEvent, Struct, frozen=True):
    """The closing table paid out the first advance; fee lines are funded without cash."""

    loan_id: UUID
    advanced_on: date
    lines: tuple[LineAmount, ...]
    postings: Postings


@recorded_as("loan.draw_opened", version=1, stream="loan_id", partition_key="loan_id")
class DrawOpened(Step, Struct, frozen=True):
    """A draw took the loan's next number."""

    loan_id: UUID
    draw_id: UUID
    number: int


@recorded_as("loan.draw_reserved", version=1, stream="loan_id", partition_key="loan_id")
class DrawReserved(FinancialEvent, Struct, frozen=True):
    """An approved draw holds part of its lines and of the commitment.

    Attributes:
        deposit_cents: the part of its net that it holds of the borrower's deposits instead.
    """

    loan_id: UUID
    draw_id: UUID
    lines: tuple[LineReservation, ...]
    postings: Postings
    deposit_cents: int | None = None


@recorded_as("loan.draw_reservation_released", version=1, stream="loan_id", partition_key="loan_id")
class DrawReservationReleased(FinancialEvent, Struct, frozen=True):
    """What a draw held is free again."""

    loan_id: UUID
    draw_id: UUID
    postings: Postings


@recorded_as("loan.draw_funding_started", version=1, stream="loan_id", partition_key="loan_id")
class DrawFundingStarted(Step, Struct, frozen=True):
    """A wire for this draw is under way; no other draw of the loan is funded meanwhile."""

    loan_id: UUID
    draw_id: UUID


@recorded_as("loan.draw_funding_stopped", version=1, stream="loan_id", partition_key="loan_id")
class DrawFundingStopped(Step, Struct, frozen=True):
    """The wire failed; the draw keeps its reservation."""

    loan_id: UUID
    draw_id: UUID


@recorded_as(
    "loan.advance_recorded",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="advanced_on",
)
class AdvanceRecorded(FinancialEvent, Struct, frozen=True):
    """A draw was paid out: its lines moved on, and what the loan paid of it became principal.

    Attributes:
        deposit_cents: the part of the net that the borrower's deposits paid.
        period_to: through when the draw billed; ``payees`` the names of those it paid, who owe the
            next draw an unconditional waiver; ``is_final`` whether no draw comes after it.
    """

    loan_id: UUID
    draw_id: UUID
    advanced_on: date
    lines: tuple[LineAdvance, ...]
    postings: Postings
    deposit_cents: int | None = None
    period_to: date | None = None
    payees: tuple[str, ...] | None = None
    is_final: bool | None = None


@recorded_as("loan.draw_stop_placed", version=1, stream="loan_id", partition_key="loan_id")
class DrawStopPlaced(Event, Struct, frozen=True):
    """No draw is approved or wired until this is lifted."""

    loan_id: UUID
    reason: str


@recorded_as("loan.draw_stop_lifted", version=1, stream="loan_id", partition_key="loan_id")
class DrawStopLifted(Event, Struct, frozen=True):
    """What stopped draws is settled."""

    loan_id: UUID
    reason: str


@recorded_as("loan.draw_policy_changed", version=1, stream="loan_id", partition_key="loan_id")
class DrawPolicyChanged(Event, Struct, frozen=True):
    """From now on draws must meet these rules and no others."""

    loan_id: UUID
    require: tuple[PolicyRule, ...]
    reason: str


@recorded_as(
    "loan.advance_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class AdvanceReversed(FinancialEvent, Struct, frozen=True):
    """A funded draw was undone; ``lines`` are the advance's own, to be subtracted."""

    loan_id: UUID
    draw_id: UUID
    reversed_on: date
    lines: tuple[LineAdvance, ...]
    reason: str
    reverses_event_id: UUID
    postings: Postings


@recorded_as(
    "loan.closing_advance_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class ClosingAdvanceReversed(FinancialEvent, Struct, frozen=True):
    """The closing advance was undone; ``lines`` are its own, to be subtracted."""

    loan_id: UUID
    reversed_on: date
    lines: tuple[LineAmount, ...]
    reason: str
    reverses_event_id: UUID
    postings: Postings


@recorded_as(
    "loan.closing_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class LoanClosingReversed(FinancialEvent, Struct, frozen=True):
    """The closing did not take place: the loan is approved, and nobody bound."""

    loan_id: UUID
    reversed_on: date
    reason: str
    reverses_event_id: UUID
    postings: Postings


OpeningEvent = (
    LoanOriginated
    | LoanSubmitted
    | LoanApproved
    | LoanDeclined
    | LoanWithdrawn
    | LoanClosed
    | LoanClosingReversed
)
DrawingEvent = (
    DrawOpened | DrawFundingStarted | DrawFundingStopped | AdvanceRecorded | AdvanceReversed
)
ControlEvent = DrawStopPlaced | DrawStopLifted | DrawPolicyChanged | ChangeOrderApproved
LineEvent = (
    DrawReserved
    | DrawReservationReleased
    | ClosingAdvanceRecorded
    | ClosingAdvanceReversed
    | BudgetEvent
)
"""What changes nothing of a loan but its balances and the lines of its budget."""
EndEvent = LoanPaidOff | LoanChargedOff

LoanEvent = (
    OpeningEvent
    | DrawingEvent
    | ControlEvent
    | LineEvent
    | AccrualPeriodOpened
    | ReceivableEvent
    | ParticipationEvent
    | RateEvent
    | MaturityEvent
    | DefaultEvent
    | EndEvent
)

_LOAN_EVENTS = frozenset(get_args(LoanEvent))


def is_of_loan(event: Event) -> TypeGuard[LoanEvent]:
    """Whether an event belongs to a loan's own stream.

    Asked of everything that is decided; `isinstance` would go through some fifty classes.
    """
    return type(event) in _LOAN_EVENTS
