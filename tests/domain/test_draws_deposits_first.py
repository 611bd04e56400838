"""The borrower's money goes in first: deposits pay a draw as far as they go, the loan the rest."""

import pytest

from domain.budgets.commands import ApproveChangeOrder
from domain.budgets.state import LineChange, Source, SourceKind
from domain.draws.commands import ApproveDraw, CancelDraw, ConfirmFunding, InitiateFunding
from domain.kernel.money import format_money, parse_money
from domain.ledger.accounts import Account
from domain.loans.state import Loan
from tests.domain.draw_controls import DAY, deposit, draft, refused, reverse, to_review
from tests.scenario import OFFICER, SOFT, Asked, Desk, draw_id, e3_terms, line_id

NET: Asked = {SOFT: ("10000.00", "0.00", "0.00")}
FIRST = draw_id(1)


def approve(desk: Desk, number: int, asked: Asked = NET) -> None:
    draft(desk, draw_id(number), asked)
    to_review(desk, draw_id(number))
    desk.on_draw(draw_id(number), ApproveDraw(OFFICER))


def pay(desk: Desk, number: int) -> None:
    desk.on_draw(draw_id(number), InitiateFunding("wire"))
    desk.on_draw(draw_id(number), ConfirmFunding(DAY))


def figures(loan: Loan) -> tuple[int, int, int, int]:
    """Principal, reserved, deposits, cash, in cents."""
    return (
        loan.principal_cents,
        loan.reserved_cents,
        loan.balance(Account.BORROWER_DEPOSITS),
        loan.balance(Account.CASH),
    )


@pytest.mark.parametrize(
    ("paid_in", "deposit_part"),
    [("0.01", 1), ("9999.99", 999_999), ("10000.00", 1_000_000), ("10000.01", 1_000_000)],
)
def test_deposits_pay_as_far_as_they_go_and_are_never_principal(
    paid_in: str, deposit_part: int
) -> None:
    desk = Desk().active(e3_terms())
    deposit(desk, paid_in)
    held_cents = parse_money(paid_in)

    approve(desk, 1)
    loan_part = 1_000_000 - deposit_part
    assert figures(desk.the_loan) == (0, loan_part, held_cents, held_cents)

    pay(desk, 1)
    left_cents = held_cents - deposit_part
    assert figures(desk.the_loan) == (loan_part, 0, left_cents, held_cents - 1_000_000)
    assert desk.the_loan.undisbursed_cents == 96_000_000 - loan_part


def test_what_one_draw_holds_of_the_deposits_is_not_there_for_the_next() -> None:
    desk = Desk().active(e3_terms())
    deposit(desk, "15000.00")
    approve(desk, 1)
    approve(desk, 2)

    assert desk.the_loan.reserved_cents == 500_000
    assert desk.the_loan.free_deposits_cents() == 0


def test_a_cancelled_draw_gives_its_deposits_back() -> None:
    desk = Desk().active(e3_terms())
    deposit(desk, "10000.00")
    approve(desk, 1)

    desk.on_draw(FIRST, CancelDraw())

    assert desk.the_loan.free_deposits_cents() == 1_000_000
    assert desk.the_loan.available_cents == 96_000_000


def test_deposits_that_came_in_since_the_approval_pay_when_the_wire_is_ordered() -> None:
    desk = Desk().active(e3_terms())
    approve(desk, 1)
    assert desk.the_loan.reserved_cents == 1_000_000
    deposit(desk, "4000.00")

    pay(desk, 1)

    assert desk.the_loan.principal_cents == 600_000
    assert desk.the_loan.available_cents == 96_000_000 - 600_000


def test_ordering_the_wire_again_decides_nothing() -> None:
    desk = Desk().active(e3_terms())
    deposit(desk, "4000.00")
    approve(desk, 1)
    desk.on_draw(FIRST, InitiateFunding("wire"))

    assert desk.on_draw(FIRST, InitiateFunding("wire")) == []


@pytest.mark.parametrize(("extra", "code"), [("0.00", None), ("0.01", "DRAW_EXCEEDS_COMMITMENT")])
def test_a_draw_takes_the_commitment_and_the_deposits_and_not_a_cent_more(
    extra: str, code: str | None
) -> None:
    desk = Desk().active(e3_terms())
    more = parse_money("1000000.00")
    order = ApproveChangeOrder(
        "CO-1", (LineChange(line_id(SOFT), more),), (Source(SourceKind.EQUITY, more),)
    )
    desk.on_loan(order)
    deposit(desk, "30000.00")
    cents = parse_money("990000.00") + parse_money(extra)
    asked: Asked = {SOFT: (format_money(cents), "0.00", "0.00")}

    if code is None:
        approve(desk, 1, asked)
        assert desk.the_loan.available_cents == 0
        return
    refusal = refused(desk, lambda: draft(desk, FIRST, asked))
    assert (refusal.code, refusal.details[0].message) == (code, "short by 0.01")


def test_a_reversed_draw_gives_the_deposits_back() -> None:
    desk = Desk().active(e3_terms())
    deposit(desk, "4000.00")
    approve(desk, 1)
    before = figures(desk.the_loan)
    pay(desk, 1)

    reverse(desk, FIRST, DAY)

    assert before == (0, 600_000, 400_000, 400_000)
    assert figures(desk.the_loan) == (0, 0, 400_000, 400_000)
    approve(desk, 2)
    pay(desk, 2)
    assert desk.the_loan.principal_cents == 600_000
