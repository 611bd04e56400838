"""The lender's clock: what a loan was on a past date."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from domain.budgets.commands import ReallocateBudget
from domain.budgets.events import BudgetReallocated
from domain.budgets.state import LineChange
from domain.events.catalogue import CATALOGUE, Event, stream_of
from domain.events.envelope import Recorded
from domain.kernel.actors import SYSTEM
from domain.kernel.values import replace
from domain.ledger.as_of import effective_by
from domain.ledger.entries import FinancialEvent
from domain.loans.commands import LiftDrawStop, PlaceDrawStop
from domain.loans.events import AdvanceRecorded, ClosingAdvanceRecorded, DrawStopPlaced, LoanClosed
from tests.scenario import (
    CONTINGENCY,
    LOAN_ID,
    MEP,
    Desk,
    draw_id,
    line_id,
    three_draws,
)

TYPED_IN_ON = date(2026, 11, 21)


def own_date(event: Event) -> date:
    """Money has its own date; the rest was typed in later, on one day, without one."""
    match event:
        case LoanClosed():
            return event.closed_on
        case AdvanceRecorded() | ClosingAdvanceRecorded():
            return event.advanced_on
        case _:
            return TYPED_IN_ON


def loan_stream(desk: Desk) -> list[Recorded]:
    events = [event for event in desk.recorded if stream_of(event) == LOAN_ID]
    return [
        Recorded(
            event=event,
            type=CATALOGUE.of(event).name,
            schema_version=1,
            position=version,
            stream_id=LOAN_ID,
            stream_version=version,
            partition=0,
            partition_key=LOAN_ID,
            actor=SYSTEM,
            command_id=UUID(int=version),
            correlation_id=UUID(int=version),
            causation_id=None,
            effective_on=own_date(event),
            recorded_at=datetime(2026, 11, 21, tzinfo=UTC),
        )
        for version, event in enumerate(events, 1)
    ]


@pytest.mark.parametrize(
    ("on", "principal_cents", "available_cents"),
    [
        (date(2025, 1, 15), 3_500_000, 92_500_000),
        (date(2025, 2, 9), 3_500_000, 92_500_000),
        (date(2025, 2, 10), 18_200_000, 77_800_000),
        (date(2025, 3, 12), 41_050_000, 54_950_000),
        (date(2025, 4, 14), 41_050_000, 54_950_000),
        (TYPED_IN_ON, 66_350_000, 29_650_000),
    ],
)
def test_a_loan_typed_in_later_is_what_it_was_on_each_date(
    on: date, principal_cents: int, available_cents: int
) -> None:
    then = Desk()
    then.fold(recorded.event for recorded in effective_by(loan_stream(three_draws()), on))

    assert then.the_loan.principal_cents == principal_cents
    assert then.the_loan.available_cents == available_cents
    assert then.the_loan.reserved_cents == 0


def test_before_its_first_date_there_is_no_loan() -> None:
    assert effective_by(loan_stream(three_draws()), date(2025, 1, 14)) == []


def test_a_change_of_the_budget_never_counts_before_its_date() -> None:
    desk = three_draws()
    moved_on = date(2025, 6, 1)
    cut = LineChange(line_id(CONTINGENCY), -100)
    desk.on_loan(ReallocateBudget((cut, LineChange(line_id(MEP), 100)), "rock"))
    desk.on_loan(PlaceDrawStop("LIEN"))
    desk.on_loan(LiftDrawStop("LIEN"))
    desk.funded(draw_id(4), {MEP: ("1.00", "0.00", "0.00")}, date(2025, 5, 2))
    stream = [
        replace(recorded, effective_on=moved_on)
        if isinstance(recorded.event, BudgetReallocated | DrawStopPlaced)
        else recorded
        for recorded in loan_stream(desk)
    ]

    before = Desk()
    before.fold(recorded.event for recorded in effective_by(stream, date(2025, 5, 31)))
    after = Desk()
    after.fold(recorded.event for recorded in effective_by(stream, moved_on))

    assert before.the_loan.budget.line(line_id(CONTINGENCY)).budget_cents == 5_000_000
    assert after.the_loan.budget.line(line_id(CONTINGENCY)).budget_cents == 4_999_900
    assert before.the_loan.draw_stops == ()
    assert before.the_loan.principal_cents == after.the_loan.principal_cents == 66_350_090


def test_what_a_draw_reserves_does_not_count_in_closed_books_for_a_mere_step_of_it() -> None:
    desk = three_draws()
    desk.funded(draw_id(4), {MEP: ("1.00", "0.00", "0.00")}, date(2025, 3, 14))
    booked_on, worked_on = date(2025, 4, 1), date(2025, 3, 14)
    stream = [
        replace(recorded, effective_on=booked_on if is_money(recorded.event) else worked_on)
        if getattr(recorded.event, "draw_id", None) == draw_id(4)
        else recorded
        for recorded in loan_stream(desk)
    ]

    march = Desk()
    march.fold(recorded.event for recorded in effective_by(stream, date(2025, 3, 31)))
    april = Desk()
    april.fold(recorded.event for recorded in effective_by(stream, booked_on))

    assert (march.the_loan.reserved_cents, march.the_loan.available_cents) == (0, 54_950_000)
    assert (april.the_loan.reserved_cents, april.the_loan.available_cents) == (0, 54_949_910)


def is_money(event: Event) -> bool:
    return isinstance(event, FinancialEvent)
