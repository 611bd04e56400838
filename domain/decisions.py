"""What the rules say to a command on a loan or its draws, with all that follows: events, or a refusal."""

from collections.abc import Sequence
from typing import assert_never

from domain.charge_off import decide as charge_off
from domain.charge_off.commands import ChargeOffCommand
from domain.close_of_business.commands import CloseBusiness
from domain.close_of_business.decide import close
from domain.corrections import decide as corrections
from domain.corrections.commands import ReverseEvent
from domain.defaults import decide as defaults
from domain.defaults.commands import DefaultCommand
from domain.draws import decide as draws
from domain.draws.commands import CreateDraw, DrawCommand
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.fees import decide as fees
from domain.fees.commands import FeeCommand
from domain.loans import decide as loans
from domain.loans.commands import LoanCommand
from domain.loans.file import Decision, LoanFile
from domain.maturity import decide as maturity
from domain.maturity.commands import MaturityCommand
from domain.participations import decide as participations
from domain.participations.commands import ParticipationCommand
from domain.payments import decide as payments
from domain.payments.commands import PaymentCommand
from domain.payoff import decide as payoff
from domain.payoff.commands import PayoffCommand
from domain.rates import decide as rates
from domain.rates.commands import RateCommand
from domain.restate.consequences import may_have_consequences, with_consequences

FileCommand = (
    CloseBusiness
    | PaymentCommand
    | PayoffCommand
    | FeeCommand
    | RateCommand
    | MaturityCommand
    | DefaultCommand
    | ChargeOffCommand
    | ParticipationCommand
    | ReverseEvent
    | LoanCommand
)
"""What is decided on a loan together with the months of its interest."""


def decide(file: LoanFile, command: FileCommand, draw: Draw | None = None) -> Decision:
    """Decide a command with all that follows from it.

    Args:
        file: the loan, with its open accrual period at least.
        command: what is asked.
        draw: whose advance is to be reversed, if one is.

    Raises:
        PeriodsNeeded: an earlier month must be loaded first.
    """
    return with_consequences(file, _decided(file, command, draw))


def create_draw(file: LoanFile, draw: Draw | None, command: CreateDraw) -> Sequence[Event]:
    """Draft a draw on a loan, from which nothing follows."""
    return draws.create(file.loan, draw, command)


def decide_draw(file: LoanFile, draw: Draw, command: DrawCommand) -> Sequence[Event]:
    """Decide a command on a draw of a loan, with all that follows from it."""
    events = draws.decide(file.loan, draw, command)
    # Most are steps of workflow, and it is the loan's and the draw's streams that fold them.
    return with_consequences(file, events) if may_have_consequences(events) else events


def _decided(
    file: LoanFile, command: FileCommand, draw: Draw | None
) -> list[Event]:  # one arm a word
    if isinstance(command, CloseBusiness):
        return close(file, command.business_on)
    if isinstance(command, PaymentCommand):
        return payments.decide(file, command)
    if isinstance(command, PayoffCommand):
        return payoff.decide(file, command)
    if isinstance(command, FeeCommand):
        return fees.decide(file, command)
    if isinstance(command, RateCommand):
        return rates.decide(file, command)
    if isinstance(command, MaturityCommand):
        return maturity.decide(file, command)
    if isinstance(command, DefaultCommand):
        return defaults.decide(file, command)
    if isinstance(command, ChargeOffCommand):
        return charge_off.decide(file, command)
    if isinstance(command, ParticipationCommand):
        return participations.decide(file, command)
    if isinstance(command, ReverseEvent):
        return corrections.reverse(file, command, draw)
    if isinstance(command, LoanCommand):
        return loans.decide(file.loan, command)
    assert_never(command)
