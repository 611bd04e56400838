"""What the dashboards of live loans show of each, and how."""

from typing import Any

from domain.loans.example import LOAN
from projectors.read_models.loan_summary.table import IS_LIVE

MONEY_SHOWN = "to_char({} / 100.0, 'FM99999999999990.00')"
LOAN_SHOWN = """
    'loan_id', loans.loan_id,
    'number', loans.number,
    'project_name', loans.project_name,
    'borrower_name', loans.borrower_name,
    'state', loans.state"""
LIVE_LOANS = f"loans.{IS_LIVE}"

HEADING_EXAMPLE: dict[str, Any] = {"as_of": "2025-05-01", "as_of_position": 42, "lag_events": 0}
LOAN_EXAMPLE: dict[str, Any] = {
    "loan_id": str(LOAN.id),
    "number": "L-000001",
    "project_name": "Maple Street 14",
    "borrower_name": "Maple Street Homes LLC",
    "state": "ACTIVE",
}
