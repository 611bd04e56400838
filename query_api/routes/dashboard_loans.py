"""What matures, what is past due, and how long interest reserves last."""

from calendar import isleap
from datetime import date, timedelta
from typing import Any, Literal

import orjson
from pydantic import Field

from domain.loans.life_events import Delinquency
from domain.servicing.delinquency import bucket_of
from projectors.read_models.loan_summary.table import IS_LIVE, LOANS, NOT_DUE
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import DashboardList, counted, heading, whose
from query_api.paging import Listing, where
from query_api.progress import Progress
from runtime.http import Answer, Call, NullableText, Router
from runtime.resources.examples import LOAN

dashboard_loans = Router("dashboards")

WITHIN = (30, 60, 90, 180)
"""Days ahead in which loans mature."""

_MONEY = "to_char({} / 100.0, 'FM99999999999990.00')"
_WHO = """
    'loan_id', loans.loan_id,
    'number', loans.number,
    'project_name', loans.project_name,
    'borrower_name', loans.borrower_name,
    'state', loans.state"""
_LIVE = f"loans.{IS_LIVE}"


def _within(sums: str) -> str:
    return ", ".join(
        f"coalesce(sum({sums}) FILTER (WHERE maturity_on > %(on)s"
        f" AND maturity_on <= %(on)s::date + {days}), 0)::bigint"
        for days in WITHIN
    )


def _matured(sums: str) -> str:
    return (
        f"coalesce(sum({sums}) FILTER (WHERE maturity_on <= %(on)s"
        " AND past_due_on < %(not_due)s), 0)::bigint"
    )


_MATURITIES = (
    f"SELECT {_within('loans')}, {_matured('loans')},"  # noqa: S608  # constants of this module
    f" {_within('principal_cents')}, {_matured('principal_cents')},"
    f" {_within('commitment_cents')}, {_matured('commitment_cents')}"
    f" FROM read.loan_dues WHERE builder_user_id = %(whose)s"
    f" AND maturity_on <= %(on)s::date + {WITHIN[-1]}"
)
_MATURING = Listing(
    source="read.loans",
    shown=f"""json_build_object({_WHO},
    'maturity_date', loans.maturity_on,
    'principal', {_MONEY.format("loans.principal_cents")},
    'commitment', {_MONEY.format("loans.commitment_cents")},
    'percent_complete', to_char(loans.percent_complete, 'FM990.0000'),
    'extensions_left', loans.extensions_left
)::text""",
    sorts={"maturity_date": (LOANS.c.maturity_on, LOANS.c.loan_id)},
)

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
    source="read.loans",
    shown=f"""json_build_object({_WHO},
    'due_on', loans.past_due_on,
    'maturity_date', loans.maturity_on,
    'interest_past_due', {_MONEY.format("loans.past_due_cents")},
    'principal', {_MONEY.format("loans.principal_cents")},
    'fees_due', {_MONEY.format("loans.fees_due_cents")},
    'past_due_cents', loans.past_due_cents,
    'principal_cents', loans.principal_cents,
    'accrual_status', loans.accrual_status
)::text""",
    sorts={"days_past_due": (LOANS.c.past_due_on, LOANS.c.loan_id)},
    inverted=frozenset({"days_past_due"}),
)

_RESERVES = """
SELECT coalesce(sum(reserve_loans), 0)::bigint,
       coalesce(sum(interest_reserve_cents) FILTER (WHERE state = ANY(%(live)s)), 0)::bigint,
       coalesce(sum(short_reserves), 0)::bigint
FROM read.loan_totals WHERE builder_user_id = %(whose)s
"""
# A figure for people, to two places; what is posted is never worked out here.
_FLAT_DAYS = (
    "round(loans.interest_reserve_cents"
    " * CASE loans.day_count WHEN 'ACT_365F' THEN 365 WHEN 'ACT_ACT' THEN {act_act} ELSE 360 END"
    " / nullif(loans.principal_cents * loans.rate, 0), 2)::text"
)


