"""What one loan and one draw are asked for with, as the documentation shows it."""

from typing import Any

_LAND = "01948f6e-7d0b-7111-8222-3333aaaa0001"
_FRAMING = "01948f6e-7d0b-7111-8222-3333aaaa0002"
_BUILDER = "3b0f6c0e-8a4d-5e4b-9f57-0c1d2e3f4a5b"

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
