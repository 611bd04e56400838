"""The fold of a loan's events: what each of them leaves of the loan."""

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from domain.budgets.state import (
    Budget,
    LineAmount,
    Reservation,
    budget_of,
    with_advance,
    with_advance_reversed,
    with_capitalised,
    with_changes,
    with_closing_advance,
    with_closing_reversed,
    with_equity_spent,
    with_reservation,
    without_reservation,
)
from domain.events.catalogue import CATALOGUE
from domain.interest.timeline import Timeline
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans.events import (
    AdvanceRecorded,
    BudgetReallocated,
    ChangeOrderApproved,
    ClosingAdvanceRecorded,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawOpened,
    DrawReservationReleased,
    DrawReserved,
    DrawStopLifted,
    DrawStopPlaced,
    LoanApproved,
    LoanClosed,
    LoanDeclined,
    LoanEvent,
    LoanOriginated,
    LoanSubmitted,
    LoanWithdrawn,
    OpeningEvent,
)
from domain.loans.life_events import (
    AccrualPeriodOpened,
    AccrualStatus,
    AccrualStatusChanged,
    AdvanceReversed,
    ClosingAdvanceReversed,
    DefaultCured,
    DefaultDeclared,
    DelinquencyAged,
    LifeEvent,
    LoanChargedOff,
    LoanClosingReversed,
    LoanMatured,
    LoanPaidOff,
    MaturityExtended,
    RateChanged,
    RateChangeReversed,
)
from domain.loans.loan import LIVE, Loan, LoanState
from domain.participations import state as participations
from domain.participations.events import (
    ParticipationEvent,
    ParticipationSold,
    ParticipationsSettled,
)
from domain.receivables import state as receivables
from domain.receivables.events import (
    EquityDepositReceived,
    EquityDepositReversed,
    FeeAssessed,
    FeeAssessedReversed,
    FeeWaived,
    InterestBilled,
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestCredited,
    InterestRestated,
    PaymentApplied,
    PaymentReceived,
    PaymentReversed,
    ProtectiveAdvanceRecorded,
    ProtectiveAdvanceReversed,
    ReceivableEvent,
)

__all__ = ["LIVE", "Loan", "LoanState", "budget_after", "evolve"]


def evolve(loan: Loan | None, event: LoanEvent) -> Loan:
    """The loan after an event.

    Raises:
        ValueError: the first event of a stream does not originate a loan.
    """
    if isinstance(event, LoanOriginated):
        terms = event.terms
        return Loan(
            loan_id=event.loan_id,
            number=event.number,
            state=LoanState.DRAFT,
            terms=terms,
            budget=budget_of(terms.lines, terms.sources),
            maturity_on=terms.maturity_on,
            timeline=Timeline(
                terms.rate, terms.default_margin, terms.day_count, terms.rounding, {}
            ),
        )
    if loan is None:
        raise ValueError(f"{type(event).__name__} cannot begin a loan")
    after = _stepped(loan, event)
    budget = budget_after(loan.budget, event)
    if budget is not loan.budget:
        after = replace(after, budget=budget)
    reversed_id: UUID | None = getattr(event, "reverses_event_id", None)
    if reversed_id is not None:
        after = replace(after, reversed_event_ids=after.reversed_event_ids | {reversed_id})
    return _posted(after, event) if isinstance(event, FinancialEvent) else after


def _posted(loan: Loan, event: FinancialEvent) -> Loan:
    """The loan once an entry is posted; what moves principal does so on its value date."""
    balances = post(loan.balances, event.postings)
    moved_cents = balances.get(Account.PRINCIPAL, 0) - loan.principal_cents
    if not moved_cents:
        return replace(loan, balances=balances)
    moved_on = getattr(event, CATALOGUE.of(event).dated or "")
    return replace(loan, balances=balances, timeline=loan.timeline.moved(moved_on, moved_cents))


def _stepped(loan: Loan, event: LoanEvent) -> Loan:
    """The loan after an event, but for its budget and balances."""
    if isinstance(event, ReceivableEvent):
        owed = replace(loan, receivables=receivables.evolve(loan.receivables, event))
        return _payoff_undone(owed, event) if isinstance(event, PaymentReversed) else owed
    if isinstance(event, ParticipationEvent):
        return replace(loan, participations=participations.evolve(loan.participations, event))
    if isinstance(event, LifeEvent):
        return _lived(loan, event)
    return _opened(loan, event)


def _opened(loan: Loan, event: OpeningEvent) -> Loan:  # noqa: C901  # one arm an event
    match event:
        case LoanOriginated():
            raise ValueError("a loan is originated once")
        case LoanSubmitted():
            return replace(loan, state=LoanState.SUBMITTED)
        case LoanApproved():
            return replace(loan, state=LoanState.APPROVED)
        case LoanDeclined():
            return replace(loan, state=LoanState.DECLINED)
        case LoanWithdrawn():
            return replace(loan, state=LoanState.WITHDRAWN)
        case LoanClosed():
            return replace(loan, state=LoanState.ACTIVE, closed_on=event.closed_on)
        case DrawOpened():
            return replace(loan, draws_opened=event.number)
        case DrawFundingStarted():
            return replace(loan, funding_draw_id=event.draw_id)
        case DrawFundingStopped() | AdvanceRecorded():
            return replace(loan, funding_draw_id=None)
        case ChangeOrderApproved():
            return replace(loan, change_orders=(*loan.change_orders, event))
        case DrawStopPlaced():
            return replace(loan, draw_stops=(*loan.draw_stops, event.reason))
        case DrawStopLifted():
            kept = tuple(reason for reason in loan.draw_stops if reason != event.reason)
            return replace(loan, draw_stops=kept)
        case (
            ClosingAdvanceRecorded()
            | DrawReserved()
            | DrawReservationReleased()
            | BudgetReallocated()
        ):
            return loan
        case _:
            assert_never(event)


