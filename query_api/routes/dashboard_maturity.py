"""What matures, and what has and is unpaid."""

from datetime import date, timedelta
from typing import Any, Literal

import orjson
from pydantic import Field

from domain.access import Right
from projectors.read_models.loan_summary.table import LOANS, NOT_DUE
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import DashboardList, counted, heading, whose
from query_api.live_loans import HEADING_EXAMPLE, LIVE_LOANS, LOAN_EXAMPLE, LOAN_SHOWN, MONEY_SHOWN
from query_api.paging import Listing, Stored, where
from runtime.http import Answer, Call, Router

router = Router("dashboards")

WITHIN = (30, 60, 90, 180)
"""Days ahead in which loans mature."""


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
    row=Stored,
    table=LOANS,
    columns={
        "body": f"""json_build_object({LOAN_SHOWN},
    'maturity_date', loans.maturity_on,
    'principal', {MONEY_SHOWN.format("loans.principal_cents")},
    'commitment', {MONEY_SHOWN.format("loans.commitment_cents")},
    'percent_complete', to_char(loans.percent_complete, 'FM990.0000'),
    'extensions_left', loans.extensions_left
)::text"""
    },
    sorts={"maturity_date": (LOANS.c.maturity_on, LOANS.c.loan_id)},
)

_MATURITY = {"count": 1, "principal": "671923.74", "commitment": "960000.00"}


class MaturitiesDashboard(DashboardList):
    """As of when, how far ahead, and which page of the loans that mature, soonest first."""

    sort_by: Literal["maturity_date"] = "maturity_date"
    within_days: Literal["30", "60", "90", "180"] = Field(default="180", description="Of the list.")


@router.get(
    "/dashboards/maturities",
    "get_maturities_dashboard",
    right=Right.LOANS_READ,
    example={
        **HEADING_EXAMPLE,
        "maturing": [{"within_days": days, **_MATURITY} for days in WITHIN],
        "matured_unpaid": _MATURITY,
        "loans": [
            {
                **LOAN_EXAMPLE,
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
    query: MaturitiesDashboard, call: Call, database: Database
) -> Answer:
    """Live loans that mature within 30, 60, 90 and 180 days, and those that have and are unpaid.

    A loan counts from the day after the date up to and including the last of the days. On its
    maturity date itself it has matured, and is unpaid while anything is owed.
    """
    given = {"on": query.on, "not_due": NOT_DUE, "whose": whose(call)}
    row = next(iter(await database.tuples(_MATURITIES, given)), None) or (0,) * 3 * (
        len(WITHIN) + 1
    )
    columns = [row[at :: len(WITHIN) + 1] for at in range(len(WITHIN) + 1)]
    buckets = [counted(column, "principal", "commitment") for column in columns]
    within_days = int(query.within_days)
    chosen = where(
        live=(LIVE_LOANS, True),
        last=("loans.maturity_on <= %(last)s", query.on + timedelta(days=within_days)),
        owing=(f"(loans.maturity_on > %(owing)s OR loans.past_due_on < '{NOT_DUE}')", query.on),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    total = buckets[WITHIN.index(within_days)]["count"] + buckets[-1]["count"]
    page = await _MATURING.page(database, query, chosen, total)
    data = {
        **heading(query.on, call),
        "maturing": [
            {"within_days": days, **bucket}
            for days, bucket in zip(WITHIN, buckets[:-1], strict=True)
        ],
        "matured_unpaid": buckets[-1],
        "loans": [_maturing(orjson.loads(row.body), query.on) for row in page.rows],
    }
    return Answer(data, meta=page.meta)


def _maturing(loan: dict[str, Any], on: date) -> dict[str, Any]:
    days = (date.fromisoformat(loan["maturity_date"]) - on).days
    return {**loan, "days_to_maturity": days, "is_matured": days <= 0}
