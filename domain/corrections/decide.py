"""Reversal of one named event.

What happened is never erased: a reversal is an event of its own, with all its figures, that counts
from its own day. Interest is then restated by `domain.restate`.

**Source**: `RULES.md`, "Corrections".
"""

from domain.close_of_business.decide import from_reserve
from domain.corrections import reversals
from domain.corrections.commands import ReverseEvent
from domain.corrections.refusals import (
    ALREADY_REVERSED,
    DEPOSIT_USED,
    FEE_PAID,
    NOT_REVERSIBLE,
    PROTECTIVE_ADVANCE_PAID,
    REVERSAL_BEFORE_ORIGINAL,
)
from domain.draws.events import DrawReversed
from domain.draws.refusals import DRAW_NOT_FUNDED, FUNDING_IN_PROGRESS
from domain.draws.state import Draw, DrawState
from domain.draws.transitions import check_in as check_in_state
from domain.events.catalogue import Event, stream_of
from domain.interest import postings as interest_postings
from domain.interest.timeline import NO_INTEREST
from domain.kernel.errors import Detail, NotFound, Refusals
from domain.kernel.money import format_money
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import Postings, mirrored
from domain.loans.checks import check_in, check_live
from domain.loans.events import (
    AdvanceRecorded,
    AdvanceReversed,
    ClosingAdvanceRecorded,
    ClosingAdvanceReversed,
    LoanClosed,
    LoanClosingReversed,
)
from domain.loans.file import LoanFile
from domain.loans.refusals import LOAN_NOT_ACTIVE, LOAN_NOT_LIVE, PRINCIPAL_REPAID
from domain.loans.state import Loan, LoanState
from domain.rates.events import RateChanged, RateChangeReversed
from domain.receivables.events import (
    EquityDepositReceived,
    FeeAssessed,
    InterestCapitalizationReversed,
    InterestCapitalized,
    PaymentReceived,
    ProtectiveAdvanceRecorded,
)

Reversible = (
    AdvanceRecorded
    | ClosingAdvanceRecorded
    | LoanClosed
    | PaymentReceived
    | FeeAssessed
    | ProtectiveAdvanceRecorded
    | EquityDepositReceived
    | RateChanged
    | InterestCapitalized
)


def to_undo(draw: Draw) -> Draw | None:
    """The draw, if it is still to be undone; one that was undone stays as it is.

    Raises:
        RuleBroken: ``DRAW_NOT_FUNDED``.
    """
    if draw.state is DrawState.REVERSED:
        return None
    check_in_state(draw, DrawState.FUNDED)
    return draw


def reverse(file: LoanFile, command: ReverseEvent, draw: Draw | None = None) -> list[Event]:
    """Undo one event from a day on, at most once.

    Args:
        file: the loan with its open month.
        command: which event, found by the shell, and from when.
        draw: whose advance it is, if it is one.

    Raises:
        NotFound: the event is not this loan's.
        RuleBroken: ``NOT_REVERSIBLE``, its kind is not, or something must be reversed before it;
            ``ALREADY_REVERSED``; ``REVERSAL_BEFORE_ORIGINAL``; ``LOAN_NOT_LIVE``, of a closing
            ``LOAN_NOT_ACTIVE``; ``FEE_PAID``, ``PROTECTIVE_ADVANCE_PAID``, ``DEPOSIT_USED``;
            ``FUNDING_IN_PROGRESS``.
    """
    loan, original = file.loan, command.original
    if not isinstance(original, Reversible):
        raise NOT_REVERSIBLE("An event of this kind is not reversed.")
    if stream_of(original) != loan.loan_id:
        raise NotFound("event")
    if command.event_id in loan.reversed_event_ids:
        raise ALREADY_REVERSED("This event was reversed before.")
    _check_date(loan, original, command)
    _check_state(loan, original)
    return _reversed(file, original, command, draw)


def _check_date(loan: Loan, original: Reversible, command: ReverseEvent) -> None:
    """A reversal counts from the original's day at the earliest."""
    earliest_on = command.original_on
    if isinstance(original, PaymentReceived):
        # A payoff after the cut-off pays on a later day than it was received.
        held = loan.receivables.payment(original.payment_id)
        earliest_on = max(earliest_on, (held and held.applied_on) or earliest_on)
    if command.reversed_on < earliest_on:
        raise REVERSAL_BEFORE_ORIGINAL(
            f"The event counts from {earliest_on}.",
            [Detail("effective_on", f"must be {earliest_on} or later")],
        )


def _check_state(loan: Loan, original: Reversible) -> None:
    """A loan that was paid off first gets its payoff back; one charged off stays as it is."""
    if loan.state is not LoanState.PAID_OFF:
        check_live(loan)
    elif not isinstance(original, PaymentReceived) or not loan.is_paid_off_by(original.payment_id):
        raise NOT_REVERSIBLE(
            f"Loan {loan.number} was paid off; reverse the payment that did it first.",
            [Detail("payment", str(loan.paid_off_by))],
        )


