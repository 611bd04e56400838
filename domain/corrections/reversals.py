"""Undoing what came in and what was charged: payments, fees, protective advances, deposits.

Each works out the figures of its own event, so that folding it never looks at the original.
**Source**: `RULES.md`, "Corrections".
"""

from domain.corrections.commands import ReverseEvent
from domain.corrections.refusals import (
    DEPOSIT_USED,
    FEE_PAID,
    NOT_REVERSIBLE,
    PROTECTIVE_ADVANCE_PAID,
)
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Ground, NotFound, Refusal
from domain.kernel.money import format_money
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import mirrored
from domain.loans.state import Loan
from domain.payments.waterfall import Allocation, Due
from domain.receivables import postings
from domain.receivables.events import (
    EquityDepositReceived,
    EquityDepositReversed,
    FeeAssessed,
    FeeAssessedReversed,
    PaymentReceived,
    PaymentReversed,
    ProtectiveAdvanceRecorded,
    ProtectiveAdvanceReversed,
)
from domain.receivables.state import Payment, Receivables


def payment(loan: Loan, original: PaymentReceived, command: ReverseEvent) -> list[Event]:
    """Take a payment back: what it paid is owed again, each thing by its name.

    Interest that was credited since is not owed again: of every month at most what still counts
    as paid comes back.

    Raises:
        RuleBroken: ``NOT_REVERSIBLE`` while a later payment has paid with what this one left over.
    """
    held = loan.receivables.payment(original.payment_id)
    if held is None:
        raise NotFound("payment")
    taken_back = _still_paid(loan.receivables, held.allocations)
    freed_cents = sum(part.amount_cents for part in taken_back)
    unapplied_cents = loan.balance(Account.UNAPPLIED_PAYMENTS) + freed_cents - held.amount_cents
    if unapplied_cents < 0:
        raise _used_later(loan, held)
    entry = (
        *mirrored(postings.payment_applied(taken_back)),
        *mirrored(postings.payment_received(held.amount_cents)),
    )
    return [
        PaymentReversed(
            loan.loan_id,
            held.payment_id,
            held.amount_cents,
            command.reversed_on,
            taken_back,
            command.reason,
            command.event_id,
            entry,
        )
    ]


def _still_paid(owed: Receivables, allocations: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """The allocations without what was credited of them since."""
    kept = []
    for part in allocations:
        if part.month is None:
            kept.append(part)
            continue
        paid = owed.month(part.month).paid
        paid_cents = {
            Due.DEFAULT_INTEREST: paid.default_cents,
            Due.INTEREST: paid.interest_cents,
            Due.NONACCRUAL_INTEREST: paid.nonaccrual_cents,
        }[part.due]
        cents = min(part.amount_cents, max(0, paid_cents))
        if cents:
            kept.append(replace(part, amount_cents=cents))
    return tuple(kept)


def _used_later(loan: Loan, held: Payment) -> Refusal:
    """The refusal that names the payment which used this one's surplus."""
    users = [
        later.payment_id
        for later in loan.receivables.payments
        if later.reversed_on is None
        and later.payment_id != held.payment_id
        and sum(part.amount_cents for part in later.allocations) > later.amount_cents
    ]
    return NOT_REVERSIBLE(
        "What this payment left over has paid something since; reverse the later payment first.",
        [Detail("payment", str(user)) for user in reversed(users)],
    )


def fee(loan: Loan, original: FeeAssessed, command: ReverseEvent) -> list[Event]:
    """Strike a fee, and with it what was waived of it.

    Raises:
        RuleBroken: ``FEE_PAID``, in part or in full.
    """
    held = loan.receivables.fee(original.fee_id)
    if held is None:
        raise NotFound("fee")
    if held.paid_cents:
        raise _paid(FEE_PAID, "fee", held.paid_cents)
    owed_cents = held.amount_cents - held.waived_cents
    return [
        FeeAssessedReversed(
            loan.loan_id,
            held.fee_id,
            held.amount_cents,
            command.reversed_on,
            command.reason,
            command.event_id,
            mirrored(postings.fee_assessed(owed_cents)),
        )
    ]


def protective_advance(
    loan: Loan, original: ProtectiveAdvanceRecorded, command: ReverseEvent
) -> list[Event]:
    """Take a protective advance back.

    Raises:
        RuleBroken: ``PROTECTIVE_ADVANCE_PAID``, in part or in full.
    """
    advances = loan.receivables.protective_advances
    held = next((a for a in advances if a.advance_id == original.advance_id), None)
    if held is None:
        raise NotFound("protective advance")
    if held.paid_cents:
        raise _paid(PROTECTIVE_ADVANCE_PAID, "protective advance", held.paid_cents)
    return [
        ProtectiveAdvanceReversed(
            loan.loan_id,
            held.advance_id,
            held.amount_cents,
            command.reversed_on,
            command.reason,
            command.event_id,
            mirrored(postings.protective_advance(held.amount_cents)),
        )
    ]


def deposit(loan: Loan, original: EquityDepositReceived, command: ReverseEvent) -> list[Event]:
    """Give a deposit back, as far as no draw has spent it or holds it.

    Raises:
        RuleBroken: ``DEPOSIT_USED``.
    """
    free_cents = loan.free_deposits_cents()
    if original.amount_cents > free_cents:
        raise DEPOSIT_USED(
            "Draws have spent this deposit or hold it; reverse or cancel them first.",
            [Detail("deposit", f"{format_money(free_cents)} of the deposits is free")],
        )
    return [
        EquityDepositReversed(
            loan.loan_id,
            original.deposit_id,
            original.amount_cents,
            command.reversed_on,
            command.reason,
            command.event_id,
            mirrored(postings.equity_deposited(original.amount_cents)),
        )
    ]


def _paid(ground: Ground, what: str, paid_cents: int) -> Refusal:
    return ground(
        f"This {what} has been paid; reverse the payment first.",
        [Detail("paid", format_money(paid_cents))],
    )
