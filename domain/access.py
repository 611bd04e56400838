"""Who may do what, as data: the matrix of roles, and the entry of every operation.

The matrix says how far a role reaches into a resource: all of it, its own, or not at all. An
operation that has no entry here is denied to everybody, and a contract test finds it.
"""

from collections.abc import Mapping
from enum import StrEnum

from domain.kernel.actors import Role


class Reach(StrEnum):
    """How far a role reaches: every row, its own, or none."""

    ALL = "all"
    OWN = "own"
    NONE = "none"


class Right(StrEnum):
    """A resource together with what is done to it: one row of the matrix."""

    PUBLIC = "public"  # Before or without sign-in.
    SELF = "self"  # Anybody who is signed in, about themselves.
    PROJECTS_READ = "projects.read"
    PROJECTS_WRITE = "projects.write"
    LOANS_READ = "loans.read"
    LOANS_WRITE = "loans.write"
    DRAWS_READ = "draws.read"
    DRAWS_REQUEST = "draws.request"
    DRAWS_DECIDE = "draws.decide"
    AUDIT_READ = "audit.read"
    AUDIT_RUN = "audit.run"
    ADMINISTER = "administer"


_PEOPLE = tuple(role for role in Role if role is not Role.SYSTEM)


def _row(*every: Role, own: tuple[Role, ...] = ()) -> Mapping[Role, Reach]:
    return {
        role: Reach.ALL if role in every else Reach.OWN if role in own else Reach.NONE
        for role in _PEOPLE
    }


_LENDING = (Role.ADMIN, Role.ACQUISITIONS, Role.SERVICING)
_BUILDER = (Role.BUILDER,)

MATRIX: Mapping[Right, Mapping[Role, Reach]] = {
    Right.PUBLIC: _row(*_PEOPLE),
    Right.SELF: _row(own=_PEOPLE),
    Right.PROJECTS_READ: _row(*(set(_PEOPLE) - {Role.BUILDER}), own=_BUILDER),
    Right.PROJECTS_WRITE: _row(Role.ADMIN, Role.ACQUISITIONS, Role.DESIGN, Role.ENTITLEMENT),
    Right.LOANS_READ: _row(*_LENDING, Role.AUDITOR, own=_BUILDER),
    Right.LOANS_WRITE: _row(*_LENDING),
    Right.DRAWS_READ: _row(*_LENDING, Role.AUDITOR, own=_BUILDER),
    Right.DRAWS_REQUEST: _row(*_LENDING, own=_BUILDER),
    Right.DRAWS_DECIDE: _row(Role.ADMIN, Role.SERVICING),
    Right.AUDIT_READ: _row(Role.ADMIN, Role.SERVICING, Role.AUDITOR),
    Right.AUDIT_RUN: _row(Role.ADMIN, Role.AUDITOR),
    Right.ADMINISTER: _row(Role.ADMIN),
}

