"""Fees and their waivers, and protective advances. **Source**: `RULES.md`, "Fees and late charges"."""

from typing import assert_never

from domain.events.catalogue import Event
from domain.fees.commands import AssessFee, FeeCommand, RecordProtectiveAdvance, WaiveFee
from domain.fees.refusals import (
    ADVANCE_BEFORE_CLOSING,
    FEE_BEFORE_CLOSING,
    FEE_EXISTS,
    FEE_UNKNOWN,
    PROTECTIVE_ADVANCE_EXISTS,
    WAIVED_BEFORE_ASSESSED,
    WAIVER_EXCEEDS_FEE,
    WAIVER_EXISTS,
)
from domain.kernel.errors import Detail, Refusals
from domain.kernel.money import format_money
from domain.loans.checks import check_live, check_positive, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import AMOUNT_NOT_POSITIVE, LOAN_NOT_LIVE
from domain.loans.state import Loan
from domain.receivables import postings
from domain.receivables.events import FeeAssessed, FeeWaived, ProtectiveAdvanceRecorded
from domain.receivables.state import Fee

REFUSALS: Refusals = {
    AssessFee: frozenset({FEE_EXISTS, LOAN_NOT_LIVE, AMOUNT_NOT_POSITIVE, FEE_BEFORE_CLOSING}),
    WaiveFee: frozenset(
        {
            WAIVER_EXISTS,
            FEE_UNKNOWN,
            LOAN_NOT_LIVE,
            AMOUNT_NOT_POSITIVE,
            WAIVED_BEFORE_ASSESSED,
            WAIVER_EXCEEDS_FEE,
        }
    ),
    RecordProtectiveAdvance: frozenset(
        {PROTECTIVE_ADVANCE_EXISTS, LOAN_NOT_LIVE, AMOUNT_NOT_POSITIVE, ADVANCE_BEFORE_CLOSING}
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: FeeCommand) -> list[Event]:
    """Decide any command on fees and protective advances."""
    match command:
        case AssessFee():
            return assess(file, command)
        case WaiveFee():
            return waive(file, command)
        case RecordProtectiveAdvance():
            return protect(file, command)
        case _:
            assert_never(command)


def assess(file: LoanFile, command: AssessFee) -> list[Event]:
    """Charge a fee; one that was struck since is not charged again under its id.

    Raises:
        Conflict: ``FEE_EXISTS``, the id is another fee's.
        RuleBroken: ``LOAN_NOT_LIVE``, ``AMOUNT_NOT_POSITIVE``, ``FEE_BEFORE_CLOSING``.
    """
    loan = file.loan
    if (held := loan.receivables.charged_fee(command.fee_id)) is not None:
        if (held.kind, held.amount_cents, held.assessed_on, held.memo) == (
            command.kind,
            command.amount_cents,
            command.assessed_on,
            command.memo,
        ):
            return []
        raise FEE_EXISTS(f"Another fee of loan {loan.number} has this id.")
    check_live(loan)
    check_positive(command.amount_cents)
    check_since_closing(loan, command.assessed_on, FEE_BEFORE_CLOSING, "assessed_on")
    return [
        FeeAssessed(
            loan.loan_id,
            command.fee_id,
            command.kind,
            command.amount_cents,
            command.assessed_on,
            command.memo,
            postings.fee_assessed(command.amount_cents),
        )
    ]


def waive(file: LoanFile, command: WaiveFee) -> list[Event]:
    """Forgive what is unpaid of a fee, or part of it.

    Raises:
        Conflict: ``WAIVER_EXISTS``, the id is another waiver's.
        RuleBroken: ``FEE_UNKNOWN``, ``LOAN_NOT_LIVE``, ``AMOUNT_NOT_POSITIVE``,
            ``WAIVED_BEFORE_ASSESSED``, or ``WAIVER_EXCEEDS_FEE`` when less is unpaid.
    """
    loan = file.loan
    if _is_known_waiver(loan, command):
        return []
    fee = loan.receivables.fee(command.fee_id)
    if fee is None:
        raise FEE_UNKNOWN(
            f"Loan {loan.number} has no such fee.",
            [Detail("fee_id", str(command.fee_id))],
        )
    if _is_waived_already(fee, command):
        return []
    check_live(loan)
    amount_cents = _waived_cents(fee, command)
    return [
        FeeWaived(
            loan.loan_id,
            fee.fee_id,
            amount_cents,
            command.waived_on,
            command.reason,
            postings.fee_waived(amount_cents),
            command.waiver_id,
        )
    ]


def _is_known_waiver(loan: Loan, command: WaiveFee) -> bool:
    """Whether this very waiver was recorded; it is known even when its fee was struck since."""
    known = {waiver.waiver_id: waiver for waiver in loan.receivables.waivers}
    held = None if command.waiver_id is None else known.get(command.waiver_id)
    if held is None:
        return False
    amount_cents = held.amount_cents if command.amount_cents is None else command.amount_cents
    if (held.fee_id, held.waived_on, held.amount_cents) == (
        command.fee_id,
        command.waived_on,
        amount_cents,
    ):
        return True
    raise WAIVER_EXISTS(f"Another waiver of loan {loan.number} has this id.")


def _is_waived_already(fee: Fee, command: WaiveFee) -> bool:
    in_full = command.amount_cents is None or command.amount_cents == fee.waived_cents
    return fee.unpaid_cents == 0 and fee.waived_cents > 0 and in_full


def _waived_cents(fee: Fee, command: WaiveFee) -> int:
    if command.waived_on < fee.assessed_on:
        raise WAIVED_BEFORE_ASSESSED(
            f"The fee was assessed on {fee.assessed_on}.",
            [Detail("waived_on", f"must be {fee.assessed_on} or later")],
        )
    if command.amount_cents is not None:
        check_positive(command.amount_cents)
    amount_cents = fee.unpaid_cents if command.amount_cents is None else command.amount_cents
    if amount_cents > fee.unpaid_cents or not amount_cents:
        raise WAIVER_EXCEEDS_FEE(
            f"Of this fee {format_money(fee.unpaid_cents)} is unpaid.",
            [Detail("amount", f"must be at most {format_money(fee.unpaid_cents)}")],
        )
    return amount_cents


def protect(file: LoanFile, command: RecordProtectiveAdvance) -> list[Event]:
    """Pay what protects the property, outside the commitment.

    Raises:
        Conflict: ``PROTECTIVE_ADVANCE_EXISTS``, the id is another advance's.
        RuleBroken: ``LOAN_NOT_LIVE``, ``AMOUNT_NOT_POSITIVE``, ``ADVANCE_BEFORE_CLOSING``.
    """
    loan = file.loan
    advance_id = command.advance_id
    owed = loan.receivables
    known = {held.advance_id: held for held in (*owed.struck_advances, *owed.protective_advances)}
    if (held := known.get(advance_id)) is not None:
        if (held.amount_cents, held.payee, held.purpose, held.advanced_on) == (
            command.amount_cents,
            command.payee,
            command.purpose,
            command.advanced_on,
        ):
            return []
        raise PROTECTIVE_ADVANCE_EXISTS(
            f"Another protective advance of loan {loan.number} has this id.",
        )
    check_live(loan)
    check_positive(command.amount_cents)
    check_since_closing(loan, command.advanced_on, ADVANCE_BEFORE_CLOSING, "advanced_on")
    return [
        ProtectiveAdvanceRecorded(
            loan.loan_id,
            advance_id,
            command.amount_cents,
            command.advanced_on,
            command.payee,
            command.purpose,
            postings.protective_advance(command.amount_cents),
        )
    ]
