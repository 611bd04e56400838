"""The fold of a loan's events, word by word: what each of them leaves of the loan."""

from datetime import date
from typing import Any, assert_never
from uuid import UUID

from domain.budgets.events import ChangeOrderApproved
from domain.budgets.state import budget_of
from domain.charge_off.events import LoanChargedOff
from domain.defaults.events import (
    AccrualStatus,
    AccrualStatusChanged,
    DefaultCured,
    DefaultDeclared,
    DefaultEvent,
    Delinquency,
    DelinquencyAged,
)
from domain.events.catalogue import CATALOGUE
from domain.interest.events import AccrualPeriodOpened
from domain.interest.timeline import Timeline
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans.budget import budget_after
from domain.loans.events import (
    AdvanceRecorded,
    AdvanceReversed,
    ControlEvent,
    DrawFundingStarted,
    DrawFundingStopped,
    DrawingEvent,
    DrawOpened,
    DrawPolicyChanged,
    DrawStopLifted,
    DrawStopPlaced,
    EndEvent,
    LineEvent,
    LoanApproved,
    LoanClosed,
    LoanClosingReversed,
    LoanDeclined,
    LoanEvent,
    LoanOriginated,
    LoanSubmitted,
    LoanWithdrawn,
    OpeningEvent,
)
from domain.loans.state import FundedDraw, Loan, LoanState
from domain.maturity.events import LoanMatured, MaturityEvent, MaturityExtended
from domain.participations import state as participations
from domain.participations.events import ParticipationEvent
from domain.payoff.events import LoanPaidOff
from domain.rates.events import RateChanged, RateChangeReversed, RateEvent
from domain.receivables import fold as receivables
from domain.receivables.events import (
    InterestBilled,
    InterestCapitalized,
    PaymentReversed,
    ReceivableEvent,
)


def evolve(loan: Loan | None, event: LoanEvent) -> Loan:
    """The loan after an event.

    Raises:
        ValueError: the first event of a stream does not originate a loan, or a later one does.
    """
    if loan is None:
        return _originated(event)
    after = _stepped(loan, event)
    changed: dict[str, Any] = {}
    budget = budget_after(loan.budget, event)
    if budget is not loan.budget:
        changed["budget"] = budget
    reversed_id: UUID | None = getattr(event, "reverses_event_id", None)
    if reversed_id is not None:
        changed["reversed_event_ids"] = after.reversed_event_ids | {reversed_id}
    if isinstance(event, FinancialEvent):
        changed |= _posted(after, event)
    return replace(after, **changed) if changed else after


def _originated(event: LoanEvent) -> Loan:
    if not isinstance(event, LoanOriginated):
        raise ValueError(f"{type(event).__name__} cannot begin a loan")
    terms = event.terms
    return Loan(
        loan_id=event.loan_id,
        number=event.number,
        state=LoanState.DRAFT,
        terms=terms,
        budget=budget_of(terms.lines, terms.sources),
        maturity_on=terms.maturity_on,
        timeline=Timeline(terms.rate, terms.default_margin, terms.day_count, terms.rounding, {}),
        draw_policy=terms.draw_policy,
    )


def _posted(loan: Loan, event: FinancialEvent) -> dict[str, Any]:
    """What changes once an entry is posted; what moves principal does so on its value date."""
    balances = post(loan.balances, event.postings)
    moved_cents = balances.get(Account.PRINCIPAL, 0) - loan.principal_cents
    if not moved_cents:
        return {"balances": balances}
    dated = CATALOGUE.of(event).dated
    if dated is None:
        raise ValueError(f"{type(event).__name__} moves principal on no day of its own")
    moved_on: date = getattr(event, dated)
    return {"balances": balances, "timeline": loan.timeline.moved(moved_on, moved_cents)}


def _stepped(loan: Loan, event: LoanEvent) -> Loan:
    """The loan after an event, but for its budget and balances."""
    if isinstance(event, LineEvent):  # The most frequent first: each test costs.
        return loan
    if isinstance(event, DrawingEvent):
        return _drawn(loan, event)
    if isinstance(event, ReceivableEvent):
        return _owed(loan, event)
    if isinstance(event, OpeningEvent):
        return _opened(loan, event)
    if isinstance(event, AccrualPeriodOpened):
        months = tuple(sorted({*loan.accrual_months, event.month}))
        return replace(loan, accrual_months=months)
    if isinstance(event, ControlEvent):
        return _controlled(loan, event)
    if isinstance(event, DefaultEvent):
        return _defaulted(loan, event)
    if isinstance(event, RateEvent):
        return _rated(loan, event)
    if isinstance(event, MaturityEvent):
        return _matured(loan, event)
    if isinstance(event, ParticipationEvent):
        return replace(loan, participations=participations.evolve(loan.participations, event))
    if isinstance(event, EndEvent):
        return _ended(loan, event)
    assert_never(event)


