"""A payment pays what is owed on the day it is received, in one order, and nothing twice."""

from datetime import date
from decimal import Decimal
from uuid import uuid5

import pytest

from domain.budgets.state import LineTerms
from domain.defaults.commands import ChangeAccrualStatus, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.fees.commands import RecordProtectiveAdvance
from domain.kernel.money import format_money
from domain.kernel.rounding import share_of
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from domain.loans.terms import LoanTerms
from domain.payments.commands import RecordPayment
from domain.payments.waterfall import Due
from domain.receivables.events import FeeKind, PaymentApplied, PaymentReceived
from tests.domain.open_file import OpenFile, applied, payment, refused, three_draws
from tests.scenario import CONTINGENCY, LOAN_ID, RESERVE, Desk, e3_terms

MAY_1, MAY_2, MAY_13, MAY_20 = (date(2025, 5, day) for day in (1, 2, 13, 20))
JUNE_1 = date(2025, 6, 1)


def without_reserve() -> LoanTerms:
    """The example with nothing to pay interest from, so that all of it is billed."""

    def moved(line: LineTerms) -> LineTerms:
        cents = {RESERVE: 0, CONTINGENCY: 10_000_000}.get(line.code, line.amount_cents)
        return replace(line, amount_cents=cents)

    terms = e3_terms()
    return replace(terms, lines=tuple(moved(line) for line in terms.lines))


def billed() -> OpenFile:
    """A closing advance of nothing and three draws, every month billed, on 1 May."""
    return three_draws(without_reserve()).close(MAY_1)


def test_a_payment_first_closes_the_books_through_its_day() -> None:
    opened = three_draws()

    events = opened.pay("3457.61", MAY_20)

    assert applied(events) == {"INTEREST": 3_457_61}
    assert opened.loan.principal_cents == 671_923_74
    assert opened.file.unpaid_interest.total_cents == 0
    assert [type(event) for event in events[-2:]] == [PaymentReceived, PaymentApplied]


@pytest.mark.parametrize(
    ("amount", "paid"),
    [
        ("0.01", {"INTEREST": 1}),
        ("3457.60", {"INTEREST": 3_457_60}),
        ("3457.62", {"INTEREST": 3_457_61, "PRINCIPAL": 1}),
        ("675381.35", {"INTEREST": 3_457_61, "PRINCIPAL": 671_923_74}),
    ],
)
def test_principal_is_paid_from_the_first_cent_after_interest(
    amount: str, paid: dict[str, int]
) -> None:
    assert applied(three_draws().pay(amount, MAY_20)) == paid


def test_one_cent_beyond_all_that_is_owed_is_unapplied() -> None:
    opened = three_draws()

    opened.pay("675381.36", MAY_20)

    assert opened.owed_cents() == 0
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 1
    assert opened.loan.state is LoanState.ACTIVE


def test_the_day_of_a_repayment_bears_interest_on_what_is_left() -> None:
    opened = three_draws()
    opened.pay("100000.00", MAY_20)
    principal_cents = opened.loan.principal_cents

    opened.close(date(2025, 5, 21))

    assert principal_cents == 671_923_74 - (100_000_00 - 3_457_61)
    # 575,381.35 at 9.75 % over 360 is 155.8325; with the 19 days before, rounded once, 3,613.44.
    assert format_money(opened.file.unpaid_interest.total_cents) == "155.83"


def test_unapplied_cash_pays_with_the_next_payment() -> None:
    opened = three_draws()
    opened.pay("675481.35", MAY_20, "all and a hundred more")
    opened.charge(FeeKind.INSPECTION, "150.00", MAY_20)

    events = opened.pay("20.00", date(2025, 5, 21), "twenty")

    assert applied(events) == {"FEE": 120_00}
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0
    assert opened.loan.balance(Account.FEES_RECEIVABLE) == 30_00


def test_a_payment_of_which_nothing_is_owed_is_received_and_not_applied() -> None:
    opened = three_draws()
    opened.pay("675381.35", MAY_20, "all")

    (event,) = opened.pay("5.00", MAY_20, "too much")

    assert isinstance(event, PaymentReceived)
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 5_00


def test_default_interest_is_paid_before_contract_interest() -> None:
    opened = three_draws().close(MAY_1)
    opened.serve(DeclareDefault(MAY_1, "insurance lapsed"))

    events = opened.pay("1119.88", MAY_13)

    assert applied(events) == {"DEFAULT_INTEREST": 1_119_87, "INTEREST": 1}
    assert opened.file.unpaid_interest.interest_cents == 2_183_75 - 1


def test_interest_on_non_accrual_is_paid_last_and_is_income_then() -> None:
    opened = three_draws().close(MAY_1)
    opened.serve(ChangeAccrualStatus(AccrualStatus.NONACCRUAL, MAY_2))
    income_cents = opened.booked(Account.INTEREST_INCOME)

    events = opened.pay("181.99", MAY_13)

    assert applied(events) == {"INTEREST": 181_98, "NONACCRUAL_INTEREST": 1}
    # One day was income as it accrued.
    assert opened.booked(Account.INTEREST_INCOME) == income_cents + 181_98 + 1


def test_a_protective_advance_is_paid_before_every_fee() -> None:
    opened = three_draws().close(MAY_1)
    opened.charge(FeeKind.WIRE, "30.00", MAY_1)
    opened.serve(
        RecordProtectiveAdvance(uuid5(LOAN_ID, "tax"), 400_00, "County", "taxes", date(2025, 5, 4))
    )

    assert applied(opened.pay("400.01", MAY_20)) == {"PROTECTIVE_ADVANCE": 400_00, "FEE": 1}


