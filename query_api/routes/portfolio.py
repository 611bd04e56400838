"""The portfolio's figures, and how far each projection has come."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import Field

from domain.draws.state import PENDING, DrawState
from domain.kernel.money import format_money
from domain.ledger.accounts import Account
from domain.loans.state import LoanState
from query_api.database import Database
from query_api.examples import PAGE
from query_api.progress import Progress
from runtime.http import Answer, Call, IsoDate, Params, Router

portfolio = Router("portfolio")

LIVE = (LoanState.ACTIVE,)
"""The states in which a commitment binds."""
AGES = ((2, "0-2"), (5, "3-5"), (10, "6-10"))
OLDER = ">10"
HOLDERS = {
    DrawState.SUBMITTED: "lender",
    DrawState.IN_REVIEW: "lender",
    DrawState.APPROVED: "lender",
    DrawState.FUNDING: "bank",
}

_LOANS = """
SELECT state, sum(loans)::bigint, sum(commitment_cents)::bigint, sum(principal_cents)::bigint,
       sum(undisbursed_cents)::bigint, sum(reserved_cents)::bigint, sum(available_cents)::bigint,
       sum(retainage_cents)::bigint, sum(exposure_cents)::bigint
FROM read.loan_totals
WHERE %(owner)s::uuid IS NULL OR builder_user_id = %(owner)s
GROUP BY state
"""
_DRAWS = """
SELECT state, first_submitted_on, sum(draws)::bigint, sum(net_cents)::bigint
FROM read.draw_totals
WHERE %(owner)s::uuid IS NULL OR builder_user_id = %(owner)s
GROUP BY state, first_submitted_on
"""
_LEDGER_PRINCIPAL = """
SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint
FROM read.account_totals WHERE account = %(account)s
"""
_PROJECTIONS = """
SELECT c.projection,
       coalesce(min(next.position) - 1, max(head.position)) AS position,
       max(head.position) AS head,
       json_agg(json_build_object('partition', c.partition, 'position', c.position,
                                  'reason', c.stopped_reason) ORDER BY c.partition)
           FILTER (WHERE c.stopped_reason IS NOT NULL) AS stopped
