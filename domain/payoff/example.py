"""A payoff quote, as the documentation shows it."""

from datetime import date
from uuid import UUID

from domain.budgets.example import LOAN_ID
from domain.interest.resource import InterestPartsResource
from domain.payoff.resource import (
    PayoffQuoteResource,
    QuotedFeeResource,
    QuotedTotalResource,
)
from domain.receivables.events import FeeKind

QUOTE = PayoffQuoteResource(
    id=UUID("5d0c9d0e-2f0a-5a51-8a5b-6d0e1f2a3b4c"),
    loan_id=LOAN_ID,
    loan_version=31,
    payoff_date=date(2025, 5, 20),
    good_through=date(2025, 5, 20),
    counts_on=date(2025, 5, 20),
    principal="671923.74",
    interest="3457.61",
    interest_parts=InterestPartsResource(
        contract="3457.61",
        default="0.00",
        nonaccrual="0.00",
    ),
    fees=[
        QuotedFeeResource(
            fee_id=UUID("01950000-0000-7000-8000-00000000fee1"),
            kind=FeeKind.EXIT,
            amount="9855.00",
        )
    ],
    protective_advances="0.00",
    unapplied="0.00",
    total="685236.35",
    per_diem="181.98",
    per_diem_unrounded="181.97934625",
    totals_by_date=[
        QuotedTotalResource(
            received_on=date(2025, 5, 20),
            counts_on=date(2025, 5, 20),
            principal="671923.74",
            interest="3457.61",
            charges="9855.00",
            total="685236.35",
            after_cut_off_counts_on=date(2025, 5, 21),
            after_cut_off_total="685418.33",
        )
    ],
    version=1,
)