def _opened(loan: Loan, event: OpeningEvent) -> Loan:
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
        case LoanClosingReversed():
            return _as_never_closed(loan)
        case _:
            assert_never(event)


def _drawn(loan: Loan, event: DrawingEvent) -> Loan:
    match event:
        case DrawOpened():
            return replace(loan, draws_opened=event.number)
        case DrawFundingStarted():
            return replace(loan, funding_draw_id=event.draw_id)
        case DrawFundingStopped():
            return replace(loan, funding_draw_id=None)
        case AdvanceRecorded():
            funded = (*loan.funded_draws, _funded(event))
            return replace(loan, funding_draw_id=None, funded_draws=funded)
        case AdvanceReversed():
            kept = tuple(draw for draw in loan.funded_draws if draw.draw_id != event.draw_id)
            return replace(loan, funded_draws=kept)
        case _:
            assert_never(event)


def _funded(event: AdvanceRecorded) -> FundedDraw:
    return FundedDraw(
        event.draw_id,
        event.advanced_on,
        event.period_to or event.advanced_on,
        event.payees or (),
        event.is_final or False,
    )


def _controlled(loan: Loan, event: ControlEvent) -> Loan:
    match event:
        case DrawStopPlaced():
            return replace(loan, draw_stops=(*loan.draw_stops, event.reason))
        case DrawStopLifted():
            kept = tuple(reason for reason in loan.draw_stops if reason != event.reason)
            return replace(loan, draw_stops=kept)
        case DrawPolicyChanged():
            return replace(loan, draw_policy=event.require)
        case ChangeOrderApproved():
            return replace(loan, change_orders=(*loan.change_orders, event))
        case _:
            assert_never(event)


def _owed(loan: Loan, event: ReceivableEvent) -> Loan:
    held = loan.receivables
    if isinstance(event, InterestCapitalized | InterestBilled):
        held = receivables.with_reserve_limit(held, event.month, loan.capitalisable_cents)
    owed = replace(loan, receivables=receivables.evolve(held, event))
    return _payoff_undone(owed, event) if isinstance(event, PaymentReversed) else owed


def _rated(loan: Loan, event: RateEvent) -> Loan:
    match event:
        case RateChanged():
            return replace(loan, timeline=loan.timeline.with_rate(event.changed_on, event.rate))
        case RateChangeReversed():
            undone = loan.timeline.without_rate(event.changed_on, event.rate, event.reversed_on)
            return replace(loan, timeline=undone)
        case _:
            assert_never(event)


def _matured(loan: Loan, event: MaturityEvent) -> Loan:
    match event:
        case LoanMatured():
            return replace(loan, state=LoanState.MATURED)
        case MaturityExtended():
            return _extended(loan, event)
        case _:
            assert_never(event)


def _defaulted(loan: Loan, event: DefaultEvent) -> Loan:
    timeline = loan.timeline
    match event:
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
                cured_on=event.cured_on,
                timeline=timeline.default_until(event.cured_on),
            )
        case AccrualStatusChanged():
            stopped = event.status is AccrualStatus.NONACCRUAL
            change = timeline.nonaccrual_from if stopped else timeline.nonaccrual_until
            return replace(
                loan,
                accrual_status=event.status,
                accrual_changed_on=event.changed_on,
                timeline=change(event.changed_on),
            )
        case DelinquencyAged():
            return replace(loan, delinquency=event.bucket, aged_on=event.aged_on)
        case _:
            assert_never(event)


def _ended(loan: Loan, event: EndEvent) -> Loan:
    match event:
        case LoanPaidOff():
            return replace(
                loan,
                state=LoanState.PAID_OFF,
                state_before_payoff=loan.state,
                paid_off_by=event.payment_id,
                payoffs=(*loan.payoffs, event),
                delinquency=Delinquency.CURRENT,
                aged_on=event.paid_off_on,
            )
        case LoanChargedOff():
            return replace(
                loan,
                state=LoanState.CHARGED_OFF,
                charged_off_on=event.charged_off_on,
                participations=participations.written_off(loan.participations),
                delinquency=Delinquency.CURRENT,
                aged_on=event.charged_off_on,
            )
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
        extensions=(*loan.extensions, event),
    )


def _as_never_closed(loan: Loan) -> Loan:
    """An approved loan, which is in no default nor behind; the rates that were recorded stay."""
    return replace(
        loan,
        state=LoanState.APPROVED,
        closed_on=None,
        timeline=replace(loan.timeline, defaults=(), nonaccruals=()),
        cured_on=None,
        accrual_status=AccrualStatus.ACCRUAL,
        accrual_changed_on=None,
        delinquency=Delinquency.CURRENT,
        aged_on=None,
    )


def _payoff_undone(loan: Loan, event: PaymentReversed) -> Loan:
    """A paid-off loan whose payoff came back is where it was before."""
    if not loan.is_paid_off_by(event.payment_id):
        return loan
    before = loan.state_before_payoff or LoanState.ACTIVE
    return replace(loan, state=before, state_before_payoff=None, paid_off_by=None)
