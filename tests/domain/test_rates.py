"""Another contract rate from a day on."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from domain.kernel.errors import Refusal
from domain.kernel.rates import Rate
from domain.rates.commands import ChangeRate
from domain.rates.decide import change_rate
from domain.rates.events import RateChanged, RateChangeReversed
from tests.domain.closed_loan import BEFORE_CLOSING, CLOSED_ON, TEN_PER_CENT, active, code, paid_off
from tests.scenario import LOAN_ID


class TestRate:
    def test_it_holds_from_its_day(self) -> None:
        decided = change_rate(active(), ChangeRate(TEN_PER_CENT, date(2025, 3, 1)))

        assert decided == [RateChanged(LOAN_ID, TEN_PER_CENT, date(2025, 3, 1))]
        loan = active().after(decided).loan
        assert loan.rate_on(date(2025, 2, 28)) == Decimal("0.0975")
        assert loan.rate_on(date(2025, 3, 1)) == TEN_PER_CENT

    def test_the_rate_that_holds_already_decides_nothing(self) -> None:
        assert change_rate(active(), ChangeRate(Rate("0.0975"), date(2025, 3, 1))) == []

    def test_it_may_change_on_the_day_of_closing_and_not_before(self) -> None:
        assert change_rate(active(), ChangeRate(TEN_PER_CENT, CLOSED_ON))
        with pytest.raises(Refusal) as refusal:
            change_rate(active(), ChangeRate(TEN_PER_CENT, BEFORE_CLOSING))
        assert code(refusal) == "RATE_CHANGE_BEFORE_CLOSING"

    def test_a_change_recorded_late_leaves_a_later_one_in_force(self) -> None:
        file = active().after([RateChanged(LOAN_ID, TEN_PER_CENT, date(2025, 4, 1))])
        file = file.after(change_rate(file, ChangeRate(Rate("0.09"), date(2025, 3, 1))))

        assert file.loan.rate_on(date(2025, 3, 31)) == Decimal("0.09")
        assert file.loan.rate_on(date(2025, 4, 1)) == TEN_PER_CENT

    def test_a_rate_is_recorded_once_for_a_day_so_that_a_reversal_knows_which(self) -> None:
        on = date(2025, 3, 1)
        twice = [RateChanged(LOAN_ID, rate, on) for rate in (TEN_PER_CENT, Rate("0.09"))]
        with pytest.raises(Refusal) as refusal:
            change_rate(active().after(twice), ChangeRate(TEN_PER_CENT, on))
        assert code(refusal) == "RATE_CHANGE_EXISTS"

    def test_a_rate_that_was_reversed_from_a_later_day_may_be_recorded_once_more(self) -> None:
        on, until_on = date(2025, 3, 1), date(2025, 3, 10)
        changed = RateChanged(LOAN_ID, TEN_PER_CENT, on)
        undone = RateChangeReversed(LOAN_ID, TEN_PER_CENT, on, until_on, "a slip", UUID(int=7))
        for again_on in (on, date(2025, 3, 5)):
            file = active().after([changed, undone])
            again = change_rate(file, ChangeRate(TEN_PER_CENT, again_on))
            file = file.after(again)

            assert again == [RateChanged(LOAN_ID, TEN_PER_CENT, again_on)]
            assert file.loan.rate_on(date(2025, 4, 1)) == TEN_PER_CENT
            assert change_rate(file, ChangeRate(TEN_PER_CENT, again_on)) == []

    def test_a_reversal_of_one_of_two_equal_rates_for_a_day_undoes_the_one_in_force(self) -> None:
        on, until_on = date(2025, 3, 1), date(2025, 3, 10)
        changed = RateChanged(LOAN_ID, TEN_PER_CENT, on)
        undone = RateChangeReversed(LOAN_ID, TEN_PER_CENT, on, until_on, "a slip", UUID(int=7))
        again = RateChangeReversed(LOAN_ID, TEN_PER_CENT, on, on, "no slip", UUID(int=8))
        file = active().after([changed, undone, changed, again])

        assert file.loan.timeline == active().after([changed, undone]).loan.timeline

    def test_a_loan_that_was_paid_off_has_no_rate_to_change(self) -> None:
        with pytest.raises(Refusal) as refusal:
            change_rate(paid_off(), ChangeRate(TEN_PER_CENT, date(2025, 3, 1)))
        assert code(refusal) == "LOAN_NOT_LIVE"
