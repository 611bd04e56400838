"""The matrix of roles, and that no route escapes it."""

import pytest

from domain.access import MATRIX, OPERATIONS, Reach, Right, reach_of, right_of
from domain.kernel.actors import Role
from runtime.http import Api
from tests.contract.apis import command_api, query_api

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


@pytest.mark.parametrize("right", [None, *Right])
def test_the_system_role_reaches_nothing_over_http(right: Right | None) -> None:
    assert reach_of(Role.SYSTEM, right) is NONE


def test_an_operation_without_an_entry_is_denied_to_everybody() -> None:
    assert right_of("launch_rocket") is None
    assert {reach_of(role, None) for role in Role} == {NONE}


@pytest.mark.parametrize("api", [command_api, query_api])
def test_every_route_has_an_entry(api: Api) -> None:
    assert [name for name in api.plans if name not in OPERATIONS] == []


def test_only_what_precedes_sign_in_is_public() -> None:
    public = {name for name, right in OPERATIONS.items() if right is Right.PUBLIC}
    assert public == {
        "health",
        "health_live",
        "metrics",
        "sign_in",
        "refresh_tokens",
        "sign_out",
    }


def test_every_entry_has_a_route() -> None:
    served = {name for api in (command_api, query_api) for name in api.plans}

    assert sorted(set(OPERATIONS) - served) == []
