"""How long draws wait, with whom, and how long those took that were paid."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import orjson

from domain.access import Right
from domain.draws.example import DRAW
from domain.draws.state import PENDING, DrawState
from domain.kernel.calendar import business_days_between
from projectors.read_models.draw_register.table import DRAWS, WAITING
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import DashboardList, counted, decimal_text, heading, ratio, whose
from query_api.paging import Listing, Stored, where
from runtime.http import Answer, Call, NullableText, Router

router = Router("dashboards")

AGES = ((2, "0-2"), (5, "3-5"), (10, "6-10"))
OLDER = ">10"
HOLDERS = {
    DrawState.SUBMITTED: "lender",
    DrawState.IN_REVIEW: "lender",
    DrawState.APPROVED: "lender",
    DrawState.FUNDING: "bank",
    DrawState.RETURNED: "builder",
}
TURNAROUND_DAYS = 90
"""How far back the draws go whose turnaround is measured."""

DRAW_TOTALS = """
SELECT state, first_submitted_on, sum(draws)::bigint, sum(net_cents)::bigint,
       sum(never_returned)::bigint
FROM read.draw_totals WHERE builder_user_id = %(whose)s
GROUP BY state, first_submitted_on
"""
_TURNAROUND = """
SELECT clock, days, sum(draws)::bigint FROM read.draw_turnaround
WHERE funded_on > %(on)s::date - %(trailing)s AND funded_on <= %(on)s
GROUP BY clock, days ORDER BY clock, days
"""
# A builder has tens of draws, and an index finds them.
_TURNAROUND_OF_BUILDER = """
SELECT took.clock, took.days, count(*)
FROM read.draws CROSS JOIN LATERAL (VALUES
    ('borrower_days', borrower_days), ('borrower_business_days', borrower_business_days),
    ('lender_days', lender_days), ('lender_business_days', lender_business_days),
    ('times_returned', times_returned)) AS took (clock, days)
WHERE builder_user_id = %(owner)s AND state = 'FUNDED'
AND funded_on > %(on)s::date - %(trailing)s AND funded_on <= %(on)s
GROUP BY took.clock, took.days ORDER BY took.clock, took.days
"""
_LISTING = Listing(
    row=Stored,
    table=DRAWS,
    joined="JOIN read.loans USING (loan_id)",
    columns={
        "body": """json_build_object(
    'draw_id', draws.draw_id,
    'loan_id', draws.loan_id,
    'loan_number', loans.number,
    'project_name', loans.project_name,
    'number', draws.number,
    'state', draws.state,
    'net', to_char(draws.net_cents / 100.0, 'FM99999999999990.00'),
    'first_submitted_on', draws.first_submitted_on
)::text"""
    },
    sorts={"age": (DRAWS.c.first_submitted_on, DRAWS.c.draw_id)},
    inverted=frozenset({"age"}),
)

_CLOCK = {
    "business_days": {"median": NullableText("7.0"), "p90": NullableText("7.0")},
    "calendar_days": {"median": NullableText("11.0"), "p90": NullableText("11.0")},
}
_BUCKET = {"count": 1, "net": "147000.00"}
_EXAMPLE: dict[str, Any] = {
    "as_of": "2025-04-15",
    "as_of_position": 42,
    "lag_events": 0,
    "pending": {
        **_BUCKET,
        "by_age": [{"business_days": "0-2", **_BUCKET}],
        "by_holder": [{"holder": "lender", **_BUCKET}],
    },
    "turnaround": {
        "trailing_days": TURNAROUND_DAYS,
        "draws": 1,
        "borrower_clock": _CLOCK,
        "lender_clock": _CLOCK,
        "first_pass_rate": NullableText("1.0000"),
    },
    "first_pass": {"funded": 1, "never_returned": 1, "rate": NullableText("1.0000")},
    "draws": [
        {
            "draw_id": str(DRAW.id),
            "loan_id": str(DRAW.loan_id),
            "loan_number": "L-000001",
            "project_name": "Maple Street 14",
            "number": 1,
            "state": "IN_REVIEW",
            "net": "147000.00",
            "first_submitted_on": "2025-04-11",
            "holder": "lender",
            "age_business_days": 2,
        }
    ],
}


class DrawsDashboard(DashboardList):
    """As of when, and which page of the draws that wait, oldest first unless asked otherwise."""

    sort_by: Literal["age"] = "age"
    sort_order: Literal["asc", "desc"] | None = "desc"


@router.get(
    "/dashboards/draws", "get_draws_dashboard", right=Right.DRAWS_READ, example=_EXAMPLE, meta=PAGE
)
async def get_draws_dashboard(query: DrawsDashboard, call: Call, database: Database) -> Answer:
    """Draws that wait, by age and by who holds them, and the turnaround of those funded.

    Pending are draws that were submitted by the date and are now neither decided nor paid. A
    returned one is its builder's to mend: it shows under its holder and is not counted as pending.
    """
    rows = await database.tuples(DRAW_TOTALS, {"whose": whose(call)})
    given = {"on": query.on, "trailing": TURNAROUND_DAYS, "owner": call.owner_id}
    took = _TURNAROUND if call.owner_id is None else _TURNAROUND_OF_BUILDER
    turnaround = await database.tuples(took, given)
    chosen = where(
        waiting=(WAITING.replace("state", "draws.state"), True),
        submitted=("draws.first_submitted_on <= %(submitted)s", query.on),
        owner=("draws.builder_user_id = %(owner)s", call.owner_id),
    )
    total = sum(row[2] for row in rows if _waits(row, query.on))
    page = await _LISTING.page(database, query, chosen, total)
    data = {
        **heading(query.on, call),
        "pending": pending_figures(rows, query.on),
        "turnaround": _turnaround(turnaround),
        "first_pass": _first_pass(rows),
        "draws": [_aged(orjson.loads(row.body), query.on) for row in page.rows],
    }
    return Answer(data, meta=page.meta)


def pending_figures(rows: list[tuple[Any, ...]], on: date) -> dict[str, Any]:
    """Pending draws by age and holder, out of the rows of `DRAW_TOTALS`."""
    by_age = {label: [0, 0] for _, label in (*AGES, (0, OLDER))}
    by_holder = {holder: [0, 0] for holder in ("builder", "inspector", "lender", "bank")}
    pending = [0, 0]
    for state, since, count, net, _ in (row for row in rows if _waits(row, on)):
        buckets = [by_holder[HOLDERS[DrawState(state)]]]
        if state in PENDING:
            buckets += [pending, by_age[_age_label(business_days_between(since, on))]]
        for bucket in buckets:
            bucket[0] += count
            bucket[1] += net
    return {
        **counted(pending, "net"),
        "by_age": [
            {"business_days": label, **counted(bucket, "net")} for label, bucket in by_age.items()
        ],
        "by_holder": [
            {"holder": holder, **counted(bucket, "net")} for holder, bucket in by_holder.items()
        ],
    }


def _waits(row: tuple[Any, ...], on: date) -> bool:
    """Whether these draws had been submitted by a date and are still somebody's to act on."""
    state, first_submitted_on, *_ = row
    return state in HOLDERS and first_submitted_on <= on


