"""Example E5: budget moved between lines, and changed by change orders."""

import pytest

from domain.budgets.commands import ApproveChangeOrder, ReallocateBudget
from domain.budgets.state import LineChange, Source, SourceKind
from domain.kernel.errors import Detail, RuleBroken
from domain.kernel.money import format_money, parse_money
from tests.domain.draw_controls import deposit
from tests.scenario import (
    CONTINGENCY,
    FINISHES,
    FRAMING,
    MEP,
    Desk,
    draw_id,
    line_id,
    three_draws,
)


def moves(**deltas: str) -> tuple[LineChange, ...]:
    return tuple(LineChange(line_id(code), parse_money(delta)) for code, delta in deltas.items())


def refused(desk: Desk, command: ReallocateBudget | ApproveChangeOrder) -> RuleBroken:
    before = desk.loan
    with pytest.raises(RuleBroken) as caught:
        desk.on_loan(command)
    assert desk.loan == before
    return caught.value


def budgets(desk: Desk) -> dict[str, str]:
    return {line.code: format_money(line.budget_cents) for line in desk.the_loan.budget.lines}


def test_the_published_reallocation() -> None:
    desk = three_draws()

    desk.on_loan(
        ReallocateBudget(
            moves(CONTINGENCY="-24750.00", MEP="18500.00", FINISHES="6250.00"), "Hidden rot"
        )
    )

    after = budgets(desk)
    assert (after[CONTINGENCY], after[MEP], after[FINISHES]) == (
        "25250.00",
        "178500.00",
        "206250.00",
    )
    assert format_money(desk.the_loan.budget.total_cents) == "1200000.00"


@pytest.mark.parametrize(
    ("deltas", "code", "short"),
    [
        ({FRAMING: "-0.01", CONTINGENCY: "0.01"}, "LINE_BELOW_FLOOR", "short by 0.01"),
        ({MEP: "-25000.01", CONTINGENCY: "25000.01"}, "LINE_BELOW_FLOOR", "short by 0.01"),
        ({MEP: "-0.99", CONTINGENCY: "1.00"}, "CHANGES_NOT_BALANCED", "off by 0.01"),
        ({"NOWHERE": "0.00"}, "LINE_NOT_IN_BUDGET", None),
    ],
)
def test_a_reallocation_one_cent_wrong_is_refused(
    deltas: dict[str, str], code: str, short: str | None
) -> None:
    refusal = refused(three_draws(), ReallocateBudget(moves(**deltas), "x"))

    assert refusal.code == code
    assert [detail.message for detail in refusal.details] == ([short] if short else [])


def test_a_line_may_be_cut_to_the_cent_it_has_spent() -> None:
    desk = three_draws()

    desk.on_loan(ReallocateBudget(moves(MEP="-25000.00", CONTINGENCY="25000.00"), "x"))

    assert budgets(desk)[MEP] == "135000.00"


def test_what_a_draw_reserved_is_part_of_the_floor() -> None:
    desk = three_draws()
    desk.approved(draw_id(4), {MEP: ("10000.00", "0.00", "0.00")}, desk.the_loan.terms.maturity_on)

    refusal = refused(desk, ReallocateBudget(moves(MEP="-15000.01", CONTINGENCY="15000.01"), "x"))

    assert refusal.code == "LINE_BELOW_FLOOR"
    desk.on_loan(ReallocateBudget(moves(MEP="-15000.00", CONTINGENCY="15000.00"), "x"))


def test_a_change_order_is_paid_by_equity() -> None:
    desk = three_draws()
    equity = Source(SourceKind.EQUITY, parse_money("30000.00"))

    desk.on_loan(ApproveChangeOrder("CO-1", moves(FINISHES="30000.00"), (equity,)))

    budget = desk.the_loan.budget
    assert format_money(budget.total_cents) == "1230000.00"
    assert budget.total_cents == sum(source.amount_cents for source in budget.sources)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (Source(SourceKind.EQUITY, 2_999_999), "CHANGES_NOT_BALANCED"),
        (Source(SourceKind.LOAN, 3_000_000), "COMMITMENT_FIXED"),
    ],
)
def test_a_change_order_nobody_pays_for_is_refused(source: Source, code: str) -> None:
    command = ApproveChangeOrder("CO-1", moves(FINISHES="30000.00"), (source,))

    assert refused(three_draws(), command).code == code


def test_a_change_order_leaves_the_commitment_as_it_is_both_ways() -> None:
    less = Source(SourceKind.LOAN, -3_000_000)
    command = ApproveChangeOrder("CO-1", moves(FINISHES="-30000.00"), (less,))

    refusal = refused(three_draws(), command)

    assert (refusal.code, refusal.message) == (
        "COMMITMENT_FIXED",
        "A change order neither raises nor lowers the commitment.",
    )


def promised(amount: str) -> ApproveChangeOrder:
    """A change order that the borrower pays for with equity to come."""
    equity = Source(SourceKind.EQUITY, parse_money(amount))
    return ApproveChangeOrder("CO-1", moves(FINISHES=amount), (equity,))


def cut(kind: SourceKind, amount: str) -> ApproveChangeOrder:
    """A change order that needs less of a kind of source."""
    less = Source(kind, -parse_money(amount))
    return ApproveChangeOrder("CO-2", moves(FINISHES=f"-{amount}"), (less,))


def test_equity_spent_before_closing_is_not_taken_back_by_a_change_order() -> None:
    desk = three_draws()
    desk.on_loan(promised("30000.00"))

    refusal = refused(desk, cut(SourceKind.EQUITY, "30000.01"))

    assert refusal.code == "SOURCE_BELOW_SPENT"
    assert refusal.details == (Detail("EQUITY", "short by 0.01"),)
    assert desk.on_loan(cut(SourceKind.EQUITY, "30000.00"))


def test_equity_paid_in_is_not_taken_back_by_a_change_order() -> None:
    desk = three_draws()
    desk.on_loan(promised("30000.00"))
    deposit(desk, "10000.00")

    assert refused(desk, cut(SourceKind.EQUITY, "20000.01")).code == "SOURCE_BELOW_SPENT"
    assert desk.on_loan(cut(SourceKind.EQUITY, "20000.00"))


def test_a_deferred_cost_is_cut_to_nothing_at_the_most() -> None:
    desk = three_draws()
    later = Source(SourceKind.DEFERRED, parse_money("500.00"))
    desk.on_loan(ApproveChangeOrder("CO-1", moves(FINISHES="500.00"), (later,)))

    assert refused(desk, cut(SourceKind.DEFERRED, "500.01")).code == "SOURCE_BELOW_SPENT"
    assert desk.on_loan(cut(SourceKind.DEFERRED, "500.00"))


def test_more_paid_in_than_was_promised_does_not_keep_the_borrower_from_promising_more() -> None:
    desk = three_draws()
    deposit(desk, "10000.00")

    assert desk.on_loan(promised("1000.00"))


def test_a_change_order_is_applied_once() -> None:
    desk = three_draws()
    equity = Source(SourceKind.EQUITY, parse_money("30000.00"))
    order = ApproveChangeOrder("CO-1", moves(FINISHES="30000.00"), (equity,))
    desk.on_loan(order)

    assert desk.on_loan(order) == []
    other = ApproveChangeOrder("CO-1", moves(MEP="30000.00"), (equity,))
    assert refused(desk, other).code == "CHANGE_ORDER_EXISTS"
