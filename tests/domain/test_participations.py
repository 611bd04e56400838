"""Participations: what is divided is the whole, to the cent."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.close_of_business.commands import CloseBusiness
from domain.decisions import FileCommand, decide
from domain.defaults.commands import ChangeAccrualStatus
from domain.defaults.events import AccrualStatus
from domain.interest.timeline import interest_between
from domain.kernel.errors import Conflict, Refusal
from domain.kernel.money import MONEY_CENTS_MAX
from domain.kernel.rates import Rate
from domain.ledger.accounts import Account
from domain.loans.file import LoanFile
from domain.participations.commands import SellParticipation
from domain.participations.events import ParticipationSold, ParticipationsSettled
from domain.participations.settle import settle
from domain.participations.split import split
from domain.payments.commands import RecordPayment
from domain.payoff.commands import RecordPayoff
from domain.payoff.events import LoanPaidOff
from domain.rates.commands import ChangeRate
from tests.scenario import LOAN_ID, three_draws

CLOSED_ON = date(2025, 1, 15)
THIRTY = (Decimal("0.3"), Decimal("0.7"))
HALVES = (Decimal("0.5"), Decimal("0.5"))
AMOUNTS = st.integers(-MONEY_CENTS_MAX, MONEY_CENTS_MAX)
WEIGHTS = st.lists(
    st.decimals(0, 1, allow_nan=False, places=8), min_size=1, max_size=8
).filter(any)  # fmt: skip


def test_example_e7_a_months_interest_by_55_30_and_15_per_cent() -> None:
    shares = [Decimal("0.55"), Decimal("0.30"), Decimal("0.15")]

    assert split(4_463_82, shares) == (2_455_10, 1_339_15, 669_57)


@given(AMOUNTS, WEIGHTS)
def test_the_parts_are_the_whole(amount_cents: int, weights: list[Decimal]) -> None:
    assert sum(split(amount_cents, weights)) == amount_cents


@given(AMOUNTS, WEIGHTS)
def test_no_part_is_a_cent_or_more_from_its_exact_share(
    amount_cents: int, weights: list[Decimal]
) -> None:
    whole = sum(map(Fraction, weights))

    for part, weight in zip(split(amount_cents, weights), weights, strict=True):
        assert abs(part - amount_cents * Fraction(weight) / whole) < 1


@given(AMOUNTS, WEIGHTS)
def test_a_negative_amount_divides_as_its_mirror(amount_cents: int, weights: list[Decimal]) -> None:
    mirrored = tuple(-part for part in split(amount_cents, weights))

    assert split(-amount_cents, weights) == mirrored


@given(AMOUNTS, WEIGHTS)
def test_a_weight_of_zero_gets_nothing(amount_cents: int, weights: list[Decimal]) -> None:
    assert split(amount_cents, [Decimal(0), *weights])[0] == 0


def test_among_equal_remainders_the_lower_index_gets_the_cent() -> None:
    assert split(1, [Decimal("0.5"), Decimal("0.5")]) == (1, 0)
    assert split(-1, [Decimal("0.5"), Decimal("0.5")]) == (-1, 0)
    assert split(2, [Fraction(1, 3)] * 3) == (1, 1, 0)


def test_weights_need_not_sum_to_one() -> None:
    assert split(100, [Fraction(2), Fraction(3)]) == (40, 60)


@pytest.mark.parametrize("weights", [[], [Decimal(0)], [Decimal("1.1"), Decimal("-0.1")]])
def test_an_amount_cannot_be_divided_by_nothing(weights: list[Decimal]) -> None:
    with pytest.raises(ValueError, match="weights of zero or more"):
        split(1, weights)


INTEREST_APRIL_CENTS = 4_463_82


def at(business_on: date, *commands: FileCommand) -> LoanFile:
    """The three-draw loan, on which something was asked before its books were closed to a date."""
    file = LoanFile(three_draws().the_loan)
    for command in (*commands, CloseBusiness(business_on)):
        file = file.after(decide(file, command))
    return file


def sale(number: int, share: str, sold_on: date = CLOSED_ON) -> SellParticipation:
    return SellParticipation(UUID(int=number), f"Bank {number}", Rate(share), sold_on)


def settled(file: LoanFile, business_on: date) -> list[ParticipationsSettled]:
    decided = decide(file, CloseBusiness(business_on))
    return [event for event in decided if isinstance(event, ParticipationsSettled)]


def parts(file: LoanFile) -> list[tuple[int, int]]:
    shares = file.loan.participations.shares
    return [(share.principal_cents, share.interest_cents) for share in shares]


def refused(file: LoanFile, command: SellParticipation) -> str:
    with pytest.raises(Refusal) as refusal:
        decide(file, command)
    return refusal.value.code


def test_a_participant_pays_their_part_of_the_principal_on_the_day() -> None:
    file = at(date(2025, 5, 1))
    sold = decide(file, sale(1, "0.3", date(2025, 5, 1)))

    assert [event.principal_cents for event in sold if isinstance(event, ParticipationSold)] == [
        201_577_12
    ]
    loan = file.after(sold).loan
    assert loan.balance(Account.PARTICIPATION_SOLD) == 201_577_12
    assert loan.principal_cents == 671_923_74


def test_a_sale_as_of_an_earlier_day_is_of_the_principal_of_that_day() -> None:
    sold = decide(at(date(2025, 5, 1)), sale(1, "0.5", date(2025, 2, 1)))

    assert isinstance(sold[0], ParticipationSold)
    assert sold[0].principal_cents == 17_580_58  # of 35,161.15: the odd cent goes to the first


def test_example_e7_on_the_first_of_the_month() -> None:
    file = at(date(2025, 4, 30), sale(1, "0.3"), sale(2, "0.15"))
    through_march = [share.interest_cents for share in file.loan.participations.shares]
    file = file.after(decide(file, CloseBusiness(date(2025, 5, 1))))

    assert [
        share.interest_cents - before
        for share, before in zip(file.loan.participations.shares, through_march, strict=True)
    ] == [1_339_15, 669_57]
    assert split(INTEREST_APRIL_CENTS, [Decimal(s) for s in ("0.55", "0.3", "0.15")])[0] == (
        2_455_10
    )


def test_one_event_settles_interest_and_principal() -> None:
    file = at(date(2025, 4, 30), sale(1, "0.3"), sale(2, "0.15"))
    before = parts(file)
    events = settled(file, date(2025, 5, 1))

    assert len(events) == 1
    assert (events[0].month, events[0].settled_on) == (date(2025, 4, 1), date(2025, 5, 1))
    after = file.after(decide(file, CloseBusiness(date(2025, 5, 1))))
    assert [
        (part.participant_id, part.interest_cents, part.principal_cents)
        for part in events[0].settlements
    ] == [
        (UUID(int=n + 1), interest - before[n][1], principal - before[n][0])
        for n, (principal, interest) in enumerate(parts(after))
    ]
    assert [principal for principal, _ in parts(after)] == [201_577_12, 100_788_56]
    assert after.loan.balance(Account.PARTICIPATION_SOLD) == 201_577_12 + 100_788_56
    assert after.loan.balance(Account.PARTICIPANT_PAYABLE) == sum(i for _, i in parts(after))


def test_settling_again_settles_nothing() -> None:
    file = at(date(2025, 5, 1), sale(1, "0.3"))

    assert settle(file, date(2025, 4, 1)) == []
    assert settled(file, date(2025, 5, 31)) == []


def test_nothing_is_settled_of_a_loan_that_nobody_shares() -> None:
    assert settle(at(date(2025, 5, 1)), date(2025, 4, 1)) == []


def test_interest_is_shared_from_the_day_of_the_sale() -> None:
    # Fifteen of April's thirty days lie after the third draw of the 15th, which is the day of sale.
    file = at(date(2025, 5, 1), sale(1, "1", date(2025, 4, 15)))
    timeline = file.loan.timeline
    since = interest_between(timeline, date(2025, 4, 15), date(2025, 5, 1))

    assert file.loan.participations.shares[0].interest_cents == (
        since.rounded(timeline.rounding).interest_cents
    )


def test_a_sale_on_the_first_of_the_next_month_has_no_part_in_this_ones_interest() -> None:
    file = at(date(2025, 5, 1), sale(1, "0.3", date(2025, 5, 1)))

    assert parts(file) == [(201_577_12, 0)]


def test_a_correction_of_an_earlier_month_is_shared_with_the_next_settlement() -> None:
    file = at(date(2025, 5, 1), sale(1, "0.3"))
    dearer = ChangeRate(Rate("0.1075"), date(2025, 4, 1))
    file = file.after(decide(file, dearer))
    file = file.after(decide(file, CloseBusiness(date(2025, 6, 1))))

    months = file.loan.receivables.months
    whole = [split(month.accrued.total_cents, THIRTY)[0] for month in months]
    assert file.loan.participations.shares[0].interest_cents == sum(whole)


def test_of_interest_kept_in_memo_only_what_was_paid_is_shared() -> None:
    stopped = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, date(2025, 5, 1))
    file = at(date(2025, 5, 1), sale(1, "0.3"))
    before = parts(file)[0][1]
    for command in (stopped, CloseBusiness(date(2025, 6, 1))):
        file = file.after(decide(file, command))
    assert parts(file)[0][1] == before

    paid = RecordPayment(UUID(int=9), 1_000_00, date(2025, 6, 2), "WIRE")
    for then in (paid, CloseBusiness(date(2025, 7, 1))):
        file = file.after(decide(file, then))
    assert parts(file)[0][1] == before + 300_00


@pytest.mark.parametrize("stopped_on", [date(2025, 5, 1), date(2025, 5, 16)])
def test_only_days_that_bore_income_weigh_in_sharing_it(stopped_on: date) -> None:
    on = date(2025, 5, 16)
    stop = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, stopped_on)
    resume = ChangeAccrualStatus(AccrualStatus.ACCRUAL, on)
    file = at(date(2025, 5, 1), sale(1, "0.5", on))
    resumed = [resume] if stopped_on < on else []
    commands: list[FileCommand] = [stop, *resumed, CloseBusiness(date(2025, 6, 1))]
    for command in commands:
        file = file.after(decide(file, command))
    accrued = file.loan.receivables.month(date(2025, 5, 1)).accrued

    # The half of the loan was bought where income resumed, or where it stopped.
    share = split(accrued.interest_cents, HALVES)[0] if stopped_on < on else 0
    assert parts(file)[0][1] == share

    owed_cents = file.unpaid_interest.total_cents
    paid = RecordPayment(UUID(int=9), owed_cents, date(2025, 6, 1), "WIRE")
    for then in (paid, CloseBusiness(date(2025, 7, 1))):
        file = file.after(decide(file, then))
    paid_late = split(accrued.nonaccrual_cents, HALVES)[0] if stopped_on == on else 0
    june = file.loan.receivables.month(date(2025, 6, 1)).accrued
    assert parts(file)[0][1] == share + paid_late + split(june.interest_cents, HALVES)[0]


def test_all_of_a_loan_may_be_sold_and_not_a_hundred_millionth_more() -> None:
    file = at(date(2025, 5, 1), sale(1, "0.3"))
    assert decide(file, sale(2, "0.7"))

    assert refused(file, sale(2, "0.70000001")) == "PARTICIPATION_EXCEEDS_WHOLE"
    assert refused(file, sale(2, "0")) == "PARTICIPATION_EMPTY"


def test_the_same_sale_again_decides_nothing_and_another_share_is_refused() -> None:
    file = at(date(2025, 5, 1), sale(1, "0.3"))

    assert decide(file, sale(1, "0.3")) == []
    with pytest.raises(Conflict) as refusal:
        decide(file, sale(1, "0.31"))
    assert refusal.value.code == "PARTICIPATION_EXISTS"


def test_a_share_is_sold_since_closing_and_of_a_live_loan() -> None:
    file = at(date(2025, 5, 1))
    assert decide(file, sale(1, "0.3", CLOSED_ON))

    assert refused(file, sale(1, "0.3", date(2025, 1, 14))) == "SALE_BEFORE_CLOSING"
    ended = file.after([LoanPaidOff(LOAN_ID, UUID(int=9), date(2025, 5, 1))])
    assert refused(ended, sale(1, "0.3")) == "LOAN_NOT_LIVE"


def test_a_loan_that_was_paid_off_owes_its_participants_their_interest_and_lent_principal() -> None:
    file = at(date(2025, 5, 1), sale(1, "0.3"))
    payoff = RecordPayoff(UUID(int=9), 700_000_00, date(2025, 5, 20), "WIRE")
    file = file.after(decide(file, payoff))

    interest_cents = sum(
        split(month.accrued.total_cents, THIRTY)[0] for month in file.loan.receivables.months
    )
    may_cents = split(3_457_61, THIRTY)[0]
    assert parts(file) == [(0, interest_cents + may_cents)]
    assert file.loan.balance(Account.PARTICIPATION_SOLD) == 0
