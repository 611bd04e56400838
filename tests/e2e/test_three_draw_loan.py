"""Example E3 over HTTP, through the front door: administrator, builder and servicing at work.

The table of `tests/scenario.py` is asked of the running system: every L4 to L9, every line, the
journal and the trial balance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from deploy.embedded import free_port
from tests.e2e.running import Up
from tests.scenario import CLOSING, E3_DRAWS, E3_LINES, LAND, Asked, E3Draw

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Json = dict[str, Any]


@dataclass
class Desk:
    """Somebody signed in at the front door."""

    client: httpx.Client
    user_id: str

    def post(self, path: str, body: Json | None = None, status: int | None = None) -> Json:
        """POST, expecting a status, 2xx if none is named; returns data, or the error."""
        answer = self.client.post(path, json=body or {})
        if status is None:
            assert answer.is_success, answer.text
            self.position = answer.headers["X-Ledger-Position"]
            data: Json = answer.json()["data"]
            return data
        assert answer.status_code == status, answer.text
        error: Json = answer.json()["error"]
        return error

    def get(self, path: str, **query: Any) -> Json:
        """GET what the read side knows once it has seen all that this desk wrote."""
        answer = self.client.get(path, params=query)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found


@dataclass
class Firm:
    """The three desks, and the loan they work on."""

    admin: Desk
    builder: Desk
    servicing: Desk
    loan_id: str
    lines: dict[str, str]
    draws: list[Json]
    position: str

    def read(self, path: str, **query: Any) -> Any:
        """Read as the administrator, after everything written here."""
        return self.admin.get(path, min_position=self.position, **query)["data"]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("e3") / "data", free_port(), loans=2) as running:
        yield running.wait_until_ready()


@pytest.fixture(scope="module")
def firm(up: Up) -> Iterator[Firm]:
    with (
        up.client("admin@demo.test") as admin,
        up.client("builder1@demo.test") as builder,
        up.client("servicing@demo.test") as servicing,
    ):
        desks = [_desk(client) for client in (admin, builder, servicing)]
        yield _worked(*desks)


def _desk(client: httpx.Client) -> Desk:
    return Desk(client, client.get("/auth/me").raise_for_status().json()["data"]["id"])


def _worked(admin: Desk, builder: Desk, servicing: Desk) -> Firm:
    """The example from term sheet to its third funded draw."""
    loan = admin.post("/loans", _origination(builder.user_id))
    lines = {line["code"]: line["line_id"] for line in loan["lines"]}
    path = f"/loans/{loan['id']}"
    admin.post(f"{path}/submit")
    admin.post(f"{path}/approve")
    closing = [
        {"line_id": lines[code], "amount": amount}
        for code, amount in (("LAND", "10000.00"), ("FEE", "10000.00"), ("SOFT", "15000.00"))
    ]
    admin.post(
        f"{path}/close",
        {"closing_date": CLOSING.closing_on.isoformat(), "advance": {"lines": closing}},
    )
    firm = Firm(admin, builder, servicing, loan["id"], lines, [], "")
    for draw in E3_DRAWS:
        firm.draws.append(_fund(firm, draw))
    firm.position = servicing.position
    return firm


def _origination(builder_user_id: str) -> Json:
    return {
        "project_name": "Maple Street 14",
        "borrower_name": "Maple Street Homes LLC",
        "builder_user_id": builder_user_id,
        "commitment": "960000.00",
        "rate": "0.0975",
        "default_margin": "0.05",
        "day_count": "ACT_360",
        "rounding": "HALF_UP",
        "maturity_date": "2026-01-15",
        "late_charge_rate": "0.05",
        "grace_days": 10,
        "valuation": {
            "as_is": "400000.00",
            "as_complete": "1400000.00",
            "valued_on": "2024-12-20",
        },
        "draw_policy": {"require": []},
        "lines": [
            {
                "code": code,
                "name": code.title(),
                "category": category.value,
                "amount": amount,
                "retainage_rate": "0.10" if category.value == "HARD" else "0",
            }
            for code, (category, amount) in E3_LINES.items()
        ],
        "sources": [
            {"kind": "EQUITY", "amount": "240000.00", "spent_on_line": LAND},
            {"kind": "LOAN", "amount": "960000.00"},
        ],
    }


def _request(firm: Firm, asked: Asked, period_to: str) -> Json:
    return {
        "period_to": period_to,
        "lines": [
            {
                "line_id": firm.lines[code],
                "completed_this_period": completed,
                "stored_now": stored,
                "retainage_release": released,
            }
            for code, (completed, stored, released) in asked.items()
        ],
    }


def _in_review(firm: Firm, asked: Asked, period_to: str) -> str:
    created = firm.builder.post(f"/loans/{firm.loan_id}/draws", _request(firm, asked, period_to))
    path = f"/draws/{created['id']}"
    firm.builder.post(f"{path}/submit")
    firm.servicing.post(f"{path}/review")
    return path


def _fund(firm: Firm, draw: E3Draw) -> Json:
    funded_on = draw.funded_on.isoformat()
    path = _in_review(firm, draw.asked, funded_on)
    firm.servicing.post(f"{path}/approve")
    firm.servicing.post(f"{path}/fund", {"wire_ref": f"FED-{funded_on}"})
    return firm.servicing.post(f"{path}/confirm-funding", {"funded_on": funded_on})


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_draw_comes_to_the_table_written_and_read(firm: Firm, number: int) -> None:
    written, expected = firm.draws[number - 1], E3_DRAWS[number - 1]
    read = firm.read(f"/draws/{written['id']}")

    for shown in (written, read):
        figures = {name: shown[name] for name in ("l4", "l5", "l6", "l7", "l8", "l9", "net")}
        assert figures == {
            **{name: getattr(expected, name) for name in ("l4", "l5", "l6", "l7", "l8", "l9")},
            "net": expected.l8,
        }
        assert (shown["state"], shown["number"]) == ("FUNDED", number)
    assert read == written


def test_lines_stand_as_in_the_table(firm: Firm) -> None:
    loan = firm.read(f"/loans/{firm.loan_id}")
    lines = {
        line["code"]: (line["amount"], line["funded"], line["retainage"], line["unbilled"])
        for line in loan["lines"]
    }

    assert lines["LAND"] == ("250000.00", "250000.00", "0.00", "0.00")
    assert lines["SITEWORK"] == ("180000.00", "180000.00", "0.00", "0.00")
    assert lines["FRAMING"] == ("240000.00", "216000.00", "24000.00", "0.00")
    assert lines["MEP"] == ("160000.00", "121500.00", "13500.00", "25000.00")
    assert lines["FINISHES"] == ("200000.00", "81000.00", "9000.00", "110000.00")
    assert (loan["principal"], loan["retainage_withheld"]) == ("663500.00", "46500.00")
    assert (loan["undisbursed"], loan["reserved"]) == ("296500.00", "0.00")


def test_the_books_of_the_loan_and_of_the_house_balance(firm: Firm) -> None:
    for query in ({"loan_id": firm.loan_id}, {}):
        accounts = firm.read("/trial-balance", **query)["accounts"]
        for memo in (True, False):
            book = [a for a in accounts if a["account"].startswith("memo:") is memo]
            assert book
            assert sum(_cents(a["debit"]) - _cents(a["credit"]) for a in book) == 0


def test_history_shows_who_did_what(firm: Firm) -> None:
    history = firm.read(f"/loans/{firm.loan_id}/history", page_size=100)

    assert {entry["actor"]["id"] for entry in history} == {
        firm.admin.user_id,
        firm.builder.user_id,
        firm.servicing.user_id,
    }


def test_the_past_by_the_lenders_clock(firm: Firm) -> None:
    then = firm.read(f"/loans/{firm.loan_id}", effective_on="2025-03-31")

    assert (then["principal"], then["available"]) == ("410500.00", "549500.00")


def test_a_draw_one_cent_over_its_line_is_refused(firm: Firm) -> None:
    asked: Asked = {"FINISHES": ("110000.01", "20000.00", "0.00")}

    error = firm.builder.post(
        f"/loans/{firm.loan_id}/draws", _request(firm, asked, "2025-05-01"), status=422
    )

    assert error["code"] == "DRAW_EXCEEDS_LINE"


def test_four_eyes_and_one_approval(firm: Firm) -> None:
    asked: Asked = {"MEP": ("1.00", "0.00", "0.00")}
    created = firm.servicing.post(
        f"/loans/{firm.loan_id}/draws", _request(firm, asked, "2025-05-01")
    )
    path = f"/draws/{created['id']}"
    firm.servicing.post(f"{path}/submit")
    firm.servicing.post(f"{path}/review")

    assert firm.servicing.post(f"{path}/approve", status=422)["code"] == "FOUR_EYES"
    assert firm.builder.post(f"{path}/approve", status=403)["code"] == "FORBIDDEN"
    firm.admin.post(f"{path}/approve")
    assert firm.admin.post(f"{path}/approve", status=422)["code"] == "DRAW_ALREADY_APPROVED"
    firm.servicing.post(f"{path}/cancel")


def test_another_builder_finds_nothing(firm: Firm, up: Up) -> None:
    asked: Asked = {"MEP": ("1.00", "0.00", "0.00")}
    with up.client("builder2@demo.test") as client:
        other = _desk(client)
        body = _request(firm, asked, "2025-05-01")
        assert other.post(f"/loans/{firm.loan_id}/draws", body, status=404)["code"] == "NOT_FOUND"
        for path in (f"/loans/{firm.loan_id}", f"/draws/{firm.draws[0]['id']}"):
            assert client.get(path, params={"min_position": firm.position}).status_code == 404
        mine = other.get("/loans", page_size=100, min_position=firm.position)["data"]
        assert firm.loan_id not in {loan["id"] for loan in mine}


def _cents(amount: str) -> int:
    return int(amount.replace(".", ""))
