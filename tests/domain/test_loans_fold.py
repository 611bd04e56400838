"""The fold of a loan: principal moves on a day, and on that of the event which moves it."""

from uuid import UUID

import pytest

from domain.capabilities import KINDS
from domain.events.catalogue import CATALOGUE
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, transfer
from domain.loans.events import DrawReserved
from domain.loans.fold import evolve
from tests.golden.log import stored_events
from tests.scenario import Desk

DRAW = UUID(int=7)


def test_principal_that_moves_on_no_day_is_refused_by_the_name_of_what_moves_it() -> None:
    loan = Desk().active().the_loan
    moving = DrawReserved(
        loan.loan_id, DRAW, (), transfer(Account.PRINCIPAL, Account.CASH, 1_000_00)
    )

    with pytest.raises(ValueError, match="DrawReserved moves principal on no day of its own"):
        evolve(loan, moving)


def test_every_event_that_moves_principal_bears_a_day_of_its_own() -> None:
    assert KINDS  # which fill the catalogue
    moved = set()
    for stored in stored_events():
        event = stored.decode().event
        if isinstance(event, FinancialEvent) and any(
            posting.account is Account.PRINCIPAL for posting in event.postings
        ):
            moved.add(stored.type)

    assert "loan.advance_recorded" in moved
    assert {name for name in moved if CATALOGUE.named(name).dated is None} == set()
