"""Request bodies: a small loan, and draws on it."""

from typing import Any
from uuid import UUID, uuid5

BUILDER = UUID(int=8)


def line_id(loan_id: UUID | str, code: str) -> str:
    """The id that a line gets when none is given."""
    return str(uuid5(UUID(str(loan_id)), code))


def loan(loan_id: UUID, **changes: Any) -> dict[str, Any]:
    """Two lines of hard cost, paid for by the loan alone."""
    return {
        "id": str(loan_id),
        "project_name": "Maple Street 14",
        "borrower_name": "Maple Street Homes LLC",
        "builder_user_id": str(BUILDER),
        "commitment": "300000.00",
        "rate": "0.0975",
        "day_count": "ACT_360",
        "maturity_date": "2026-01-15",
        "draw_policy": {"require": []},
        "lines": [
            {
                "code": "FRAMING",
                "name": "Framing",
                "category": "HARD",
                "amount": "200000.00",
                "retainage_rate": "0.1",
            },
            {"code": "SOFT", "name": "Permits", "category": "SOFT", "amount": "100000.00"},
        ],
        "sources": [{"kind": "LOAN", "amount": "300000.00"}],
        **changes,
    }


def draw(loan_id: UUID | str, amount: str = "60000.00", **changes: Any) -> dict[str, Any]:
    """Work on the framing line."""
    return {
        "period_to": "2025-02-10",
        "lines": [{"line_id": line_id(loan_id, "FRAMING"), "completed_this_period": amount}],
        **changes,
    }
