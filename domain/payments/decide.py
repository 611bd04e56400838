"""Money received pays what is owed, in one order. **Source**: `RULES.md`, "Payments"."""

from datetime import date
from typing import assert_never
from uuid import UUID

from domain.close_of_business.decide import close, first_open_day
from domain.close_of_business.refusals import BUSINESS_DATE_TOO_FAR
from domain.defaults.delinquency import aged
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Refusal, Refusals
from domain.loans.checks import check_live, check_positive, check_since_closing
from domain.loans.file import Decision, LoanFile
from domain.loans.refusals import AMOUNT_NOT_POSITIVE, LOAN_NOT_LIVE
from domain.loans.state import Loan
from domain.payments.commands import PaymentCommand, RecordEquityDeposit, RecordPayment
from domain.payments.debt import Debt, owed_on
from domain.payments.deposits import deposit
from domain.payments.refusals import (
    DEPOSIT_BEFORE_CLOSING,
    DEPOSIT_EXISTS,
    PAYMENT_BEFORE_CLOSING,
    PAYMENT_EXISTS,
)
from domain.payments.waterfall import Allocation, allocate
from domain.payoff.commands import RecordPayoff
from domain.receivables import postings
from domain.receivables.events import PaymentApplied, PaymentReceived
from domain.receivables.state import Payment
from domain.restate.decide import restate

