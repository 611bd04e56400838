"""A month of interest and a payment, as the documentation shows them."""

from datetime import date
from uuid import UUID

from domain.interest.resource import InterestPartsResource
from domain.payments.waterfall import Due
from domain.receivables.resource import (
    AllocationResource,
    InterestOfMonthResource,
    LoanPaymentResource,
)

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

PAYMENT = LoanPaymentResource(
    loan_id=UUID("01948f6e-7d0a-7c3e-9b1f-2f4c8a6e5d10"),
    payment_id=UUID("01950000-0000-7000-8000-0000000000a1"),
    amount="1200.00",
    received_on=date(2025, 2, 5),
    method="WIRE",
    external_ref="FED-20250205-000077",
    reversed_on=None,
    allocations=[
        AllocationResource(
            due=Due.INTEREST, amount="161.15", fee_id=None, advance_id=None, month="2025-01"
        )
    ],
)
"""A payment that paid the interest of a month."""
