"""A quote is what pays the loan off on each of its dates, to the cent."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid5

import pytest

from domain.fees.commands import RecordProtectiveAdvance
from domain.interest.timeline import InterestCents
from domain.kernel.money import format_money
from domain.kernel.rates import Rate
from domain.loans.file import LoanFile
from domain.payments.commands import RecordEquityDeposit, RecordPayment
from domain.payoff.events import payoff_quote_id
from domain.payoff.quotes import AHEAD_DAYS_MAX, GOOD_THROUGH_DAYS_MAX, counting_day
from domain.rates.commands import ChangeRate
from tests.domain.open_file import (
    E4_FEES,
    LOAN_VERSION,
    OpenFile,
    e4,
    payoff,
    quoted,
    refused,
    three_draws,
)
from tests.scenario import LOAN_ID, Desk

MAY_20, MAY_21, FRIDAY, TUESDAY = (date(2025, 5, day) for day in (20, 21, 23, 27))
MEMORIAL_DAY = date(2025, 5, 26)


def test_the_published_payoff_to_the_cent() -> None:
    letter = quoted(e4(), MAY_20, MAY_21)

    assert format_money(letter.principal_cents) == "671923.74"
    assert letter.interest == InterestCents(3_457_61, 0, 0)
    assert [(fee.kind, format_money(fee.amount_cents)) for fee in letter.fees] == [
        (kind, amount) for _, kind, amount in E4_FEES
    ]
    assert format_money(letter.total_cents) == "685236.35"
    assert letter.per_diem == Decimal("181.97934625")
    assert format_money(letter.per_diem_cents) == "181.98"
    assert [
        (total.received_on, format_money(total.interest_cents), format_money(total.total_cents))
        for total in letter.totals_by_date
    ] == [(MAY_20, "3457.61", "685236.35"), (MAY_21, "3639.59", "685418.33")]


def test_a_per_diem_is_written_as_it_is_read_back_without_zeros_at_its_end() -> None:
    opened = e4()
    opened.serve(ChangeRate(Rate(0), MAY_20))
    nothing = quoted(opened, MAY_20).per_diem
    opened.serve(ChangeRate(Rate("0.09"), MAY_20))

    assert [format(nothing, "f"), format(quoted(opened, MAY_20).per_diem, "f")] == [
        "0",
        "167.980935",
    ]


def test_totals_use_the_unrounded_per_diem() -> None:
    letter = quoted(e4(), MAY_20, date(2025, 5, 30))

    # Nineteen days at 181.98 would be 3,457.62, and a later day may cost 181.97 more.
    assert letter.totals_by_date[0].interest_cents == 19 * letter.per_diem_cents - 1
    assert letter.totals_by_date[-1].interest_cents == 5_277_40  # 29 days: 5,277.40104125


def test_a_date_that_is_no_business_day_counts_on_the_next() -> None:
    totals = quoted(e4(), FRIDAY, TUESDAY).totals_by_date

    assert [(total.received_on, total.counts_on) for total in totals] == [
        (FRIDAY, FRIDAY),
        (date(2025, 5, 24), TUESDAY),
        (date(2025, 5, 25), TUESDAY),
        (MEMORIAL_DAY, TUESDAY),
        (TUESDAY, TUESDAY),
    ]
    assert len({total.total_cents for total in totals[1:]}) == 1


def test_after_cut_off_on_the_friday_before_memorial_day_counts_on_tuesday() -> None:
    friday, *_, tuesday = quoted(e4(), FRIDAY, TUESDAY).totals_by_date

    assert friday.late_counts_on == TUESDAY
    assert friday.late_total_cents == tuesday.total_cents
    assert format_money(tuesday.interest_cents) == "4731.46"  # 26 days: 4,731.4630025


def test_interest_is_capitalised_in_a_quote_across_the_first() -> None:
    opened = e4()
    before = opened.loan

    letter = quoted(opened, date(2025, 5, 30), date(2025, 6, 3))

    assert opened.loan is before
    by_date = {total.received_on: total for total in letter.totals_by_date}
    # 1 June is a Sunday, so the last days of May count on the 2nd with one day of June.
    assert format_money(by_date[date(2025, 6, 2)].principal_cents) == "677565.10"
    assert format_money(by_date[date(2025, 6, 2)].interest_cents) == "183.51"
    assert by_date[date(2025, 5, 31)].total_cents == by_date[date(2025, 6, 2)].total_cents


def test_unused_reserve_is_no_credit() -> None:
    opened = e4()
    letter = quoted(opened, MAY_20)

    assert opened.loan.interest_reserve_cents > 0
    assert letter.total_cents == letter.principal_cents + letter.interest.total_cents + sum(
        fee.amount_cents for fee in letter.fees
    )


def test_unapplied_cash_is_a_credit_and_protective_advances_are_owed() -> None:
    opened = three_draws()
    opened.serve(RecordPayment(uuid5(LOAN_ID, "all"), 675_481_35, MAY_20, "WIRE", "all"))
    opened.serve(RecordProtectiveAdvance(uuid5(LOAN_ID, "tax"), 400_00, "County", "taxes", MAY_20))

    letter = quoted(opened, MAY_21)

    assert letter.protective_advances_cents == 400_00
    assert letter.unapplied_cents == 100_00
    assert letter.total_cents == 300_00


def test_the_same_request_on_the_same_loan_is_the_same_quote() -> None:
    opened = e4()
    letter = quoted(opened, MAY_20, MAY_21)
    opened.close(date(2025, 5, 15))

    assert quoted(opened, MAY_20, MAY_21) == letter
    assert letter.quote_id == payoff_quote_id(LOAN_ID, LOAN_VERSION, MAY_20, MAY_21)


def test_another_version_or_date_is_another_quote() -> None:
    ids = {
        payoff_quote_id(LOAN_ID, version, payoff_on, good_through_on)
        for version in (1, 2)
        for payoff_on in (MAY_20, MAY_21)
        for good_through_on in (FRIDAY, TUESDAY)
    }
    assert len(ids) == 8


def test_a_quote_is_good_for_its_longest_range_and_not_a_day_longer() -> None:
    longest = MAY_20 + timedelta(days=GOOD_THROUGH_DAYS_MAX)

    assert len(quoted(e4(), MAY_20, longest).totals_by_date) == GOOD_THROUGH_DAYS_MAX + 1
    beyond = longest + timedelta(days=1)
    assert refused(lambda: quoted(e4(), MAY_20, beyond)) == "GOOD_THROUGH_TOO_FAR"


def test_a_quote_good_through_the_day_before_its_payoff_is_refused() -> None:
    refusal = refused(lambda: quoted(e4(), MAY_20, date(2025, 5, 19)))
    assert refusal == "GOOD_THROUGH_BEFORE_PAYOFF"


def test_a_quote_for_the_day_to_which_the_books_are_closed_is_given_and_a_day_before_refused() -> (
    None
):
    opened = e4().close(MAY_20)

    assert format_money(quoted(opened, MAY_20).total_cents) == "685236.35"
    assert refused(lambda: quoted(opened, date(2025, 5, 19))) == "PAYOFF_DATE_PAST"


def test_a_quote_before_an_advance_that_is_already_known_is_refused() -> None:
    opened = three_draws()

    assert refused(lambda: quoted(opened, date(2025, 4, 14))) == "PAYOFF_DATE_PAST"
    assert quoted(opened, date(2025, 4, 15))


def test_a_quote_before_closing_is_refused() -> None:
    opened = OpenFile(LoanFile(Desk().active().the_loan))

    assert refused(lambda: quoted(opened, date(2025, 1, 14))) == "PAYOFF_BEFORE_CLOSING"
    assert format_money(quoted(opened, date(2025, 1, 15)).total_cents) == "35000.00"


def test_a_quote_is_given_two_years_ahead_of_the_books_and_not_a_day_more() -> None:
    furthest = date(2025, 5, 1) + timedelta(days=AHEAD_DAYS_MAX)

    assert quoted(e4(), furthest)
    beyond = furthest + timedelta(days=1)
    assert refused(lambda: quoted(e4(), beyond)) == "PAYOFF_DATE_TOO_FAR"


def test_a_loan_that_has_not_closed_has_no_payoff() -> None:
    desk = Desk()
    desk.originate()
    opened = OpenFile(LoanFile(desk.the_loan))

    assert refused(lambda: quoted(opened, MAY_20)) == "LOAN_NOT_LIVE"
    assert refused(lambda: opened.serve(payoff(1, MAY_20))) == "LOAN_NOT_LIVE"


@pytest.mark.parametrize(
    ("received_on", "late", "counts_on"),
    [
        (date(2025, 5, 22), False, date(2025, 5, 22)),
        (date(2025, 5, 22), True, FRIDAY),
        (FRIDAY, False, FRIDAY),
        (FRIDAY, True, TUESDAY),
        (date(2025, 5, 24), True, TUESDAY),
        (MEMORIAL_DAY, False, TUESDAY),
        (TUESDAY, True, date(2025, 5, 28)),
        (date(2025, 12, 31), True, date(2026, 1, 2)),
    ],
)
def test_the_business_day_on_which_a_receipt_counts(
    received_on: date, late: bool, counts_on: date
) -> None:
    assert counting_day(received_on, after_cut_off=late) == counts_on


def test_a_deposit_is_no_credit_to_a_payoff() -> None:
    opened = e4()
    before_cents = quoted(opened, MAY_20).total_cents

    opened.serve(RecordEquityDeposit(uuid5(LOAN_ID, "equity"), 5_000_00, date(2025, 5, 2), None))

    assert quoted(opened, MAY_20).total_cents == before_cents
