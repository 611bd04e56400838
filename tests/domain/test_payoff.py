"""Paying a loan off leaves nothing owed, and a cent less does not pay it off."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.close_of_business.commands import CloseBusiness
from domain.corrections.commands import ReverseEvent
from domain.defaults.commands import ChangeAccrualStatus, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.draws.commands import ApproveDraw, InitiateFunding
from domain.events.catalogue import Event
from domain.fees.commands import RecordProtectiveAdvance
from domain.kernel.day_count import DayCount
from domain.kernel.errors import Detail, RuleBroken
from domain.kernel.money import format_money, parse_money
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from domain.loans.terms import LoanTerms
from domain.participations.commands import SellParticipation
from domain.payoff.events import LoanPaidOff
from domain.payoff.quotes import GOOD_THROUGH_DAYS_MAX
from domain.receivables.events import FeeKind, PaymentApplied, PaymentReceived
from tests.domain.open_file import (
    OpenFile,
    e4,
    payment,
    payoff,
    quoted,
    refused,
    three_draws,
)
from tests.scenario import FRAMING, LOAN_ID, OFFICER, Desk, draw_id, e3_terms
from tests.thoroughness import examples

MAY_20, MAY_21, FRIDAY, TUESDAY = (date(2025, 5, day) for day in (20, 21, 23, 27))
MEMORIAL_DAY = date(2025, 5, 26)


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
    opened.serve(SellParticipation(uuid5(LOAN_ID, "bank"), "Bank", Rate("0.30"), date(2025, 5, 1)))
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

    with pytest.raises(RuleBroken) as caught:
        opened.serve(enough)

    assert caught.value.code == "DRAWS_PENDING"
    assert caught.value.details == (Detail("draw_id", str(draw_id(1))),)


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
RATES = st.integers(1, 2_400).map(lambda n: Rate(Decimal(n) / 10_000))


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
        late_charge_rate=draw(st.sampled_from([Rate(0), Rate("0.05")])),
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


@settings(deadline=None, max_examples=examples(60))
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


def test_amounts_of_a_refusal_are_written_out() -> None:
    opened = e4()
    with pytest.raises(RuleBroken) as caught:
        opened.serve(payoff(parse_money("685236.00"), MAY_20))
    assert caught.value.code == "PAYOFF_SHORT"
    details = [(detail.field, detail.message) for detail in caught.value.details]
    assert details == [("amount", "short by 0.35"), ("total", "685236.35")]
