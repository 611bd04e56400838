"""What is past due, and for how long."""

from datetime import date
from typing import Any, Literal

import orjson

from domain.access import Right
from domain.defaults.delinquency import bucket_of
from domain.defaults.events import Delinquency
from projectors.read_models.loan_summary.table import LOANS
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import DashboardList, counted, heading, whose
from query_api.live_loans import HEADING_EXAMPLE, LIVE_LOANS, LOAN_EXAMPLE, LOAN_SHOWN, MONEY_SHOWN
from query_api.paging import Listing, Stored, where
from runtime.http import Answer, Call, Router

router = Router("dashboards")

_AGED = "%(on)s::date - past_due_on"
_DELINQUENCY = f"""
SELECT CASE WHEN {_AGED} <= 0 THEN 'CURRENT' WHEN {_AGED} < 30 THEN '1-29'
            WHEN {_AGED} < 60 THEN '30-59' WHEN {_AGED} < 90 THEN '60-89' ELSE '90+' END,
       sum(loans)::bigint,
       sum(CASE WHEN {_AGED} <= 0 THEN 0 WHEN maturity_on < %(on)s
                THEN past_due_cents + principal_cents ELSE past_due_cents END)::bigint,
       sum(principal_cents)::bigint
FROM read.loan_dues WHERE builder_user_id = %(whose)s GROUP BY 1
"""  # noqa: S608  # constants of this module
_NONACCRUAL = """
SELECT coalesce(sum(nonaccrual_loans), 0)::bigint, coalesce(sum(nonaccrual_cents), 0)::bigint
FROM read.loan_totals WHERE builder_user_id = %(whose)s
"""
_PAST_DUE = Listing(
    row=Stored,
    table=LOANS,
    columns={
        "body": f"""json_build_object({LOAN_SHOWN},
    'due_on', loans.past_due_on,
    'maturity_date', loans.maturity_on,
    'interest_past_due', {MONEY_SHOWN.format("loans.past_due_cents")},
    'principal', {MONEY_SHOWN.format("loans.principal_cents")},
    'fees_due', {MONEY_SHOWN.format("loans.fees_due_cents")},
    'past_due_cents', loans.past_due_cents,
    'principal_cents', loans.principal_cents,
    'accrual_status', loans.accrual_status
)::text"""
    },
    sorts={"days_past_due": (LOANS.c.past_due_on, LOANS.c.loan_id)},
    inverted=frozenset({"days_past_due"}),
)

_PAST_DUE_SUMS = {"count": 1, "past_due": "4321.09", "principal": "671923.74"}


class DelinquencyDashboard(DashboardList):
    """As of when, and which page of the loans past due, the longest first."""

    sort_by: Literal["days_past_due"] = "days_past_due"
    sort_order: Literal["asc", "desc"] | None = "desc"


@router.get(
    "/dashboards/delinquency",
    "get_delinquency_dashboard",
    right=Right.LOANS_READ,
    example={
        **HEADING_EXAMPLE,
        "buckets": [{"bucket": bucket.value, **_PAST_DUE_SUMS} for bucket in Delinquency],
        "past_due": _PAST_DUE_SUMS,
        "non_accrual": {"count": 1, "principal": "671923.74"},
        "loans": [
            {
                **LOAN_EXAMPLE,
                "due_on": "2025-06-01",
                "maturity_date": "2025-10-15",
                "interest_past_due": "4321.09",
                "principal": "671923.74",
                "fees_due": "216.05",
                "accrual_status": "ACCRUAL",
                "days_past_due": 34,
                "bucket": "30-59",
                "past_due": "4321.09",
            }
        ],
    },
    meta=PAGE,
)
async def get_delinquency_dashboard(
    query: DelinquencyDashboard, call: Call, database: Database
) -> Answer:
    """Live loans by days past due, what of them is past due, and what bears no income.

    Days past due run from the due date of the oldest unpaid bill, or from maturity if principal is
    unpaid then. What is past due is all interest billed and unpaid and, past maturity, principal.
    """
    given = {"on": query.on, "whose": whose(call)}
    rows = await database.tuples(_DELINQUENCY, given)
    stopped = next(iter(await database.tuples(_NONACCRUAL, given)), None)
    sums = {name: amounts for name, *amounts in rows}
    late = [amounts for name, amounts in sums.items() if name != Delinquency.CURRENT]
    past_due = [sum(column) for column in zip(*late, strict=True)] or [0, 0, 0]
    chosen = where(
        live=(LIVE_LOANS, True),
        late=("loans.past_due_on < %(late)s", query.on),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    page = await _PAST_DUE.page(database, query, chosen, past_due[0])
    data = {
        **heading(query.on, call),
        "buckets": [
            {
                "bucket": bucket.value,
                **counted(sums.get(bucket.value, [0, 0, 0]), "past_due", "principal"),
            }
            for bucket in Delinquency
        ],
        "past_due": counted(past_due, "past_due", "principal"),
        "non_accrual": counted(stopped or (0, 0), "principal"),
        "loans": [_late(orjson.loads(row.body), query.on) for row in page.rows],
    }
    return Answer(data, meta=page.meta)


def _late(loan: dict[str, Any], on: date) -> dict[str, Any]:
    billed, principal = loan.pop("past_due_cents"), loan.pop("principal_cents")
    days = (on - date.fromisoformat(loan["due_on"])).days
    is_matured = date.fromisoformat(loan["maturity_date"]) < on
    due = counted((0, billed + principal if is_matured else billed), "past_due")["past_due"]
    return {**loan, "days_past_due": days, "bucket": bucket_of(days).value, "past_due": due}
