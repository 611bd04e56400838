"""What pays a loan off, taken in. **Source**: `RULES.md`, "Payoff"."""

from datetime import date
from typing import assert_never

from domain.close_of_business.decide import close
from domain.close_of_business.refusals import BUSINESS_DATE_TOO_FAR
from domain.events.catalogue import Event
from domain.interest.timeline import InterestCents, month_of
from domain.kernel.errors import Detail, Refusals
from domain.kernel.money import format_money
from domain.loans.checks import check_live, check_no_draws, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import DRAWS_PENDING, LOAN_NOT_LIVE
from domain.loans.state import Loan
from domain.participations.settle import settle
from domain.payments.debt import owed_to_pay_off
from domain.payments.decide import is_known_payment, received_and_applied
from domain.payments.refusals import PAYMENT_BEFORE_CLOSING, PAYMENT_EXISTS
from domain.payoff.commands import PayoffCommand, RecordPayoff
from domain.payoff.events import LoanPaidOff
from domain.payoff.quotes import counting_day
from domain.payoff.refusals import PAYOFF_NOT_LAST, PAYOFF_SHORT
from domain.restate.decide import restate

REFUSALS: Refusals = {
    RecordPayoff: frozenset(
        {
            PAYMENT_EXISTS,
            LOAN_NOT_LIVE,
            DRAWS_PENDING,
            PAYMENT_BEFORE_CLOSING,
            BUSINESS_DATE_TOO_FAR,
            PAYOFF_SHORT,
            PAYOFF_NOT_LAST,
        }
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: PayoffCommand) -> list[Event]:
    """Decide any command on the payoff."""
    match command:
        case RecordPayoff():
            return record_payoff(file, command)
        case _:
            assert_never(command)


def record_payoff(file: LoanFile, command: RecordPayoff) -> list[Event]:
    """Take in all that is owed; the loan is paid off, and what was undrawn of it ends.

    The books are closed through the business day on which the money counts, and nothing accrues
    from that day on; participants get their part of the last month. What is paid beyond the total
    is unapplied. Where nothing is owed, nothing need come in.

    Raises:
        Conflict: ``PAYMENT_EXISTS``, the id or the reference is another payment's.
        RuleBroken: ``LOAN_NOT_LIVE``, ``DRAWS_PENDING``, ``PAYMENT_BEFORE_CLOSING``,
            ``PAYOFF_SHORT``, or ``PAYOFF_NOT_LAST`` when later entries leave something owed.
    """
    counts_on = counting_day(command.received_on, after_cut_off=command.after_cut_off)
    if is_known_payment(file.loan, command, counts_on):
        return []
    check_live(file.loan)
    check_no_draws(file.loan)
    check_since_closing(file.loan, command.received_on, PAYMENT_BEFORE_CLOSING, "received_on")
    closed = close(file, counts_on)
    loan = closed.after.loan
    debt = owed_to_pay_off(loan, counts_on)
    _check_enough(loan, command.amount_cents, debt.total_cents, counts_on)
    paid = received_and_applied(loan, command, counts_on, debt)
    decided = closed.then(paid)
    settled = restate(file, decided.after).after
    _check_nothing_left(settled, counts_on)
    shared = settle(settled, month_of(counts_on), counts_on)
    paid_off = LoanPaidOff(loan.loan_id, command.payment_id, counts_on)
    return decided.then([*shared, paid_off])


def _check_enough(loan: Loan, amount_cents: int, total_cents: int, counts_on: date) -> None:
    short_cents = total_cents - amount_cents
    if amount_cents < 0 or short_cents > 0:
        raise PAYOFF_SHORT(
            f"Paying loan {loan.number} off on {counts_on} takes {format_money(total_cents)}.",
            [
                Detail("amount", f"short by {format_money(short_cents)}"),
                Detail("total", format_money(total_cents)),
            ],
        )


def _check_nothing_left(file: LoanFile, counts_on: date) -> None:
    """A payoff recorded late settles the loan only if nothing was advanced or paid since."""
    loan = file.loan
    movements = loan.timeline.movements
    days = [counts_on, *(day for day in movements if day > counts_on)]
    principal_left = any(loan.timeline.principal_on(day) for day in days)
    interest_left = file.unpaid_interest != InterestCents()
    if principal_left or interest_left:
        raise PAYOFF_NOT_LAST(
            f"Entries of loan {loan.number} later than {counts_on} leave something owed.",
            [Detail("received_on", f"counts on {counts_on}")],
        )
