"""A lender's people at the front door, and the loans that they work, over HTTP alone."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.scenario import CLOSING, E3_DRAWS, E3_LINES, LAND, Asked, E3Draw

Json = dict[str, Any]

E3_CLOSING = {"LAND": "10000.00", "FEE": "10000.00", "SOFT": "15000.00"}


@dataclass
class Seat:
    """Somebody signed in at the front door."""

    client: httpx.Client
    user_id: str
    position: int = 0

    def post(self, path: str, body: Json | None = None) -> Json:
        """POST what must succeed; returns its data."""
        answer = self.client.post(path, json=body or {})
        assert answer.is_success, answer.text
        self.position = max(self.position, int(answer.headers.get("X-Ledger-Position", 0)))
        data: Json = answer.json()["data"]
        return data

    def refused(self, path: str, body: Json | None = None, status: int = 422) -> Json:
        """POST what must be refused; returns the error."""
        answer = self.client.post(path, json=body or {})
        assert answer.status_code == status, answer.text
        error: Json = answer.json()["error"]
        return error

    def get(self, path: str, **query: Any) -> Json:
        """GET, with its meta."""
        answer = self.client.get(path, params=query)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found


def desk(client: httpx.Client) -> Seat:
    """The desk of whoever a client is signed in as."""
    return Seat(client, client.get("/auth/me").raise_for_status().json()["data"]["id"])


@dataclass
class Firm:
    """Who works the loans; nobody else writes."""

    admin: Seat
    builder: Seat
    servicing: Seat
    loans: list["Case"] = field(default_factory=list)

    @property
    def position(self) -> int:
        """Of the last event that anybody here caused."""
        return max(desk.position for desk in (self.admin, self.builder, self.servicing))

    def read(self, path: str, **query: Any) -> Any:
        """Read as the administrator, after everything written here."""
        return self.admin.get(path, min_position=self.position, **query)["data"]

    def head(self) -> int:
        """The position of the last event there is."""
        query = {"after": self.position, "limit": 1, "min_position": self.position}
        meta = self.admin.get("/events", **query)["meta"]
        return int(meta["head"])

    def originate(self, builder_user_id: str | None = None, **changes: Any) -> "Case":
        """A term sheet of the example's terms, some of them changed."""
        body = {**e3_origination(builder_user_id or self.builder.user_id), **changes}
        return Case(self, self.admin.post("/loans", body))

    def closed(
        self, closing_on: str, advance: dict[str, str], builder_user_id: str | None = None, **c: Any
    ) -> "Case":
        """A loan, closed with an advance on some of its lines."""
        case = self.originate(builder_user_id, **c)
        case.admin("submit")
        case.admin("approve")
        lines = [{"line_id": case.lines[code], "amount": part} for code, part in advance.items()]
        case.admin("close", {"closing_date": closing_on, "advance": {"lines": lines}})
        return case

    def land_loan(self, amount: str, closing_on: str, **changes: Any) -> "Case":
        """A loan that is paid out whole at closing and pays its interest by bills."""
        terms = {
            "commitment": amount,
            "maturity_date": f"{int(closing_on[:4]) + 2}{closing_on[4:]}",
            "lines": [{"code": "LAND", "name": "Land", "category": "LAND", "amount": amount}],
            "sources": [{"kind": "LOAN", "amount": amount}],
            "late_charge_rate": "0",
        }
        return self.closed(closing_on, {"LAND": amount}, **{**terms, **changes})

    def e3_loan(self, draws: int = 3, **changes: Any) -> "Case":
        """The three-draw loan with its first draws funded, nothing accrued yet."""
        case = self.closed(CLOSING.closing_on.isoformat(), E3_CLOSING, **changes)
        for draw in E3_DRAWS[:draws]:
            case.fund(draw)
        return case

    def e3_at_may_first(self, **changes: Any) -> "Case":
        """The three-draw loan after close of business on 2025-05-01."""
        case = self.e3_loan(**changes)
        case.close_business("2025-05-01")
        return case


