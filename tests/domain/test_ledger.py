"""Entries that cannot be unbalanced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger.accounts import Account
from domain.ledger.entries import Posting, assert_balanced, post, transfer
from domain.loans.events import LoanClosed
from tests.scenario import CLOSING, LOAN_ID

ON_BALANCE = st.sampled_from([account for account in Account if not account.is_memo])


@given(ON_BALANCE, ON_BALANCE, st.integers(0, 10**13))
def test_a_transfer_balances(debit: Account, credit: Account, cents: int) -> None:
    assert_balanced(transfer(debit, credit, cents))


def test_a_transfer_between_the_books_is_refused() -> None:
    with pytest.raises(ValueError, match="different books"):
        transfer(Account.PRINCIPAL, Account.MEMO_DISBURSED, 1)


def test_a_negative_transfer_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        transfer(Account.PRINCIPAL, Account.CASH, -1)


@pytest.mark.parametrize(("debit", "credit"), [(0, 0), (1, 1), (-1, 0), (0, -1), (2, 1)])
def test_a_posting_has_one_side_above_zero(debit: int, credit: int) -> None:
    with pytest.raises(ValueError, match="one side"):
        Posting(Account.CASH, debit, credit)


def test_an_event_with_an_unbalanced_entry_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="differ by 1 cents"):
        LoanClosed(LOAN_ID, CLOSING.closing_on, (Posting(Account.PRINCIPAL, debit_cents=1),))


def test_each_account_grows_on_its_own_side() -> None:
    balances = post({}, transfer(Account.PRINCIPAL, Account.CASH, 500))
    balances = post(balances, transfer(Account.PRINCIPAL, Account.DEFERRED_FEES, 100))

    assert balances == {
        Account.PRINCIPAL: 600,
        Account.CASH: -500,
        Account.DEFERRED_FEES: 100,
    }
