"""The portfolio's figures, and how far each projection has come."""

from datetime import date
from typing import Any

from domain.kernel.money import format_money
from domain.ledger.accounts import Account
from domain.loans.state import LIVE
from query_api.database import Database
from query_api.examples import PAGE
from query_api.figures import AsOfDate, counted, heading, ratio, whose
from query_api.progress import Progress
from query_api.routes.dashboard_draws import DRAW_TOTALS, pending_figures
from runtime.http import Answer, Call, Router

portfolio = Router("portfolio")

_LOANS = """
SELECT state, sum(loans)::bigint, sum(commitment_cents)::bigint, sum(principal_cents)::bigint,
       sum(undisbursed_cents)::bigint, sum(reserved_cents)::bigint, sum(available_cents)::bigint,
       sum(retainage_cents)::bigint, sum(exposure_cents)::bigint
FROM read.loan_totals WHERE builder_user_id = %(whose)s GROUP BY state
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
    "as_of_position": 42,
    "lag_events": 0,
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


@portfolio.get("/dashboards/portfolio", "get_portfolio_dashboard", example=_EXAMPLE)
async def get_portfolio_dashboard(
    query: AsOfDate, call: Call, database: Database, progress: Progress
) -> Answer:
    """The portfolio's figures; a builder's own loans only.

    The tie-out compares the ledger with the loans and is for those who see all of both.
    """
    seen = await progress.look()
    mine = {"whose": whose(call)}
    loans = await database.rows(_LOANS, mine)
    draws = await database.rows(DRAW_TOTALS, mine)
    data = {
        **heading(query.on, seen),
        **_loan_figures(loans),
        **_draw_figures(draws, query.on),
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
        "utilisation": ratio(outstanding, commitments),
    }


def _draw_figures(rows: list[tuple[Any, ...]], on: date) -> dict[str, Any]:
    by_state: dict[str, list[int]] = {}
    for state, _, count, net, _ in rows:
        bucket = by_state.setdefault(state, [0, 0])
        bucket[0] += count
        bucket[1] += net
    return {
        "draws": {state: counted(bucket, "net") for state, bucket in sorted(by_state.items())},
        "draws_pending": pending_figures(rows, on),
    }


def _tie_out(ledger_cents: int, rows: list[tuple[Any, ...]]) -> dict[str, str]:
    loans_cents = sum(row[3] for row in rows)
    return {
        "ledger_principal": format_money(ledger_cents),
        "read_model_principal": format_money(loans_cents),
        "difference": format_money(ledger_cents - loans_cents),
    }