def _reserves(on: date) -> Listing:
    flat_days = _FLAT_DAYS.format(act_act=366 if isleap(on.year) else 365)
    return Listing(
        source="read.loans",
        shown=f"""json_build_object({_WHO},
    'reserve', {_MONEY.format("loans.interest_reserve_cents")},
    'principal', {_MONEY.format("loans.principal_cents")},
    'rate', loans.rate::text,
    'flat_days', {flat_days},
    'exhausted_on', nullif(loans.reserve_exhausted_on, '{NOT_DUE}'::date),
    'maturity_date', loans.maturity_on,
    'is_red', loans.reserve_exhausted_on < loans.maturity_on
)::text""",
        sorts={"exhausted_on": (LOANS.c.reserve_exhausted_on, LOANS.c.loan_id)},
    )


_HEADING: dict[str, Any] = {"as_of": "2025-05-01", "as_of_position": 42, "lag_events": 0}
_LOAN = {
    "loan_id": LOAN["id"],
    "number": "L-000001",
    "project_name": "Maple Street 14",
    "borrower_name": "Maple Street Homes LLC",
    "state": "ACTIVE",
}
_MATURITY = {"count": 1, "principal": "671923.74", "commitment": "960000.00"}
_PAST_DUE_SUMS = {"count": 1, "past_due": "4321.09", "principal": "671923.74"}


class MaturitiesDashboard(DashboardList):
    """As of when, how far ahead, and which page of the loans that mature, soonest first."""

    sort_by: Literal["maturity_date"] = "maturity_date"
    within_days: Literal["30", "60", "90", "180"] = Field(default="180", description="Of the list.")


