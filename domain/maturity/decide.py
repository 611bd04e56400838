"""Extensions, by option or by modification. **Source**: `RULES.md`, "Life cycle"."""

from calendar import monthrange
from datetime import date
from typing import assert_never

from domain.events.catalogue import Event
from domain.fees.refusals import FEE_EXISTS
from domain.kernel.errors import Detail, Refusals
from domain.kernel.rounding import share_of
from domain.loans.checks import check_in, check_live, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import LOAN_NOT_ACTIVE, LOAN_NOT_LIVE
from domain.loans.state import Loan, LoanState
from domain.loans.terms import ExtensionOption
from domain.maturity.commands import ExtendMaturity, MaturityCommand
from domain.maturity.events import MaturityExtended
from domain.maturity.refusals import (
    EXTENSION_BEFORE_CLOSING,
    EXTENSION_EXCEEDS_OPTION,
    MATURITY_NOT_LATER,
    NEW_MATURITY_MISSING,
    NO_EXTENSION_OPTION,
)
from domain.receivables import postings
from domain.receivables.events import FeeAssessed, FeeKind

REFUSALS: Refusals = {
    ExtendMaturity: frozenset(
        {
            FEE_EXISTS,
            LOAN_NOT_LIVE,
            LOAN_NOT_ACTIVE,
            EXTENSION_BEFORE_CLOSING,
            NO_EXTENSION_OPTION,
            EXTENSION_EXCEEDS_OPTION,
            MATURITY_NOT_LATER,
            NEW_MATURITY_MISSING,
        }
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: MaturityCommand) -> list[Event]:
    """Decide any command on the maturity."""
    match command:
        case ExtendMaturity():
            return extend(file, command)
        case _:
            assert_never(command)


def extend(file: LoanFile, command: ExtendMaturity) -> list[Event]:
    """Let the loan mature later, by its next extension option or by a modification.

    An option is taken in its turn, gives its months at the most, and costs its fee, a rounded
    fraction of the commitment, unless another fee is given. A modification is outside of the
    options: it says its own date, and costs what is given. A matured loan is active again.

    Raises:
        RuleBroken: ``LOAN_NOT_ACTIVE`` (an option, on a loan in default), ``LOAN_NOT_LIVE``,
            ``EXTENSION_BEFORE_CLOSING``, ``NO_EXTENSION_OPTION``, ``EXTENSION_EXCEEDS_OPTION``,
            ``MATURITY_NOT_LATER`` or ``NEW_MATURITY_MISSING``.
        Conflict: ``FEE_EXISTS``, when the fee's id is taken by another fee.
    """
    loan = file.loan
    if _is_extended(loan, command):
        return []
    check_live(loan)
    check_since_closing(loan, command.extended_on, EXTENSION_BEFORE_CLOSING, "effective_on")
    if command.modification:
        new_on, fee_cents = _modified(command), command.fee_cents or 0
    else:
        check_in(loan, LoanState.ACTIVE, LoanState.MATURED)
        new_on, fee_cents = _by_option(loan, command)
    if new_on <= loan.maturity_on:
        raise MATURITY_NOT_LATER(
            f"Loan {loan.number} matures on {loan.maturity_on} as it is.",
            [Detail("new_maturity", f"must be after {loan.maturity_on}")],
        )
    extended = MaturityExtended(
        loan.loan_id,
        new_on,
        command.extended_on,
        uses_option=not command.modification,
        fee_id=command.fee_id if fee_cents else None,
        extension_id=command.fee_id,
    )
    return [extended, *_fee(loan, command, fee_cents)]


def _is_extended(loan: Loan, command: ExtendMaturity) -> bool:
    """Whether this very extension was recorded: by its id, or by the maturity it leads to."""
    known = {held.extension_id or held.fee_id: held for held in loan.extensions}
    fee = loan.receivables.charged_fee(command.fee_id)
    if (held := known.get(command.fee_id)) is None and fee is None:
        return command.new_maturity_on is not None and (command.new_maturity_on == loan.maturity_on)
    charged_cents = 0 if fee is None else fee.amount_cents
    if (
        held is not None
        and (held.extended_on, held.uses_option) == (command.extended_on, not command.modification)
        and command.new_maturity_on in (None, held.new_maturity_on)
        and command.fee_cents in (None, charged_cents)
    ):
        return True
    raise FEE_EXISTS("A fee with this id was charged for something else.")


def _modified(command: ExtendMaturity) -> date:
    if command.new_maturity_on is None:
        raise NEW_MATURITY_MISSING(
            "A modification says when the loan matures.",
            [Detail("new_maturity", "is needed")],
        )
    return command.new_maturity_on


def _by_option(loan: Loan, command: ExtendMaturity) -> tuple[date, int]:
    """The maturity and the fee in cents that the next option gives."""
    options = loan.terms.extension_options
    if loan.extensions_used >= len(options):
        raise NO_EXTENSION_OPTION(
            f"Loan {loan.number} has no extension option left.",
            [Detail("options", f"{loan.extensions_used} of {len(options)} taken")],
        )
    option = options[loan.extensions_used]
    latest_on = _latest_by_option(loan, option)
    new_on = command.new_maturity_on or latest_on
    if new_on > latest_on:
        raise EXTENSION_EXCEEDS_OPTION(
            f"The option extends loan {loan.number} by {option.months} months.",
            [Detail("new_maturity", f"must be {latest_on} at the latest")],
        )
    given_cents = command.fee_cents
    return new_on, _option_fee_cents(loan, option) if given_cents is None else given_cents


def _latest_by_option(loan: Loan, option: ExtensionOption) -> date:
    """The day to which an option leads.

    Options taken in full count from the first maturity together, so that a short month on the way
    costs no days: 31 August and twice six months make 31 August.
    """
    first_on = loan.terms.maturity_on
    taken = sum(used.months for used in loan.terms.extension_options[: loan.extensions_used])
    if loan.maturity_on == months_later(first_on, taken):
        return months_later(first_on, taken + option.months)
    return months_later(loan.maturity_on, option.months)


def _option_fee_cents(loan: Loan, option: ExtensionOption) -> int:
    return share_of(loan.terms.commitment_cents, option.fee_rate, loan.terms.rounding)


def _fee(loan: Loan, command: ExtendMaturity, fee_cents: int) -> list[Event]:
    if not fee_cents:
        return []
    return [
        FeeAssessed(
            loan.loan_id,
            command.fee_id,
            FeeKind.EXTENSION,
            fee_cents,
            command.extended_on,
            None,
            postings.fee_assessed(fee_cents),
        )
    ]


def months_later(day: date, months: int) -> date:
    """The same day some months later, or the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
