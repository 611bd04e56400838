"""What a loan's policy asks of a draw: met to the cent and the day, refused one past it."""

from datetime import date

import pytest

from domain.budgets.state import LineAmount, Source, SourceKind
from domain.draws.commands import (
    ConfirmFunding,
    InitiateFunding,
)
from domain.draws.events import ChecklistRule, ChecklistStatus, DrawKind, Payee
from domain.kernel.money import parse_money
from domain.kernel.values import replace
from domain.loans.commands import ApproveLoan, CloseLoan, SubmitLoan
from domain.loans.terms import PolicyRule
from tests.domain.draw_controls import (
    ANNA,
    BORIS,
    DAY,
    accepted,
    draft,
    refused,
    to_review,
)
from tests.domain.policy_desk import (
    APPROVE,
    DRAW,
    ONE_DAY,
    WORK,
    estimated,
    excuse,
    in_review,
    inspected,
    is_approved,
    lacks,
)
from tests.scenario import (
    FRAMING,
    LAND,
    MEP,
    SOFT,
    Desk,
    draw_id,
    e3_terms,
    line_id,
)


def test_a_loan_that_asks_for_nothing_approves_a_draw_without_documents() -> None:
    assert is_approved(in_review(payees=(ANNA,), kind=DrawKind.FINAL))


def test_work_up_to_the_accepted_percent_of_the_whole_line_is_approved() -> None:
    desk = in_review(PolicyRule.INSPECTION)
    inspected(desk, "0.25")

    assert is_approved(desk)


def test_work_one_cent_past_the_accepted_percent_is_refused_with_line_and_percent() -> None:
    desk = in_review(PolicyRule.INSPECTION, asked={MEP: ("40000.01", "0.00", "0.00")})
    inspected(desk, "0.25")

    assert lacks(desk) == [
        ("INSPECTION_REQUIRED", "MEP: 40000.01 paid for, 25 % of 160000.00 accepted")
    ]


def test_work_of_earlier_draws_counts_against_the_accepted_percent() -> None:
    desk = in_review(PolicyRule.INSPECTION)
    inspected(desk, "0.25")
    desk.on_draw(DRAW, APPROVE)
    desk.on_draw(DRAW, InitiateFunding("wire", DAY))
    desk.on_draw(DRAW, ConfirmFunding(DAY))
    desk.in_review(draw_id(2), {MEP: ("0.01", "0.00", "0.00")})

    refusal = refused(desk, lambda: desk.on_draw(draw_id(2), APPROVE))

    assert refusal.code == "INSPECTION_REQUIRED"


def with_money_paid_before(desk: Desk) -> Desk:
    """MEP, of 160,000, has 20,000 of equity and 30,000 of the closing advance behind it."""
    terms = replace(
        e3_terms(),
        draw_policy=(PolicyRule.INSPECTION,),
        sources=(
            Source(SourceKind.EQUITY, parse_money("220000.00"), line_id(LAND)),
            Source(SourceKind.EQUITY, parse_money("20000.00"), line_id(MEP)),
            Source(SourceKind.LOAN, parse_money("960000.00")),
        ),
    )
    desk.originate(terms)
    desk.on_loan(SubmitLoan())
    desk.on_loan(ApproveLoan())
    paid = (LineAmount(line_id(MEP), parse_money("30000.00")),)
    desk.on_loan(CloseLoan(date(2025, 1, 15), paid))
    inspected(desk, "0.50")
    return desk


def test_equity_and_closing_money_on_a_line_count_as_work_paid_for() -> None:
    desk = with_money_paid_before(Desk())
    draft(desk, DRAW, {MEP: ("30000.00", "0.00", "0.00")})
    to_review(desk, DRAW)

    assert is_approved(desk)


def test_one_cent_more_than_was_found_beyond_equity_and_closing_money_is_refused() -> None:
    desk = with_money_paid_before(Desk())
    draft(desk, DRAW, {MEP: ("30000.01", "0.00", "0.00")})
    to_review(desk, DRAW)

    assert lacks(desk) == [
        ("INSPECTION_REQUIRED", "MEP: 80000.01 paid for, 50 % of 160000.00 accepted")
    ]


def test_hard_work_that_nobody_inspected_is_refused_and_soft_work_is_not() -> None:
    desk = in_review(
        PolicyRule.INSPECTION,
        asked={
            SOFT: ("100.00", "0.00", "0.00"),
            MEP: ("0.01", "0.00", "0.00"),
            FRAMING: ("0.00", "500.00", "0.00"),
        },
    )

    assert lacks(desk) == [("INSPECTION_REQUIRED", "MEP: no inspection was accepted")]