@dashboard_loans.get(
    "/dashboards/maturities",
    "get_maturities_dashboard",
    example={
        **_HEADING,
        "maturing": [{"within_days": days, **_MATURITY} for days in WITHIN],
        "matured_unpaid": _MATURITY,
        "loans": [
            {
                **_LOAN,
                "maturity_date": "2025-10-15",
                "principal": "671923.74",
                "commitment": "960000.00",
                "percent_complete": "0.7051",
                "extensions_left": 2,
                "days_to_maturity": 167,
                "is_matured": False,
            }
        ],
    },
    meta=PAGE,
)
async def get_maturities_dashboard(
    query: MaturitiesDashboard, call: Call, database: Database, progress: Progress
) -> Answer:
    """Live loans that mature within 30, 60, 90 and 180 days, and those that have and are unpaid.

    A loan counts from the day after the date up to and including the last of the days. On its
    maturity date itself it has matured, and is unpaid while anything is owed.
    """
    seen = await progress.look()
    given = {"on": query.on, "not_due": NOT_DUE, "whose": whose(call)}
    row = await database.row(_MATURITIES, given) or (0,) * 3 * (len(WITHIN) + 1)
    columns = [row[at :: len(WITHIN) + 1] for at in range(len(WITHIN) + 1)]
    buckets = [counted(column, "principal", "commitment") for column in columns]
    within_days = int(query.within_days)
    chosen = where(
        live=(_LIVE, True),
        last=("loans.maturity_on <= %(last)s", query.on + timedelta(days=within_days)),
        owing=(f"(loans.maturity_on > %(owing)s OR loans.past_due_on < '{NOT_DUE}')", query.on),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    total = buckets[WITHIN.index(within_days)]["count"] + buckets[-1]["count"]
    texts, meta = await _MATURING.texts(database, query, chosen, total)
    data = {
        **heading(query.on, seen),
        "maturing": [
            {"within_days": days, **bucket}
            for days, bucket in zip(WITHIN, buckets[:-1], strict=True)
        ],
        "matured_unpaid": buckets[-1],
        "loans": [_maturing(orjson.loads(text), query.on) for text in texts],
    }
    return seen.on(Answer(data, meta=meta))


def _maturing(loan: dict[str, Any], on: date) -> dict[str, Any]:
    days = (date.fromisoformat(loan["maturity_date"]) - on).days
    return {**loan, "days_to_maturity": days, "is_matured": days <= 0}


class DelinquencyDashboard(DashboardList):
    """As of when, and which page of the loans past due, the longest first."""

    sort_by: Literal["days_past_due"] = "days_past_due"
    sort_order: Literal["asc", "desc"] | None = "desc"


@dashboard_loans.get(
    "/dashboards/delinquency",
    "get_delinquency_dashboard",
    example={
        **_HEADING,
        "buckets": [{"bucket": bucket.value, **_PAST_DUE_SUMS} for bucket in Delinquency],
        "past_due": _PAST_DUE_SUMS,
        "non_accrual": {"count": 1, "principal": "671923.74"},
        "loans": [
            {
                **_LOAN,
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
    query: DelinquencyDashboard, call: Call, database: Database, progress: Progress
) -> Answer:
    """Live loans by days past due, what of them is past due, and what bears no income.

    Days past due run from the due date of the oldest unpaid bill, or from maturity if principal is
    unpaid then. What is past due is all interest billed and unpaid and, past maturity, principal.
    """
    seen = await progress.look()
    given = {"on": query.on, "whose": whose(call)}
    rows = await database.rows(_DELINQUENCY, given)
    stopped = await database.row(_NONACCRUAL, given)
    sums = {name: amounts for name, *amounts in rows}
    late = [amounts for name, amounts in sums.items() if name != Delinquency.CURRENT]
    past_due = [sum(column) for column in zip(*late, strict=True)] or [0, 0, 0]
    chosen = where(
        live=(_LIVE, True),
        late=("loans.past_due_on < %(late)s", query.on),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    texts, meta = await _PAST_DUE.texts(database, query, chosen, past_due[0])
    data = {
        **heading(query.on, seen),
        "buckets": [
            {
                "bucket": bucket.value,
                **counted(sums.get(bucket.value, [0, 0, 0]), "past_due", "principal"),
            }
            for bucket in Delinquency
        ],
        "past_due": counted(past_due, "past_due", "principal"),
        "non_accrual": counted(stopped or (0, 0), "principal"),
        "loans": [_late(orjson.loads(text), query.on) for text in texts],
    }
    return seen.on(Answer(data, meta=meta))


def _late(loan: dict[str, Any], on: date) -> dict[str, Any]:
    billed, principal = loan.pop("past_due_cents"), loan.pop("principal_cents")
    days = (on - date.fromisoformat(loan["due_on"])).days
    is_matured = date.fromisoformat(loan["maturity_date"]) < on
    due = counted((0, billed + principal if is_matured else billed), "past_due")["past_due"]
    return {**loan, "days_past_due": days, "bucket": bucket_of(days).value, "past_due": due}


class ReservesDashboard(DashboardList):
    """As of when, and which page of the reserves, the first to run out first."""

    sort_by: Literal["exhausted_on"] = "exhausted_on"


@dashboard_loans.get(
    "/dashboards/reserves",
    "get_reserves_dashboard",
    example={
        **_HEADING,
        "reserves": {"count": 1, "balance": "41576.26"},
        "red": 1,
        "loans": [
            {
                **_LOAN,
                "reserve": "41576.26",
                "principal": "671923.74",
                "rate": "0.0975",
                "flat_days": NullableText("228.47"),
                "exhausted_on": NullableText("2025-12-03"),
                "maturity_date": "2026-01-15",
                "is_red": True,
            }
        ],
    },
    meta=PAGE,
)
async def get_reserves_dashboard(
    query: ReservesDashboard, call: Call, database: Database, progress: Progress
) -> Answer:
    """The interest reserves of live loans: what is left, for how long, and which run out too soon.

    Flat days are the balance over a day's interest on today's principal. The day of exhaustion is
    simulated with monthly capitalisation and without further draws; it is red before maturity.
    """
    seen = await progress.look()
    live = ["ACTIVE", "MATURED", "DEFAULT"]
    row = await database.row(_RESERVES, {"live": live, "whose": whose(call)})
    loans, balance, short = row or (0, 0, 0)
    chosen = where(
        live=(_LIVE, True),
        held=(
            f"(loans.interest_reserve_cents > 0 OR loans.reserve_exhausted_on < '{NOT_DUE}')",
            True,
        ),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    texts, meta = await _reserves(query.on).texts(database, query, chosen, loans)
    data = {
        **heading(query.on, seen),
        "reserves": counted((loans, balance), "balance"),
        "red": short,
        "loans": [orjson.loads(text) for text in texts],
    }
    return seen.on(Answer(data, meta=meta))
