"""What becomes known late may not leave more repaid than was lent."""

from datetime import date

import pytest

from domain.kernel.errors import RuleBroken
from domain.kernel.money import format_money, parse_money
from domain.kernel.rates import Rate
from domain.loans.state import LoanState
from domain.payments.commands import RecordPayment
from domain.rates.commands import ChangeRate
from tests.scenario import LOAN_ID, Desk, three_draws

LOWER = Rate("0.05")


def repaid(amount: str) -> Desk:
    """The example loan with its interest capitalised to the 1st of May and an amount repaid."""
    desk = three_draws()
    desk.serve(RecordPayment(LOAN_ID, parse_money(amount), date(2025, 5, 1), "WIRE"))
    return desk


def test_a_lower_rate_told_late_is_refused_once_the_interest_it_saves_has_been_repaid() -> None:
    desk = repaid("671923.74")
    recorded = len(desk.recorded)

    with pytest.raises(RuleBroken) as refused:
        desk.serve(ChangeRate(LOWER, date(2025, 4, 1)))

    assert refused.value.code == "PRINCIPAL_REPAID"
    assert (len(desk.recorded), desk.the_loan.state) == (recorded, LoanState.ACTIVE)


@pytest.mark.parametrize(("cents_left", "passes"), [(217_468, True), (217_467, False)])
def test_what_a_lower_rate_saves_may_take_principal_to_zero_and_no_further(
    cents_left: int, *, passes: bool
) -> None:
    desk = repaid(format_money(parse_money("671923.74") - cents_left))
    change = ChangeRate(LOWER, date(2025, 4, 1))

    if passes:
        desk.serve(change)
        assert desk.the_loan.principal_cents == 0
    else:
        with pytest.raises(RuleBroken) as refused:
            desk.serve(change)
        assert refused.value.code == "PRINCIPAL_REPAID"