OPERATIONS: Mapping[str, Right] = {
    # Operations of a process.
    "health": Right.PUBLIC,
    "health_live": Right.PUBLIC,
    "metrics": Right.PUBLIC,
    # Sign-in and users.
    "sign_in": Right.PUBLIC,
    "refresh_tokens": Right.PUBLIC,
    "sign_out": Right.PUBLIC,
    "get_me": Right.SELF,
    "list_users": Right.ADMINISTER,
    "create_user": Right.ADMINISTER,
    "amend_user": Right.ADMINISTER,
    "disable_user": Right.ADMINISTER,
    # Loans.
    "originate_loan": Right.LOANS_WRITE,
    "submit_loan": Right.LOANS_WRITE,
    "approve_loan": Right.LOANS_WRITE,
    "decline_loan": Right.LOANS_WRITE,
    "withdraw_loan": Right.LOANS_WRITE,
    "close_loan": Right.LOANS_WRITE,
    "reallocate_budget": Right.LOANS_WRITE,
    "record_change_order": Right.LOANS_WRITE,
    "record_accepted_progress": Right.LOANS_WRITE,
    "record_cost_to_complete": Right.LOANS_WRITE,
    "change_draw_policy": Right.LOANS_WRITE,
    "place_draw_stop": Right.LOANS_WRITE,
    "lift_draw_stop": Right.LOANS_WRITE,
    "change_rate": Right.LOANS_WRITE,
    "extend_maturity": Right.LOANS_WRITE,
    "quote_payoff": Right.LOANS_WRITE,
    # Whoever moves the money of draws moves that of loans.
    "record_payment": Right.DRAWS_DECIDE,
    "record_payoff": Right.DRAWS_DECIDE,
    "record_equity_deposit": Right.DRAWS_DECIDE,
    "assess_fee": Right.DRAWS_DECIDE,
    "waive_fee": Right.DRAWS_DECIDE,
    "record_protective_advance": Right.DRAWS_DECIDE,
    "declare_default": Right.DRAWS_DECIDE,
    "cure_default": Right.DRAWS_DECIDE,
    "change_accrual_status": Right.DRAWS_DECIDE,
    "sell_participation": Right.DRAWS_DECIDE,
    "charge_off": Right.DRAWS_DECIDE,
    "reverse_event": Right.DRAWS_DECIDE,
    "close_business": Right.DRAWS_DECIDE,
    "close_accounting_period": Right.ADMINISTER,
    "list_loans": Right.LOANS_READ,
    "get_loan": Right.LOANS_READ,
    "get_loan_budget": Right.LOANS_READ,
    "list_loan_draws": Right.DRAWS_READ,
    "get_loan_ledger": Right.LOANS_READ,
    "get_loan_history": Right.LOANS_READ,
    # Draws.
    "create_draw": Right.DRAWS_REQUEST,
    "revise_draw": Right.DRAWS_REQUEST,
    "submit_draw": Right.DRAWS_REQUEST,
    "withdraw_draw": Right.DRAWS_REQUEST,
    "review_draw": Right.DRAWS_DECIDE,
    "return_draw": Right.DRAWS_DECIDE,
    "approve_draw": Right.DRAWS_DECIDE,
    "reject_draw": Right.DRAWS_DECIDE,
    "cancel_draw": Right.DRAWS_DECIDE,
    "fund_draw": Right.DRAWS_DECIDE,
    "confirm_draw_funding": Right.DRAWS_DECIDE,
    "fail_draw_funding": Right.DRAWS_DECIDE,
    "record_draw_checklist_item": Right.DRAWS_DECIDE,
    "override_draw_rule": Right.DRAWS_DECIDE,
    "reverse_draw": Right.DRAWS_DECIDE,
    "list_draws": Right.DRAWS_READ,
    "get_draw": Right.DRAWS_READ,
    "get_draw_history": Right.DRAWS_READ,
    # Figures, journal and audit.
    "list_payments": Right.LOANS_READ,
    "list_loan_payments": Right.LOANS_READ,
    "list_loan_fees": Right.LOANS_READ,
    "list_payoff_quotes": Right.LOANS_READ,
    "get_loan_interest": Right.LOANS_READ,
    "get_reserve_forecast": Right.LOANS_READ,
    "list_accounting_periods": Right.AUDIT_READ,
    "get_portfolio_dashboard": Right.LOANS_READ,
    "get_draws_dashboard": Right.DRAWS_READ,
    "get_maturities_dashboard": Right.LOANS_READ,
    "get_delinquency_dashboard": Right.LOANS_READ,
    "get_reserves_dashboard": Right.LOANS_READ,
    "get_budget_burn_dashboard": Right.LOANS_READ,
    "get_trial_balance": Right.AUDIT_READ,
    "list_journal": Right.AUDIT_READ,
    "list_events": Right.AUDIT_READ,
    "list_stream_events": Right.AUDIT_READ,
    "list_projections": Right.AUDIT_READ,
    "list_parked_events": Right.ADMINISTER,
}


def right_of(operation: str) -> Right | None:
    """The entry of an operation, `None` when it has none and is so denied."""
    return OPERATIONS.get(operation)


def reach_of(role: Role, right: Right | None) -> Reach:
    """How far a role reaches with a right; the system's role is never signed in and reaches none."""
    if right is None:
        return Reach.NONE
    return MATRIX[right].get(role, Reach.NONE)
