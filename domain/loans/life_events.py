"""What can have happened to a loan after it closed: rates, dates, default, corrections."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.budgets.state import LineAdvance, LineAmount
from domain.events.catalogue import Event, Step, recorded_as
from domain.ledger.entries import FinancialEvent, Postings


class AccrualStatus(StrEnum):
    """Whether interest is income as it accrues, or only once it is paid."""

    ACCRUAL = "ACCRUAL"
    NONACCRUAL = "NONACCRUAL"


class Delinquency(StrEnum):
    """How long the oldest unpaid obligation has been due."""

    CURRENT = "CURRENT"
    DAYS_1_29 = "1-29"
    DAYS_30_59 = "30-59"
    DAYS_60_89 = "60-89"
    DAYS_90 = "90+"


@recorded_as("loan.accrual_period_opened", version=1, stream="loan_id", partition_key="loan_id")
@dataclass(frozen=True, slots=True)
class AccrualPeriodOpened(Step):
    """A month's interest began its own stream; ``month`` is its first day."""

    loan_id: UUID
    month: date


@recorded_as(
    "loan.rate_changed", version=1, stream="loan_id", partition_key="loan_id", dated="changed_on"
)
@dataclass(frozen=True, slots=True)
class RateChanged(Event):
    """The contract rate is another from a day on."""

    loan_id: UUID
    rate: Decimal
    changed_on: date


@recorded_as(
    "loan.rate_change_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
@dataclass(frozen=True, slots=True)
class RateChangeReversed(Event):
    """A change of rate does not hold from a day on; what held before it does."""

    loan_id: UUID
    rate: Decimal
    changed_on: date
    reversed_on: date
    reason: str
    reverses_event_id: UUID


@recorded_as(
    "loan.matured", version=1, stream="loan_id", partition_key="loan_id", dated="matured_on"
)
@dataclass(frozen=True, slots=True)
class LoanMatured(Event):
    """The maturity date passed, and principal is unpaid."""

    loan_id: UUID
    matured_on: date


@recorded_as(
    "loan.maturity_extended",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="extended_on",
)
@dataclass(frozen=True, slots=True)
class MaturityExtended(Event):
    """The loan matures later; ``uses_option`` when it took one of its extension options.

    Attributes:
        fee_id: of the fee it brought; ``extension_id`` what was asked for as its id, fee or none.
    """

    loan_id: UUID
    new_maturity_on: date
    extended_on: date
    uses_option: bool
    fee_id: UUID | None = None
    extension_id: UUID | None = None


@recorded_as(
    "loan.default_declared",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="declared_on",
)
@dataclass(frozen=True, slots=True)
class DefaultDeclared(Event):
    """The borrower is in default; the default margin accrues from this day."""

    loan_id: UUID
    declared_on: date
    reason: str


@recorded_as(
    "loan.default_cured", version=1, stream="loan_id", partition_key="loan_id", dated="cured_on"
)
@dataclass(frozen=True, slots=True)
class DefaultCured(Event):
    """The default is cured; the margin accrues to, excluding, this day."""

    loan_id: UUID
    cured_on: date
    reason: str | None = None


@recorded_as(
    "loan.accrual_status_changed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="changed_on",
)
@dataclass(frozen=True, slots=True)
class AccrualStatusChanged(Event):
    """From this day interest is, or is no longer, income as it accrues."""

    loan_id: UUID
    status: AccrualStatus
    changed_on: date
    reason: str | None = None


@recorded_as(
    "loan.delinquency_aged",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="aged_on",
)
@dataclass(frozen=True, slots=True)
class DelinquencyAged(Event):
    """The loan moved to another bucket; ``due_on`` is its oldest unpaid obligation's date."""

    loan_id: UUID
    aged_on: date
    bucket: Delinquency
    due_on: date | None


@recorded_as(
    "loan.paid_off", version=1, stream="loan_id", partition_key="loan_id", dated="paid_off_on"
)
@dataclass(frozen=True, slots=True)
class LoanPaidOff(Event):
    """Everything owed was paid by this payment; nothing is drawn any more."""

    loan_id: UUID
    payment_id: UUID
    paid_off_on: date


@recorded_as(
    "loan.charged_off",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="charged_off_on",
)
@dataclass(frozen=True, slots=True)
class LoanChargedOff(FinancialEvent):
    """The lender gave up what is owed, against its allowance; nothing accrues any more."""

    loan_id: UUID
    charged_off_on: date
    reason: str
    postings: Postings


@recorded_as(
    "loan.advance_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
@dataclass(frozen=True, slots=True)
class AdvanceReversed(FinancialEvent):
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
@dataclass(frozen=True, slots=True)
class ClosingAdvanceReversed(FinancialEvent):
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
@dataclass(frozen=True, slots=True)
class LoanClosingReversed(FinancialEvent):
    """The closing did not take place: the loan is approved, and nobody bound."""

    loan_id: UUID
    reversed_on: date
    reason: str
    reverses_event_id: UUID
    postings: Postings


LifeEvent = (
    AccrualPeriodOpened
    | RateChanged
    | RateChangeReversed
    | LoanMatured
    | MaturityExtended
    | DefaultDeclared
    | DefaultCured
    | AccrualStatusChanged
    | DelinquencyAged
    | LoanPaidOff
    | LoanChargedOff
    | AdvanceReversed
    | ClosingAdvanceReversed
    | LoanClosingReversed
)
