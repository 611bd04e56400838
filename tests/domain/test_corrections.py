"""Reversals: each of one event, once, and none that leaves the books wrong."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.accounting.commands import ClosePeriod
from domain.accounting.decide import decide as decide_period
from domain.accounting.events import PeriodClosed
from domain.accounting.state import AccountingCalendar
from domain.accounting.state import evolve as evolve_calendar
from domain.charge_off.commands import ChargeOff
from domain.close_of_business.commands import CloseBusiness
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.draws.commands import (
    ApproveDraw,
    CreateDraw,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.draws.events import DrawKind, DrawReversed
from domain.draws.state import DrawState
from domain.events.catalogue import Event, value_date_of
from domain.interest.events import InterestAccrualAdjusted
from domain.kernel.errors import Refusal
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.loans.commands import ApproveLoan, CloseLoan, SubmitLoan
from domain.loans.events import (
    AdvanceRecorded,
    AdvanceReversed,
    ClosingAdvanceRecorded,
    DrawReserved,
    LoanClosed,
    LoanOriginated,
)
from domain.loans.state import LoanState
from domain.rates.events import RateChanged
from domain.receivables.events import (
    EquityDepositReceived,
    FeeAssessed,
    InterestCapitalized,
    PaymentApplied,
    PaymentReceived,
    ProtectiveAdvanceRecorded,
)
from tests.domain.corrections_desk import (
    CLOSED_ON,
    balances,
    closed,
    draw_id,
    entries,
    eventful,
    funded,
    paid,
    refused,
    three_draws,
    undo,
)
from tests.domain.loan_desk import LoanDesk
from tests.scenario import BUILDER, CLOSING, E3_DRAWS, FRAMING, OFFICER, e3_terms, requested
from tests.thoroughness import examples

ONE_DAY = timedelta(days=1)
ORDERS = st.permutations(range(len(entries(eventful())) - 1))
KINDS = [
    LoanClosed,
    ClosingAdvanceRecorded,
    AdvanceRecorded,
    PaymentReceived,
    FeeAssessed,
    ProtectiveAdvanceRecorded,
    EquityDepositReceived,
    RateChanged,
    InterestCapitalized,
]


def all_undone(desk: LoanDesk, order: list[int], on: date | None = None) -> None:
    """Reverse all but the closing, in an order, coming back to what must wait for others."""
    waiting = [entries(desk)[1:][index] for index in order]
    while waiting:
        still = [
            entry
            for entry in waiting
            if isinstance(desk.attempt(partial(undo, desk, entry, on)), Refusal)
        ]
        assert len(still) < len(waiting), "what is left can only be reversed after itself"
        waiting = still


@given(ORDERS)
@settings(max_examples=examples(25), deadline=None)
def test_all_reversed_in_any_order_leaves_no_cent_anywhere(order: list[int]) -> None:
    desk = eventful()

    all_undone(desk, order)
    undo(desk, entries(desk, LoanClosed)[0])

    assert balances(desk.journal) == {}
    assert desk.loan.state is LoanState.APPROVED
    assert desk.the_file.unpaid_interest.total_cents == 0


@given(ORDERS)
@settings(max_examples=examples(25), deadline=None)
def test_all_reversed_later_in_any_order_leaves_only_the_interest_earned_until_then(
    order: list[int],
) -> None:
    desk = eventful()
    by_month = {month: held.accrued for month, held in desk.the_file.periods.items()}

    all_undone(desk, order, date(2025, 5, 10))

    left = balances(desk.journal)
    assert left.pop(Account.MEMO_COMMITMENT) == left.pop(Account.MEMO_AVAILABLE)
    earned_cents = sum(accrued.total_cents for accrued in by_month.values())
    assert left == {
        Account.INTEREST_RECEIVABLE: earned_cents,
        Account.INTEREST_INCOME: earned_cents,
    }


def test_the_eventful_loan_has_every_kind_that_can_be_reversed() -> None:
    desk = eventful()

    assert all(entries(desk, kind) for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS[2:])
def test_a_reversed_event_is_not_reversed_again(kind: type[Event]) -> None:
    desk = eventful()
    for entry in reversed(entries(desk, PaymentReceived)):
        undo(desk, entry)
    if kind is EquityDepositReceived:
        undo(desk, entries(desk, AdvanceRecorded)[-1])
    entry = entries(desk, kind)[-1]
    if kind is not PaymentReceived:
        undo(desk, entry)

    assert refused(lambda: undo(desk, entry)) == "ALREADY_REVERSED"


@pytest.mark.parametrize("kind", KINDS)
def test_a_reversal_a_day_before_its_original_is_refused(kind: type[Event]) -> None:
    desk = eventful()
    entry = entries(desk, kind)[-1]

    assert refused(lambda: undo(desk, entry, entry.counts_on - ONE_DAY)) == (
        "REVERSAL_BEFORE_ORIGINAL"
    )


@pytest.mark.parametrize("kind", [LoanOriginated, DrawReserved, PaymentApplied])
def test_other_kinds_are_not_reversed(kind: type[Event]) -> None:
    desk = eventful()
    entry = next(entry for entry in desk.journal if isinstance(entry.event, kind))

    assert refused(lambda: undo(desk, entry)) == "NOT_REVERSIBLE"


def test_a_reversal_is_not_reversed() -> None:
    desk = eventful()
    undo(desk, entries(desk, RateChanged)[0])

    reversal = desk.journal[-1]
    assert refused(lambda: undo(desk, reversal)) == "NOT_REVERSIBLE"


def test_an_event_of_another_loan_is_not_found() -> None:
    desk = eventful()
    event = RateChanged(UUID(int=1), entries(desk, RateChanged)[0].event.rate, CLOSED_ON)  # type: ignore[attr-defined]  # a change of rate
    other = type(desk.journal[0])(UUID(int=2), event, CLOSED_ON)

    assert refused(lambda: undo(desk, other)) == "NOT_FOUND"


class TestDraw:
    def test_example_e6_a_draw_corrected_to_two_days_later(self) -> None:
        desk = three_draws(date(2025, 5, 1))
        again = three_draws(date(2025, 5, 1))
        assert again.loan.principal_cents == 671_923_74
        entry = entries(desk, AdvanceRecorded)[1]

        undone = undo(desk, entry)
        funded(desk, 4, E3_DRAWS[1].asked, date(2025, 3, 14))

        assert isinstance(undone[0], DrawReversed)
        assert desk.draws[draw_id(2)].state is DrawState.REVERSED
        assert desk.draws[draw_id(4)].application.net_cents == 228_500_00
        march = date(2025, 3, 1)
        assert desk.the_file.period(march).accrued.interest_cents == 2_775_69 - 123_77
        adjusted = [
            entry.event.delta.interest_cents
            for entry in desk.journal
            if isinstance(entry.event, InterestAccrualAdjusted) and entry.event.month == march
        ]
        assert sum(adjusted) == -123_77

    def test_a_corrected_loan_is_as_if_it_had_been_right_from_the_start(self) -> None:
        corrected = three_draws(date(2025, 6, 10))
        undo(corrected, entries(corrected, AdvanceRecorded)[1])
        funded(corrected, 4, E3_DRAWS[1].asked, date(2025, 3, 14))
        right = closed()
        funded(right, 1, E3_DRAWS[0].asked, E3_DRAWS[0].funded_on)
        funded(right, 4, E3_DRAWS[1].asked, date(2025, 3, 14))
        funded(right, 3, E3_DRAWS[2].asked, E3_DRAWS[2].funded_on)
        right.serve(CloseBusiness(date(2025, 6, 10)))

        assert balances(corrected.journal) == balances(right.journal)
        assert corrected.loan.timeline == right.loan.timeline
        assert corrected.loan.budget.lines == right.loan.budget.lines

    def test_what_it_held_is_available_to_all(self) -> None:
        desk = three_draws()
        before = desk.loan.available_cents
        undo(desk, entries(desk, AdvanceRecorded)[2])

        assert desk.loan.available_cents - before == 253_000_00
        assert desk.loan.reserved_cents == 0

    def test_deposits_that_paid_for_it_are_deposits_again(self) -> None:
        desk = eventful()
        assert desk.loan.balance(Account.BORROWER_DEPOSITS) == 0
        undo(desk, entries(desk, AdvanceRecorded)[1])

        assert desk.loan.balance(Account.BORROWER_DEPOSITS) == 50_000_00

    def test_it_waits_for_a_wire_under_way(self) -> None:
        desk = three_draws()
        wired(desk)

        assert refused(lambda: undo(desk, entries(desk, AdvanceRecorded)[0])) == (
            "FUNDING_IN_PROGRESS"
        )

    def test_principal_repaid_to_the_cent_lets_it_go_and_a_cent_more_does_not(self) -> None:
        # Without interest the closing advance is 35,000.00 of principal and the draw 147,000.00.
        for repaid_cents, refusal in ((35_000_00, None), (35_000_01, "PRINCIPAL_REPAID")):
            desk = closed()
            funded(desk, 1, E3_DRAWS[0].asked, CLOSED_ON)
            desk.serve(paid(1, repaid_cents, CLOSED_ON))
            entry = entries(desk, AdvanceRecorded)[0]

            if refusal is None:
                undo(desk, entry)
                assert desk.loan.principal_cents == 0
            else:
                assert refused(partial(undo, desk, entry)) == refusal


def wired(desk: LoanDesk) -> None:
    """A fourth draw whose wire is ordered."""
    on = date(2025, 4, 20)
    lines = requested({FRAMING: ("0.00", "0.00", "1000.00")})
    desk.create(CreateDraw(draw_id(4), DrawKind.PROGRESS, on, lines, ()))
    for command in (
        SubmitDraw(BUILDER, on),
        StartReview(),
        ApproveDraw(OFFICER),
        InitiateFunding("w"),
    ):
        desk.on_draw(draw_id(4), command)


class TestClosing:
    def test_it_is_reversed_last(self) -> None:
        desk = closed()
        closing = entries(desk, LoanClosed)[0]
        assert refused(lambda: undo(desk, closing)) == "NOT_REVERSIBLE"

        undo(desk, entries(desk, ClosingAdvanceRecorded)[0])
        undo(desk, closing)

        assert desk.loan.state is LoanState.APPROVED
        assert desk.loan.closed_on is None
        assert balances(desk.journal) == {}

    def test_what_stands_is_named(self) -> None:
        desk = eventful()
        with pytest.raises(Refusal) as refusal:
            undo(desk, entries(desk, LoanClosed)[0])

        named = {detail.field for detail in refusal.value.details}
        assert {"loan:principal", "rate", "interest"} <= named

    def test_after_it_the_loan_may_close_again(self) -> None:
        desk = closed()
        for kind in (ClosingAdvanceRecorded, LoanClosed):
            undo(desk, entries(desk, kind)[0])

        desk.on_loan(closing_on(date(2025, 1, 20)))
        assert desk.loan.closed_on == date(2025, 1, 20)
        assert desk.loan.principal_cents == 35_000_00

    def test_it_closes_again_since_the_month_in_which_interest_began_at_the_earliest(self) -> None:
        desk = closed_on_nothing()
        desk.serve(CloseBusiness(date(2025, 3, 5)))
        undo(desk, entries(desk, LoanClosed)[0])

        too_early = partial(desk.on_loan, closing_on(date(2024, 12, 31)))
        assert refused(too_early) == "CLOSING_BEFORE_ACCRUAL"
        desk.on_loan(closing_on(date(2025, 1, 1)))
        assert desk.the_file.period(date(2025, 1, 1)).accrued.interest_cents == 293_85

    def test_no_default_or_delinquency_outlives_it(self) -> None:
        desk = closed_on_nothing()
        desk.serve(DeclareDefault(date(2025, 2, 1), "taxes unpaid"))
        desk.serve(CureDefault(date(2025, 2, 15)))
        stopped = AccrualStatus.NONACCRUAL
        desk.serve(ChangeAccrualStatus(stopped, date(2025, 2, 20)))
        undo(desk, entries(desk, LoanClosed)[0])

        desk.on_loan(CLOSING)
        desk.serve(CloseBusiness(date(2025, 3, 1)))

        as_new = closed()
        as_new.serve(CloseBusiness(date(2025, 3, 1)))
        assert desk.loan.accrual_status is AccrualStatus.ACCRUAL
        assert desk.loan.timeline == as_new.loan.timeline
        accrued = [period.accrued for period in desk.the_file.periods.values()]
        assert accrued == [period.accrued for period in as_new.the_file.periods.values()]


def closed_on_nothing() -> LoanDesk:
    """A loan closed without a closing advance."""
    desk = LoanDesk(CLOSED_ON)
    desk.originate(replace(e3_terms(), draw_policy=()))
    for command in (SubmitLoan(), ApproveLoan(), CloseLoan(CLOSED_ON)):
        desk.on_loan(command)
    return desk


def closing_on(on: date) -> CloseLoan:
    return CloseLoan(on, CLOSING.advance)


def test_an_event_of_a_loan_that_was_charged_off_stays() -> None:
    desk = three_draws(date(2025, 5, 1))
    desk.serve(DeclareDefault(date(2025, 5, 1), "taxes unpaid"))
    desk.serve(ChargeOff(date(2025, 5, 20), "foreclosed"))

    assert refused(lambda: undo(desk, entries(desk, AdvanceRecorded)[0])) == "LOAN_NOT_LIVE"


def test_a_reversal_into_a_closed_month_is_booked_on_the_first_open_day() -> None:
    calendar = AccountingCalendar()
    for month in (date(2025, 3, 1), date(2025, 4, 1)):
        for event in decide_period(calendar, ClosePeriod(month, date(2025, 5, 2))):
            assert isinstance(event, PeriodClosed)
            calendar = evolve_calendar(calendar, event)
    desk = three_draws(date(2025, 5, 1))
    undone = undo(desk, entries(desk, AdvanceRecorded)[1])

    reversal = next(event for event in undone if isinstance(event, AdvanceReversed))
    value_on = value_date_of(reversal, date.max)
    assert value_on == date(2025, 3, 12)
    assert calendar.first_open_day(value_on) == date(2025, 5, 1)
