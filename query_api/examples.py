"""Whole answers, for the documentation."""

from runtime.http.examples import LOAN

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
    "reverses_event_id": None,
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
