"""The matrix of roles, and that no route escapes it."""

from pathlib import Path

import pytest

from domain.access import MATRIX, Reach, Right, reach_of
from domain.kernel.actors import Role
from runtime.http import Router
from runtime.http.rights import rights_page
from tests.contract.apis import command_api, query_api

PLANS = command_api.plans | query_api.plans

ALL, OWN, NONE = Reach.ALL, Reach.OWN, Reach.NONE

# The table of the API contract, row by row: admin, acquisitions, design, entitlement, servicing,
# builder, auditor.
_PEOPLE = (
    Role.ADMIN,
    Role.ACQUISITIONS,
    Role.DESIGN,
    Role.ENTITLEMENT,
    Role.SERVICING,
    Role.BUILDER,
    Role.AUDITOR,
)
_TABLE = {
    Right.PROJECTS_READ: (ALL, ALL, ALL, ALL, ALL, OWN, ALL),
    Right.PROJECTS_WRITE: (ALL, ALL, ALL, ALL, NONE, NONE, NONE),
    Right.LOANS_READ: (ALL, ALL, NONE, NONE, ALL, OWN, ALL),
    Right.LOANS_WRITE: (ALL, ALL, NONE, NONE, ALL, NONE, NONE),
    Right.LOANS_SERVICE: (ALL, NONE, NONE, NONE, ALL, NONE, NONE),
    Right.DRAWS_READ: (ALL, ALL, NONE, NONE, ALL, OWN, ALL),
    Right.DRAWS_REQUEST: (ALL, ALL, NONE, NONE, ALL, OWN, NONE),
    Right.DRAWS_DECIDE: (ALL, NONE, NONE, NONE, ALL, NONE, NONE),
    Right.AUDIT_READ: (ALL, NONE, NONE, NONE, ALL, NONE, ALL),
    Right.AUDIT_RUN: (ALL, NONE, NONE, NONE, NONE, NONE, ALL),
    Right.ADMINISTER: (ALL, NONE, NONE, NONE, NONE, NONE, NONE),
}


@pytest.mark.parametrize("right", _TABLE)
def test_each_role_reaches_as_far_as_the_table_says(right: Right) -> None:
    assert tuple(reach_of(role, right) for role in _PEOPLE) == _TABLE[right]


def test_every_right_has_a_row() -> None:
    assert set(MATRIX) == set(Right)


@pytest.mark.parametrize("right", Right)
def test_the_system_role_reaches_nothing_over_http(right: Right) -> None:
    assert reach_of(Role.SYSTEM, right) is NONE


def test_a_route_without_a_right_cannot_be_declared() -> None:
    with pytest.raises(TypeError, match="right"):
        Router("rockets").post("/rockets", "launch_rocket", example="")  # type: ignore[call-arg]  # the point of it


def test_only_what_precedes_sign_in_is_public() -> None:
    public = {name for name, plan in PLANS.items() if plan.operation.right is Right.PUBLIC}
    assert public == {
        "health",
        "health_live",
        "metrics",
        "sign_in",
        "refresh_tokens",
        "sign_out",
    }


_EVERYBODY, _THEMSELVES = "all all all all all all all", "own own own own own own own"
_ADMINISTRATION, _LENDING = "all - - - - - -", "all all - - all - -"
_SERVICING, _REQUESTING = "all - - - all - -", "all all - - all own -"
_READING, _AUDITING = "all all - - all own all", "all - - - all - all"
_REACHES = {
    _EVERYBODY: "health health_live metrics sign_in refresh_tokens sign_out",
    _THEMSELVES: "get_me",
    _ADMINISTRATION: """
        list_users create_user amend_user disable_user close_accounting_period list_parked_events
    """,
    _LENDING: """
        originate_loan submit_loan approve_loan decline_loan withdraw_loan close_loan
        reallocate_budget record_change_order record_accepted_progress record_cost_to_complete
        change_draw_policy place_draw_stop lift_draw_stop change_rate extend_maturity quote_payoff
    """,
    _SERVICING: """
        record_payment record_payoff record_equity_deposit assess_fee waive_fee
        record_protective_advance declare_default cure_default change_accrual_status
        sell_participation charge_off reverse_event close_business review_draw return_draw
        approve_draw reject_draw cancel_draw fund_draw confirm_draw_funding fail_draw_funding
        record_draw_checklist_item override_draw_rule reverse_draw
    """,
    _REQUESTING: "create_draw revise_draw submit_draw withdraw_draw",
    _READING: """
        list_loans get_loan get_loan_budget list_loan_draws get_loan_ledger get_loan_history
        list_draws get_draw get_draw_history list_payments list_loan_payments list_loan_fees
        list_payoff_quotes get_loan_interest get_reserve_forecast get_portfolio_dashboard
        get_draws_dashboard get_maturities_dashboard get_delinquency_dashboard
        get_reserves_dashboard get_budget_burn_dashboard
    """,
    _AUDITING: """
        list_accounting_periods get_trial_balance list_journal list_events list_stream_events
        list_projections
    """,
}
"""How far each role reaches with the operations of the first release, whatever their rights are
called: a right that is renamed, split or given to a route must leave these as they are."""


@pytest.mark.parametrize(
    ("operation", "reaches"),
    [(name, cells) for cells, names in _REACHES.items() for name in names.split()],
)
def test_an_operation_is_reached_by_the_roles_it_was_reached_by(
    operation: str, reaches: str
) -> None:
    plan = PLANS[operation]
    assert [plan.reaches[role].value for role in _PEOPLE] == reaches.replace("-", "none").split()


def test_the_page_of_rights_is_what_the_matrix_and_the_routes_say(project_root: Path) -> None:
    page = (project_root / "docs" / "RIGHTS.md").read_text()

    assert page == rights_page(PLANS.values()), "run `make rights` and review what changed"
