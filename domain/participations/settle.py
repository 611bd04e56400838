"""Sharing what a loan earns and what it lends, a month at a time.

**Source**: `RULES.md`, "Participations".
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from domain.events.catalogue import Event
from domain.interest.timeline import ExactInterest, interest_between, next_month
from domain.ledger.accounts import Account
from domain.ledger.entries import Postings, signed_transfer
from domain.loans.file import LoanFile
from domain.loans.state import Loan
from domain.participations.events import ParticipationsSettled, Settlement
from domain.participations.split import split
from domain.participations.state import Participation


def settle(file: LoanFile, month: date, settled_on: date | None = None) -> list[Event]:
    """Share a month's interest and the principal that moved, as one event; nothing unless sold.

    Everyone's part is worked out from the whole history and recorded as what it differs by from
    what was settled before. So a correction of an earlier month is shared with the next
    settlement, and settling again settles nothing.

    A participant's part of a month is their share of what accrued since they bought it, of which
    they never get a cent that the lender did not book: of interest kept off the books, what was
    paid.

    Args:
        file: after the month was posted, capitalised and billed, if it is over.
        month: the first day of the month.
        settled_on: the 1st after it unless the loan ends before.
    """
    loan = file.loan
    shares = loan.participations.shares
    if not shares:
        return []
    on = settled_on or next_month(month)
    interest = [0] * (len(shares) + 1)
    for earlier in sorted({*(owed.month for owed in loan.receivables.months), month}):
        if earlier <= month:
            parts = _interest_parts(file, earlier, min(next_month(earlier), on))
            interest = [sum_ + part for sum_, part in zip(interest, parts, strict=True)]
    principal = principal_parts(loan, shares, on)
    settlements = tuple(
        Settlement(
            held.participant_id,
            interest[index] - held.interest_cents,
            principal[index] - held.principal_cents,
        )
        for index, held in enumerate(shares)
        if interest[index] != held.interest_cents or principal[index] != held.principal_cents
    )
    if not settlements:
        return []
    entry = _settled(settlements)
    return [ParticipationsSettled(loan.loan_id, month, on, settlements, entry)]


def _interest_parts(file: LoanFile, month: date, until_on: date) -> tuple[int, ...]:
    """A month's booked interest in cents by holder, the lender last.

    Income is shared by the days that bore it, and what was paid of interest kept off the books by
    those that bore that.
    """
    owed = file.loan.receivables.month(month)
    accrued = owed.accrued if owed.due_on is not None else file.period(month).accrued
    shares, timeline = file.loan.participations.shares, file.loan.timeline
    whole = interest_between(timeline, month, until_on)
    held = [interest_between(timeline, max(month, sold.sold_on), until_on) for sold in shares]
    income = _by_holder(
        accrued.interest_cents + accrued.default_cents,
        _income(whole),
        [Fraction(sold.share) * _income(borne) for sold, borne in zip(shares, held, strict=True)],
    )
    kept_off = _by_holder(
        owed.paid.nonaccrual_cents,
        whole.nonaccrual,
        [Fraction(sold.share) * borne.nonaccrual for sold, borne in zip(shares, held, strict=True)],
    )
    return tuple(one + other for one, other in zip(income, kept_off, strict=True))


def _income(interest: ExactInterest) -> Fraction:
    return interest.contract + interest.default


def _by_holder(cents: int, whole: Fraction, weights: Sequence[Fraction]) -> tuple[int, ...]:
    """An amount by what each holder has of a whole; the lender, who comes last, has the rest."""
    if whole <= 0:
        return (*(0 for _ in weights), cents)
    return split(cents, [*weights, whole - sum(weights)])


def principal_parts(loan: Loan, shares: Sequence[Participation], on: date) -> tuple[int, ...]:
    """The principal on a day in cents by holder, without the lender; zero before they bought it."""
    held = [Fraction(share.share) if share.sold_on <= on else Fraction(0) for share in shares]
    return split(loan.timeline.principal_on(on), [*held, 1 - sum(held, Fraction(0))])[:-1]


def bought(principal_cents: int) -> Postings:
    """A participant paid for principal or, below zero, was paid back."""
    return signed_transfer(Account.CASH, Account.PARTICIPATION_SOLD, principal_cents)


def _settled(settlements: Sequence[Settlement]) -> Postings:
    """Interest earned that is a participant's is not income; **source**: `RULES.md`, "Postings"."""
    interest_cents = sum(part.interest_cents for part in settlements)
    principal_cents = sum(part.principal_cents for part in settlements)
    return (
        *signed_transfer(Account.INTEREST_INCOME, Account.PARTICIPANT_PAYABLE, interest_cents),
        *bought(principal_cents),
    )