def test_a_loan_in_balance_to_the_cent_approves_and_one_cent_short_does_not() -> None:
    desk = in_review(PolicyRule.IN_BALANCE)
    estimated(desk, "210000.01")
    assert lacks(desk) == [("OUT_OF_BALANCE", "short by 0.01")]

    estimated(desk, "210000.00")

    assert is_approved(desk)


def test_a_loan_that_fell_out_of_balance_since_approval_is_not_wired() -> None:
    desk = in_review(PolicyRule.IN_BALANCE)
    desk.on_draw(DRAW, APPROVE)
    estimated(desk, "210000.01")

    refusal = refused(desk, lambda: desk.on_draw(DRAW, InitiateFunding("wire", DAY)))

    assert refusal.code == "OUT_OF_BALANCE"


def test_every_payee_waives_conditionally() -> None:
    desk = in_review(PolicyRule.CONDITIONAL_WAIVER, payees=(ANNA, BORIS))
    assert lacks(desk) == [
        ("CONDITIONAL_WAIVER_MISSING", ANNA.name),
        ("CONDITIONAL_WAIVER_MISSING", BORIS.name),
    ]
    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER, ANNA.name)
    assert lacks(desk) == [("CONDITIONAL_WAIVER_MISSING", BORIS.name)]

    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER, BORIS.name)

    assert is_approved(desk)


@pytest.mark.parametrize("status", [ChecklistStatus.PENDING, ChecklistStatus.REJECTED])
def test_a_waiver_that_was_not_accepted_is_missing_even_beside_one_for_all(
    status: ChecklistStatus,
) -> None:
    desk = in_review(PolicyRule.CONDITIONAL_WAIVER, payees=(ANNA, BORIS))
    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER)
    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER, BORIS.name, status=status)

    assert lacks(desk) == [("CONDITIONAL_WAIVER_MISSING", BORIS.name)]


def test_one_waiver_may_speak_for_every_payee() -> None:
    desk = in_review(PolicyRule.CONDITIONAL_WAIVER, payees=(ANNA, BORIS))
    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER)

    assert is_approved(desk)


def test_a_draw_that_names_no_payee_needs_a_waiver_all_the_same() -> None:
    desk = in_review(PolicyRule.CONDITIONAL_WAIVER)
    assert lacks(desk) == [("CONDITIONAL_WAIVER_MISSING", "whoever is paid")]

    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER)

    assert is_approved(desk)


def test_a_waiver_reaches_through_the_last_day_of_the_period_and_not_a_day_less() -> None:
    desk = in_review(PolicyRule.CONDITIONAL_WAIVER, payees=(ANNA,))
    rule = ChecklistRule.CONDITIONAL_WAIVER
    accepted(desk, DRAW, rule, ANNA.name, through_on=DAY - ONE_DAY)
    assert [code for code, _ in lacks(desk)] == ["CONDITIONAL_WAIVER_MISSING"]

    accepted(desk, DRAW, rule, ANNA.name, through_on=DAY)

    assert is_approved(desk)


def test_payees_of_the_draw_paid_before_waive_unconditionally() -> None:
    desk = in_review(PolicyRule.UNCONDITIONAL_WAIVER, payees=(ANNA, BORIS))
    desk.on_draw(DRAW, APPROVE)
    desk.on_draw(DRAW, InitiateFunding("wire", DAY))
    desk.on_draw(DRAW, ConfirmFunding(DAY))
    later = draw_id(2)
    draft(desk, later, WORK, payees=(Payee("Carla Tiles"),))
    to_review(desk, later)
    rule = ChecklistRule.UNCONDITIONAL_WAIVER
    accepted(desk, later, rule, ANNA.name, through_on=DAY)
    accepted(desk, later, rule, BORIS.name, through_on=DAY - ONE_DAY)

    refusal = refused(desk, lambda: desk.on_draw(later, APPROVE))
    assert [(d.field, d.message.partition(":")[0]) for d in refusal.details] == [
        ("UNCONDITIONAL_WAIVER_MISSING", BORIS.name)
    ]

    accepted(desk, later, rule, BORIS.name, through_on=DAY)
    assert desk.on_draw(later, APPROVE)


def test_title_is_dated_down_through_the_last_day_of_the_period() -> None:
    desk = in_review(PolicyRule.TITLE_DATE_DOWN)
    rule = ChecklistRule.TITLE_DATE_DOWN
    assert [code for code, _ in lacks(desk)] == ["TITLE_DATE_DOWN_MISSING"]
    accepted(desk, DRAW, rule, through_on=DAY - ONE_DAY, lien=False)
    assert lacks(desk) == [("TITLE_DATE_DOWN_MISSING", "through 2025-02-09, must reach 2025-02-10")]

    accepted(desk, DRAW, rule, through_on=DAY, lien=False)

    assert is_approved(desk)


