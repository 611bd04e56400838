"""Selling shares of a loan. **Source**: `RULES.md`, "Participations"."""

from decimal import Decimal
from typing import assert_never

from domain.events.catalogue import Event
from domain.kernel.errors import Detail, Refusals
from domain.kernel.rates import format_rate
from domain.loans.checks import check_live, check_since_closing
from domain.loans.file import LoanFile
from domain.loans.refusals import LOAN_NOT_LIVE
from domain.loans.state import Loan
from domain.participations.commands import ParticipationCommand, SellParticipation
from domain.participations.events import ParticipationSold
from domain.participations.refusals import (
    PARTICIPATION_EMPTY,
    PARTICIPATION_EXCEEDS_WHOLE,
    PARTICIPATION_EXISTS,
    SALE_BEFORE_CLOSING,
)
from domain.participations.settle import bought, principal_parts
from domain.participations.state import Participation

REFUSALS: Refusals = {
    SellParticipation: frozenset(
        {
            PARTICIPATION_EXISTS,
            LOAN_NOT_LIVE,
            SALE_BEFORE_CLOSING,
            PARTICIPATION_EMPTY,
            PARTICIPATION_EXCEEDS_WHOLE,
        }
    ),
}
"""On what grounds each may be refused."""


def decide(file: LoanFile, command: ParticipationCommand) -> list[Event]:
    """Decide any command on the shares."""
    match command:
        case SellParticipation():
            return sell(file, command)
        case _:
            assert_never(command)


def sell(file: LoanFile, command: SellParticipation) -> list[Event]:
    """Sell a share: the participant pays their part of the principal as of the day.

    The principal is divided over all participants and the lender, who keeps the rest, so that the
    parts are the whole.

    Raises:
        Conflict: ``PARTICIPATION_EXISTS``, when the participant holds another share.
        RuleBroken: ``LOAN_NOT_LIVE``, ``SALE_BEFORE_CLOSING``, ``PARTICIPATION_EMPTY``, or
            ``PARTICIPATION_EXCEEDS_WHOLE`` when all shares sum to more than one.
    """
    loan = file.loan
    if _is_sold(loan, command):
        return []
    check_live(loan)
    _check_share(loan, command)
    sold = Participation(
        command.participant_id, command.name, command.share, command.sold_on, principal_cents=0
    )
    shares = (*loan.participations.shares, sold)
    principal_cents = principal_parts(loan, shares, command.sold_on)[-1]
    entry = bought(principal_cents)
    return [
        ParticipationSold(
            loan.loan_id,
            command.participant_id,
            command.name,
            command.share,
            principal_cents,
            command.sold_on,
            entry,
        )
    ]


def _is_sold(loan: Loan, command: SellParticipation) -> bool:
    asked = (command.name, command.share, command.sold_on)
    for held in loan.participations.shares:
        if held.participant_id == command.participant_id:
            if (held.name, held.share, held.sold_on) == asked:
                return True
            raise PARTICIPATION_EXISTS("This participant holds another share.")
    return False


def _check_share(loan: Loan, command: SellParticipation) -> None:
    check_since_closing(loan, command.sold_on, SALE_BEFORE_CLOSING, "effective_on")
    if command.share <= 0:
        raise PARTICIPATION_EMPTY("A share is above zero.", [Detail("share", "must be above 0")])
    left = 1 - sum((held.share for held in loan.participations.shares), Decimal(0))
    if command.share > left:
        raise PARTICIPATION_EXCEEDS_WHOLE(
            f"The lender still holds {format_rate(left)} of loan {loan.number}.",
            [Detail("share", f"must be {format_rate(left)} at the most")],
        )
