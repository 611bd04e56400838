"""What excuses a draw from its loan's policy, and how long documents and exceptions hold."""

import pytest

from domain.draws.commands import (
    ApproveDraw,
    InitiateFunding,
    RecordChecklistItem,
    ReturnDraw,
    ReviseDraw,
    SubmitDraw,
)
from domain.draws.events import ChecklistItem, ChecklistRule, ChecklistStatus, Payee
from domain.kernel.actors import Role
from domain.kernel.errors import NotAllowed, RuleBroken
from domain.kernel.values import replace
from domain.loans.balance import BALANCE_STOP
from domain.loans.commands import ChangeDrawPolicy, PlaceDrawStop
from domain.loans.terms import PolicyRule
from tests.domain.draw_controls import (
    ANNA,
    BORIS,
    DAY,
    accepted,
    refused,
    to_review,
)
from tests.domain.policy_desk import (
    APPROVE,
    DRAW,
    ONE_DAY,
    estimated,
    excuse,
    in_review,
    is_approved,
    lacks,
)
from tests.scenario import (
    BUILDER,
    MEP,
    OFFICER,
    requested,
)


def test_a_rule_that_was_overridden_passes_and_the_others_still_bind() -> None:
    desk = in_review(PolicyRule.INSPECTION, PolicyRule.TITLE_DATE_DOWN)
    desk.on_draw(DRAW, excuse(ChecklistRule.INSPECTION))
    assert [code for code, _ in lacks(desk)] == ["TITLE_DATE_DOWN_MISSING"]

    desk.on_draw(DRAW, excuse(ChecklistRule.TITLE_DATE_DOWN))

    assert is_approved(desk)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_administrator_overrides(role: Role) -> None:
    desk = in_review(PolicyRule.INSPECTION)

    refusal = refused(desk, lambda: desk.on_draw(DRAW, excuse(ChecklistRule.INSPECTION, role)))

    assert isinstance(refusal, NotAllowed)
    assert refusal.code == "OVERRIDE_NEEDS_ADMIN"


def test_overriding_balance_lifts_its_stop_for_the_draw_and_no_other_stop() -> None:
    desk = in_review(PolicyRule.IN_BALANCE)
    estimated(desk, "210000.01")
    desk.on_loan(PlaceDrawStop(BALANCE_STOP))
    assert refused(desk, lambda: desk.on_draw(DRAW, APPROVE)).code == "DRAW_STOPPED"
    desk.on_draw(DRAW, excuse(ChecklistRule.IN_BALANCE))
    desk.on_loan(PlaceDrawStop("LIEN"))
    refusal = refused(desk, lambda: desk.on_draw(DRAW, APPROVE))
    assert [detail.message for detail in refusal.details] == ["LIEN"]


def test_recording_and_overriding_again_decide_nothing() -> None:
    desk = in_review(PolicyRule.INSURANCE)
    item = ChecklistItem(ChecklistRule.INSURANCE, ChecklistStatus.ACCEPTED, expires_on=DAY)
    assert desk.on_draw(DRAW, RecordChecklistItem(item))
    assert desk.on_draw(DRAW, RecordChecklistItem(item)) == []
    assert desk.on_draw(DRAW, excuse(ChecklistRule.INSURANCE))
    assert desk.on_draw(DRAW, excuse(ChecklistRule.INSURANCE)) == []


@pytest.mark.parametrize("rule", [ChecklistRule.INSPECTION, ChecklistRule.IN_BALANCE])
def test_progress_and_balance_are_no_documents_of_a_draw(rule: ChecklistRule) -> None:
    desk = in_review()

    assert refused(desk, lambda: accepted(desk, DRAW, rule)).code == "RULE_NOT_ON_CHECKLIST"


def test_no_document_comes_in_once_the_wire_is_ordered() -> None:
    desk = in_review()
    desk.on_draw(DRAW, APPROVE)
    desk.on_draw(DRAW, InitiateFunding("w"))

    for attempt in (
        lambda: accepted(desk, DRAW, ChecklistRule.INSURANCE),
        lambda: desk.on_draw(DRAW, excuse(ChecklistRule.INSURANCE)),
    ):
        refusal = refused(desk, attempt)
        assert isinstance(refusal, RuleBroken)
        assert refusal.code == "DRAW_NOT_IN_REVIEW"


