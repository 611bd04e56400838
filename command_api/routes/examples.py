"""One loan and one draw, as the documentation shows them."""

from typing import Any

_LOAN_ID = "01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"
_DRAW_ID = "01949a1b-22c4-7d51-8a3e-6b7c9d0e1f20"
_LAND = "01948f6e-7d0b-7111-8222-3333aaaa0001"
_FRAMING = "01948f6e-7d0b-7111-8222-3333aaaa0002"
_BUILDER = "3b0f6c0e-8a4d-5e4b-9f57-0c1d2e3f4a5b"
_OFFICER = "9f3c1f8e-6a52-5c4b-8f0a-1d2e3c4b5a69"

ORIGINATE_LOAN: dict[str, Any] = {
    "project_name": "Maple Street 14",
    "borrower_name": "Maple Street Homes LLC",
    "builder_user_id": _BUILDER,
    "commitment": "240000.00",
    "rate": "0.0975",
    "default_margin": "0.05",
    "day_count": "ACT_360",
    "rounding": "HALF_UP",
    "maturity_date": "2026-01-15",
    "late_charge_rate": "0.05",
    "grace_days": 10,
    "extension_options": [{"months": 6, "fee_rate": "0.005"}],
    "valuation": {"as_is": "110000.00", "as_complete": "450000.00", "valued_on": "2024-12-20"},
    "draw_policy": {"require": ["INSPECTION", "IN_BALANCE"]},
    "lines": [
        {
            "line_id": _LAND,
            "code": "LAND",
            "name": "Land",
            "category": "LAND",
            "amount": "100000.00",
        },
        {
            "line_id": _FRAMING,
            "code": "FRAMING",
            "name": "Framing",
            "category": "HARD",
            "amount": "240000.00",
            "retainage_rate": "0.1",
        },
    ],
    "sources": [
        {"kind": "EQUITY", "amount": "100000.00", "spent_on_line": "LAND"},
        {"kind": "LOAN", "amount": "240000.00"},
    ],
    "memo": "First loan to this borrower.",
}

CLOSE_LOAN: dict[str, Any] = {
    "closing_date": "2025-01-15",
    "advance": {"lines": [{"line_id": _LAND, "amount": "10000.00"}]},
}

CREATE_DRAW: dict[str, Any] = {
    "kind": "PROGRESS",
    "period_to": "2025-02-10",
    "lines": [
        {
            "line_id": _FRAMING,
            "completed_this_period": "60000.00",
            "stored_now": "30000.00",
            "retainage_release": "0.00",
        }
    ],
    "payees": [{"name": "Keller Framing Inc", "amount": "81000.00"}],
}

REVISE_DRAW: dict[str, Any] = {"period_to": "2025-02-12", "lines": CREATE_DRAW["lines"]}

APPROVE_DRAW: dict[str, Any] = {"approved_lines": CREATE_DRAW["lines"]}

LOAN: dict[str, Any] = {
    "id": _LOAN_ID,
    "number": "L-000051",
    "state": "ACTIVE",
    "project_id": "4a1b2c3d-0000-5000-8000-000000000001",
    "project_name": "Maple Street 14",
    "borrower_id": "4a1b2c3d-0000-5000-8000-000000000002",
    "borrower_name": "Maple Street Homes LLC",
    "builder_user_id": _BUILDER,
    "rate": "0.0975",
    "default_margin": "0.05",
    "day_count": "ACT_360",
    "rounding": "HALF_UP",
    "late_charge_rate": "0.05",
    "grace_days": 10,
    "extension_options": [{"months": 6, "fee_rate": "0.005"}],
    "valuation": {"as_is": "110000.00", "as_complete": "450000.00", "valued_on": "2024-12-20"},
    "draw_policy": {"require": ["INSPECTION", "IN_BALANCE"]},
    "commitment": "240000.00",
    "principal": "0.00",
    "undisbursed": "240000.00",
    "reserved": "0.00",
    "available": "240000.00",
    "interest_reserve_balance": "0.00",
    "retainage_withheld": "0.00",
    "accrued_interest": "0.00",
    "fees_due": "0.00",
    "unapplied": "0.00",
    "deficiency": "0.00",
    "draw_stops": [],
    "closed_on": "2025-01-15",
    "maturity_date": "2026-01-15",
    "lines": [
        {
            "line_id": _FRAMING,
            "code": "FRAMING",
            "name": "Framing",
            "category": "HARD",
            "amount": "240000.00",
            "funded": "0.00",
            "reserved": "0.00",
            "retainage": "0.00",
            "unbilled": "240000.00",
            "retainage_rate": "0.1",
            "stored_retainage_rate": "0.1",
        }
    ],
    "sources": [{"kind": "LOAN", "amount": "240000.00", "spent_on_line": None}],
    "memo": "First loan to this borrower.",
    "version": 4,
}

DRAW: dict[str, Any] = {
    "id": _DRAW_ID,
    "loan_id": _LOAN_ID,
    "number": 1,
    "state": "APPROVED",
    "kind": "PROGRESS",
    "period_to": "2025-02-10",
    "builder_user_id": _BUILDER,
    "lines": [
        {
            "line_id": _FRAMING,
            "b": "240000.00",
            "d": "0.00",
            "e": "60000.00",
            "f": "30000.00",
            "g": "90000.00",
            "h": "150000.00",
            "i": "9000.00",
            "net": "81000.00",
            "retainage_release": "0.00",
        }
    ],
    "l4": "90000.00",
    "l5": "9000.00",
    "l6": "81000.00",
    "l7": "0.00",
    "l8": "81000.00",
    "l9": "159000.00",
    "net": "81000.00",
    "checklist": [],
    "payees": [{"name": "Keller Framing Inc", "amount": "81000.00"}],
    "submitted_by": _BUILDER,
    "first_submitted_on": "2025-02-10",
    "approved_by": _OFFICER,
    "wire_ref": None,
    "funded_on": None,
    "times_returned": 0,
    "reason": None,
    "version": 4,
}