def _lived(loan: Loan, event: LifeEvent) -> Loan:  # noqa: C901  # one arm an event
    timeline = loan.timeline
    match event:
        case AccrualPeriodOpened():
            months = tuple(sorted({*loan.accrual_months, event.month}))
            return replace(loan, accrual_months=months)
        case RateChanged():
            return replace(loan, timeline=timeline.with_rate(event.changed_on, event.rate))
        case RateChangeReversed():
            undone = timeline.without_rate(event.changed_on, event.rate, event.reversed_on)
            return replace(loan, timeline=undone)
        case LoanMatured():
            return replace(loan, state=LoanState.MATURED)
        case MaturityExtended():
            return _extended(loan, event)
        case DefaultDeclared():
            return replace(
                loan,
                state=LoanState.DEFAULT,
                state_before=loan.state,
                timeline=timeline.default_from(event.declared_on),
            )
        case DefaultCured():
            return replace(
                loan,
                state=loan.state_before or LoanState.ACTIVE,
                state_before=None,
                timeline=timeline.default_until(event.cured_on),
            )
        case AccrualStatusChanged():
            stopped = event.status is AccrualStatus.NONACCRUAL
            change = timeline.nonaccrual_from if stopped else timeline.nonaccrual_until
            return replace(loan, accrual_status=event.status, timeline=change(event.changed_on))
        case DelinquencyAged():
            return replace(loan, delinquency=event.bucket)
        case LoanPaidOff():
            return replace(
                loan,
                state=LoanState.PAID_OFF,
                state_before_payoff=loan.state,
                paid_off_by=event.payment_id,
            )
        case LoanChargedOff():
            return replace(loan, state=LoanState.CHARGED_OFF)
        case LoanClosingReversed():
            return replace(loan, state=LoanState.APPROVED, closed_on=None)
        case AdvanceReversed() | ClosingAdvanceReversed():
            return loan
        case _:
            assert_never(event)


def _extended(loan: Loan, event: MaturityExtended) -> Loan:
    matured = loan.state is LoanState.MATURED
    matured_before = loan.state_before is LoanState.MATURED
    return replace(
        loan,
        state=LoanState.ACTIVE if matured else loan.state,
        state_before=LoanState.ACTIVE if matured_before else loan.state_before,
        maturity_on=event.new_maturity_on,
        extensions_used=loan.extensions_used + event.uses_option,
    )


def _payoff_undone(loan: Loan, event: PaymentReversed) -> Loan:
    """A paid-off loan whose payoff came back is where it was before."""
    if loan.paid_off_by != event.payment_id:
        return loan
    before = loan.state_before_payoff or LoanState.ACTIVE
    return replace(loan, state=before, state_before_payoff=None, paid_off_by=None)


def budget_after(budget: Budget, event: LoanEvent) -> Budget:  # noqa: C901  # one arm an event
    """What an event of the loan leaves of its budget."""
    match event:
        case LoanOriginated():
            raise ValueError("a budget begins once")
        case LoanClosed():
            return with_equity_spent(budget)
        case LoanClosingReversed():
            return with_closing_reversed(budget)
        case ClosingAdvanceRecorded():
            return with_closing_advance(budget, event.lines)
        case ClosingAdvanceReversed():
            return with_closing_advance(budget, _negated(event.lines))
        case DrawReserved():
            return with_reservation(budget, Reservation(event.draw_id, event.lines))
        case DrawReservationReleased():
            return without_reservation(budget, event.draw_id)
        case AdvanceRecorded():
            return with_advance(budget, event.draw_id, event.lines)
        case AdvanceReversed():
            return with_advance_reversed(budget, event.draw_id, event.lines)
        case BudgetReallocated():
            return with_changes(budget, event.moves)
        case ChangeOrderApproved():
            return with_changes(budget, event.deltas, event.sources)
        case InterestCapitalized() | InterestRestated():
            return with_capitalised(budget, event.lines)
        case InterestCapitalizationReversed():
            return with_capitalised(budget, _negated(event.lines))
        case (
            LoanSubmitted()
            | LoanApproved()
            | LoanDeclined()
            | LoanWithdrawn()
            | DrawOpened()
            | DrawFundingStarted()
            | DrawFundingStopped()
            | DrawStopPlaced()
            | DrawStopLifted()
            | AccrualPeriodOpened()
            | RateChanged()
            | RateChangeReversed()
            | LoanMatured()
            | MaturityExtended()
            | DefaultDeclared()
            | DefaultCured()
            | AccrualStatusChanged()
            | DelinquencyAged()
            | LoanPaidOff()
            | LoanChargedOff()
            | FeeAssessed()
            | FeeWaived()
            | FeeAssessedReversed()
            | ProtectiveAdvanceRecorded()
            | ProtectiveAdvanceReversed()
            | EquityDepositReceived()
            | EquityDepositReversed()
            | PaymentReceived()
            | PaymentApplied()
            | PaymentReversed()
            | InterestBilled()
            | InterestCredited()
            | ParticipationSold()
            | ParticipationsSettled()
        ):
            return budget
        case _:
            assert_never(event)


def _negated(lines: tuple[LineAmount, ...]) -> tuple[LineAmount, ...]:
    return tuple(LineAmount(line.line_id, -line.amount_cents) for line in lines)
