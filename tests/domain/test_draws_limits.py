"""A draw against its lines, its retainage and the commitment: accepted to the cent, refused past it.

A `Desk` is one loan worked through the rules alone, without a server; `three_draws` is the desk of
the worked example after its third draw was funded. What a draw asks for on a line is work done this
period, materials now stored, and retainage to be released.
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid5

import pytest

from domain.budgets.state import Source, SourceKind
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    FailFunding,
    InitiateFunding,
    ReturnDraw,
    ReviseDraw,
    StartReview,
    SubmitDraw,
)
from domain.draws.state import DrawState
from domain.events.catalogue import Event
from domain.kernel.errors import Conflict, RuleBroken
from domain.kernel.money import format_money, parse_money
from domain.kernel.values import replace
from domain.loans.commands import LiftDrawStop, PlaceDrawStop
from domain.loans.state import LoanState
from tests.scenario import (
    BUILDER,
    CONTINGENCY,
    FINISHES,
    FRAMING,
    LAND,
    LOAN_ID,
    MEP,
    OFFICER,
    RESERVE,
    SITEWORK,
    Asked,
    Desk,
    draw_id,
    e3_terms,
    line_id,
    requested,
    three_draws,
)

PERIOD = date(2025, 5, 1)


def refused(desk: Desk, attempt: Callable[[], list[Event]]) -> RuleBroken:
    """The refusal of an attempt, which must have changed nothing."""
    before = (desk.loan, dict(desk.draws), list(desk.recorded))
    with pytest.raises(RuleBroken) as caught:
        attempt()
    assert (desk.loan, desk.draws, desk.recorded) == before
    return caught.value


def test_a_draw_to_the_last_cent_of_its_line_is_accepted() -> None:
    desk = three_draws()

    # Of 200000.00, 70000.00 is done and 20000.00 stays stored.
    desk.create(draw_id(4), {FINISHES: ("110000.00", "20000.00", "0.00")}, PERIOD)

    assert desk.draws[draw_id(4)].state is DrawState.DRAFT


def test_a_draw_one_cent_over_its_line_is_refused() -> None:
    desk = three_draws()

    refusal = refused(
        desk,
        lambda: desk.create(draw_id(4), {FINISHES: ("110000.01", "20000.00", "0.00")}, PERIOD),
    )

    assert refusal.code == "DRAW_EXCEEDS_LINE"
    assert [(d.field, d.message) for d in refusal.details] == [("FINISHES", "short by 0.01")]


def test_the_second_of_two_draws_that_share_a_line_is_short_by_what_the_first_reserved() -> None:
    desk = three_draws()
    asked: Asked = {FINISHES: ("70000.00", "20000.00", "0.00")}
    desk.in_review(draw_id(4), asked, PERIOD)
    desk.in_review(draw_id(5), asked, PERIOD)

    desk.on_draw(draw_id(4), ApproveDraw(OFFICER))
    refusal = refused(desk, lambda: desk.on_draw(draw_id(5), ApproveDraw(OFFICER)))

    held = desk.the_loan.budget.reservation(draw_id(4))
    assert held is not None
    assert [(line.gross_cents, line.net_cents) for line in held.lines] == [(7000000, 6300000)]
    assert refusal.code == "DRAW_EXCEEDS_LINE"
    assert [(d.field, d.message) for d in refusal.details] == [("FINISHES", "short by 30000.00")]


def test_a_cancelled_draw_frees_its_line_for_the_next() -> None:
    desk = three_draws()
    asked: Asked = {FINISHES: ("70000.00", "20000.00", "0.00")}
    desk.approved(draw_id(4), asked, PERIOD)
    available_cents = desk.the_loan.available_cents

    desk.on_draw(draw_id(4), CancelDraw("builder changed his mind"))
    desk.approved(draw_id(5), asked, PERIOD)

    assert desk.the_loan.available_cents == available_cents


@pytest.mark.parametrize(("extra", "code"), [("0.00", None), ("0.01", "DRAW_EXCEEDS_COMMITMENT")])
def test_a_draw_may_take_the_whole_commitment_and_not_a_cent_more(
    extra: str, code: str | None
) -> None:
    terms = e3_terms()
    equity = Source(SourceKind.EQUITY, parse_money("240000.00"))
    desk = Desk().active(replace(terms, sources=(equity, terms.sources[1])))
    everything: Asked = {
        SITEWORK: ("180000.00", "0.00", "18000.00"),
        FRAMING: ("240000.00", "0.00", "24000.00"),
        MEP: ("160000.00", "0.00", "16000.00"),
        FINISHES: ("200000.00", "0.00", "20000.00"),
    }
    desk.funded(draw_id(1), everything, date(2025, 3, 1))
    left_cents = desk.the_loan.available_cents
    assert left_cents == parse_money("180000.00")
    budget = desk.the_loan.budget
    roomy = replace(
        budget,
        lines=tuple(
            replace(line, budget_cents=line.budget_cents + left_cents + 1) for line in budget.lines
        ),
    )
    desk.loan = replace(desk.the_loan, budget=roomy)
    cents = left_cents + parse_money(extra)
    asked: Asked = {"SOFT": (f"{cents // 100}.{cents % 100:02d}", "0.00", "0.00")}

    if code is None:
        desk.create(draw_id(2), asked, PERIOD)
    else:
        refusal = refused(desk, lambda: desk.create(draw_id(2), asked, PERIOD))
        assert refusal.code == code
        assert [(d.field, d.message) for d in refusal.details] == [("l8", "short by 0.01")]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({FRAMING: ("0.00", "0.00", "24000.01")}, "RELEASE_EXCEEDS_RETAINAGE"),
        ({FINISHES: ("0.00", "0.00", "0.00")}, "DRAW_NET_NEGATIVE"),
        ({FRAMING: ("0.00", "0.00", "0.00")}, "DRAW_EMPTY"),
        ({}, "DRAW_EMPTY"),
        ({LAND: ("1.00", "0.00", "0.00")}, "LINE_NOT_DRAWABLE"),
        ({CONTINGENCY: ("1.00", "0.00", "0.00")}, "LINE_NOT_DRAWABLE"),
        ({RESERVE: ("1.00", "0.00", "0.00")}, "LINE_NOT_DRAWABLE"),
        ({"NOWHERE": ("1.00", "0.00", "0.00")}, "LINE_NOT_IN_BUDGET"),
    ],
)
def test_what_no_application_may_ask(asked: Asked, code: str) -> None:
    desk = three_draws()

    refusal = refused(desk, lambda: desk.create(draw_id(4), asked, PERIOD))

    assert refusal.code == code


def test_all_retainage_may_be_released_to_the_last_cent() -> None:
    desk = three_draws()

    desk.funded(draw_id(4), {FRAMING: ("0.00", "0.00", "24000.00")}, PERIOD)

    assert desk.the_loan.budget.line(desk.the_loan.budget.lines[4].line_id).withheld_cents == 0
    assert desk.draws[draw_id(4)].application.net_cents == parse_money("24000.00")


def test_stored_materials_that_go_may_not_leave_more_released_than_held() -> None:
    desk = three_draws()
    held = desk.the_loan.budget.line(line_id(FINISHES)).withheld_cents
    desk.funded(draw_id(4), {FINISHES: ("0.00", "20000.00", format_money(held))}, PERIOD)

    refusal = refused(
        desk,
        lambda: desk.create(
            draw_id(5), {FINISHES: ("0.00", "0.00", "0.00"), MEP: ("1.00", "0.00", "0.00")}, PERIOD
        ),
    )

    assert refusal.code == "RELEASE_EXCEEDS_RETAINAGE"


def test_who_submitted_a_draw_does_not_approve_it() -> None:
    desk = three_draws()
    desk.in_review(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)

    refusal = refused(desk, lambda: desk.on_draw(draw_id(4), ApproveDraw(BUILDER)))

    assert refusal.code == "FOUR_EYES"


@pytest.mark.parametrize("submitter", [BUILDER, OFFICER])
def test_who_submitted_a_draw_before_it_was_returned_does_not_approve_it_either(
    submitter: UUID,
) -> None:
    desk = three_draws()
    desk.in_review(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)
    desk.on_draw(draw_id(4), ReturnDraw(("The invoice is unsigned",)))
    desk.on_draw(draw_id(4), SubmitDraw(OFFICER, PERIOD))
    desk.on_draw(draw_id(4), StartReview())

    refusal = refused(desk, lambda: desk.on_draw(draw_id(4), ApproveDraw(submitter)))

    assert refusal.code == "FOUR_EYES"
    assert desk.on_draw(draw_id(4), ApproveDraw(uuid5(LOAN_ID, "another officer")))


def test_a_draw_is_approved_once() -> None:
    desk = three_draws()
    desk.approved(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)

    refusal = refused(desk, lambda: desk.on_draw(draw_id(4), ApproveDraw(OFFICER)))

    assert refusal.code == "DRAW_ALREADY_APPROVED"


def wire_came_back(reason: str | None) -> Desk:
    desk = three_draws()
    desk.approved(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)
    desk.on_draw(draw_id(4), InitiateFunding("wire"))
    desk.on_draw(draw_id(4), FailFunding(reason))
    return desk


@pytest.mark.parametrize("reason", ["Account closed", None])
def test_a_wire_that_came_back_comes_back_once(reason: str | None) -> None:
    desk = wire_came_back(reason)

    assert desk.on_draw(draw_id(4), FailFunding(reason)) == []


def test_a_wire_that_came_back_for_another_reason_than_recorded_is_refused() -> None:
    desk = wire_came_back("Account closed")

    refusal = refused(desk, lambda: desk.on_draw(draw_id(4), FailFunding("Bank holiday")))

    assert refusal.code == "DRAW_NOT_FUNDING"


def test_no_wire_comes_back_of_a_draw_that_was_never_wired() -> None:
    desk = three_draws()
    desk.approved(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)

    refusal = refused(desk, lambda: desk.on_draw(draw_id(4), FailFunding()))

    assert refusal.code == "DRAW_NOT_FUNDING"


def test_submitting_twice_decides_nothing() -> None:
    desk = three_draws()
    desk.create(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)
    desk.on_draw(draw_id(4), SubmitDraw(BUILDER, PERIOD))

    assert desk.on_draw(draw_id(4), SubmitDraw(BUILDER, PERIOD)) == []


@pytest.mark.parametrize("period_to", [date(2025, 1, 14), date(2026, 1, 16)])
def test_a_period_outside_the_loans_life_is_refused(period_to: date) -> None:
    desk = three_draws()
    asked: Asked = {FINISHES: ("1.00", "20000.00", "0.00")}

    refusal = refused(desk, lambda: desk.create(draw_id(4), asked, period_to))

    assert refusal.code in {"DRAW_PERIOD_BEFORE_CLOSING", "DRAW_PERIOD_AFTER_MATURITY"}


def test_a_draw_needs_an_active_loan() -> None:
    desk = Desk()
    desk.originate()
    assert desk.the_loan.state is LoanState.DRAFT

    refusal = refused(desk, lambda: desk.create(draw_id(1), {MEP: ("1.00", "0.00", "0.00")}))

    assert refusal.code == "LOAN_NOT_ACTIVE"


def test_one_wire_of_a_loan_at_a_time() -> None:
    desk = three_draws()
    desk.approved(draw_id(4), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)
    desk.approved(draw_id(5), {MEP: ("1.00", "0.00", "0.00")}, PERIOD)
    desk.on_draw(draw_id(4), InitiateFunding("wire-4"))

    refusal = refused(desk, lambda: desk.on_draw(draw_id(5), InitiateFunding("wire-5")))

    assert refusal.code == "FUNDING_IN_PROGRESS"


def test_materials_that_another_draw_paid_meanwhile_are_not_paid_twice() -> None:
    desk = three_draws()
    stored_more: Asked = {FINISHES: ("0.00", "30000.00", "0.00")}
    desk.approved(draw_id(4), stored_more, PERIOD)
    desk.approved(draw_id(5), {FINISHES: ("5000.00", "30000.00", "0.00")}, PERIOD)
    for number in (4, 5):
        desk.on_draw(draw_id(number), InitiateFunding(f"wire-{number}"))
        desk.on_draw(draw_id(number), ConfirmFunding(PERIOD))

    line = next(line for line in desk.the_loan.budget.lines if line.code == FINISHES)
    assert (line.completed_cents, line.stored_cents) == (7500000, 3000000)
    assert desk.draws[draw_id(5)].application.net_cents == 450000
    assert desk.the_loan.reserved_cents == 0


@pytest.mark.parametrize("step", ["approve", "wire"])
def test_a_draw_stop_holds_approvals_and_wires_until_every_reason_is_lifted(step: str) -> None:
    desk = three_draws()
    asked: Asked = {FINISHES: ("1.00", "20000.00", "0.00")}
    desk.in_review(draw_id(4), asked, PERIOD)
    command = ApproveDraw(OFFICER) if step == "approve" else InitiateFunding("wire")
    if step == "wire":
        desk.on_draw(draw_id(4), ApproveDraw(OFFICER))
    desk.on_loan(PlaceDrawStop("LIEN"))
    desk.on_loan(PlaceDrawStop("FLOOD"))
    assert desk.on_loan(PlaceDrawStop("LIEN")) == []

    for reason in ("LIEN", "FLOOD"):
        assert refused(desk, lambda: desk.on_draw(draw_id(4), command)).code == "DRAW_STOPPED"
        desk.on_loan(LiftDrawStop(reason))

    assert desk.on_draw(draw_id(4), command)
    assert desk.on_loan(LiftDrawStop("LIEN")) == []


def test_creating_the_same_draw_again_decides_nothing_even_after_a_revision() -> None:
    desk = three_draws()
    asked: Asked = {MEP: ("2.00", "0.00", "0.00")}
    desk.create(draw_id(4), asked, PERIOD)
    desk.on_draw(draw_id(4), ReviseDraw(lines=requested({MEP: ("1.00", "0.00", "0.00")})))

    assert desk.create(draw_id(4), asked, PERIOD) == []
    with pytest.raises(Conflict) as caught:
        desk.create(draw_id(4), {MEP: ("3.00", "0.00", "0.00")}, PERIOD)
    assert caught.value.code == "DRAW_EXISTS"
