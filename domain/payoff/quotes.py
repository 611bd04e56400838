"""What pays a loan off, quoted ahead. **Source**: `RULES.md`, "Payoff"."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from domain.close_of_business.decide import close, first_open_day
from domain.close_of_business.refusals import BUSINESS_DATE_TOO_FAR
from domain.interest.timeline import InterestCents, per_diem
from domain.kernel.calendar import business_day_after, next_business_day
from domain.kernel.errors import Detail, Refusals
from domain.kernel.rates import Rate, format_rate
from domain.kernel.rounding import to_cents
from domain.loans.checks import check_live, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import LOAN_NOT_LIVE
from domain.loans.state import Loan
from domain.payments.debt import Debt, owed_to_pay_off
from domain.payments.waterfall import Due
from domain.payoff.events import PayoffQuoted, QuotedFee, QuotedTotal, payoff_quote_id
from domain.payoff.refusals import (
    GOOD_THROUGH_BEFORE_PAYOFF,
    GOOD_THROUGH_TOO_FAR,
    PAYOFF_BEFORE_CLOSING,
    PAYOFF_DATE_PAST,
    PAYOFF_DATE_TOO_FAR,
)

GOOD_THROUGH_DAYS_MAX = 62

AHEAD_DAYS_MAX = 731
"""How far beyond the closed books a payoff is quoted: what is not closed is worked out by day."""

_ONE_DAY = timedelta(days=1)

_INTEREST = (Due.INTEREST, Due.DEFAULT_INTEREST, Due.NONACCRUAL_INTEREST)

_CHARGES = (Due.PROTECTIVE_ADVANCE, Due.FEE)


def counting_day(received_on: date, *, after_cut_off: bool) -> date:
    """The business day on which a receipt counts: the next one if its own is none, or over."""
    return business_day_after(received_on) if after_cut_off else next_business_day(received_on)


class _Standing(Struct, frozen=True):
    """A loan at the close of business on a day, and what pays it off on that day."""

    loan: Loan
    debt: Debt


def quote(
    file: LoanFile, loan_version: int, payoff_on: date, good_through_on: date
) -> PayoffQuoted:
    """What pays the loan off on every date of a range.

    It closes the books forward, day by day, without recording any of it: interest is capitalised
    on the 1st and late charges fall due as they will. Unused reserve is no credit.

    Args:
        file: the loan with its open month.
        loan_version: of the loan as it stands in the file.
        payoff_on: the first date of the range; ``good_through_on`` its last.

    Returns:
        Whole cents; interest is rounded once a month and kind, from the unrounded per diem.

    Raises:
        RuleBroken: ``LOAN_NOT_LIVE``, ``PAYOFF_BEFORE_CLOSING``, ``PAYOFF_DATE_PAST``,
            ``PAYOFF_DATE_TOO_FAR``, ``GOOD_THROUGH_BEFORE_PAYOFF``, ``GOOD_THROUGH_TOO_FAR``.
    """
    _check_dates(file, payoff_on, good_through_on)
    received = _days(payoff_on, good_through_on)
    standing = dict(_standings(file, received))
    return _quoted(loan_version, received, standing)


def _quoted(
    loan_version: int, received: list[date], standing: dict[date, _Standing]
) -> PayoffQuoted:
    payoff_on, good_through_on = received[0], received[-1]
    counts_on = next_business_day(payoff_on)
    loan, debt = standing[counts_on].loan, standing[counts_on].debt
    a_day_cents = per_diem(loan.timeline, counts_on)
    return PayoffQuoted(
        loan_id=loan.loan_id,
        quote_id=payoff_quote_id(loan.loan_id, loan_version, payoff_on, good_through_on),
        loan_version=loan_version,
        payoff_on=payoff_on,
        good_through_on=good_through_on,
        counts_on=counts_on,
        principal_cents=debt.cents(Due.PRINCIPAL),
        interest=InterestCents(*(debt.cents(due) for due in _INTEREST)),
        fees=_quoted_fees(loan),
        protective_advances_cents=debt.cents(Due.PROTECTIVE_ADVANCE),
        unapplied_cents=debt.unapplied_cents,
        total_cents=debt.total_cents,
        per_diem=_in_currency(a_day_cents),
        per_diem_cents=to_cents(a_day_cents, loan.terms.rounding),
        totals_by_date=tuple(_quoted_total(day, standing) for day in received),
    )


def _days(first_on: date, last_on: date) -> list[date]:
    return [first_on + n * _ONE_DAY for n in range((last_on - first_on).days + 1)]


def _standings(file: LoanFile, received: list[date]) -> Iterator[tuple[date, _Standing]]:
    """The loan on every day on which one of the receipts would count, in time or late."""
    counting = {counting_day(day, after_cut_off=late) for day in received for late in (False, True)}
    for day in sorted(counting):
        file = close(file, day).after
        yield day, _Standing(file.loan, owed_to_pay_off(file.loan, day))


def _quoted_total(received_on: date, standing: dict[date, _Standing]) -> QuotedTotal:
    counts_on = counting_day(received_on, after_cut_off=False)
    late_counts_on = counting_day(received_on, after_cut_off=True)
    debt = standing[counts_on].debt
    return QuotedTotal(
        received_on=received_on,
        counts_on=counts_on,
        principal_cents=debt.cents(Due.PRINCIPAL),
        interest_cents=debt.cents(*_INTEREST),
        charges_cents=debt.cents(*_CHARGES),
        total_cents=debt.total_cents,
        late_counts_on=late_counts_on,
        late_total_cents=standing[late_counts_on].debt.total_cents,
    )


def _quoted_fees(loan: Loan) -> tuple[QuotedFee, ...]:
    return tuple(
        QuotedFee(fee.fee_id, fee.kind, fee.unpaid_cents)
        for fee in loan.receivables.fees
        if fee.unpaid_cents
    )


def _in_currency(exact_cents: Fraction) -> Rate:
    """An amount a day to eight places; most per diems end before, and are written without zeros.

    A quote that is worked out then looks like the same quote read back.
    """
    return Rate(format_rate(Decimal(to_cents(exact_cents * 10**6)).scaleb(-8)))


def _check_dates(file: LoanFile, payoff_on: date, good_through_on: date) -> None:
    check_live(file.loan)
    check_since_closing(file.loan, payoff_on, PAYOFF_BEFORE_CLOSING, "payoff_date")
    known_on = _known_through(file)
    if payoff_on < known_on:
        raise PAYOFF_DATE_PAST(
            f"The books of loan {file.loan.number} already stand at {known_on}.",
            [Detail("payoff_date", f"must be {known_on} or later")],
        )
    if payoff_on > known_on + AHEAD_DAYS_MAX * _ONE_DAY:
        raise PAYOFF_DATE_TOO_FAR(
            f"The books of loan {file.loan.number} stand at {known_on} only.",
            [Detail("payoff_date", f"at most {AHEAD_DAYS_MAX} days later")],
        )
    if good_through_on < payoff_on:
        raise GOOD_THROUGH_BEFORE_PAYOFF(
            "A quote is good through its payoff date at least.",
            [Detail("good_through", f"must be {payoff_on} or later")],
        )
    if good_through_on > payoff_on + GOOD_THROUGH_DAYS_MAX * _ONE_DAY:
        raise GOOD_THROUGH_TOO_FAR(
            f"A quote is good for {GOOD_THROUGH_DAYS_MAX} days at most.",
            [Detail("good_through", f"at most {GOOD_THROUGH_DAYS_MAX} days later")],
        )


def _known_through(file: LoanFile) -> date:
    """The latest date of which the books know: closed, or with principal moved on it."""
    return max([first_open_day(file), *file.loan.timeline.movements])


REFUSALS: Refusals = {
    quote: frozenset(
        {
            LOAN_NOT_LIVE,
            BUSINESS_DATE_TOO_FAR,
            PAYOFF_BEFORE_CLOSING,
            PAYOFF_DATE_PAST,
            PAYOFF_DATE_TOO_FAR,
            GOOD_THROUGH_BEFORE_PAYOFF,
            GOOD_THROUGH_TOO_FAR,
        }
    )
}
"""On what grounds it may be refused."""
