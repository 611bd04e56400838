"""A quote is what pays the loan off on each of its dates, and paying it leaves nothing owed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.draws.commands import ApproveDraw, InitiateFunding
from domain.events.catalogue import Event
from domain.interest.timeline import InterestCents
from domain.kernel.day_count import DayCount
from domain.kernel.money import format_money, parse_money
from domain.kernel.rounding import Rounding
from domain.ledger.accounts import Account
from domain.loans.events import LoanTerms
from domain.loans.life_events import AccrualStatus, LoanPaidOff
from domain.loans.loan import LoanState
from domain.receivables.events import FeeKind, PaymentApplied, PaymentReceived
from domain.servicing.commands import (
    ChangeAccrualStatus,
    CloseBusiness,
    DeclareDefault,
    RecordEquityDeposit,
    RecordPayment,
    RecordPayoff,
    RecordProtectiveAdvance,
    ReverseEvent,
    SellParticipation,
)
from domain.servicing.file import LoanFile
from domain.servicing.payoff import (
    AHEAD_DAYS_MAX,
    GOOD_THROUGH_DAYS_MAX,
    counting_day,
    quote,
)
from domain.servicing.payoff_events import PayoffQuoted, payoff_quote_id
from tests.domain.open_file import E4_FEES, OpenFile, e4, payment, refused, three_draws
from tests.scenario import FRAMING, LOAN_ID, OFFICER, Desk, draw_id, e3_terms

MAY_20, MAY_21, FRIDAY, TUESDAY = (date(2025, 5, day) for day in (20, 21, 23, 27))
MEMORIAL_DAY = date(2025, 5, 26)
VERSION = 17


def quoted(opened: OpenFile, payoff_on: date, good_through_on: date | None = None) -> PayoffQuoted:
    """A quote for a date, or a range of them."""
    return quote(opened.file, VERSION, payoff_on, good_through_on or payoff_on)


def payoff(cents: int, on: date, *, late: bool = False) -> RecordPayoff:
    """A payoff by wire."""
    return RecordPayoff(uuid5(LOAN_ID, "payoff"), cents, on, "WIRE", "payoff", late)


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
    assert letter.quote_id == payoff_quote_id(LOAN_ID, VERSION, MAY_20, MAY_21)


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


def test_the_total_pays_the_loan_off_and_one_cent_less_does_not() -> None:
    opened = e4()
    total_cents = quoted(opened, MAY_20).total_cents

    assert refused(lambda: opened.serve(payoff(total_cents - 1, MAY_20))) == "PAYOFF_SHORT"
    events = opened.serve(payoff(total_cents, MAY_20))

    assert [type(event) for event in events[-3:]] == [PaymentReceived, PaymentApplied, LoanPaidOff]
    assert opened.loan.state is LoanState.PAID_OFF
    assert opened.owed_cents() == 0
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0


def test_a_cent_too_much_is_unapplied() -> None:
    opened = e4()

    opened.serve(payoff(685_236_36, MAY_20))

    assert opened.owed_cents() == 0
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 1


def test_the_same_payoff_again_decides_nothing_and_another_one_collides() -> None:
    opened = e4()
    opened.serve(payoff(685_236_35, MAY_20))

    assert opened.serve(payoff(685_236_35, MAY_20)) == []
    assert refused(lambda: opened.serve(payoff(685_236_36, MAY_20))) == "PAYMENT_EXISTS"
    assert refused(lambda: opened.pay("1.00", MAY_21, "another")) == "LOAN_NOT_LIVE"


def test_a_payoff_after_cut_off_owes_the_interest_of_the_days_until_it_counts() -> None:
    opened = e4()
    in_time = quoted(opened, FRIDAY).total_cents
    late = quoted(opened, FRIDAY).totals_by_date[0].late_total_cents

    assert refused(lambda: opened.serve(payoff(in_time, FRIDAY, late=True))) == "PAYOFF_SHORT"
    events = opened.serve(payoff(late, FRIDAY, late=True))

    received = next(event for event in events if isinstance(event, PaymentReceived))
    paid_off = events[-1]
    assert isinstance(paid_off, LoanPaidOff)
    assert (received.received_on, paid_off.paid_off_on) == (FRIDAY, TUESDAY)
    assert opened.owed_cents() == 0


def test_nothing_accrues_after_the_payoff() -> None:
    opened = e4()
    opened.serve(payoff(685_236_35, MAY_20))

    assert opened.serve(CloseBusiness(date(2025, 7, 1))) == []
    assert opened.owed_cents() == 0


def reversal(opened: OpenFile, on: date) -> ReverseEvent:
    """The command that undoes the payoff."""
    original = next(event for event in opened.events if isinstance(event, PaymentReceived))
    return ReverseEvent(uuid5(LOAN_ID, "event"), original, MAY_20, on, "returned by the bank")


def test_a_payoff_returned_on_its_day_leaves_the_loan_as_if_it_never_came() -> None:
    opened, never_paid = e4(), e4()
    opened.serve(payoff(685_236_35, MAY_20))

    opened.serve(reversal(opened, MAY_20))
    for each in (opened, never_paid):
        each.close(date(2025, 6, 10))

    assert opened.loan.state is LoanState.ACTIVE
    assert opened.loan.timeline == never_paid.loan.timeline
    assert {account: opened.booked(account) for account in Account} == {
        account: never_paid.booked(account) for account in Account
    }


def test_a_payoff_returned_a_week_later_owes_all_that_it_paid() -> None:
    opened = e4()
    opened.serve(payoff(685_236_35, MAY_20))

    opened.serve(reversal(opened, TUESDAY))

    assert opened.owed_cents() == 685_236_35
    assert opened.close(date(2025, 5, 28)).owed_cents() == 685_236_35 + 181_98


def test_a_returned_payoff_can_be_made_again_under_its_reference() -> None:
    opened = e4()
    opened.serve(payoff(685_236_35, MAY_20))
    opened.serve(reversal(opened, MAY_20))

    again = replace(payoff(685_418_33, MAY_21), payment_id=uuid5(LOAN_ID, "again"))
    opened.serve(again)

    assert opened.loan.state is LoanState.PAID_OFF
    assert opened.owed_cents() == 0


def test_a_participant_has_their_part_when_the_loan_is_paid_off() -> None:
    opened = e4()
    opened.serve(
        SellParticipation(uuid5(LOAN_ID, "bank"), "Bank", Decimal("0.30"), date(2025, 5, 1))
    )
    sold_cents = opened.booked(Account.PARTICIPATION_SOLD)

    opened.serve(payoff(685_236_35, MAY_20))

    assert sold_cents == 201_577_12
    assert opened.booked(Account.PARTICIPATION_SOLD) == 0
    assert opened.booked(Account.PARTICIPANT_PAYABLE) == 1_037_28  # 30 % of 3,457.61


def with_a_draw(*, ordered: bool) -> OpenFile:
    """The loan with a draw approved, and perhaps its wire ordered."""
    desk = Desk().active(e3_terms())
    desk.approved(draw_id(1), {FRAMING: ("1000.00", "0.00", "0.00")})
    if ordered:
        desk.on_draw(draw_id(1), InitiateFunding("wire"))
    return OpenFile(LoanFile(desk.the_loan))


@pytest.mark.parametrize("ordered", [False, True])
def test_a_payoff_waits_for_no_approved_draw(*, ordered: bool) -> None:
    opened = with_a_draw(ordered=ordered)
    enough = payoff(1_000_000_00, MAY_20)

    assert refused(lambda: opened.serve(enough)) == "DRAWS_PENDING"


def test_a_draw_in_review_does_not_stop_a_payoff() -> None:
    desk = Desk().active(e3_terms())
    desk.in_review(draw_id(1), {FRAMING: ("1000.00", "0.00", "0.00")})
    opened = OpenFile(LoanFile(desk.the_loan))

    opened.serve(payoff(quoted(opened, MAY_20).total_cents, MAY_20))
    desk.loan = opened.loan
    assert opened.loan.state is LoanState.PAID_OFF
    assert refused(lambda: desk.on_draw(draw_id(1), ApproveDraw(OFFICER))) == "LOAN_NOT_ACTIVE"


@pytest.mark.parametrize("known_on", [MAY_21, date(2025, 5, 31), date(2025, 6, 5)])
def test_a_payoff_recorded_late_takes_what_it_took_on_its_day(known_on: date) -> None:
    opened = e4().close(known_on)

    assert refused(lambda: opened.serve(payoff(685_236_34, MAY_20))) == "PAYOFF_SHORT"
    opened.serve(payoff(685_236_35, MAY_20))

    assert opened.owed_cents() == 0
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0
    assert opened.booked(Account.INTEREST_INCOME) == 8_423_74 + 3_457_61


def test_a_payoff_before_a_later_repayment_is_refused() -> None:
    opened = e4()
    opened.serve(payment("50000.00", MAY_21))

    assert refused(lambda: opened.serve(payoff(700_000_00, MAY_20))) == "PAYOFF_NOT_LAST"


DAY_COUNTS = st.sampled_from(list(DayCount))
RATES = st.integers(1, 2_400).map(lambda n: Decimal(n) / 10_000)


@st.composite
def terms(draw: st.DrawFn) -> LoanTerms:
    """The example's terms at any rate, counted any way, with much, little or no reserve."""
    example = e3_terms()
    reserve_cents = draw(st.sampled_from([5_000_000, 200_000, 0]))
    contingency, reserve = example.lines[-2:]
    return replace(
        example,
        rate=draw(RATES),
        default_margin=draw(RATES),
        day_count=draw(DAY_COUNTS),
        rounding=draw(st.sampled_from(list(Rounding))),
        late_charge_rate=draw(st.sampled_from([Decimal(0), Decimal("0.05")])),
        lines=(
            *example.lines[:-2],
            replace(contingency, amount_cents=10_000_000 - reserve_cents),
            replace(reserve, amount_cents=reserve_cents),
        ),
    )