def _reversed(
    file: LoanFile, original: Reversible, command: ReverseEvent, draw: Draw | None
) -> list[Event]:
    loan = file.loan
    match original:
        case AdvanceRecorded():
            return _advance(loan, original, command, draw)
        case ClosingAdvanceRecorded():
            return _closing_advance(loan, original, command)
        case LoanClosed():
            return _closing(file, original, command)
        case RateChanged():
            return _rate(loan, original, command)
        case InterestCapitalized():
            return _capitalisation(loan, original, command)
        case PaymentReceived():
            return reversals.payment(loan, original, command)
        case FeeAssessed():
            return reversals.fee(loan, original, command)
        case ProtectiveAdvanceRecorded():
            return reversals.protective_advance(loan, original, command)
        case EquityDepositReceived():
            return reversals.deposit(loan, original, command)


def _advance(
    loan: Loan, original: AdvanceRecorded, command: ReverseEvent, draw: Draw | None
) -> list[Event]:
    """Undo a funded draw. What it held was spent, so what it gives back is available to all."""
    if draw is None or draw.draw_id != original.draw_id or draw.state is not DrawState.FUNDED:
        raise NotFound("funded draw")
    if loan.funding_draw_id is not None:
        raise FUNDING_IN_PROGRESS(
            "A draw of the loan is being wired; confirm or fail it first.",
            [Detail("draw", str(loan.funding_draw_id))],
        )
    on, reason, event_id = command.reversed_on, command.reason, command.event_id
    return [
        DrawReversed(loan.loan_id, draw.draw_id, on, reason, event_id),
        AdvanceReversed(
            loan.loan_id,
            draw.draw_id,
            on,
            original.lines,
            reason,
            event_id,
            _given_back(original.postings),
        ),
    ]


def _given_back(postings: Postings) -> Postings:
    return tuple(
        replace(posting, account=Account.MEMO_AVAILABLE)
        if posting.account is Account.MEMO_RESERVED
        else posting
        for posting in mirrored(postings)
    )


def _closing_advance(
    loan: Loan, original: ClosingAdvanceRecorded, command: ReverseEvent
) -> list[Event]:
    return [
        ClosingAdvanceReversed(
            loan.loan_id,
            command.reversed_on,
            original.lines,
            command.reason,
            command.event_id,
            mirrored(original.postings),
        )
    ]


def _closing(file: LoanFile, original: LoanClosed, command: ReverseEvent) -> list[Event]:
    """Undo the closing, once nothing stands that followed from it."""
    loan = file.loan
    check_in(loan, LoanState.ACTIVE)
    standing = _standing(loan)
    if file.unpaid_interest != NO_INTEREST:
        standing.append(Detail("interest", "is owed"))
    if standing:
        raise NOT_REVERSIBLE(
            "The closing is reversed last; what followed from it still stands.",
            standing,
        )
    return [
        LoanClosingReversed(
            loan.loan_id,
            command.reversed_on,
            command.reason,
            command.event_id,
            mirrored(original.postings),
        )
    ]


def _standing(loan: Loan) -> list[Detail]:
    """What must be reversed, cancelled or undone before the closing."""
    own = (Account.MEMO_COMMITMENT, Account.MEMO_AVAILABLE)
    found = [
        Detail(account.value, format_money(cents))
        for account, cents in loan.balances.items()
        if cents and account not in own
    ]
    if loan.budget.reservations or loan.funding_draw_id is not None:
        found.append(Detail("draws", "are approved or being wired"))
    if any(step.until_on is None for step in loan.timeline.rates):
        found.append(Detail("rate", "was changed"))
    if loan.maturity_on != loan.terms.maturity_on:
        found.append(Detail("maturity", "was extended"))
    if loan.participations.shares:
        found.append(Detail("participations", "were sold"))
    return found


def _rate(loan: Loan, original: RateChanged, command: ReverseEvent) -> list[Event]:
    return [
        RateChangeReversed(
            loan.loan_id,
            original.rate,
            original.changed_on,
            command.reversed_on,
            command.reason,
            command.event_id,
        )
    ]


def _capitalisation(
    loan: Loan, original: InterestCapitalized, command: ReverseEvent
) -> list[Event]:
    """Bill the borrower what the reserve has paid of a month, as restated since."""
    capitalised_cents = loan.receivables.month(original.month).capitalised_cents
    given_back = tuple(
        replace(part, amount_cents=-part.amount_cents)
        for part in from_reserve(loan, -capitalised_cents)
    )
    return [
        InterestCapitalizationReversed(
            loan.loan_id,
            original.month,
            command.reversed_on,
            capitalised_cents,
            given_back,
            command.reason,
            command.event_id,
            interest_postings.capitalised(-capitalised_cents),
        )
    ]


_OF_A_DRAW = frozenset(
    {
        NOT_REVERSIBLE,
        REVERSAL_BEFORE_ORIGINAL,
        LOAN_NOT_LIVE,
        FUNDING_IN_PROGRESS,
        PRINCIPAL_REPAID,
    }
)

REFUSALS: Refusals = {
    to_undo: _OF_A_DRAW | {DRAW_NOT_FUNDED},
    ReverseEvent: _OF_A_DRAW
    | {ALREADY_REVERSED, LOAN_NOT_ACTIVE, FEE_PAID, PROTECTIVE_ADVANCE_PAID, DEPOSIT_USED},
}
"""On what grounds each may be refused."""
