"""Reversals of money: payments, fees, advances, deposits, capitalised interest, each by its figures."""

from datetime import date
from functools import partial

from domain.close_of_business.commands import CloseBusiness
from domain.defaults.commands import DeclareDefault
from domain.fees.commands import WaiveFee
from domain.ledger.accounts import Account
from domain.loans.events import AdvanceRecorded
from domain.loans.state import LoanState
from domain.payments.waterfall import Due
from domain.payoff.commands import RecordPayoff
from domain.rates.events import RateChanged
from domain.receivables.events import (
    EquityDepositReceived,
    FeeAssessed,
    FeeWaived,
    InterestCapitalizationReversed,
    InterestCapitalized,
    InterestRestated,
    PaymentReceived,
    PaymentReversed,
    ProtectiveAdvanceRecorded,
)
from tests.domain.corrections_desk import (
    CLOSED_ON,
    FEE_ID,
    balances,
    closed,
    entries,
    eventful,
    funded,
    paid,
    payment_id,
    refused,
    three_draws,
    undo,
)
from tests.domain.loan_desk import LoanDesk
from tests.scenario import E3_DRAWS


class TestPayment:
    def test_what_it_paid_is_owed_again_by_name(self) -> None:
        desk = eventful()
        before = eventful_until_payment()
        first, second = entries(desk, PaymentReceived)
        undo(desk, second)
        events = undo(desk, first)

        assert isinstance(events[0], PaymentReversed)
        assert [part.due for part in events[0].allocations][:2] == [Due.PROTECTIVE_ADVANCE, Due.FEE]
        fee = desk.loan.receivables.fee(FEE_ID)
        assert fee is not None
        assert fee.unpaid_cents == before.loan.receivables.fees[0].unpaid_cents == 30_00
        assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0

    def test_a_loan_that_it_paid_off_is_where_it_was(self) -> None:
        for defaulted in (False, True):
            desk = three_draws(date(2025, 5, 1))
            if defaulted:
                desk.serve(DeclareDefault(date(2025, 5, 1), "taxes unpaid"))
            before, owed = desk.loan.state, desk.loan.principal_cents
            desk.serve(payoff(date(2025, 5, 20)))
            assert desk.loan.state is LoanState.PAID_OFF

            undo(desk, entries(desk, PaymentReceived)[0])

            assert desk.loan.state is before
            assert desk.loan.principal_cents == owed
            assert desk.the_file.unpaid_interest.interest_cents == 3_457_61

    def test_the_reserve_pays_the_same_whether_it_came_back_before_or_after_the_first(self) -> None:
        months, books = [], []
        for closed_to in (date(2025, 5, 20), date(2025, 6, 1)):
            desk = three_draws(date(2025, 5, 1))
            desk.serve(paid(1, 3_457_61, date(2025, 5, 20)))
            desk.serve(CloseBusiness(closed_to))
            undo(desk, entries(desk, PaymentReceived)[0], date(2025, 6, 10))
            desk.serve(CloseBusiness(date(2025, 7, 1)))
            months.append(desk.loan.receivables.months)
            books.append(balances(desk.journal))

        may = desk.loan.receivables.month(date(2025, 5, 1))
        assert (may.capitalised_cents, may.unpaid.total_cents) == (2_183_75, 3_457_61)
        assert months[0] == months[1]
        assert books[0] == books[1]

    def test_a_payoff_after_the_cut_off_is_reversed_from_the_day_it_paid(self) -> None:
        # Friday, 23 May 2025; Monday is Memorial Day, so it counts on Tuesday, the 27th.
        desk = three_draws(date(2025, 5, 1))
        desk.serve(payoff(date(2025, 5, 23), after_cut_off=True))
        entry = entries(desk, PaymentReceived)[0]

        assert refused(lambda: undo(desk, entry, date(2025, 5, 26))) == "REVERSAL_BEFORE_ORIGINAL"
        undo(desk, entry, date(2025, 5, 27))
        assert desk.loan.principal_cents == 671_923_74

    def test_of_a_loan_that_was_paid_off_only_the_payoff_is_reversed(self) -> None:
        desk = eventful()
        desk.serve(payoff(date(2025, 5, 20)))

        for kind in (RateChanged, AdvanceRecorded, FeeAssessed):
            assert refused(partial(undo, desk, entries(desk, kind)[0])) == "NOT_REVERSIBLE"
        assert refused(lambda: undo(desk, entries(desk, PaymentReceived)[0])) == "NOT_REVERSIBLE"
        undo(desk, entries(desk, PaymentReceived)[-1])
        assert desk.loan.is_live

    def test_what_it_left_over_and_a_later_one_used_comes_back_with_the_later_one_first(
        self,
    ) -> None:
        desk = overpaid_then_used()
        first, second = entries(desk, PaymentReceived)

        assert refused(lambda: undo(desk, first)) == "NOT_REVERSIBLE"
        undo(desk, second)
        undo(desk, first)
        assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0
        assert desk.loan.balance(Account.CASH) == -(25_000_00 + 147_000_00)

    def test_interest_that_was_credited_since_is_not_owed_again(self) -> None:
        desk = closed()
        funded(desk, 1, E3_DRAWS[0].asked, date(2025, 2, 10))
        desk.serve(CloseBusiness(date(2025, 2, 20)))
        desk.serve(paid(1, 200_00, date(2025, 2, 20)))
        undo(desk, entries(desk, AdvanceRecorded)[0])
        credited = desk.loan.balance(Account.UNAPPLIED_PAYMENTS)
        assert credited > 0

        undo(desk, entries(desk, PaymentReceived)[0])

        assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0
        assert desk.loan.receivables.month(date(2025, 2, 1)).paid.total_cents == 0


