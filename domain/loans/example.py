"""A loan, as the documentation shows it."""

from datetime import date
from uuid import UUID

from domain.budgets.example import BUDGET, BUILDER_ID, LOAN_ID
from domain.budgets.resource import SourceResource
from domain.budgets.state import SourceKind
from domain.defaults.events import AccrualStatus, Delinquency
from domain.kernel.day_count import DayCount
from domain.kernel.rounding import Rounding
from domain.loans.limits import LimitCode, PropertyKind
from domain.loans.resource import (
    DrawPolicyResource,
    ExtensionOptionResource,
    LimitWarningResource,
    LoanResource,
    RateChangeResource,
    ValuationResource,
)
from domain.loans.state import LoanState
from domain.loans.terms import PolicyRule
from domain.participations.resource import ParticipationResource
from domain.payments.waterfall import Due
from domain.receivables.events import FeeKind
from domain.receivables.resource import (
    AllocationResource,
    FeeResource,
    InterestMonthResource,
    PaymentResource,
    ProtectiveAdvanceResource,
)

LOAN = LoanResource(
    id=LOAN_ID,
    number="L-000051",
    state=LoanState.ACTIVE,
    project_id=UUID("4a1b2c3d-0000-5000-8000-000000000001"),
    project_name="Maple Street 14",
    borrower_id=UUID("4a1b2c3d-0000-5000-8000-000000000002"),
    borrower_name="Maple Street Homes LLC",
    builder_user_id=BUILDER_ID,
    rate="0.0975",
    default_margin="0.05",
    day_count=DayCount.ACT_360,
    rounding=Rounding.HALF_UP,
    property_kind=PropertyKind.ONE_TO_FOUR_FAMILY,
    late_charge_rate="0.05",
    grace_days=10,
    deposit_share="0.5",
    extension_options=[
        ExtensionOptionResource(
            months=6,
            fee_rate="0.005",
        )
    ],
    valuation=ValuationResource(
        as_is="110000.00",
        as_complete="450000.00",
        valued_on=date(2024, 12, 20),
    ),
    draw_policy=DrawPolicyResource(
        require=[PolicyRule.INSPECTION, PolicyRule.IN_BALANCE],
    ),
    commitment="240000.00",
    principal="0.00",
    undisbursed="240000.00",
    reserved="0.00",
    available="240000.00",
    interest_reserve_balance="0.00",
    retainage_withheld="0.00",
    fees_due="225.00",
    unapplied="0.00",
    borrower_deposits="5000.00",
    equity_to_come="0.00",
    deficiency="0.00",
    accrued_interest="0.00",
    accrued_through=date(2025, 2, 9),
    interest_due="0.00",
    next_due_on=date(2025, 2, 1),
    past_due_amount="0.00",
    delinquency=Delinquency.CURRENT,
    fees=[
        FeeResource(
            fee_id=UUID("01950000-0000-7000-8000-00000000fee1"),
            kind=FeeKind.RECONVEYANCE,
            amount="225.00",
            assessed_on=date(2025, 2, 3),
            memo="County of Travis",
            month=None,
            paid="0.00",
            waived="0.00",
            due="225.00",
        )
    ],
    protective_advances=[
        ProtectiveAdvanceResource(
            advance_id=UUID("01950000-0000-7000-8000-00000000ad01"),
            amount="1200.00",
            advanced_on=date(2025, 2, 3),
            payee="Hill Country Insurance",
            purpose="Lapsed builder's risk policy",
            paid="1200.00",
            due="0.00",
        )
    ],
    interest_months=[
        InterestMonthResource(
            month="2025-01",
            due_on=date(2025, 2, 1),
            accrued="161.15",
            capitalized="161.15",
            billed="0.00",
            paid="0.00",
            due="0.00",
        )
    ],
    payments=[
        PaymentResource(
            payment_id=UUID("01950000-0000-7000-8000-00000000ca51"),
            amount="1200.00",
            received_on=date(2025, 2, 5),
            method="WIRE",
            external_ref="FED-20250205-000077",
            reversed_on=None,
            allocations=[
                AllocationResource(
                    due=Due.PROTECTIVE_ADVANCE,
                    amount="1200.00",
                    fee_id=None,
                    advance_id=UUID("01950000-0000-7000-8000-00000000ad01"),
                    month=None,
                )
            ],
        )
    ],
    participations=[
        ParticipationResource(
            participant_id=UUID("01950000-0000-7000-8000-00000000ba4c"),
            name="Pecan Valley Bank",
            share="0.3",
            sold_on=date(2025, 2, 1),
            principal="0.00",
            interest="0.00",
        )
    ],
    accrual_status=AccrualStatus.ACCRUAL,
    draw_stops=[],
    closed_on=date(2025, 1, 15),
    maturity_date=date(2026, 1, 15),
    extensions_used=0,
    rate_changes=[
        RateChangeResource(
            rate="0.0975",
            effective_on=date(2025, 2, 1),
        )
    ],
    ltc="0.7059",
    ltv="0.5333",
    warnings=[
        LimitWarningResource(
            code=LimitCode.LTC_EXCEEDED,
            ratio="0.7059",
            limit="0.7",
        )
    ],
    lines=BUDGET.lines,
    sources=[
        SourceResource(
            kind=SourceKind.LOAN,
            amount="240000.00",
            spent_on_line=None,
        )
    ],
    memo="First loan to this borrower.",
    version=4,
)
