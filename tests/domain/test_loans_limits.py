"""Loan to cost and to value: exact, and refused only beyond their limits."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest

from domain.kernel.errors import RuleBroken
from domain.kernel.rates import Rate
from domain.loans.commands import OriginateLoan
from domain.loans.decide import originate
from domain.loans.events import LoanOriginated
from domain.loans.limits import (
    LTV_MAX,
    Exposure,
    LimitCode,
    LimitExceeded,
    LimitMode,
    PropertyKind,
    check_limits,
    limits_exceeded,
    shown,
)
from domain.loans.terms import LoanTerms, Valuation
from tests.scenario import LOAN_ID, Desk, e3_terms, with_policy

E3 = Exposure(commitment_cents=960_000_00, uses_cents=1_200_000_00, as_complete_cents=1_400_000_00)
FOR_EACH_KIND = pytest.mark.parametrize(
    ("kind", "cap"),
    [("RAW_LAND", "0.65"), ("LAND_DEVELOPMENT", "0.75"), ("CONSTRUCTION", "0.80"),
     ("ONE_TO_FOUR_FAMILY", "0.85")],
)  # fmt: skip


def at_value(commitment_cents: int) -> Exposure:
    """A loan on a property worth 1,000,000.00 when finished."""
    return Exposure(commitment_cents, 2_000_000_00, 1_000_000_00)


def ratio_of(ratio: Fraction | None) -> Decimal:
    assert ratio is not None
    return shown(ratio)


def test_example_e3_ratios() -> None:
    assert ratio_of(E3.loan_to_cost) == Decimal("0.8000")
    assert ratio_of(E3.loan_to_value) == Decimal("0.6857")
    assert E3.loan_to_value == Fraction(24, 35)


def test_example_e5_a_change_order_paid_by_equity_lowers_loan_to_cost() -> None:
    after = Exposure(960_000_00, 1_230_000_00, 1_400_000_00)

    assert ratio_of(after.loan_to_cost) == Decimal("0.7805")


def test_half_of_the_last_place_shown_goes_up() -> None:
    assert shown(Fraction(12345, 100_000)) == Decimal("0.1235")


def test_every_kind_of_property_has_its_cap() -> None:
    assert set(LTV_MAX) == set(PropertyKind)


@FOR_EACH_KIND
def test_a_loan_at_the_supervisors_limit_keeps_it_and_one_cent_more_does_not(
    kind: str, cap: str
) -> None:
    at_limit_cents = int(Decimal(cap) * 1_000_000_00)
    property_kind = PropertyKind(kind)

    assert limits_exceeded(at_value(at_limit_cents), property_kind) == []
    over = at_value(at_limit_cents + 1)
    assert limits_exceeded(over, property_kind) == [
        LimitExceeded(LimitCode.SUPERVISORY_LTV_EXCEEDED, over.loan_to_value, Decimal(cap))
    ]


@FOR_EACH_KIND
def test_a_lender_that_refuses_does_so_one_cent_past_the_limit(kind: str, cap: str) -> None:
    at_limit_cents = int(Decimal(cap) * 1_000_000_00)
    property_kind = PropertyKind(kind)

    assert check_limits(at_value(at_limit_cents), property_kind, LimitMode.REFUSE) == []
    with pytest.raises(RuleBroken) as refusal:
        check_limits(at_value(at_limit_cents + 1), property_kind, LimitMode.REFUSE)
    assert refusal.value.code == "SUPERVISORY_LTV_EXCEEDED"


def test_a_lender_that_warns_refuses_nothing() -> None:
    found = check_limits(at_value(900_000_00), PropertyKind.RAW_LAND, LimitMode.WARN)

    assert [limit.code for limit in found] == [LimitCode.SUPERVISORY_LTV_EXCEEDED]


def test_the_lenders_own_limit_to_cost_binds_one_cent_past_it() -> None:
    at_limit = Exposure(800_000_00, 1_000_000_00, 1_400_000_00)
    over = Exposure(800_000_01, 1_000_000_00, 1_400_000_00)
    refuse = LimitMode.REFUSE

    assert check_limits(at_limit, PropertyKind.CONSTRUCTION, refuse, ltc_max=Decimal("0.8")) == []
    with pytest.raises(RuleBroken) as refusal:
        check_limits(over, PropertyKind.CONSTRUCTION, refuse, ltc_max=Decimal("0.8"))
    assert refusal.value.code == "LTC_EXCEEDED"
    assert check_limits(over, PropertyKind.CONSTRUCTION, refuse) == []


@pytest.mark.parametrize("as_complete_cents", [None, 0])
def test_without_a_valuation_there_is_no_ratio_and_a_warning_only(
    as_complete_cents: int | None,
) -> None:
    unvalued = Exposure(960_000_00, 1_200_000_00, as_complete_cents)

    assert unvalued.loan_to_value is None
    assert check_limits(unvalued, PropertyKind.CONSTRUCTION, LimitMode.REFUSE) == [
        LimitExceeded(LimitCode.VALUATION_MISSING, None, Rate("0.80"))
    ]


def test_a_loan_beyond_both_limits_is_told_of_both() -> None:
    beyond = Exposure(900_000_00, 1_000_000_00, 1_000_000_00)
    found = limits_exceeded(beyond, PropertyKind.CONSTRUCTION, ltc_max=Decimal("0.8"))

    assert [limit.code for limit in found] == [
        LimitCode.SUPERVISORY_LTV_EXCEEDED,
        LimitCode.LTC_EXCEEDED,
    ]


def test_a_term_sheet_beyond_the_supervisors_limit_is_drawn_up_with_a_warning() -> None:
    desk = Desk()
    [originated] = desk.originate(valued_at(1_199_999_99))
    assert isinstance(originated, LoanOriginated)
    [warning] = desk.the_loan.limits_exceeded
    assert warning.code is LimitCode.SUPERVISORY_LTV_EXCEEDED


def test_where_limits_refuse_a_term_sheet_at_the_limit_passes_and_a_cent_of_value_less_does_not() -> (
    None
):
    command = partial(OriginateLoan, LOAN_ID, "L-000001", limit_mode=LimitMode.REFUSE)
    assert originate(None, command(terms=valued_at(1_200_000_00)))
    with pytest.raises(RuleBroken) as refused:
        originate(None, command(terms=valued_at(1_199_999_99)))
    assert refused.value.code == "SUPERVISORY_LTV_EXCEEDED"


def test_where_limits_refuse_the_lenders_own_limit_to_cost_binds() -> None:
    command = partial(OriginateLoan, LOAN_ID, "L-000001", limit_mode=LimitMode.REFUSE)
    assert originate(None, command(terms=with_policy(e3_terms(), ltc_max=Decimal("0.80"))))
    with pytest.raises(RuleBroken) as refused:
        originate(None, command(terms=with_policy(e3_terms(), ltc_max=Decimal("0.79"))))
    assert refused.value.code == "LTC_EXCEEDED"


def valued_at(as_complete_cents: int) -> LoanTerms:
    """The example's terms with another appraisal; its commitment is 960,000.00."""
    return with_policy(
        e3_terms(), valuation=Valuation(as_complete_cents, as_complete_cents, date(2024, 12, 20))
    )