@st.composite
def serviced(draw: st.DrawFn) -> OpenFile:
    """A loan that went through default, non-accrual, fees and odd payments, or through none."""
    opened = three_draws(draw(terms()))
    if draw(st.booleans()):
        opened.serve(DeclareDefault(date(2025, 4, 20), "unpaid taxes"))
    if draw(st.booleans()):
        opened.serve(ChangeAccrualStatus(AccrualStatus.NONACCRUAL, date(2025, 4, 28)))
    if draw(st.booleans()):
        opened.charge(FeeKind.EXIT, "9600.00", date(2025, 5, 2))
    if draw(st.booleans()):
        opened.serve(
            RecordProtectiveAdvance(
                uuid5(LOAN_ID, "tax"), 123_45, "County", "taxes", date(2025, 5, 2)
            )
        )
    paid_cents = draw(st.sampled_from([0, 1, 1_234_56, 100_000_00, 800_000_00]))
    if paid_cents:
        opened.pay(format_money(paid_cents), date(2025, 5, draw(st.integers(3, 9))), "earlier")
    return opened


@settings(deadline=None, max_examples=60)
@given(
    serviced(),
    st.dates(date(2025, 5, 10), date(2026, 3, 15)),
    st.integers(0, 6),
    st.booleans(),
)
def test_paying_a_quoted_total_on_its_date_leaves_nothing(
    opened: OpenFile, payoff_on: date, days: int, late: bool
) -> None:
    letter = quoted(opened, payoff_on, payoff_on + timedelta(days=6))
    total = letter.totals_by_date[days]
    cents = total.late_total_cents if late else total.total_cents

    if cents > 0:
        short = payoff(cents - 1, total.received_on, late=late)
        assert refused(lambda: opened.serve(short)) == "PAYOFF_SHORT"
    events = opened.serve(payoff(max(0, cents), total.received_on, late=late))

    assert counted_on(events) == (total.late_counts_on if late else total.counts_on)
    assert opened.owed_cents() == 0
    assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == max(0, -cents)
    assert opened.booked(Account.INTEREST_RECEIVABLE) == 0
    assert opened.booked(Account.MEMO_NONACCRUAL_INTEREST) == 0
    assert all(
        opened.loan.timeline.principal_on(day) >= 0 for day in opened.loan.timeline.movements
    )