REFUSALS: Refusals = {
    RecordPayment: frozenset(
        {
            PAYMENT_EXISTS,
            LOAN_NOT_LIVE,
            AMOUNT_NOT_POSITIVE,
            PAYMENT_BEFORE_CLOSING,
            BUSINESS_DATE_TOO_FAR,
        }
    ),
    RecordEquityDeposit: frozenset(
        {DEPOSIT_EXISTS, LOAN_NOT_LIVE, AMOUNT_NOT_POSITIVE, DEPOSIT_BEFORE_CLOSING}
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: PaymentCommand) -> list[Event]:
    """Decide any command on money that comes in."""
    match command:
        case RecordPayment():
            return record_payment(file, command)
        case RecordEquityDeposit():
            return deposit(file, command)
        case _:
            assert_never(command)


def record_payment(file: LoanFile, command: RecordPayment) -> list[Event]:
    """Receive a payment and pay with it, and with earlier unapplied cash, what is owed.

    The books are closed through the day of receipt first. What nothing is owed for is unapplied.
    A loan that is no longer as far behind is in another delinquency bucket at once; after a payment
    of a day before that, it is from the next close of business on.

    Raises:
        Conflict: ``PAYMENT_EXISTS``, the id or the reference is another payment's.
        RuleBroken: ``LOAN_NOT_LIVE``, ``AMOUNT_NOT_POSITIVE``, ``PAYMENT_BEFORE_CLOSING``.
    """
    if is_known_payment(file.loan, command):
        return []
    check_live(file.loan)
    check_positive(command.amount_cents)
    check_since_closing(file.loan, command.received_on, PAYMENT_BEFORE_CLOSING, "received_on")
    closed = close(file, command.received_on)
    file = closed.after
    debt = owed_on(file.loan, command.received_on)
    if command.received_on < first_open_day(file):
        return _applied_late(file, command, debt)
    paid = received_and_applied(file.loan, command, command.received_on, debt)
    aged_on = command.received_on
    decided = closed.then(paid)
    return decided.then(aged(decided.after.loan, aged_on, aged_on))


def _applied_late(file: LoanFile, command: RecordPayment, debt: Debt) -> Decision:
    """A payment of a day beyond which the books are closed.

    The interest that it saves may have become principal, which later payments repaid. So much of
    it pays nothing, lest principal falls below zero.
    """
    spent_cents = command.amount_cents + debt.unapplied_cents
    while True:
        paid = received_and_applied(file.loan, command, command.received_on, debt, spent_cents)
        decided = Decision.of(file, paid)
        overpaid_cents = -_least_principal(file, decided, command.received_on)
        if overpaid_cents <= 0:
            return decided
        spent_cents = max(0, _applied_cents(paid) - overpaid_cents)


def received_and_applied(
    loan: Loan,
    command: RecordPayment | RecordPayoff,
    applied_on: date,
    debt: Debt,
    spent_cents: int | None = None,
) -> list[Event]:
    """A payment as it came in and, if it pays anything, what it pays.

    Args:
        loan: with its books closed through the day at least.
        command: as it was asked; it says when the money was received. A payoff may bring nothing,
            and then is a payment only if unapplied cash pays something with it.
        applied_on: the value date of what it pays.
        debt: what is owed on that day.
        spent_cents: at most so much pays, by default the payment and all unapplied cash.
    """
    if spent_cents is None:
        spent_cents = command.amount_cents + debt.unapplied_cents
    met, _ = allocate(spent_cents, debt.owed)
    events: list[Event] = []
    if command.amount_cents or met:
        events.append(_received(loan, command))
    if met:
        events.append(_applied(loan, command, applied_on, met))
    return events


def _received(loan: Loan, command: RecordPayment | RecordPayoff) -> PaymentReceived:
    return PaymentReceived(
        loan.loan_id,
        command.payment_id,
        command.amount_cents,
        command.received_on,
        command.method,
        command.external_ref,
        postings.payment_received(command.amount_cents),
    )


def _applied(
    loan: Loan,
    command: RecordPayment | RecordPayoff,
    applied_on: date,
    met: tuple[Allocation, ...],
) -> PaymentApplied:
    entry = postings.payment_applied(met)
    return PaymentApplied(loan.loan_id, command.payment_id, applied_on, met, entry)


def is_known_payment(
    loan: Loan, command: RecordPayment | RecordPayoff, counts_on: date | None = None
) -> bool:
    """Whether this very payment was recorded, under its id or under its reference.

    A payment that came back may be made again under the same reference.

    Args:
        loan: as it stands.
        command: as it was asked.
        counts_on: the day on which it is to pay the loan off, `None` if it is not.

    Raises:
        Conflict: ``PAYMENT_EXISTS``, the id or the reference is another payment's.
    """
    paid_off_on = {paid_off.payment_id: paid_off.paid_off_on for paid_off in loan.payoffs}
    for payment in loan.receivables.payments:
        same_id = payment.payment_id == command.payment_id
        if not same_id and not _has_reference_of(payment, command):
            continue
        same_day = paid_off_on.get(payment.payment_id) == counts_on
        if same_day and _facts(payment) == _facts(command):
            return True
        raise _exists(loan, "id" if same_id else "reference", payment.payment_id)
    # A payoff of nothing left no payment.
    if command.payment_id not in paid_off_on:
        return False
    if command.amount_cents == 0 and paid_off_on[command.payment_id] == counts_on:
        return True
    raise _exists(loan, "id", command.payment_id)


def _exists(loan: Loan, known_by: str, payment_id: UUID) -> Refusal:
    return PAYMENT_EXISTS(
        f"Another payment of loan {loan.number} is recorded under this {known_by}.",
        [Detail("payment_id" if known_by == "id" else "external_ref", str(payment_id))],
    )


def _has_reference_of(payment: Payment, command: RecordPayment | RecordPayoff) -> bool:
    known = payment.external_ref is not None and payment.reversed_on is None
    return known and payment.external_ref == command.external_ref


def _facts(payment: Payment | RecordPayment | RecordPayoff) -> tuple[object, ...]:
    return payment.amount_cents, payment.received_on, payment.method, payment.external_ref


def _least_principal(file: LoanFile, decided: Decision, on: date) -> int:
    """The least principal from a day on, once everything that follows is restated."""
    restated = restate(file, decided.after)
    return restated.after.loan.timeline.least_principal_from(on)


def _applied_cents(events: list[Event]) -> int:
    return sum(
        part.amount_cents
        for event in events
        if isinstance(event, PaymentApplied)
        for part in event.allocations
    )
