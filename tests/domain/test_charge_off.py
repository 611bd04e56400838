"""Charging a loan off: what is owed leaves the books, against what was set aside for it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from domain.charge_off.commands import ChargeOff
from domain.charge_off.decide import written_off
from domain.charge_off.events import LoanChargedOff
from domain.close_of_business.commands import CloseBusiness
from domain.decisions import FileCommand, decide
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.events import AccrualStatus, Delinquency
from domain.events.catalogue import Event
from domain.fees.commands import AssessFee, RecordProtectiveAdvance
from domain.kernel.errors import Refusal
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, assert_balanced, post
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from domain.participations.commands import SellParticipation
from domain.receivables.events import FeeKind
from tests.scenario import FINISHES, Desk, draw_id, three_draws

DEFAULTED_ON, CLOSED_THROUGH, ON = date(2025, 5, 1), date(2025, 5, 10), date(2025, 5, 20)


OWED = (
    Account.PRINCIPAL,
    Account.INTEREST_RECEIVABLE,
    Account.FEES_RECEIVABLE,
    Account.PROTECTIVE_ADVANCES,
    Account.PARTICIPATION_SOLD,
    Account.MEMO_AVAILABLE,
    Account.MEMO_NONACCRUAL_INTEREST,
    Account.MEMO_NONACCRUAL_OWED,
)


@dataclass
class Books:
    """The three-draw loan and every entry of it and its months."""

    file: LoanFile
    balances: dict[Account, int]

    def ask(self, command: FileCommand) -> list[Event]:
        """Decide and post."""
        events = decide(self.file, command)
        self.file = self.file.after(events)
        for event in events:
            if isinstance(event, FinancialEvent):
                self.balances = post(self.balances, event.postings)
        return events

    def charge_off(self, on: date = ON) -> "Books":
        self.ask(ChargeOff(on, "foreclosed"))
        return self

    def refused(self, on: date = ON) -> str:
        with pytest.raises(Refusal) as refusal:
            self.ask(ChargeOff(on, "foreclosed"))
        return refusal.value.code

    def still_owed(self) -> dict[Account, int]:
        return {account: self.balances[account] for account in OWED if self.balances.get(account)}


def defaulted(*commands: FileCommand, desk: Desk | None = None) -> Books:
    """The loan in default from 1 May, its books closed through 10 May."""
    loan = (desk or three_draws()).the_loan
    books = Books(LoanFile(loan), loan.balances)
    first = (CloseBusiness(DEFAULTED_ON), DeclareDefault(DEFAULTED_ON, "taxes unpaid"))
    for command in (*first, *commands, CloseBusiness(CLOSED_THROUGH)):
        books.ask(command)
    return books


def test_everything_owed_leaves_the_books_against_the_allowance() -> None:
    fee = AssessFee(UUID(int=1), FeeKind.WIRE, 30_00, DEFAULTED_ON)
    taxes = RecordProtectiveAdvance(UUID(int=2), 4_000_00, "County", "taxes", DEFAULTED_ON)
    books = defaulted(fee, taxes).charge_off()

    assert books.file.loan.state is LoanState.CHARGED_OFF
    # Nineteen days at 9.75 % and 5 % on 671,923.74: 3,457.61 and 1,773.13.
    lost_cents = 671_923_74 + 3_457_61 + 1_773_13 + 30_00 + 4_000_00
    assert books.balances[Account.ALLOWANCE] == -lost_cents
    assert books.still_owed() == {}
    assert books.balances[Account.MEMO_COMMITMENT] == books.balances[Account.MEMO_DISBURSED]


def test_interest_kept_off_the_books_leaves_the_memo_accounts() -> None:
    books = defaulted(ChangeAccrualStatus(AccrualStatus.NONACCRUAL, DEFAULTED_ON))
    assert books.balances[Account.MEMO_NONACCRUAL_INTEREST] > 0
    books.charge_off()

    assert books.still_owed() == {}
    assert books.balances[Account.ALLOWANCE] == -671_923_74


def test_a_participant_bears_their_part_of_the_principal() -> None:
    books = defaulted(SellParticipation(UUID(int=3), "First Bank", Rate("0.3"), DEFAULTED_ON))
    books.charge_off()

    assert books.still_owed() == {}
    assert books.file.loan.participations.shares[0].principal_cents == 0
    lenders_cents = 671_923_74 - 201_577_12 + 3_457_61 + 1_773_13
    assert books.balances[Account.ALLOWANCE] == -lenders_cents


def test_unapplied_cash_meets_the_loss_first() -> None:
    file = defaulted().file
    balances = {**file.loan.balances, Account.UNAPPLIED_PAYMENTS: 1_000_00}
    entry = written_off(replace(file, loan=replace(file.loan, balances=balances)))

    assert_balanced(entry)
    unapplied = [p.debit_cents for p in entry if p.account is Account.UNAPPLIED_PAYMENTS]
    assert sum(unapplied) == 1_000_00


def test_nothing_of_what_was_written_off_is_due_late_or_to_be_found() -> None:
    books = defaulted(CloseBusiness(date(2025, 9, 2)))
    assert books.file.loan.delinquency is not Delinquency.CURRENT

    loan = books.charge_off(date(2025, 9, 2)).file.loan

    assert (loan.bills_behind, loan.deficiency_cents) == ([], 0)
    assert loan.delinquency is Delinquency.CURRENT


def test_nothing_accrues_any_more() -> None:
    assert defaulted().charge_off().ask(CloseBusiness(date(2025, 7, 1))) == []


def test_a_loan_is_charged_off_once() -> None:
    assert defaulted().charge_off().ask(ChargeOff(ON, "foreclosed")) == []


def test_only_a_loan_in_default_is_charged_off() -> None:
    assert defaulted(CureDefault(date(2025, 5, 9))).refused() == "LOAN_NOT_DEFAULT"


def test_it_counts_from_the_first_day_that_is_not_closed_at_the_earliest() -> None:
    books = defaulted()

    assert books.refused(date(2025, 5, 9)) == "CHARGE_OFF_BEFORE_ACCRUAL"
    assert isinstance(books.ask(ChargeOff(CLOSED_THROUGH, "foreclosed"))[-1], LoanChargedOff)


def test_approved_draws_are_cancelled_first() -> None:
    desk = three_draws()
    desk.approved(draw_id(4), {FINISHES: ("1000.00", "20000.00", "0.00")}, date(2025, 4, 20))

    assert defaulted(desk=desk).refused() == "DRAWS_PENDING"
