"""What is past due, and for how long."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from domain.access import Right
from domain.defaults.delinquency import (
    THRESHOLDS_DAYS,
    bucket_of,
    bucket_past,
    is_past_maturity,
    past_due_cents,
)
from domain.defaults.events import AccrualStatus, Delinquency
from domain.kernel.money import format_money
from domain.kernel.resource import Money, Resource
from projectors.read_models.loan_summary.table import LOAN_DUES, LOAN_TOTALS, LOANS
from query_api.counters import added, sums
from query_api.database import Database, Row
from query_api.figures import (
    HEADING,
    DashboardList,
    DashboardResource,
    PrincipalResource,
    heading,
    whose,
)
from query_api.live_loans import LIVE_LOAN, LIVE_LOANS, LiveLoan, LiveLoanResource
from query_api.paging import Listing, where
from runtime.http import PAGE, Answer, Call, Router

router = Router("dashboards")


class PastDueResource(Resource):
    """Loans past due, what of them is, and what is lent on them."""

    count: int
    past_due: Money
    principal: Money


class DelinquencyBucketResource(Resource):
    """Live loans by how long the oldest of what they owe has been due."""

    bucket: Delinquency
    count: int
    past_due: Money
    principal: Money


class PastDueLoanResource(LiveLoanResource):
    """A loan past due."""

    due_on: date
    maturity_date: date
    interest_past_due: Money
    principal: Money
    fees_due: Money
    accrual_status: AccrualStatus
    days_past_due: int
    bucket: Delinquency
    past_due: Money


class DelinquencyDashboardResource(DashboardResource):
    """What is past due, and what bears no income."""

    buckets: list[DelinquencyBucketResource]
    past_due: PastDueResource
    non_accrual: PrincipalResource
    loans: list[PastDueLoanResource]


class _Behind(Row):
    loans: int
    past_due_cents: int
    principal_cents: int


class _Due(Row):
    loans: int
    interest_billed_cents: int
    principal_cents: int
    thresholds: int
    past_maturity: bool

    @property
    def bucket(self) -> Delinquency:
        return bucket_past(self.thresholds)

    @property
    def behind(self) -> _Behind:
        """With what is past due of loans past due; of others, nothing is."""
        if self.bucket is Delinquency.CURRENT:
            return _Behind(self.loans, 0, self.principal_cents)
        behind_cents = past_due_cents(
            self.interest_billed_cents, self.principal_cents, past_maturity=self.past_maturity
        )
        return _Behind(self.loans, behind_cents, self.principal_cents)


_DUE = sums(
    _Due,
    LOAN_DUES,
    by={
        "thresholds": "width_bucket(%(on)s::date - past_due_on, %(thresholds_days)s::int[])",
        "past_maturity": "maturity_on < %(on)s",
    },
)


class _Stopped(Row):
    nonaccrual_loans: int
    nonaccrual_cents: int


_STOPPED = sums(_Stopped, LOAN_TOTALS)


class _LateLoan(LiveLoan):
    past_due_on: date
    maturity_on: date
    interest_billed_cents: int
    principal_cents: int
    fees_due_cents: int
    accrual_status: str


_LOANS = Listing(
    row=_LateLoan,
    table=LOANS,
    sorts={"days_past_due": (LOANS.c.past_due_on, LOANS.c.loan_id)},
    inverted=frozenset({"days_past_due"}),
)


class DelinquencyQuery(DashboardList):
    """As of when, and which page of the loans past due, the longest first."""

    sort_by: Literal["days_past_due"] = "days_past_due"
    order_unless_given: ClassVar[Literal["asc", "desc"]] = "desc"
    sort_order: Literal["asc", "desc"] | None = Field(
        default=None, description="desc unless given."
    )


@router.get(
    "/dashboards/delinquency",
    "get_delinquency_dashboard",
    right=Right.LOANS_READ,
    reads=(LOANS, LOAN_DUES, LOAN_TOTALS),
    example=DelinquencyDashboardResource(
        **HEADING,
        buckets=[
            DelinquencyBucketResource(
                bucket=bucket, count=1, past_due="4321.09", principal="671923.74"
            )
            for bucket in Delinquency
        ],
        past_due=PastDueResource(count=1, past_due="4321.09", principal="671923.74"),
        non_accrual=PrincipalResource(count=1, principal="671923.74"),
        loans=[
            PastDueLoanResource(
                **LIVE_LOAN,
                due_on=date(2025, 6, 1),
                maturity_date=date(2025, 10, 15),
                interest_past_due="4321.09",
                principal="671923.74",
                fees_due="216.05",
                accrual_status=AccrualStatus.ACCRUAL,
                days_past_due=34,
                bucket=Delinquency.DAYS_30_59,
                past_due="4321.09",
            )
        ],
    ),
    meta=PAGE,
)
async def get_delinquency_dashboard(
    query: DelinquencyQuery, call: Call, database: Database
) -> Answer:
    """Live loans by days past due, what of them is past due, and what bears no income.

    Days past due run from the due date of the oldest unpaid bill, or from maturity if principal is
    unpaid then. What is past due is all interest billed and unpaid and, past maturity, principal.
    """
    on = query.on(call)
    given = {"on": on, "thresholds_days": list(THRESHOLDS_DAYS), "whose": whose(call)}
    dues = await database.rows(_Due, _DUE, given)
    (stopped,) = await database.rows(_Stopped, _STOPPED, given)
    late = added(_Behind, (due.behind for due in dues if due.bucket is not Delinquency.CURRENT))
    chosen = where(
        live=(LIVE_LOANS, True),
        late=("loans.past_due_on < %(late)s", on),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    page = await _LOANS.page(database, query, chosen, late.loans)
    shown = DelinquencyDashboardResource(
        **heading(on, call),
        buckets=[_bucket(bucket, dues) for bucket in Delinquency],
        past_due=PastDueResource(
            count=late.loans,
            past_due=format_money(late.past_due_cents),
            principal=format_money(late.principal_cents),
        ),
        non_accrual=PrincipalResource(
            count=stopped.nonaccrual_loans, principal=format_money(stopped.nonaccrual_cents)
        ),
        loans=[_loan(loan, on) for loan in page.rows],
    )
    return Answer(shown, page.meta)


def _bucket(bucket: Delinquency, dues: list[_Due]) -> DelinquencyBucketResource:
    held = added(_Behind, (due.behind for due in dues if due.bucket is bucket))
    return DelinquencyBucketResource(
        bucket=bucket,
        count=held.loans,
        past_due=format_money(held.past_due_cents),
        principal=format_money(held.principal_cents),
    )


def _loan(loan: _LateLoan, on: date) -> PastDueLoanResource:
    days = (on - loan.past_due_on).days
    behind_cents = past_due_cents(
        loan.interest_billed_cents,
        loan.principal_cents,
        past_maturity=is_past_maturity(loan.maturity_on, on),
    )
    return PastDueLoanResource(
        **loan.named,
        due_on=loan.past_due_on,
        maturity_date=loan.maturity_on,
        interest_past_due=format_money(loan.interest_billed_cents),
        principal=format_money(loan.principal_cents),
        fees_due=format_money(loan.fees_due_cents),
        accrual_status=AccrualStatus(loan.accrual_status),
        days_past_due=days,
        bucket=bucket_of(days),
        past_due=format_money(behind_cents),
    )