FROM read.checkpoints AS c
CROSS JOIN ledger.head AS head
LEFT JOIN LATERAL (
    SELECT e.position FROM ledger.events AS e
    WHERE e.partition = c.partition AND e.position > c.position ORDER BY e.position LIMIT 1
) AS next ON true
GROUP BY c.projection ORDER BY c.projection
"""
_AMOUNTS = (
    "commitments",
    "outstanding",
    "undisbursed",
    "reserved",
    "available",
    "retainage_withheld",
    "exposure",
)

_EXAMPLE: dict[str, Any] = {
    "as_of": "2025-02-12",
    "loans": {"ACTIVE": 1},
    **dict.fromkeys(_AMOUNTS, "0.00"),
    "utilisation": "0.1896",
    "draws": {"FUNDED": {"count": 1, "net": "147000.00"}},
    "draws_pending": {
        "count": 1,
        "net": "228500.00",
        "by_age": [{"business_days": "0-2", "count": 1, "net": "228500.00"}],
        "by_holder": [{"holder": "lender", "count": 1, "net": "228500.00"}],
    },
    "tie_out": {"ledger_principal": "0.00", "read_model_principal": "0.00", "difference": "0.00"},
}


class DashboardQuery(Params):
    """As of which business date draws are aged; today unless given."""

    as_of: IsoDate | None = Field(default=None)


@portfolio.get("/dashboards/portfolio", "get_portfolio_dashboard", example=_EXAMPLE)
async def get_portfolio_dashboard(
    query: DashboardQuery, call: Call, database: Database, progress: Progress
) -> Answer:
    """The portfolio's figures; a builder's own loans only.

    The tie-out compares the ledger with the loans and is for those who see all of both.
    """
    seen = await progress.look()
    as_of = query.as_of or datetime.now(UTC).date()
    owner = {"owner": call.owner_id}
    loans = await database.rows(_LOANS, owner)
    draws = await database.rows(_DRAWS, owner)
    data = {
        "as_of": as_of.isoformat(),
        "as_of_position": seen.position,
        **_loan_figures(loans),
        **_draw_figures(draws, as_of),
    }
    if call.owner_id is None:
        ledger = await database.row(_LEDGER_PRINCIPAL, {"account": Account.PRINCIPAL.value})
        data["tie_out"] = _tie_out(ledger[0] if ledger else 0, loans)
    return seen.on(Answer(data))


@portfolio.get(
    "/projections",
    "list_projections",
    example=[{"name": "loan_summary", "position": 42, "lag_events": 0, "stopped": []}],
    meta=PAGE,
)
async def list_projections(database: Database, progress: Progress) -> Answer:
    """How far each projection has come, how far behind it is, and where it stopped."""
    seen = await progress.look()
    data = [
        {
            "name": name,
            "position": position,
            "lag_events": head - position,
            "stopped": stopped or [],
        }
        for name, position, head, stopped in await database.rows(_PROJECTIONS)
    ]
    return seen.on(Answer(data))


def _loan_figures(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    live = [row[2:] for row in rows if row[0] in LIVE]
    sums = [sum(column) for column in zip(*live, strict=True)] or [0] * len(_AMOUNTS)
    commitments, outstanding = sums[0], sums[1]
    return {
        "loans": {row[0]: row[1] for row in sorted(rows)},
        **{name: format_money(cents) for name, cents in zip(_AMOUNTS, sums, strict=True)},
        "utilisation": _ratio(outstanding, commitments),
    }


def _ratio(part: int, whole: int) -> str:
    """A fraction to four places, half up; nothing of nothing is zero."""
    scaled = (part * 20_000 + whole) // (2 * whole) if whole else 0
    return f"{scaled // 10_000}.{scaled % 10_000:04d}"


def _draw_figures(rows: list[tuple[Any, ...]], as_of: date) -> dict[str, Any]:
    by_state: dict[str, list[int]] = {}
    by_age = {label: [0, 0] for _, label in (*AGES, (0, OLDER))}
    by_holder = {holder: [0, 0] for holder in ("lender", "bank")}
    pending = [0, 0]
    for state, since, count, net in rows:
        buckets = [by_state.setdefault(state, [0, 0])]
        if state in PENDING:
            age = business_days(since, as_of)
            buckets += [pending, by_age[_age_label(age)], by_holder[HOLDERS[DrawState(state)]]]
        for bucket in buckets:
            bucket[0] += count
            bucket[1] += net
    return {
        "draws": {state: _shown(bucket) for state, bucket in sorted(by_state.items())},
        "draws_pending": {
            **_shown(pending),
            "by_age": [
                {"business_days": label, **_shown(bucket)} for label, bucket in by_age.items()
            ],
            "by_holder": [
                {"holder": holder, **_shown(bucket)} for holder, bucket in by_holder.items()
            ],
        },
    }


def _shown(bucket: list[int]) -> dict[str, Any]:
    return {"count": bucket[0], "net": format_money(bucket[1])}


def _age_label(age: int) -> str:
    return next((label for most, label in AGES if age <= most), OLDER)


def business_days(start: date, end: date) -> int:
    """Weekdays after a date, up to and including another; none if it lies before."""
    days = (end - start).days
    if days <= 0:
        return 0
    weeks, rest = divmod(days, 7)
    extra = sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, rest + 1))
    return weeks * 5 + extra


def _tie_out(ledger_cents: int, rows: list[tuple[Any, ...]]) -> dict[str, str]:
    loans_cents = sum(row[3] for row in rows)
    return {
        "ledger_principal": format_money(ledger_cents),
        "read_model_principal": format_money(loans_cents),
        "difference": format_money(ledger_cents - loans_cents),
    }
