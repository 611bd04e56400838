"""Example E3, without interest: three draws, to the cent."""

import pytest

from domain.kernel.money import format_money
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent
from tests.scenario import E3_DRAWS, E3Draw, draw_id, three_draws


@pytest.mark.parametrize(("number", "expected"), list(enumerate(E3_DRAWS, 1)))
def test_every_g702_line_of_the_published_table(number: int, expected: E3Draw) -> None:
    figures = three_draws().draws[draw_id(number)].application.totals()

    assert {
        "l4": format_money(figures.l4_cents),
        "l5": format_money(figures.l5_cents),
        "l6": format_money(figures.l6_cents),
        "l7": format_money(figures.l7_cents),
        "l8": format_money(figures.l8_cents),
        "l9": format_money(figures.l9_cents),
    } == {name: getattr(expected, name) for name in ("l4", "l5", "l6", "l7", "l8", "l9")}


def test_lines_after_the_third_draw() -> None:
    lines = three_draws().the_loan.budget.lines

    assert {
        line.code: tuple(
            format_money(cents)
            for cents in (
                line.budget_cents,
                line.funded_cents,
                line.withheld_cents,
                line.unbilled_cents,
            )
        )
        for line in lines
    } == {
        "LAND": ("250000.00", "250000.00", "0.00", "0.00"),
        "FEE": ("10000.00", "10000.00", "0.00", "0.00"),
        "SOFT": ("60000.00", "45000.00", "0.00", "15000.00"),
        "SITEWORK": ("180000.00", "180000.00", "0.00", "0.00"),
        "FRAMING": ("240000.00", "216000.00", "24000.00", "0.00"),
        "MEP": ("160000.00", "121500.00", "13500.00", "25000.00"),
        "FINISHES": ("200000.00", "81000.00", "9000.00", "110000.00"),
        "CONTINGENCY": ("50000.00", "0.00", "0.00", "50000.00"),
        "RESERVE": ("50000.00", "0.00", "0.00", "50000.00"),
    }


def test_books_after_the_third_draw() -> None:
    loan = three_draws().the_loan

    assert format_money(loan.principal_cents) == "663500.00"
    assert format_money(loan.balance(Account.CASH)) == "-653500.00"
    assert format_money(loan.balance(Account.DEFERRED_FEES)) == "10000.00"
    assert format_money(loan.undisbursed_cents) == "296500.00"
    assert loan.reserved_cents == 0
    assert format_money(loan.balance(Account.MEMO_RETAINAGE_WITHHELD)) == "46500.00"
    assert loan.deficiency_cents == 0


def test_debits_equal_credits_after_every_event() -> None:
    on_balance = memo = 0
    for event in three_draws().recorded:
        for posting in event.postings if isinstance(event, FinancialEvent) else ():
            net = posting.debit_cents - posting.credit_cents
            if posting.account.is_memo:
                memo += net
            else:
                on_balance += net
        assert (on_balance, memo) == (0, 0)