def test_a_return_leaves_documents_and_exceptions() -> None:
    desk = in_review(PolicyRule.INSPECTION, PolicyRule.INSURANCE)
    accepted(desk, DRAW, ChecklistRule.INSURANCE, expires_on=DAY)
    desk.on_draw(DRAW, excuse(ChecklistRule.INSPECTION))
    before = desk.draws[DRAW].checklist

    desk.on_draw(DRAW, ReturnDraw(("The invoice is unsigned",)))
    to_review(desk, DRAW)

    assert desk.draws[DRAW].checklist == before
    assert is_approved(desk)


def test_a_revision_ends_exceptions_and_the_waivers_given_for_other_money() -> None:
    desk = in_review(payees=(ANNA, BORIS))
    for rule in (ChecklistRule.CONDITIONAL_WAIVER, ChecklistRule.UNCONDITIONAL_WAIVER):
        accepted(desk, DRAW, rule, ANNA.name)
        accepted(desk, DRAW, rule, BORIS.name)
    accepted(desk, DRAW, ChecklistRule.INSURANCE, expires_on=DAY)
    desk.on_draw(DRAW, excuse(ChecklistRule.INSPECTION))
    desk.on_draw(DRAW, ReturnDraw(("Boris is owed more",)))

    desk.on_draw(DRAW, ReviseDraw(payees=(ANNA, replace(BORIS, amount_cents=500_001))))

    checklist = desk.draws[DRAW].checklist
    assert [(item.rule, item.payee) for item in checklist.items] == [
        (ChecklistRule.CONDITIONAL_WAIVER, ANNA.name),
        (ChecklistRule.UNCONDITIONAL_WAIVER, ANNA.name),
        (ChecklistRule.UNCONDITIONAL_WAIVER, BORIS.name),
        (ChecklistRule.INSURANCE, None),
    ]
    assert checklist.overrides == ()


def test_a_waiver_without_an_amount_ends_when_the_lines_change() -> None:
    desk = in_review(payees=(Payee("Carla Tiles"),))
    accepted(desk, DRAW, ChecklistRule.CONDITIONAL_WAIVER, "Carla Tiles")
    desk.on_draw(DRAW, ReturnDraw(("Less was done",)))

    desk.on_draw(DRAW, ReviseDraw(lines=requested({MEP: ("39999.99", "0.00", "0.00")})))

    assert desk.draws[DRAW].checklist.items == ()


def test_a_later_period_keeps_documents_and_asks_them_to_reach_it() -> None:
    desk = in_review(PolicyRule.TITLE_DATE_DOWN)
    accepted(desk, DRAW, ChecklistRule.TITLE_DATE_DOWN, through_on=DAY)
    desk.on_draw(DRAW, ReturnDraw(("Bill through the 11th",)))
    desk.on_draw(DRAW, ReviseDraw(period_to=DAY + ONE_DAY))
    desk.on_draw(DRAW, SubmitDraw(BUILDER, DAY + ONE_DAY))

    to_review(desk, DRAW)

    assert lacks(desk) == [("TITLE_DATE_DOWN_MISSING", "through 2025-02-10, must reach 2025-02-11")]


def test_a_policy_changed_by_command_binds_from_then_on() -> None:
    desk = in_review()
    command = ChangeDrawPolicy((PolicyRule.INSURANCE,), "The insurer gave notice")
    assert desk.on_loan(command)
    assert desk.on_loan(command) == []
    assert [code for code, _ in lacks(desk)] == ["INSURANCE_EXPIRED"]

    desk.on_loan(ChangeDrawPolicy((), "Insured again"))

    assert is_approved(desk)


def test_the_last_day_of_the_loan_is_a_day_for_approval_and_the_next_is_not() -> None:
    desk = in_review()
    last_on = desk.the_loan.maturity_on
    late = ApproveDraw(OFFICER, on=last_on + ONE_DAY)
    assert refused(desk, lambda: desk.on_draw(DRAW, late)).code == "LOAN_PAST_MATURITY"

    assert desk.on_draw(DRAW, ApproveDraw(OFFICER, on=last_on))
    wire = InitiateFunding("w", last_on + ONE_DAY)
    assert refused(desk, lambda: desk.on_draw(DRAW, wire)).code == "LOAN_PAST_MATURITY"
