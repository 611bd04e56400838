"""What may be asked of a loan once it has closed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.events.catalogue import Event
from domain.loans.life_events import AccrualStatus
from domain.receivables.events import FeeKind


@dataclass(frozen=True, slots=True)
class CloseBusiness:
    """Accrue to, excluding, a date; on the 1st capitalise and bill; mature, charge late, age."""

    business_on: date


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Money came in."""

    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class AssessFee:
    """Charge a fee."""

    fee_id: UUID
    kind: FeeKind
    amount_cents: int
    assessed_on: date
    memo: str | None = None


@dataclass(frozen=True, slots=True)
class WaiveFee:
    """Forgive a fee, or part of it; all that is unpaid unless an amount is given.

    Attributes:
        waiver_id: by which it is known when it comes again.
    """

    fee_id: UUID
    waived_on: date
    reason: str
    amount_cents: int | None = None
    waiver_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RecordProtectiveAdvance:
    """The lender paid what protects the property."""

    advance_id: UUID
    amount_cents: int
    payee: str
    purpose: str
    advanced_on: date


@dataclass(frozen=True, slots=True)
class RecordEquityDeposit:
    """The borrower paid in equity."""

    deposit_id: UUID
    amount_cents: int
    received_on: date
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class RecordPayoff:
    """The whole of what is owed came in; after the cut-off it counts on the next business day."""

    payment_id: UUID
    amount_cents: int
    received_on: date
    method: str
    external_ref: str | None = None
    after_cut_off: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """Another contract rate from a day on."""

    rate: Decimal
    changed_on: date


@dataclass(frozen=True, slots=True)
class ExtendMaturity:
    """Take the next extension option, or, as a modification, extend outside of them.

    Attributes:
        new_maturity_on: at the latest what the option allows, which is the default.
        fee_cents: what the option says unless given.
        fee_id: of the fee that is assessed, if there is one; the extension is known by it, fee or
            none, when it comes again.
    """

    extended_on: date
    fee_id: UUID
    new_maturity_on: date | None = None
    fee_cents: int | None = None
    modification: bool = False


@dataclass(frozen=True, slots=True)
class DeclareDefault:
    """Declare the borrower in default."""

    declared_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class CureDefault:
    """The default is cured."""

    cured_on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeAccrualStatus:
    """Stop or resume taking interest as income."""

    status: AccrualStatus
    changed_on: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SellParticipation:
    """Sell a share of the loan."""

    participant_id: UUID
    name: str
    share: Decimal
    sold_on: date


@dataclass(frozen=True, slots=True)
class ChargeOff:
    """Give up what is owed."""

    charged_off_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class ReverseEvent:
    """Undo one named event from a day on.

    Attributes:
        event_id: of the event to undo; ``original`` the event itself, which the shell found, and
            ``original_on`` its value date.
    """

    event_id: UUID
    original: Event
    original_on: date
    reversed_on: date
    reason: str


ServicingCommand = (
    CloseBusiness
    | RecordPayment
    | AssessFee
    | WaiveFee
    | RecordProtectiveAdvance
    | RecordEquityDeposit
    | RecordPayoff
    | ChangeRate
    | ExtendMaturity
    | DeclareDefault
    | CureDefault
    | ChangeAccrualStatus
    | SellParticipation
    | ChargeOff
    | ReverseEvent
)
