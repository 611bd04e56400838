"""Maturity, late charges and days past due: each on its day."""

from datetime import date
from uuid import uuid5

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.defaults.commands import DeclareDefault
from domain.defaults.delinquency import bucket_of, days_past_due, past_due_when_closed_cents
from domain.defaults.events import Delinquency, DelinquencyAged
from domain.kernel.money import format_money
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.loans.state import LoanState
from domain.maturity.events import LoanMatured
from domain.payments.commands import RecordPayment
from domain.rates.commands import ChangeRate
from domain.receivables.events import FeeAssessed
from tests.domain.at_work import events_of, one_bill, without_reserve, worked
from tests.domain.open_file import OpenFile
from tests.scenario import LOAN_ID, e3_terms


def test_a_loan_with_principal_matures_on_the_day_after_its_maturity() -> None:
    desk = worked(date(2025, 5, 15), replace(e3_terms(), maturity_on=date(2025, 5, 15)))
    assert not events_of(desk.recorded, LoanMatured)

    events = desk.close(date(2025, 5, 16))

    assert LoanMatured(LOAN_ID, date(2025, 5, 16)) in events
    assert (
        DelinquencyAged(LOAN_ID, date(2025, 5, 16), Delinquency.DAYS_1_29, date(2025, 5, 15))
        in events
    )
    assert desk.the_loan.state is LoanState.MATURED


def test_example_e8_a_late_charge_is_five_per_cent_of_the_unpaid_bill() -> None:
    desk = one_bill()
    desk.close(date(2025, 6, 11))
    assert not events_of(desk.recorded, FeeAssessed)

    charged = events_of(desk.close(date(2025, 6, 12)), FeeAssessed)

    assert [(fee.amount_cents, fee.assessed_on, fee.month) for fee in charged] == [
        (216_05, date(2025, 6, 12), date(2025, 5, 1))
    ]
    assert not events_of(desk.close(date(2025, 7, 1)), FeeAssessed)


def test_each_bill_brings_one_late_charge_of_its_own() -> None:
    desk = one_bill(grace_days=0)

    charged = events_of(desk.close(date(2025, 8, 2)), FeeAssessed)

    assert [fee.assessed_on for fee in charged] == [
        date(2025, 6, 2),
        date(2025, 7, 2),
        date(2025, 8, 2),
    ]
    assert len({fee.fee_id for fee in charged}) == 3


def test_example_e10_a_bill_of_the_first_of_june_is_34_days_past_due_on_the_fifth_of_july() -> None:
    desk = one_bill()
    desk.close(date(2025, 7, 5))

    assert days_past_due(desk.the_loan, date(2025, 7, 5)) == 34
    assert desk.the_loan.delinquency is Delinquency.DAYS_30_59
    aged = [event for event in desk.recorded if isinstance(event, DelinquencyAged)]
    assert [(event.aged_on, event.bucket) for event in aged] == [
        (date(2025, 6, 2), Delinquency.DAYS_1_29),
        (date(2025, 7, 1), Delinquency.DAYS_30_59),
    ]
    assert {event.due_on for event in aged} == {date(2025, 6, 1)}


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, "CURRENT"), (1, "1-29"), (29, "1-29"), (30, "30-59"), (59, "30-59"), (60, "60-89"),
     (89, "60-89"), (90, "90+"), (1_000, "90+")],
)  # fmt: skip
def test_the_buckets_change_on_their_first_day(days: int, bucket: str) -> None:
    assert bucket_of(days).value == bucket


@pytest.mark.parametrize("every_days", [1, 5, 21])
def test_days_caught_up_together_show_every_step_back_and_on_again(every_days: int) -> None:
    desk = OpenFile(worked(date(2025, 5, 10), without_reserve()).file)
    assert desk.loan.delinquency is Delinquency.DAYS_90
    charged = sum(fee.unpaid_cents for fee in desk.loan.receivables.fees)
    january = desk.loan.receivables.months[0].unpaid.total_cents
    desk.pay(format_money(charged + january), date(2025, 5, 10))

    for day in range(10 + every_days, 32, every_days):
        desk.close(date(2025, 5, day))

    assert events_of(desk.events, DelinquencyAged) == [
        DelinquencyAged(LOAN_ID, on, bucket, date(2025, 3, 1))
        for on, bucket in (
            (date(2025, 5, 10), Delinquency.DAYS_60_89),
            (date(2025, 5, 30), Delinquency.DAYS_90),
        )
    ]


def test_a_loan_in_default_owes_its_principal_from_the_day_after_maturity() -> None:
    desk = OpenFile(worked(date(2025, 5, 20), without_reserve(maturity_on=date(2025, 6, 15))).file)
    desk.serve(DeclareDefault(date(2025, 5, 20), "Unpaid interest"))
    for on, principal in ((date(2025, 6, 15), False), (date(2025, 6, 16), True)):
        desk.close(on)
        loan, month = desk.file.loan, desk.file.period(date(2025, 6, 1))
        billed_cents = sum(left.total_cents for _, left in loan.bills_behind)
        behind_cents = past_due_when_closed_cents(loan, month)
        assert loan.state is LoanState.DEFAULT
        assert loan.delinquency is not Delinquency.CURRENT
        assert behind_cents == billed_cents + (loan.principal_cents if principal else 0)


def test_a_run_that_looks_at_days_without_interest_again_takes_no_step_twice() -> None:
    terms = without_reserve(maturity_on=date(2025, 4, 30))
    desk = OpenFile(worked(date(2025, 5, 1), terms).file)
    for on in (date(2025, 5, 1), date(2025, 5, 2)):
        desk.serve(ChangeRate(Rate(0), on))
    for day in range(2, 30):
        desk.close(date(2025, 5, day))

    steps = events_of(desk.events, DelinquencyAged)

    assert [event.bucket for event in steps] == [Delinquency.DAYS_90]
    assert desk.serve(CloseBusiness(date(2025, 5, 29))) == []


def test_a_payment_of_what_is_past_due_takes_the_loan_out_of_its_bucket_at_once() -> None:
    desk = one_bill()
    desk.close(date(2025, 7, 5))
    behind = sum(left.total_cents for _, left in desk.the_loan.bills_behind)
    short = RecordPayment(uuid5(LOAN_ID, "short"), behind - 1, date(2025, 7, 5), "WIRE")
    rest = RecordPayment(uuid5(LOAN_ID, "rest"), 50_000, date(2025, 7, 5), "WIRE")

    desk.serve(short)
    desk.serve(rest)

    assert desk.the_loan.delinquency is Delinquency.CURRENT
    assert isinstance(desk.recorded[-1], DelinquencyAged)
    assert desk.close(date(2025, 7, 5)) == []
