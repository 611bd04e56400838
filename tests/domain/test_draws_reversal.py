"""Example E6: a funded draw undone after a later one, and recorded again on another day."""

from datetime import date

from domain.draws.commands import ApproveDraw, StartReview, SubmitDraw
from domain.draws.state import DrawState
from domain.kernel.money import format_money
from domain.loans.state import Loan
from tests.domain.draw_controls import draft, refused, reverse
from tests.scenario import (
    BUILDER,
    E3_DRAWS,
    FINISHES,
    FRAMING,
    MEP,
    OFFICER,
    SITEWORK,
    Desk,
    draw_id,
    three_draws,
)

ON_TIME, LATE = date(2025, 3, 12), date(2025, 3, 14)
AGAIN = draw_id(4)


def lines(loan: Loan) -> dict[str, tuple[int, int, int, int]]:
    return {
        line.code: (
            line.completed_cents,
            line.stored_cents,
            line.withheld_cents,
            line.released_cents,
        )
        for line in loan.budget.lines
    }


def corrected() -> Desk:
    desk = three_draws()
    reverse(desk, draw_id(2), ON_TIME)
    desk.funded(AGAIN, E3_DRAWS[1].asked, LATE)
    return desk


def test_a_reversed_draw_leaves_every_line_as_if_it_had_not_been_funded() -> None:
    desk = three_draws()

    reverse(desk, draw_id(2), ON_TIME)

    after = lines(desk.the_loan)
    assert after[SITEWORK] == (12_000_000, 0, -600_000, 1_800_000)
    assert after[FRAMING] == (9_000_000, 3_000_000, 1_200_000, 0)
    assert after[MEP] == (9_500_000, -2_500_000, 700_000, 0)
    assert after[FINISHES] == (7_000_000, 2_000_000, 900_000, 0)
    assert format_money(desk.the_loan.principal_cents) == "435000.00"
    assert desk.draws[draw_id(2)].state is DrawState.REVERSED


def test_the_same_draw_recorded_again_nets_what_it_netted_before() -> None:
    desk = corrected()

    assert format_money(desk.draws[AGAIN].application.net_cents) == "228500.00"
    assert lines(desk.the_loan) == lines(three_draws().the_loan)
    assert desk.the_loan.principal_cents == three_draws().the_loan.principal_cents
    totals = desk.draws[AGAIN].application.totals()
    assert format_money(totals.l6_cents) == "628500.00"
    assert format_money(totals.l7_cents) == "400000.00"


def test_the_books_of_the_corrected_loan_are_those_of_the_first() -> None:
    assert corrected().the_loan.balances == three_draws().the_loan.balances


def test_a_line_is_as_full_as_it_was_once_the_draw_is_recorded_again() -> None:
    desk = three_draws()
    reverse(desk, draw_id(2), ON_TIME)
    asked = dict(E3_DRAWS[1].asked)
    asked[FRAMING] = ("150000.01", "0.00", "0.00")

    refusal = refused(desk, lambda: draft(desk, AGAIN, asked, period_to=LATE))

    assert refusal.code == "DRAW_EXCEEDS_LINE"
    assert [(d.field, d.message) for d in refusal.details] == [(FRAMING, "short by 0.01")]


def test_what_a_reversed_draw_is_over_is_not_approved_again() -> None:
    desk = three_draws()
    reverse(desk, draw_id(2), ON_TIME)

    for command in (SubmitDraw(BUILDER, LATE), StartReview(), ApproveDraw(OFFICER)):
        code = refused(desk, lambda command=command: desk.on_draw(draw_id(2), command)).code  # type: ignore[misc]  # bound in the loop
        assert code.startswith("DRAW_NOT_")


def test_the_draw_paid_before_is_the_one_paid_last_and_not_the_one_recorded_last() -> None:
    desk = corrected()

    last = desk.the_loan.last_funded_draw
    assert last is not None
    assert last.draw_id == draw_id(3)

    reverse(desk, draw_id(3), date(2025, 4, 15))
    to_next = desk.the_loan.last_funded_draw
    assert to_next is not None
    assert to_next.draw_id == AGAIN
