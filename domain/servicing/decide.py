"""What the rules say to a servicing command: events of the loan and its months, or a refusal."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kernel.errors import Detail, RuleBroken
from domain.kernel.money import format_money
from domain.loans.balance import balance_test
from domain.loans.loan import Loan
from domain.servicing import (
    charge_off,
    corrections,
    fees,
    life_cycle,
    participations,
    payments,
    payoff,
)
from domain.servicing.close_of_business import close
from domain.servicing.commands import (
    AssessFee,
    ChangeAccrualStatus,
    ChangeRate,
    ChargeOff,
    CloseBusiness,
    CureDefault,
    DeclareDefault,
    ExtendMaturity,
    RecordEquityDeposit,
    RecordPayment,
    RecordPayoff,
    RecordProtectiveAdvance,
    ReverseEvent,
    SellParticipation,
    ServicingCommand,
    WaiveFee,
)
from domain.servicing.file import LoanFile
from domain.servicing.restate import restate


def decide(file: LoanFile, command: ServicingCommand, draw: Draw | None = None) -> list[Event]:
    """Decide a command with all that follows from it.

    Args:
        file: the loan, with its open accrual period at least.
        command: what is asked.
        draw: whose advance is to be reversed, if one is.

    Raises:
        PeriodsNeeded: an earlier month must be loaded first.
    """
    return with_consequences(file, _decided(file, command, draw))


def with_consequences(file: LoanFile, events: Sequence[Event]) -> list[Event]:
    """Events with what follows from them: interest restated, the balance tested.

    Every decision on a loan or one of its draws passes here before it is recorded.

    Raises:
        RuleBroken: ``PRINCIPAL_REPAID``, when what becomes known late would leave more repaid than
            lent on some day.
        PeriodsNeeded: an earlier month must be loaded first.
    """
    if not events:
        return []
    after = file.after(events)
    restated = restate(file, after)
    loan = after.after(restated).loan
    if loan.timeline is not file.loan.timeline:
        _check_principal(loan)
    return [*events, *restated, *balance_test(file.loan, loan)]


def _check_principal(loan: Loan) -> None:
    """Check that no more was repaid than was lent, on any day, restated interest included."""
    least_cents = loan.timeline.least_principal_from(date.min)
    if least_cents < 0:
        raise RuleBroken(
            "PRINCIPAL_REPAID",
            "More principal was repaid than would have been lent; reverse the repayment first.",
            [Detail("principal", f"{format_money(-least_cents)} too much repaid")],
        )


def _decided(file: LoanFile, command: ServicingCommand, draw: Draw | None) -> list[Event]:  # noqa: C901  # one arm a command
    match command:
        case CloseBusiness():
            return close(file, command.business_on)
        case RecordPayment():
            return payments.record_payment(file, command)
        case RecordPayoff():
            return payoff.record_payoff(file, command)
        case AssessFee():
            return fees.assess(file, command)
        case WaiveFee():
            return fees.waive(file, command)
        case RecordProtectiveAdvance():
            return fees.protect(file, command)
        case RecordEquityDeposit():
            return fees.deposit(file, command)
        case ChangeRate():
            return life_cycle.change_rate(file, command)
        case ExtendMaturity():
            return life_cycle.extend(file, command)
        case DeclareDefault():
            return life_cycle.declare_default(file, command)
        case CureDefault():
            return life_cycle.cure(file, command)
        case ChangeAccrualStatus():
            return life_cycle.change_accrual_status(file, command)
        case ChargeOff():
            return charge_off.charge_off(file, command)
        case SellParticipation():
            return participations.sell(file, command)
        case ReverseEvent():
            return corrections.reverse(file, command, draw)
        case _:
            assert_never(command)
