"""Whole answers, for the documentation."""

LOAN = {
    "id": "01936f5e-7c1a-7b3e-9a51-3f0a4c1d2e6f",
    "number": "L-000001",
    "state": "ACTIVE",
    "project_name": "Maple Street 14",
    "borrower_name": "Maple Street Homes LLC",
    "rate": "0.0975",
    "day_count": "ACT_360",
    "commitment": "960000.00",
    "principal": "182000.00",
    "undisbursed": "778000.00",
    "reserved": "0.00",
    "available": "778000.00",
    "interest_reserve_balance": "50000.00",
    "retainage_withheld": "15000.00",
    "accrued_interest": "0.00",
    "fees_due": "0.00",
    "unapplied": "0.00",
    "deficiency": "0.00",
    "draw_stops": [],
    "closed_on": "2025-01-15",
    "maturity_date": "2026-01-15",
    "lines": [
        {
            "line_id": "5b0a3d1c-6f0d-5b7a-8f53-0b7d1f6a9c11",
            "code": "SITEWORK",
            "name": "Sitework",
            "category": "HARD",
            "amount": "180000.00",
            "funded": "108000.00",
            "reserved": "0.00",
            "retainage": "12000.00",
            "unbilled": "60000.00",
        }
    ],
    "version": 7,
}

BUDGET = {
    "loan_id": LOAN["id"],
    "total": "1200000.00",
    "retainage_withheld": "15000.00",
    "lines": LOAN["lines"],
}

DRAW = {
    "id": "01936f60-0f6b-7d2c-8e43-7c2b9a1d4e5f",
    "loan_id": LOAN["id"],
    "number": 1,
    "state": "FUNDED",
    "kind": "PROGRESS",
    "period_to": "2025-02-10",
    "lines": [
        {
            "line_id": "5b0a3d1c-6f0d-5b7a-8f53-0b7d1f6a9c11",
            "b": "180000.00",
            "d": "0.00",
            "e": "120000.00",
            "f": "0.00",
            "g": "120000.00",
            "h": "60000.00",
            "i": "12000.00",
            "net": "108000.00",
            "retainage_release": "0.00",
        }
    ],
    "l4": "162000.00",
    "l5": "15000.00",
    "l6": "147000.00",
    "l7": "0.00",
    "l8": "147000.00",
    "l9": "678000.00",
    "net": "147000.00",
    "checklist": [],
    "submitted_by": "01936f5e-0000-7000-8000-000000000002",
    "approved_by": "01936f5e-0000-7000-8000-000000000003",
    "funded_on": "2025-02-10",
    "version": 6,
}

EVENT = {
    "id": "0f6f0c6e-3f0e-5a43-9b7e-2c8f4a6b1d20",
    "position": 4,
    "type": "loan.closed",
    "schema_version": 1,
    "stream_id": LOAN["id"],
    "stream_version": 4,
    "actor": {"id": "01936f5e-0000-7000-8000-000000000003", "role": "servicing"},
    "command_id": "2f1a7c55-8f0b-5d1e-b0a7-6a3c9d2e4f10",
    "correlation_id": "01936f5e-7c1a-7b3e-9a51-3f0a4c1d2e70",
    "causation_id": None,
    "effective_on": "2025-01-15",
    "recorded_at": "2025-01-15T17:03:11.482913Z",
    "data": {"loan_id": LOAN["id"], "closed_on": "2025-01-15", "postings": []},
}

ACCOUNT = {
    "account": "loan:principal",
    "book": "on_balance",
    "side": "debit",
    "debit": "182000.00",
    "credit": "0.00",
    "balance": "182000.00",
}

BOOK = {"debit": "182000.00", "credit": "182000.00", "difference": "0.00"}

TRIAL_BALANCE = {
    "loan_id": None,
    "accounts": [ACCOUNT],
    "on_balance": BOOK,
    "memo": BOOK,
    "difference": "0.00",
}

JOURNAL_LINE = {
    "position": 4,
    "line_number": 1,
    "loan_id": LOAN["id"],
    "event_id": EVENT["id"],
    "type": "loan.closed",
    "account": "memo:commitment",
    "debit": "960000.00",
    "credit": "0.00",
    "effective_on": "2025-01-15",
    "recorded_at": "2025-01-15T17:03:11.482913Z",
}

PAGE = {"page": 1, "page_size": 20, "total": 1, "total_pages": 1, "next_cursor": None}