def test_late_charges_are_paid_before_older_fees_and_those_by_age() -> None:
    opened = three_draws().close(MAY_1)
    newer = opened.charge(FeeKind.INSPECTION, "30.00", date(2025, 5, 3), "newer")
    older = opened.charge(FeeKind.WIRE, "20.00", MAY_2, "older")
    late = opened.charge(FeeKind.LATE, "10.00", date(2025, 5, 4), "late")

    opened.pay("30.01", MAY_20)

    left = {fee.fee_id: fee.unpaid_cents for fee in opened.loan.receivables.fees}
    assert left == {late: 0, older: 0, newer: 30_00 - 1}


def test_a_fee_assessed_a_day_after_the_payment_is_not_paid_by_it() -> None:
    opened = three_draws().close(MAY_1)
    opened.charge(FeeKind.WIRE, "30.00", date(2025, 5, 21))
    opened.charge(FeeKind.INSPECTION, "40.00", MAY_20)

    assert applied(opened.pay("50.00", MAY_20)) == {"FEE": 40_00, "INTEREST": 10_00}


def test_billed_interest_is_paid_from_the_oldest_month_on() -> None:
    opened = billed()
    january_cents = opened.loan.receivables.months[0].unpaid.total_cents
    late_charges_cents = opened.loan.balance(Account.FEES_RECEIVABLE)

    opened.pay(format_money(late_charges_cents + january_cents + 1), MAY_1)

    assert [month.paid.total_cents for month in opened.loan.receivables.months] == [
        january_cents,
        1,
        0,
        0,
    ]


def test_a_bill_unpaid_a_day_beyond_its_grace_brings_a_charge_that_is_paid_first() -> None:
    in_time, late = billed(), billed()
    # What fell due in February to April was late long ago.
    owed_cents = in_time.owed_cents() - in_time.loan.principal_cents
    april_cents = in_time.loan.receivables.months[-1].unpaid.total_cents
    for opened in (in_time, late):
        opened.pay(format_money(owed_cents - april_cents), MAY_1, "arrears")
    charged = len(in_time.loan.receivables.fees)

    in_time.pay(format_money(april_cents), date(2025, 5, 11), "in time")
    events = late.pay(format_money(april_cents), date(2025, 5, 12), "late")

    assert len(in_time.close(date(2025, 5, 12)).loan.receivables.fees) == charged
    assert len(late.loan.receivables.fees) == charged + 1
    assert applied(events)["FEE"] == share_of(april_cents, Decimal("0.05"))


def test_allocations_name_the_fee_and_the_month_they_paid() -> None:
    opened = three_draws().close(MAY_1)
    fee_id = opened.charge(FeeKind.WIRE, "30.00", MAY_1)

    (event,) = [
        event for event in opened.pay("4000.00", MAY_20) if isinstance(event, PaymentApplied)
    ]

    assert [(part.due, part.fee_id, part.month) for part in event.allocations] == [
        (Due.FEE, fee_id, None),
        (Due.INTEREST, None, MAY_1),
        (Due.PRINCIPAL, None, None),
    ]


def test_interest_paid_ahead_is_not_capitalised_on_the_first() -> None:
    opened = three_draws()
    opened.pay("3457.61", MAY_20)
    unpaid = three_draws().close(JUNE_1).loan.principal_cents - 671_923_74

    opened.close(JUNE_1)

    assert opened.loan.principal_cents - 671_923_74 == unpaid - 3_457_61
    assert opened.file.unpaid_interest.total_cents == 0


def test_a_payment_on_the_day_of_closing_is_taken_and_the_day_before_refused() -> None:
    early = payment("1.00", date(2025, 1, 14))

    assert refused(lambda: three_draws().serve(early)) == "PAYMENT_BEFORE_CLOSING"
    assert applied(three_draws().pay("1.00", date(2025, 1, 15)))


@pytest.mark.parametrize("amount_cents", [0, -1])
def test_a_payment_of_nothing_is_refused(amount_cents: int) -> None:
    empty = replace(payment("1.00", MAY_20), amount_cents=amount_cents)

    assert refused(lambda: three_draws().serve(empty)) == "AMOUNT_NOT_POSITIVE"


def test_a_loan_that_has_not_closed_takes_no_payment() -> None:
    desk = Desk()
    desk.originate()
    opened = OpenFile(LoanFile(desk.the_loan))

    assert refused(lambda: opened.pay("1.00", MAY_20)) == "LOAN_NOT_LIVE"


@pytest.mark.parametrize("name", ["payment", "another id"])
def test_the_same_payment_again_decides_nothing(name: str) -> None:
    opened = three_draws()
    opened.pay("1.00", MAY_20)

    again = replace(payment("1.00", MAY_20), payment_id=uuid5(LOAN_ID, name))
    assert opened.serve(again) == []


@pytest.mark.parametrize(
    "other",
    [
        payment("1.01", MAY_20),
        payment("1.00", date(2025, 5, 21)),
        replace(payment("1.00", MAY_20), method="CHECK"),
        replace(payment("1.00", MAY_20), external_ref="another"),
        replace(payment("1.01", MAY_20), payment_id=uuid5(LOAN_ID, "another")),
    ],
)
def test_another_payment_under_the_same_id_or_reference_collides(other: RecordPayment) -> None:
    opened = three_draws()
    opened.pay("1.00", MAY_20)

    assert refused(lambda: opened.serve(other)) == "PAYMENT_EXISTS"


def test_two_payments_without_a_reference_are_two() -> None:
    opened = three_draws()
    cash = replace(payment("1.00", MAY_20), external_ref=None, method="CASH")

    opened.serve(cash)
    assert opened.serve(replace(cash, payment_id=uuid5(LOAN_ID, "another")))
