"""One loan, its budget and one draw, as the documentation of both APIs shows them."""

from typing import Any

from runtime.http import NullableObject, NullableText

_LOAN_ID = "01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"
_DRAW_ID = "01949a1b-22c4-7d51-8a3e-6b7c9d0e1f20"
_FRAMING = "01948f6e-7d0b-7111-8222-3333aaaa0002"
_BUILDER = "3b0f6c0e-8a4d-5e4b-9f57-0c1d2e3f4a5b"
_OFFICER = "9f3c1f8e-6a52-5c4b-8f0a-1d2e3c4b5a69"

LOAN: dict[str, Any] = {
    "id": _LOAN_ID,
    "number": "L-000051",
    "state": "ACTIVE",
    "project_id": "4a1b2c3d-0000-5000-8000-000000000001",
    "project_name": "Maple Street 14",
    "borrower_id": "4a1b2c3d-0000-5000-8000-000000000002",
    "borrower_name": "Maple Street Homes LLC",
    "builder_user_id": NullableText(_BUILDER),
    "rate": "0.0975",
    "default_margin": "0.05",
    "day_count": "ACT_360",
    "rounding": "HALF_UP",
    "late_charge_rate": "0.05",
    "grace_days": 10,
    "extension_options": [{"months": 6, "fee_rate": "0.005"}],
    "valuation": NullableObject(
        {"as_is": "110000.00", "as_complete": "450000.00", "valued_on": "2024-12-20"}
    ),
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
    "closed_on": NullableText("2025-01-15"),
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
    "memo": NullableText("First loan to this borrower."),
    "version": 4,
}

DRAW: dict[str, Any] = {
    "id": _DRAW_ID,
    "loan_id": _LOAN_ID,
    "number": 1,
    "state": "APPROVED",
    "kind": "PROGRESS",
    "period_to": "2025-02-10",
    "builder_user_id": NullableText(_BUILDER),
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
    "payees": [{"name": "Keller Framing Inc", "amount": NullableText("81000.00")}],
    "submitted_by": NullableText(_BUILDER),
    "first_submitted_on": NullableText("2025-02-10"),
    "approved_by": NullableText(_OFFICER),
    "wire_ref": None,
    "funded_on": None,
    "times_returned": 0,
    "reason": None,
    "version": 4,
}

BUDGET: dict[str, Any] = {
    "loan_id": _LOAN_ID,
    "total": "240000.00",
    "retainage_withheld": "0.00",
    "lines": LOAN["lines"],
}
