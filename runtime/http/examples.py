"""One loan, its budget and one draw, as the documentation of both APIs shows them."""

from typing import Any

from runtime.http.fields import NullableObject, NullableText

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
    "property_kind": "ONE_TO_FOUR_FAMILY",
    "deposit_share": NullableText("0.5"),
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
    "accrued_through": NullableText("2025-02-09"),
    "fees_due": "225.00",
    "unapplied": "0.00",
    "borrower_deposits": "5000.00",
    "equity_to_come": "0.00",
    "deficiency": "0.00",
    "interest_due": "0.00",
    "next_due_on": NullableText("2025-02-01"),
    "past_due_amount": "0.00",
    "delinquency": "CURRENT",
    "fees": [
        {
            "fee_id": "01950000-0000-7000-8000-00000000fee1",
            "kind": "RECONVEYANCE",
            "amount": "225.00",
            "assessed_on": "2025-02-03",
            "memo": NullableText("County of Travis"),
            "month": None,
            "paid": "0.00",
            "waived": "0.00",
            "due": "225.00",
        }
    ],
    "protective_advances": [
        {
            "advance_id": "01950000-0000-7000-8000-00000000ad01",
            "amount": "1200.00",
            "advanced_on": "2025-02-03",
            "payee": "Hill Country Insurance",
            "purpose": "Lapsed builder's risk policy",
            "paid": "1200.00",
            "due": "0.00",
        }
    ],
    "interest_months": [
        {
            "month": "2025-01",
            "due_on": NullableText("2025-02-01"),
            "accrued": "161.15",
            "capitalized": "161.15",
            "billed": "0.00",
            "paid": "0.00",
            "due": "0.00",
        }
    ],
    "payments": [
        {
            "payment_id": "01950000-0000-7000-8000-00000000ca51",
            "amount": "1200.00",
            "received_on": "2025-02-05",
            "method": "WIRE",
            "external_ref": NullableText("FED-20250205-000077"),
            "reversed_on": None,
            "allocations": [
                {
                    "due": "PROTECTIVE_ADVANCE",
                    "amount": "1200.00",
                    "fee_id": None,
                    "advance_id": NullableText("01950000-0000-7000-8000-00000000ad01"),
                    "month": None,
                }
            ],
        }
    ],
    "participations": [
        {
            "participant_id": "01950000-0000-7000-8000-00000000ba4c",
            "name": "Pecan Valley Bank",
            "share": "0.3",
            "sold_on": "2025-02-01",
            "principal": "0.00",
            "interest": "0.00",
        }
    ],
    "accrual_status": "ACCRUAL",
    "draw_stops": [],
    "closed_on": NullableText("2025-01-15"),
    "maturity_date": "2026-01-15",
    "extensions_used": 0,
    "rate_changes": [{"rate": "0.0975", "effective_on": "2025-02-01"}],
    "ltc": NullableText("0.7059"),
    "ltv": NullableText("0.5333"),
    "warnings": [
        {"code": "LTC_EXCEEDED", "ratio": NullableText("0.7059"), "limit": "0.7"},
    ],
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
            "accepted_percent": NullableText("0.55"),
            "inspected_on": NullableText("2025-02-07"),
            "cost_to_complete": "240000.00",
            "estimated_on": NullableText("2025-02-07"),
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
    "checklist": [
        {
            "rule": "CONDITIONAL_WAIVER",
            "status": NullableText("ACCEPTED"),
            "overridden": False,
            "override_reason": None,
            "overridden_by": None,
            "documents": [
                {
                    "payee": NullableText("Keller Framing Inc"),
                    "status": "ACCEPTED",
                    "document_id": NullableText("01950000-0000-7000-8000-00000000d0c1"),
                    "through_date": NullableText("2025-02-10"),
                    "expires_on": None,
                    "lien": None,
                }
            ],
        }
    ],
    "payees": [{"name": "Keller Framing Inc", "amount": NullableText("81000.00")}],
    "submitted_by": NullableText(_BUILDER),
    "first_submitted_on": NullableText("2025-02-10"),
    "approved_by": NullableText(_OFFICER),
    "wire_ref": None,
    "funded_on": None,
    "reversed_on": None,
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

MONTH: dict[str, Any] = {
    "month": "2025-03",
    "due_on": NullableText("2025-04-01"),
    "accrued_daily": "2775.69",
    "adjusted": "-123.77",
    "accrued": "2651.92",
    "parts": {"contract": "2651.92", "default": "0.00", "nonaccrual": "0.00"},
    "capitalized": "2651.92",
    "billed": "0.00",
    "paid": "0.00",
    "due": "0.00",
}
"""A month that was corrected, as the documentation shows it."""

QUOTE: dict[str, Any] = {
    "id": "5d0c9d0e-2f0a-5a51-8a5b-6d0e1f2a3b4c",
    "loan_id": "01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10",
    "loan_version": 31,
    "payoff_date": "2025-05-20",
    "good_through": "2025-05-20",
    "counts_on": "2025-05-20",
    "principal": "671923.74",
    "interest": "3457.61",
    "interest_parts": {"contract": "3457.61", "default": "0.00", "nonaccrual": "0.00"},
    "fees": [
        {
            "fee_id": "01950000-0000-7000-8000-00000000fee1",
            "kind": "EXIT",
            "amount": "9855.00",
        }
    ],
    "protective_advances": "0.00",
    "unapplied": "0.00",
    "total": "685236.35",
    "per_diem": "181.98",
    "per_diem_unrounded": "181.97934625",
    "totals_by_date": [
        {
            "date": "2025-05-20",
            "counts_on": "2025-05-20",
            "principal": "671923.74",
            "interest": "3457.61",
            "charges": "9855.00",
            "total": "685236.35",
            "after_cut_off_counts_on": "2025-05-21",
            "after_cut_off_total": "685418.33",
        }
    ],
    "version": 1,
}
"""One quote, as the documentation of both APIs shows it."""
