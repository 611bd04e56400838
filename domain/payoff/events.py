"""A payoff quote, on a stream of its own so that quoting does not change the loan; and the payoff, on the loan's."""

from datetime import date
from uuid import UUID, uuid5

from msgspec import Struct

from domain.events.catalogue import Event, recorded_as
from domain.interest.timeline import InterestCents
from domain.kernel.rates import Rate
from domain.receivables.events import FeeKind


def payoff_quote_id(
    loan_id: UUID, loan_version: int, payoff_on: date, good_through_on: date
) -> UUID:
    """The stream of a quote: the same request on the same loan is the same quote."""
    return uuid5(loan_id, f"payoff:{loan_version}:{payoff_on}:{good_through_on}")


class QuotedFee(Struct, frozen=True):
    """A fee, and what is unpaid of it, in cents."""

    fee_id: UUID
    kind: FeeKind
    amount_cents: int


class QuotedTotal(Struct, frozen=True):
    """What pays the loan off when it is received on a date.

    Attributes:
        received_on: the date, a business day or none.
        counts_on: the business day on which it counts; interest runs to, excluding, it.
        principal_cents: on that day, interest capitalised until then included.
        interest_cents: accrued and unpaid, of every kind.
        charges_cents: fees and protective advances, late charges until then included.
        total_cents: all of it, less unapplied cash.
        late_counts_on: the business day on which it counts when received after the cut-off, and
            ``late_total_cents`` what pays the loan off then.
    """

    received_on: date
    counts_on: date
    principal_cents: int
    interest_cents: int
    charges_cents: int
    total_cents: int
    late_counts_on: date
    late_total_cents: int


@recorded_as("loan.payoff_quoted", version=1, stream="quote_id", partition_key="loan_id")
class PayoffQuoted(Event, Struct, frozen=True):
    """What pays the loan off on each date of a range, as the loan stood at a version.

    Attributes:
        counts_on: the business day on which a payoff of ``payoff_on`` counts; principal, interest,
            fees and total are those of that day.
        per_diem: what each further day of that month costs, in units of currency: unrounded if
            it ends within eight places, else to the eighth; ``per_diem_cents`` is what is shown.
            The totals are worked out from the exact one.
    """

    loan_id: UUID
    quote_id: UUID
    loan_version: int
    payoff_on: date
    good_through_on: date
    counts_on: date
    principal_cents: int
    interest: InterestCents
    fees: tuple[QuotedFee, ...]
    protective_advances_cents: int
    unapplied_cents: int
    total_cents: int
    per_diem: Rate
    per_diem_cents: int
    totals_by_date: tuple[QuotedTotal, ...]


@recorded_as(
    "loan.paid_off", version=1, stream="loan_id", partition_key="loan_id", dated="paid_off_on"
)
class LoanPaidOff(Event, Struct, frozen=True):
    """Everything owed was paid by this payment; nothing is drawn any more."""

    loan_id: UUID
    payment_id: UUID
    paid_off_on: date
