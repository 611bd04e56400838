"""What a draw may bill by its kind: retainage alone, the last draw, a deposit."""

from datetime import date

import pytest

from domain.draws.commands import ApproveDraw, ConfirmFunding, InitiateFunding
from domain.draws.events import DrawCreated, DrawKind, DrawReviewStarted
from domain.draws.g702 import RequestedLine
from domain.draws.state import DrawState, evolve
from domain.kernel.money import parse_money
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from tests.domain.draw_controls import DAY, draft, refused, reverse, to_review
from tests.scenario import (
    FINISHES,
    FRAMING,
    MEP,
    OFFICER,
    SITEWORK,
    Asked,
    Desk,
    draw_id,
    e3_terms,
    line_id,
    three_draws,
)

PERIOD = date(2025, 5, 1)
RELEASE, FINAL = DrawKind.RETAINAGE_RELEASE, DrawKind.FINAL
DRAW = draw_id(4)


def pay(desk: Desk, number: int) -> None:
    desk.on_draw(draw_id(number), InitiateFunding("wire"))
    desk.on_draw(draw_id(number), ConfirmFunding(PERIOD))


def test_all_retainage_held_is_released_and_becomes_principal() -> None:
    desk = three_draws()
    before_cents = desk.the_loan.principal_cents
    asked: Asked = {
        FRAMING: ("0.00", "0.00", "24000.00"),
        FINISHES: ("0.00", "20000.00", "9000.00"),
    }
    draft(desk, DRAW, asked, kind=RELEASE, period_to=PERIOD)
    to_review(desk, DRAW)
    desk.on_draw(DRAW, ApproveDraw(OFFICER))

    pay(desk, 4)

    assert desk.the_loan.principal_cents - before_cents == 3_300_000
    assert desk.the_loan.budget.withheld_cents == 1_350_000


def test_one_cent_more_than_the_retainage_held_is_refused() -> None:
    desk = three_draws()
    asked: Asked = {FRAMING: ("0.00", "0.00", "24000.01")}

    refusal = refused(desk, lambda: draft(desk, DRAW, asked, kind=RELEASE, period_to=PERIOD))

    assert refusal.code == "RELEASE_EXCEEDS_RETAINAGE"


@pytest.mark.parametrize(
    "line", [("0.01", "20000.00", "1.00"), ("0.00", "20000.01", "1.00"), ("0.00", "0.00", "1.00")]
)
def test_a_release_that_bills_work_or_moves_stored_materials_is_refused(
    line: tuple[str, str, str],
) -> None:
    desk = three_draws()

    refusal = refused(
        desk, lambda: draft(desk, DRAW, {FINISHES: line}, kind=RELEASE, period_to=PERIOD)
    )

    assert refusal.code == "RELEASE_WITH_WORK"
    assert [detail.field for detail in refusal.details] == [FINISHES]


def test_work_and_stored_materials_that_cancel_out_are_work() -> None:
    desk = three_draws()
    asked: Asked = {FINISHES: ("20000.00", "0.00", "1.00")}

    refusal = refused(desk, lambda: draft(desk, DRAW, asked, kind=RELEASE, period_to=PERIOD))

    assert refusal.code == "RELEASE_WITH_WORK"


def test_after_the_final_draw_was_funded_there_is_no_other() -> None:
    desk = three_draws()
    asked: Asked = {SITEWORK: ("0.00", "0.00", "0.00"), MEP: ("1.00", "0.00", "0.00")}
    desk.approved(draw_id(5), {FINISHES: ("1.00", "20000.00", "0.00")}, PERIOD)
    draft(desk, DRAW, asked, kind=FINAL, period_to=PERIOD)
    to_review(desk, DRAW)
    desk.on_draw(DRAW, ApproveDraw(OFFICER))
    desk.create(draw_id(6), {MEP: ("1.00", "0.00", "0.00")}, PERIOD)

    pay(desk, 4)

    late: Asked = {MEP: ("1.00", "0.00", "0.00")}
    assert refused(desk, lambda: desk.create(draw_id(7), late, PERIOD)).code == "FINAL_DRAW_FUNDED"
    wire = InitiateFunding("wire-5")
    assert refused(desk, lambda: desk.on_draw(draw_id(5), wire)).code == "FINAL_DRAW_FUNDED"


def test_a_final_draw_that_was_reversed_lets_others_follow() -> None:
    desk = three_draws()
    draft(desk, DRAW, {MEP: ("1.00", "0.00", "0.00")}, kind=FINAL, period_to=PERIOD)
    to_review(desk, DRAW)
    desk.on_draw(DRAW, ApproveDraw(OFFICER))
    pay(desk, 4)

    reverse(desk, DRAW, PERIOD)

    assert desk.draws[DRAW].state is DrawState.REVERSED
    assert desk.create(draw_id(5), {MEP: ("1.00", "0.00", "0.00")}, PERIOD)


def deposit_on(code: str, work: str, invoice: str) -> tuple[RequestedLine, ...]:
    amounts = (parse_money(work), 0, 0, parse_money(invoice))
    return (RequestedLine(line_id(code), *amounts),)


@pytest.mark.parametrize(
    ("work", "invoice", "code"),
    [
        ("60000.00", "60000.00", None),
        ("60000.01", "60000.00", "DEPOSIT_EXCEEDS_INVOICE"),
        ("80000.00", "90000.00", None),
        ("80000.01", "90000.00", "DEPOSIT_EXCEEDS_LINE_SHARE"),
    ],
)
def test_a_deposit_is_the_invoice_at_most_and_half_of_the_line(
    work: str, invoice: str, code: str | None
) -> None:
    desk = Desk().active()
    lines = deposit_on(MEP, work, invoice)
    if code is None:
        assert draft(desk, DRAW, lines)
        return

    refusal = refused(desk, lambda: draft(desk, DRAW, lines))

    assert refusal.code == code
    assert [(d.field, d.message) for d in refusal.details] == [(MEP, "over by 0.01")]


def test_the_share_of_a_line_is_the_loans_own_and_no_fraction_of_a_cent_more() -> None:
    third = replace(e3_terms(), deposit_share=Rate("0.33333333"))
    desk = Desk().active(third)
    over = deposit_on(MEP, "53333.34", "90000.00")
    assert refused(desk, lambda: draft(desk, DRAW, over)).code == "DEPOSIT_EXCEEDS_LINE_SHARE"

    assert draft(desk, DRAW, deposit_on(MEP, "53333.33", "90000.00"))


def test_a_deposit_that_an_approver_cuts_is_still_one() -> None:
    desk = Desk().active()
    draft(desk, DRAW, deposit_on(MEP, "80000.00", "80000.00"))
    to_review(desk, DRAW)
    cut = (RequestedLine(line_id(MEP), parse_money("79999.99"), 0, 0),)

    desk.on_draw(DRAW, ApproveDraw(OFFICER, cut))

    assert desk.draws[DRAW].requested == deposit_on(MEP, "79999.99", "80000.00")
    assert desk.draws[DRAW].period_to == DAY


def test_a_draw_begins_once_and_with_what_it_asks() -> None:
    desk = three_draws()
    created = next(event for event in desk.recorded if isinstance(event, DrawCreated))

    with pytest.raises(ValueError, match="created once"):
        evolve(desk.draws[created.draw_id], created)
    with pytest.raises(ValueError, match="cannot begin a draw"):
        evolve(None, DrawReviewStarted(created.loan_id, created.draw_id))
