"""What becomes known late leaves what it would have left had it been known from the start."""

from datetime import date
from uuid import uuid5

import pytest

from domain.events.catalogue import Event
from domain.interest.events import InterestAccrualAdjusted
from domain.interest.period import PeriodState
from domain.interest.timeline import InterestCents
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import mirrored
from domain.loans.events import AdvanceRecorded, AdvanceReversed
from domain.loans.file import LoanFile, PeriodsNeeded
from domain.payments.waterfall import Allocation, Due
from domain.receivables.events import (
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestCredited,
    InterestRestated,
    PaymentApplied,
    PaymentReceived,
)
from domain.receivables.postings import payment_applied, payment_received
from domain.restate.consequences import with_consequences
from tests.domain.at_work import events_of, learnt, with_reserve_of, without_reserve, worked
from tests.scenario import LOAN_ID, NAMESPACE, RESERVE, Desk, line_id

MARCH, APRIL, MAY = (date(2025, month, 1) for month in (3, 4, 5))
MISTAKE = uuid5(NAMESPACE, "the event that was a mistake")


def second_advance(desk: Desk) -> AdvanceRecorded:
    """Draw 2 as it was funded."""
    return events_of(desk.recorded, AdvanceRecorded)[1]


def undone(advance: AdvanceRecorded, reversed_on: date) -> AdvanceReversed:
    """The reversal of an advance from a day on."""
    return AdvanceReversed(
        advance.loan_id,
        advance.draw_id,
        reversed_on,
        advance.lines,
        "funded two days later",
        MISTAKE,
        mirrored(advance.postings),
    )


def two_days_later(desk: Desk) -> tuple[LoanFile, list[Event]]:
    """Draw 2 corrected from 12 to 14 March: reversed, and recorded again."""
    advance = second_advance(desk)
    file, first = learnt(desk.file, undone(advance, advance.advanced_on))
    file, second = learnt(file, replace(advance, advanced_on=date(2025, 3, 14)))
    return file, [*first, *second]


def adjusted_cents(events: list[Event], month: date) -> int:
    """What a month's accrual was adjusted by in all."""
    adjustments = events_of(events, InterestAccrualAdjusted)
    return sum(event.delta.interest_cents for event in adjustments if event.month == month)


def test_example_e6_a_draw_funded_two_days_later_takes_123_77_from_march() -> None:
    desk = worked(date(2025, 5, 20))

    file, events = two_days_later(desk)

    assert adjusted_cents(events, MARCH) == -123_77
    assert adjusted_cents(events, APRIL) == 4_462_81 - 4_463_82
    assert file.periods[MARCH].accrued == InterestCents(2_775_69 - 123_77)
    assert file.periods[MARCH].state is PeriodState.ADJUSTED
    assert file.periods[MAY].state is PeriodState.OPEN
    assert file.loan.timeline.principal_on(APRIL) == 414_459_92 - 123_77
    assert file.loan.principal_cents == 671_923_74 - 123_77 - 1_01
    assert file.loan.interest_reserve_cents == 41_576_26 + 123_77 + 1_01


def test_example_e6_every_adjustment_is_an_event_of_its_own_with_old_new_and_delta() -> None:
    _, events = two_days_later(worked(date(2025, 5, 20)))

    adjustments = events_of(events, InterestAccrualAdjusted)
    restatements = events_of(events, InterestRestated)

    assert [event.month for event in adjustments] == [MARCH, APRIL, MAY] * 2
    assert [event.month for event in restatements] == [MARCH, APRIL] * 2
    for adjustment in adjustments:
        assert adjustment.new - adjustment.old == adjustment.delta
    for restated in restatements:
        moved_cents = restated.new_capitalised_cents - restated.old_capitalised_cents
        assert restated.capitalised_on == (APRIL if restated.month == MARCH else MAY)
        assert sum(line.amount_cents for line in restated.lines) == moved_cents


def test_a_correction_within_days_not_yet_accrued_restates_nothing() -> None:
    desk = worked(date(2025, 3, 12))
    advance = second_advance(desk)

    _, events = learnt(desk.file, undone(advance, advance.advanced_on))

    assert events == []


def test_a_correction_needs_the_months_it_reaches_back_to() -> None:
    desk = worked(date(2025, 5, 20))
    advance = second_advance(desk)
    at_hand = LoanFile(desk.the_loan, {MAY: desk.periods[MAY]})

    with pytest.raises(PeriodsNeeded) as needed:
        with_consequences(at_hand, [undone(advance, advance.advanced_on)])

    assert needed.value.since == MARCH


def test_interest_paid_and_no_longer_owed_is_unapplied_cash_again() -> None:
    desk = worked(date(2025, 5, 2), without_reserve())
    billed = Allocation(Due.INTEREST, 2_775_69, month=MARCH)
    owed = desk.the_loan.receivables.month(MARCH)
    billed = replace(billed, amount_cents=owed.unpaid.interest_cents)
    paid_on = date(2025, 5, 2)
    payment_id = uuid5(LOAN_ID, "payment")
    file, _ = learnt(
        desk.file,
        PaymentReceived(
            LOAN_ID,
            payment_id,
            billed.amount_cents,
            paid_on,
            "WIRE",
            None,
            payment_received(billed.amount_cents),
        ),
        PaymentApplied(LOAN_ID, payment_id, paid_on, (billed,), payment_applied((billed,))),
    )
    advance = second_advance(desk)

    file, events = learnt(file, undone(advance, date(2025, 3, 30)))

    saved_cents = -adjusted_cents(events, MARCH)
    credited = events_of(events, InterestCredited)
    assert [(event.month, event.amount) for event in credited] == [
        (MARCH, InterestCents(saved_cents))
    ]
    assert credited[0].credited_on == paid_on
    assert file.loan.balance(Account.UNAPPLIED_PAYMENTS) == saved_cents > 0
    assert file.loan.receivables.month(MARCH).unpaid == InterestCents()


def test_a_capitalisation_that_was_reversed_stays_billed_whatever_becomes_known() -> None:
    desk = worked(date(2025, 5, 20))
    march = next(e for e in events_of(desk.recorded, InterestCapitalized) if e.month == MARCH)
    reversal = InterestCapitalizationReversed(
        LOAN_ID,
        MARCH,
        MAY,
        march.amount_cents,
        march.lines,
        "billed instead",
        MISTAKE,
        mirrored(march.postings),
    )
    file, _ = learnt(desk.file, reversal)
    assert file.loan.receivables.month(MARCH).unpaid == InterestCents(2_775_69)

    advance = second_advance(desk)
    file, _ = learnt(file, undone(advance, advance.advanced_on))
    file, _ = learnt(file, replace(advance, advanced_on=date(2025, 3, 14)))

    month = file.loan.receivables.month(MARCH)
    assert (month.capitalised_cents, month.unpaid) == (0, InterestCents(2_775_69 - 123_77))


def test_a_reserve_raised_since_does_not_pay_what_it_could_not_pay_then() -> None:
    desk = worked(date(2025, 5, 20), with_reserve_of(2_000_00))
    before = [month.capitalised_cents for month in desk.the_loan.receivables.months]
    assert before == [161_15, 1_023_08, 815_77, 0]
    budget = desk.the_loan.budget
    raised = tuple(
        replace(line, budget_cents=line.budget_cents + 10_000_00)
        if line.line_id == line_id(RESERVE)
        else line
        for line in budget.lines
    )
    desk.loan = replace(desk.the_loan, budget=replace(budget, lines=raised))

    file, _ = two_days_later(desk)

    assert [month.capitalised_cents for month in file.loan.receivables.months] == before