def _age_label(age: int) -> str:
    return next((label for most, label in AGES if age <= most), OLDER)


def _aged(draw: dict[str, Any], on: date) -> dict[str, Any]:
    since = date.fromisoformat(draw["first_submitted_on"])
    return {
        **draw,
        "holder": HOLDERS[DrawState(draw["state"])],
        "age_business_days": business_days_between(since, on),
    }


def _turnaround(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    clocks: dict[str, list[tuple[int, int]]] = {}
    for clock, days, draws in rows:
        clocks.setdefault(clock, []).append((days, draws))
    returned = dict(clocks.get("times_returned", []))
    draws = sum(returned.values())
    return {
        "trailing_days": TURNAROUND_DAYS,
        "draws": draws,
        **{
            f"{whose}_clock": {
                "business_days": _spread(clocks.get(f"{whose}_business_days", [])),
                "calendar_days": _spread(clocks.get(f"{whose}_days", [])),
            }
            for whose in ("borrower", "lender")
        },
        "first_pass_rate": ratio(returned.get(0, 0), draws) if draws else None,
    }


def _spread(took: list[tuple[int, int]]) -> dict[str, str | None]:
    """Median and ninetieth percentile, to a tenth of a day; none of no draws."""
    return {"median": percentile(took, 50), "p90": percentile(took, 90)}


def percentile(took: list[tuple[int, int]], percent: int) -> str | None:
    """A percentile of draws, between two of them in proportion, as SQL's ``percentile_cont``.

    Args:
        took: days and how many draws took them, the fewest days first.
        percent: of the draws.
    """
    draws = sum(count for _, count in took)
    if not draws:
        return None
    whole, rest = divmod((draws - 1) * percent, 100)
    below, above = _nth(took, whole), _nth(took, min(whole + 1, draws - 1))
    return decimal_text(below + Decimal((above - below) * rest) / 100, 1)


def _nth(took: list[tuple[int, int]], place: int) -> int:
    """What the draw at a place took, counted from 0."""
    for days, count in took:
        if place < count:
            return days
        place -= count
    raise ValueError("there are fewer draws")


def _first_pass(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    funded = [row for row in rows if row[0] == DrawState.FUNDED]
    count, never_returned = sum(row[2] for row in funded), sum(row[4] for row in funded)
    return {
        "funded": count,
        "never_returned": never_returned,
        "rate": ratio(never_returned, count) if count else None,
    }