def eventful_until_payment() -> LoanDesk:
    """The eventful loan with its payments taken back by hand, for comparison."""
    desk = eventful()
    for entry in reversed(entries(desk, PaymentReceived)):
        undo(desk, entry)
    return desk


def payoff(on: date, *, after_cut_off: bool = False) -> RecordPayoff:
    return RecordPayoff(payment_id(9), 950_000_00, on, "WIRE", after_cut_off=after_cut_off)


def overpaid_then_used() -> LoanDesk:
    """A payment of more than was owed, and one that paid principal with the surplus."""
    desk = closed()
    desk.serve(paid(1, 40_000_00, CLOSED_ON))
    assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 5_000_00
    funded(desk, 1, E3_DRAWS[0].asked, CLOSED_ON)
    desk.serve(paid(2, 1_000_00, CLOSED_ON))
    assert desk.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0
    return desk


class TestFeesAndDeposits:
    def test_a_fee_that_was_paid_in_part_is_not_struck(self) -> None:
        desk = eventful()
        assert refused(lambda: undo(desk, entries(desk, FeeAssessed)[0])) == "FEE_PAID"

    def test_a_protective_advance_that_was_paid_is_not_taken_back(self) -> None:
        desk = eventful()
        assert refused(lambda: undo(desk, entries(desk, ProtectiveAdvanceRecorded)[0])) == (
            "PROTECTIVE_ADVANCE_PAID"
        )

    def test_a_struck_fee_takes_its_waiver_with_it(self) -> None:
        desk = eventful_until_payment()
        desk.serve(WaiveFee(FEE_ID, date(2025, 5, 10), "goodwill", 10_00))
        assert any(isinstance(entry.event, FeeWaived) for entry in desk.journal)
        undo(desk, entries(desk, FeeAssessed)[0])

        held = balances(desk.journal)
        assert Account.FEES_RECEIVABLE not in held
        assert Account.FEE_INCOME not in held

    def test_a_deposit_that_a_draw_has_spent_stays(self) -> None:
        desk = eventful()
        entry = entries(desk, EquityDepositReceived)[0]
        assert refused(lambda: undo(desk, entry)) == "DEPOSIT_USED"

        undo(desk, entries(desk, AdvanceRecorded)[1])
        undo(desk, entry)
        assert desk.loan.balance(Account.BORROWER_DEPOSITS) == 0


class TestCapitalisation:
    def test_it_is_billed_as_the_month_was_due_and_not_capitalised_again(self) -> None:
        desk = three_draws(date(2025, 5, 20))
        entry = entries(desk, InterestCapitalized)[-1]
        reserve = desk.loan.interest_reserve_cents
        events = undo(desk, entry)

        assert isinstance(events[0], InterestCapitalizationReversed)
        assert desk.loan.principal_cents == 671_923_74 - 4_463_82
        assert desk.loan.interest_reserve_cents == reserve + 4_463_82
        april = desk.loan.receivables.month(date(2025, 4, 1))
        assert (april.unpaid.interest_cents, april.due_on) == (4_463_82, date(2025, 5, 1))

        undo(desk, entries(desk, AdvanceRecorded)[0])
        assert desk.loan.receivables.month(date(2025, 4, 1)).capitalised_cents == 0

    def test_what_is_given_back_is_the_amount_as_restated(self) -> None:
        desk = three_draws(date(2025, 5, 1))
        restated = undo(desk, entries(desk, AdvanceRecorded)[1])
        assert any(isinstance(event, InterestRestated) for event in restated)
        april = desk.loan.receivables.month(date(2025, 4, 1)).capitalised_cents
        events = undo(desk, entries(desk, InterestCapitalized)[-1])

        assert isinstance(events[0], InterestCapitalizationReversed)
        assert events[0].amount_cents == april < 4_463_82