def counted_on(events: Sequence[Event]) -> date:
    """The day from which a payoff counts."""
    (paid_off,) = (event for event in events if isinstance(event, LoanPaidOff))
    return paid_off.paid_off_on


def test_every_date_of_a_quote_can_be_paid() -> None:
    letter = quoted(e4(), MAY_20, MAY_20 + timedelta(days=GOOD_THROUGH_DAYS_MAX))

    for total in letter.totals_by_date:
        opened = e4()
        opened.serve(payoff(total.total_cents, total.received_on))
        assert opened.owed_cents() == 0
        assert opened.loan.balance(Account.UNAPPLIED_PAYMENTS) == 0


def test_a_deposit_is_no_credit_to_a_payoff() -> None:
    opened = e4()
    before_cents = quoted(opened, MAY_20).total_cents

    opened.serve(RecordEquityDeposit(uuid5(LOAN_ID, "equity"), 5_000_00, date(2025, 5, 2), None))

    assert quoted(opened, MAY_20).total_cents == before_cents


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


def test_amounts_of_a_refusal_are_written_out() -> None:
    opened = e4()
    with pytest.raises(Exception, match=r"takes 685236\.35") as caught:
        opened.serve(payoff(parse_money("685236.00"), MAY_20))
    details = {detail.field: detail.message for detail in caught.value.details}  # type: ignore[attr-defined]  # a refusal has details
    assert details == {"amount": "short by 0.35", "total": "685236.35"}
