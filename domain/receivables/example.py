"""A month of interest, as the documentation shows it."""

from datetime import date

from domain.interest.resource import InterestPartsResource
from domain.receivables.resource import InterestOfMonthResource

MONTH = InterestOfMonthResource(
    month="2025-03",
    due_on=date(2025, 4, 1),
    accrued_daily="2775.69",
    adjusted="-123.77",
    accrued="2651.92",
    parts=InterestPartsResource(
        contract="2651.92",
        default="0.00",
        nonaccrual="0.00",
    ),
    capitalized="2651.92",
    billed="0.00",
    paid="0.00",
    due="0.00",
)
"""A month that was corrected."""
