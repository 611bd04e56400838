"""Fees, payments, deposits and interest falling due: what can have happened on a Loan's stream."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from domain.budgets.state import LineAmount
from domain.events.catalogue import Event, recorded_as
from domain.interest.timeline import InterestCents
from domain.ledger.entries import FinancialEvent, Postings
from domain.payments.waterfall import Allocation


class FeeKind(StrEnum):
    """What a fee is for."""

    LATE = "LATE"
    EXTENSION = "EXTENSION"
    EXIT = "EXIT"
    RECONVEYANCE = "RECONVEYANCE"
    WIRE = "WIRE"
    INSPECTION = "INSPECTION"
    OTHER = "OTHER"


@recorded_as(
    "loan.fee_assessed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="assessed_on",
)
class FeeAssessed(FinancialEvent, Struct, frozen=True):
    """The borrower owes a fee; a late charge names the month whose interest came late."""

    loan_id: UUID
    fee_id: UUID
    kind: FeeKind
    amount_cents: int
    assessed_on: date
    memo: str | None
    postings: Postings
    month: date | None = None


@recorded_as(
    "loan.fee_waived", version=1, stream="loan_id", partition_key="loan_id", dated="waived_on"
)
class FeeWaived(FinancialEvent, Struct, frozen=True):
    """The lender forgave a fee or part of it."""

    loan_id: UUID
    fee_id: UUID
    amount_cents: int
    waived_on: date
    reason: str
    postings: Postings
    waiver_id: UUID | None = None


@recorded_as(
    "loan.fee_assessed_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class FeeAssessedReversed(FinancialEvent, Struct, frozen=True):
    """A fee was assessed by mistake; what had been waived of it is void too."""

    loan_id: UUID
    fee_id: UUID
    amount_cents: int
    reversed_on: date
    reason: str
    reverses_event_id: UUID
    postings: Postings


@recorded_as(
    "loan.protective_advance_recorded",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="advanced_on",
)
class ProtectiveAdvanceRecorded(FinancialEvent, Struct, frozen=True):
    """The lender paid what protects the property (taxes, insurance), outside the commitment."""

    loan_id: UUID
    advance_id: UUID
    amount_cents: int
    advanced_on: date
    payee: str
    purpose: str
    postings: Postings


@recorded_as(
    "loan.protective_advance_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class ProtectiveAdvanceReversed(FinancialEvent, Struct, frozen=True):
    """A protective advance was recorded by mistake."""

    loan_id: UUID
    advance_id: UUID
    amount_cents: int
    reversed_on: date
    reason: str
    reverses_event_id: UUID
    postings: Postings


@recorded_as(
    "loan.equity_deposit_received",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="received_on",
)
class EquityDepositReceived(FinancialEvent, Struct, frozen=True):
    """The borrower paid in equity, which pays for draws before the loan does."""

    loan_id: UUID
    deposit_id: UUID
    amount_cents: int
    received_on: date
    external_ref: str | None
    postings: Postings


@recorded_as(
    "loan.equity_deposit_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class EquityDepositReversed(FinancialEvent, Struct, frozen=True):
    """A deposit was recorded by mistake or came back."""

    loan_id: UUID
    deposit_id: UUID
    amount_cents: int
    reversed_on: date
    reason: str
    reverses_event_id: UUID
    postings: Postings


@recorded_as(
    "loan.payment_received",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="received_on",
)
class PaymentReceived(FinancialEvent, Struct, frozen=True):
    """Money came in; until it is applied it is unapplied cash."""

    loan_id: UUID
    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None
    postings: Postings


@recorded_as(
    "loan.payment_applied",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="applied_on",
)
class PaymentApplied(FinancialEvent, Struct, frozen=True):
    """A payment, with earlier unapplied cash, paid what was owed, in the order of the waterfall."""

    loan_id: UUID
    payment_id: UUID
    applied_on: date
    allocations: tuple[Allocation, ...]
    postings: Postings


@recorded_as(
    "loan.payment_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class PaymentReversed(FinancialEvent, Struct, frozen=True):
    """A payment came back: what it had paid is owed again."""

    loan_id: UUID
    payment_id: UUID
    amount_cents: int
    reversed_on: date
    allocations: tuple[Allocation, ...]
    reason: str
    reverses_event_id: UUID
    postings: Postings


@recorded_as(
    "loan.interest_capitalized",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="capitalised_on",
)
class InterestCapitalized(FinancialEvent, Struct, frozen=True):
    """A month's interest was paid from the reserve and so became principal.

    Attributes:
        accrued: the whole month's interest, of which ``amount_cents`` was capitalised.
        lines: which reserve lines paid it.
    """

    loan_id: UUID
    month: date
    capitalised_on: date
    accrued: InterestCents
    amount_cents: int
    lines: tuple[LineAmount, ...]
    postings: Postings


@recorded_as(
    "loan.interest_billed", version=1, stream="loan_id", partition_key="loan_id", dated="due_on"
)
class InterestBilled(Event, Struct, frozen=True):
    """What the reserve did not pay of a month's interest is due from the borrower."""

    loan_id: UUID
    month: date
    due_on: date
    accrued: InterestCents
    amount: InterestCents


@recorded_as(
    "loan.interest_restated",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="capitalised_on",
)
class InterestRestated(FinancialEvent, Struct, frozen=True):
    """A posted month's interest was corrected, and with it what the reserve paid of it.

    Attributes:
        capitalised_on: the 1st on which the month fell due; the difference moves principal then.
        lines: what each reserve line pays more or, below zero, less.
    """

    loan_id: UUID
    month: date
    capitalised_on: date
    old_accrued: InterestCents
    new_accrued: InterestCents
    old_capitalised_cents: int
    new_capitalised_cents: int
    lines: tuple[LineAmount, ...]
    postings: Postings


@recorded_as(
    "loan.interest_credited",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="credited_on",
)
class InterestCredited(FinancialEvent, Struct, frozen=True):
    """Interest that had been paid turned out not to be owed; it is unapplied cash again."""

    loan_id: UUID
    month: date
    credited_on: date
    amount: InterestCents
    postings: Postings


@recorded_as(
    "loan.interest_capitalization_reversed",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="reversed_on",
)
class InterestCapitalizationReversed(FinancialEvent, Struct, frozen=True):
    """A month's capitalisation was undone; its interest is due from the borrower instead."""

    loan_id: UUID
    month: date
    reversed_on: date
    amount_cents: int
    lines: tuple[LineAmount, ...]
    reason: str
    reverses_event_id: UUID
    postings: Postings


ChargeEvent = (
    FeeAssessed
    | FeeWaived
    | FeeAssessedReversed
    | ProtectiveAdvanceRecorded
    | ProtectiveAdvanceReversed
)
MoneyEvent = (
    EquityDepositReceived
    | EquityDepositReversed
    | PaymentReceived
    | PaymentApplied
    | PaymentReversed
)
DueEvent = (
    InterestCapitalized
    | InterestBilled
    | InterestRestated
    | InterestCredited
    | InterestCapitalizationReversed
)

ReceivableEvent = ChargeEvent | MoneyEvent | DueEvent
