"""What all dashboards have in common: whose figures they show, and what they take."""

from uuid import UUID

import pytest

from domain.kernel.actors import Role
from tests.integration.query.conftest import Desk

DASHBOARDS = ("portfolio", "draws", "maturities", "delinquency", "reserves", "budget-burn")


@pytest.mark.parametrize("name", DASHBOARDS)
async def test_builders_see_their_own_figures_only(desk: Desk, name: str) -> None:
    other = UUID("01936f5e-0000-7000-8000-00000000beef")
    await desk.office.approved_draw(await desk.office.active_loan(builder=other))
    path, on = f"/dashboards/{name}", "2026-02-01"
    mine = (await desk.builder(path, as_of=on)).json()
    theirs = (await desk.builder(path, other, as_of=on)).json()
    everybody = (await desk.get(path, as_of=on)).json()
    for lists in ("loans", "draws"):
        if isinstance(everybody["data"].get(lists), list):
            assert mine["data"][lists] == []
            assert mine["meta"]["total"] == 0
            assert theirs["data"][lists] == everybody["data"][lists]
    everybody["data"].pop("tie_out", None)
    assert theirs["data"] == everybody["data"]
    assert mine["data"] != theirs["data"] or name == "reserves"


@pytest.mark.parametrize("name", DASHBOARDS)
async def test_a_dashboard_takes_only_what_it_knows(desk: Desk, name: str) -> None:
    for params in ({"colour": "red"}, {"as_of": "yesterday"}, {"page_size": 101}):
        answer = await desk.get(f"/dashboards/{name}", **params)
        assert answer.status_code == 400, params
    for role in (Role.DESIGN, Role.ENTITLEMENT):
        assert (await desk.get(f"/dashboards/{name}", role)).status_code == 403
    today = await desk.data(f"/dashboards/{name}", Role.AUDITOR)
    assert today["as_of_position"] == today["lag_events"] == 0