@dataclass
class Case:
    """One loan of the firm's."""

    firm: Firm
    answer: Json
    draws: list[Json] = field(default_factory=list)

    @property
    def loan_id(self) -> str:
        """The loan's id; ``path`` where it is."""
        return str(self.answer["id"])

    @property
    def path(self) -> str:
        return f"/loans/{self.loan_id}"

    @property
    def lines(self) -> dict[str, str]:
        """Line ids by code."""
        return {line["code"]: line["line_id"] for line in self.answer["lines"]}

    def admin(self, what: str, body: Json | None = None) -> Json:
        """A command on the loan by the administrator."""
        return self.firm.admin.post(f"{self.path}/{what}", body)

    def serve(self, what: str, body: Json | None = None) -> Json:
        """A command on the loan by servicing."""
        return self.firm.servicing.post(f"{self.path}/{what}", body)

    def close_business(self, on: str) -> Json:
        """Close of business for this loan."""
        body = {"business_date": on, "loan_id": self.loan_id}
        closed = self.firm.servicing.post("/close-of-business", body)
        assert closed["failed"] == []
        return closed

    def read(self, what: str = "", **query: Any) -> Any:
        """What the read side shows of the loan, or of a part of it."""
        return self.firm.read(f"{self.path}{what}", **query)

    def history(self, *types: str) -> list[Json]:
        """What happened to the loan, oldest first, of some types."""
        found: list[Json] = []
        query: Json = {"page_size": 100}
        while True:
            page = self.firm.admin.get(
                f"{self.path}/history", min_position=self.firm.position, **query
            )
            found += page["data"]
            if page["meta"]["next_cursor"] is None:
                return [each for each in found if not types or each["type"] in types]
            query["cursor"] = page["meta"]["next_cursor"]

    def journal(self, account: str, **query: Any) -> list[Json]:
        """The journal lines of one of the loan's accounts, by their dates."""
        lines: list[Json] = self.firm.read(
            "/journal",
            loan_id=self.loan_id,
            account=account,
            sort_by="effective_on",
            page_size=100,
            **query,
        )
        return lines

    def months(self) -> dict[str, Json]:
        """The loan's months of interest, by name."""
        return {month["month"]: month for month in self.read()["interest_months"]}

    def request(self, asked: Asked, period_to: str, **more: Any) -> Json:
        """The body of a draw."""
        return {
            "period_to": period_to,
            "lines": [
                {
                    "line_id": self.lines[code],
                    "completed_this_period": completed,
                    "stored_now": stored,
                    "retainage_release": released,
                }
                for code, (completed, stored, released) in asked.items()
            ],
            **more,
        }

    def in_review(self, asked: Asked, period_to: str, **more: Any) -> str:
        """A draw, asked for by the builder and taken up; its path."""
        body = self.request(asked, period_to, **more)
        created = self.firm.builder.post(f"{self.path}/draws", body)
        path = f"/draws/{created['id']}"
        self.firm.builder.post(f"{path}/submit")
        self.firm.servicing.post(f"{path}/review")
        return path

    def fund(self, draw: E3Draw, funded_on: str | None = None) -> Json:
        """One of the example's draws, paid on its day or another."""
        on = funded_on or draw.funded_on.isoformat()
        return self.pay(self.in_review(draw.asked, draw.funded_on.isoformat()), on)

    def pay(self, path: str, funded_on: str) -> Json:
        """A draw in review, approved and paid."""
        servicing = self.firm.servicing
        servicing.post(f"{path}/approve", {"effective_on": funded_on})
        servicing.post(f"{path}/fund", {"wire_ref": f"FED-{path[-12:]}", "effective_on": funded_on})
        funded = servicing.post(f"{path}/confirm-funding", {"funded_on": funded_on})
        self.draws.append(funded)
        return funded


def e3_origination(builder_user_id: str) -> Json:
    """The body that originates the three-draw loan."""
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


def cents(amount: str) -> int:
    """An amount as JSON writes it, in cents."""
    return int(amount.replace(".", ""))
