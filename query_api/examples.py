"""Whole answers, for the documentation."""

from domain.events.example import EVENT
from domain.loans.example import LOAN

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
    "loan_id": str(LOAN.id),
    "event_id": str(EVENT.id),
    "type": "loan.closed",
    "account": "memo:commitment",
    "debit": "960000.00",
    "credit": "0.00",
    "effective_on": "2025-01-15",
    "recorded_at": "2025-01-15T17:03:11.482913Z",
}

PAGE = {"page": 1, "page_size": 20, "total": 1, "total_pages": 1, "next_cursor": None}
