"""The portfolio's figures."""

from datetime import date
from typing import Any

from pydantic import Field

from domain.access import Right
from domain.kernel.money import format_money
from domain.ledger.accounts import Account
from domain.loans.state import LIVE
from query_api.database import Database
from query_api.figures import AsOfDate, counted, heading, money, ratio, whose
from query_api.routes.dashboard_draws import DRAW_TOTALS, pending_figures
from runtime.http import Answer, Call, NullableText, Router

router = Router("portfolio")

_LOANS = """
SELECT state, sum(loans)::bigint, sum(commitment_cents)::bigint, sum(principal_cents)::bigint,
       sum(undisbursed_cents)::bigint, sum(reserved_cents)::bigint, sum(available_cents)::bigint,
       sum(retainage_cents)::bigint, sum(exposure_cents)::bigint,
       sum(accrued_interest_cents)::bigint, sum(fees_due_cents)::bigint,
       sum(interest_reserve_cents)::bigint, sum(nonaccrual_loans)::bigint,
       sum(nonaccrual_cents)::bigint, sum(deficient_loans)::bigint, sum(deficiency_cents)::bigint
FROM read.loan_totals WHERE builder_user_id = %(whose)s GROUP BY state
"""
_STALENESS = """
SELECT kind, coalesce(sum(loans) FILTER (
           WHERE last_on < %(on)s::date - CASE kind WHEN 'INSPECTION' THEN %(inspection)s
                                                    ELSE %(funding)s END), 0)::bigint,
       min(last_on)
FROM read.loan_staleness WHERE builder_user_id = %(whose)s GROUP BY kind
"""
_BORROWERS = """
SELECT greatest.borrower_id, named.borrower_name, greatest.loans, greatest.exposure
FROM (
    SELECT borrower_id, sum(loans)::bigint AS loans, sum(exposure_cents)::bigint AS exposure
    FROM read.loan_exposures GROUP BY borrower_id
    ORDER BY sum(exposure_cents) DESC, borrower_id LIMIT %(most)s
) AS greatest
CROSS JOIN LATERAL (
    SELECT borrower_name FROM read.loans WHERE loans.borrower_id = greatest.borrower_id
    ORDER BY number LIMIT 1
) AS named
ORDER BY greatest.exposure DESC, greatest.borrower_id
"""
_LEDGER_PRINCIPAL = """
SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint
FROM read.account_totals WHERE account = %(account)s
"""
_PARKED = "SELECT coalesce(sum(parked), 0)::bigint FROM read.checkpoints"
_AMOUNTS = (
    "commitments",
    "outstanding",
    "undisbursed",
    "reserved",
    "available",
    "retainage_withheld",
    "exposure",
    "accrued_interest",
    "fees_due",
    "interest_reserves",
)
STALE_DAYS = {"INSPECTION": 45, "FUNDING": 60}
"""After how many days since the last one a loan is flagged."""

_EXAMPLE: dict[str, Any] = {
    "as_of": "2025-02-12",
    "as_of_position": 42,
    "lag_events": 0,
    "loans": {"ACTIVE": 1},
    **dict.fromkeys(_AMOUNTS, "0.00"),
    "utilisation": "0.1896",
    "non_accrual": {"count": 0, "principal": "0.00"},
    "in_balance": {"deficient": 0, "deficiency": "0.00"},
    "staleness": {
        "inspection": {"flag_after_days": 45, "loans": 1},
        "funding": {"flag_after_days": 60, "loans": 0},
        "oldest_estimate_on": NullableText("2025-01-15"),
    },
    "draws": {"FUNDED": {"count": 1, "net": "147000.00"}},
    "draws_pending": {
        "count": 1,
        "net": "228500.00",
        "by_age": [{"business_days": "0-2", "count": 1, "net": "228500.00"}],
        "by_holder": [{"holder": "lender", "count": 1, "net": "228500.00"}],
    },
    "tie_out": {
        "ledger_principal": "0.00",
        "read_model_principal": "0.00",
        "difference": "0.00",
        "parked_events": 0,
    },
}


class PortfolioQuery(AsOfDate):
    """As of when, and how many borrowers to name."""

    top_borrowers: int = Field(
        default=0, ge=0, le=50, description="By exposure; for those who see all loans."
    )


@router.get(
    "/dashboards/portfolio", "get_portfolio_dashboard", right=Right.LOANS_READ, example=_EXAMPLE
)
async def get_portfolio_dashboard(query: PortfolioQuery, call: Call, database: Database) -> Answer:
    """The portfolio's figures; a builder's own loans only.

    The tie-out compares the ledger with the loans and is for those who see all of both; events that
    a read model could not apply, and that wait beside it, may explain a difference. So are the
    borrowers with the greatest exposures, when asked for, and their parts of the whole.
    """
    mine = {"whose": whose(call)}
    loans = await database.tuples(_LOANS, mine)
    draws = await database.tuples(DRAW_TOTALS, mine)
    data = {
        **heading(query.on, call),
        **_loan_figures(loans),
        **_draw_figures(draws, query.on),
        "staleness": _staleness(await database.tuples(_STALENESS, {**mine, **_stale(query.on)})),
    }
    if call.owner_id is None:
        ledger = next(
            iter(await database.tuples(_LEDGER_PRINCIPAL, {"account": Account.PRINCIPAL.value})),
            None,
        )
        parked = next(iter(await database.tuples(_PARKED)), None)
        data["tie_out"] = {
            **_tie_out(ledger[0] if ledger else 0, loans),
            "parked_events": parked[0] if parked else 0,
        }
        if query.top_borrowers:
            found = await database.tuples(_BORROWERS, {"most": query.top_borrowers})
            data["top_borrowers"] = _concentrations(found, loans)
    return Answer(data)


def _concentrations(
    borrowers: list[tuple[Any, ...]], loans: list[tuple[Any, ...]]
) -> list[dict[str, Any]]:
    at = 2 + _AMOUNTS.index("exposure")
    whole = sum(row[at] for row in loans if row[0] in LIVE)
    return [
        {
            "borrower_id": str(borrower_id),
            "borrower_name": name,
            "loans": count,
            "exposure": format_money(exposure),
            "concentration": ratio(exposure, whole),
        }
        for borrower_id, name, count, exposure in borrowers
    ]


def _loan_figures(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    live = [row[2:] for row in rows if row[0] in LIVE]
    sums = [sum(column) for column in zip(*live, strict=True)] or [0] * (len(_AMOUNTS) + 4)
    *amounts, stopped, stopped_cents, deficient, deficiency_cents = sums
    commitments, outstanding = amounts[:2]
    return {
        "loans": {row[0]: row[1] for row in sorted(rows)},
        **money(dict(zip(_AMOUNTS, amounts, strict=True))),
        "utilisation": ratio(outstanding, commitments),
        "non_accrual": counted((stopped, stopped_cents), "principal"),
        "in_balance": {
            "deficient": deficient,
            "deficiency": format_money(deficiency_cents),
        },
    }


def _stale(on: date) -> dict[str, Any]:
    return {"on": on, **{kind.lower(): days for kind, days in STALE_DAYS.items()}}


def _staleness(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """How many live loans have not been inspected or funded for long, and the oldest estimate."""
    stale = {kind: (loans, oldest) for kind, loans, oldest in rows}
    shown = {
        kind.lower(): {"flag_after_days": days, "loans": stale.get(kind, (0, None))[0]}
        for kind, days in STALE_DAYS.items()
    }
    oldest = stale.get("ESTIMATE", (0, None))[1]
    return {**shown, "oldest_estimate_on": None if oldest is None else oldest.isoformat()}


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