@pytest.mark.parametrize("status", [ChecklistStatus.ACCEPTED, ChecklistStatus.REJECTED])
def test_a_lien_found_by_the_date_down_is_refused(status: ChecklistStatus) -> None:
    desk = in_review(PolicyRule.TITLE_DATE_DOWN)
    accepted(desk, DRAW, ChecklistRule.TITLE_DATE_DOWN, status=status, through_on=DAY, lien=True)

    assert [code for code, _ in lacks(desk)] == ["LIEN_INTERVENING"]


def test_insurance_that_ends_on_the_day_of_approval_is_in_force_and_a_day_earlier_is_not() -> None:
    desk = in_review(PolicyRule.INSURANCE)
    rule = ChecklistRule.INSURANCE
    assert [code for code, _ in lacks(desk)] == ["INSURANCE_EXPIRED"]
    accepted(desk, DRAW, rule, expires_on=DAY - ONE_DAY)
    assert lacks(desk) == [("INSURANCE_EXPIRED", "expired on 2025-02-09")]

    accepted(desk, DRAW, rule, expires_on=DAY)

    assert is_approved(desk)


def test_insurance_is_in_force_on_the_day_of_the_wire_too() -> None:
    desk = in_review(PolicyRule.INSURANCE)
    accepted(desk, DRAW, ChecklistRule.INSURANCE, expires_on=DAY)
    desk.on_draw(DRAW, APPROVE)

    refusal = refused(desk, lambda: desk.on_draw(DRAW, InitiateFunding("w", DAY + ONE_DAY)))
    assert refusal.code == "INSURANCE_EXPIRED"

    accepted(desk, DRAW, ChecklistRule.INSURANCE, expires_on=DAY + ONE_DAY)
    assert desk.on_draw(DRAW, InitiateFunding("w", DAY + ONE_DAY))


def test_documents_that_the_wire_does_not_depend_on_are_not_asked_for_again() -> None:
    desk = in_review(*PolicyRule, asked={SOFT: ("10.00", "0.00", "0.00")})
    for rule in ChecklistRule:
        desk.on_draw(DRAW, excuse(rule))
    desk.on_draw(DRAW, APPROVE)

    assert desk.on_draw(DRAW, InitiateFunding("w", DAY))


def test_a_final_draw_needs_a_certificate_of_occupancy_and_final_waivers() -> None:
    desk = in_review(
        PolicyRule.CERTIFICATE_OF_OCCUPANCY,
        PolicyRule.CONDITIONAL_WAIVER,
        kind=DrawKind.FINAL,
        payees=(ANNA,),
    )
    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER, ANNA.name)
    assert [code for code, _ in lacks(desk)] == [
        "CERTIFICATE_OF_OCCUPANCY_MISSING",
        "FINAL_WAIVER_MISSING",
    ]
    accepted(desk, DRAW, ChecklistRule.CERTIFICATE_OF_OCCUPANCY)
    assert lacks(desk) == [("FINAL_WAIVER_MISSING", ANNA.name)]

    accepted(desk, DRAW, ChecklistRule.FINAL_WAIVER, ANNA.name)

    assert is_approved(desk)


def test_a_final_waiver_is_a_conditional_one_too() -> None:
    desk = in_review(PolicyRule.CONDITIONAL_WAIVER, kind=DrawKind.FINAL, payees=(ANNA,))
    accepted(desk, DRAW, ChecklistRule.FINAL_WAIVER, ANNA.name)

    assert is_approved(desk)


def test_a_progress_draw_needs_no_certificate_of_occupancy() -> None:
    assert is_approved(in_review(PolicyRule.CERTIFICATE_OF_OCCUPANCY))


def test_all_that_is_missing_is_told_at_once_and_the_first_rule_names_the_refusal() -> None:
    desk = in_review(*reversed(PolicyRule), kind=DrawKind.FINAL, payees=(ANNA,))
    estimated(desk, "210000.01")

    assert [code for code, _ in lacks(desk)] == [
        "INSPECTION_REQUIRED",
        "OUT_OF_BALANCE",
        "CONDITIONAL_WAIVER_MISSING",
        "TITLE_DATE_DOWN_MISSING",
        "INSURANCE_EXPIRED",
        "CERTIFICATE_OF_OCCUPANCY_MISSING",
        "FINAL_WAIVER_MISSING",
    ]
