"""The portfolio's figures."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from msgspec import UNSET, UnsetType
from pydantic import Field

from domain.access import Right
from domain.kernel.money import format_money
from domain.kernel.resource import Fraction, Money, Resource
from domain.ledger.accounts import Account
from domain.loans.example import LOAN
from domain.loans.state import LIVE
from projectors.read_models.draw_register.table import DRAW_TOTALS
from projectors.read_models.loan_summary.table import (
    LOAN_EXPOSURES,
    LOAN_STALENESS,
    LOAN_TOTALS,
    LOANS,
)
from projectors.read_models.portfolio.table import ACCOUNT_TOTALS
from query_api.counters import added, sums
from query_api.database import Database, Row
from query_api.figures import (
    HEADING,
    AsOfDate,
    DashboardResource,
    PrincipalResource,
    heading,
    ratio,
    whose,
)
from query_api.routes.dashboard_draws import (
    DRAW_SUMS,
    PENDING_EXAMPLE,
    DrawSum,
    NetResource,
    PendingResource,
    net,
    pending,
)
from runtime.http import Answer, Call, Router

router = Router("portfolio")

STALE_DAYS = {"INSPECTION": 45, "FUNDING": 60}
"""After how many days since the last one a loan is flagged."""


class InBalanceResource(Resource):
    """Live loans that cannot be finished with what is left, and what they are short of."""

    deficient: int
    deficiency: Money


class StaleResource(Resource):
    """Live loans to which something has not happened for long."""

    flag_after_days: int
    loans: int


class StalenessResource(Resource):
    """What lies too long ago, and the oldest estimate of a cost to complete."""

    inspection: StaleResource
    funding: StaleResource
    oldest_estimate_on: date | None


class TieOutResource(Resource):
    """The ledger's principal against that of the loans."""

    ledger_principal: Money
    read_model_principal: Money
    difference: Money
    parked_events: int


class ConcentrationResource(Resource):
    """A borrower's part of the whole exposure."""

    borrower_id: UUID
    borrower_name: str
    loans: int
    exposure: Money
    concentration: Fraction


class PortfolioResource(DashboardResource):
    """Loans by state and draws by state; the amounts are those of live loans."""

    loans: dict[str, int]
    commitments: Money
    outstanding: Money
    undisbursed: Money
    reserved: Money
    available: Money
    retainage_withheld: Money
    exposure: Money
    accrued_interest: Money
    fees_due: Money
    interest_reserves: Money
    utilisation: Fraction
    non_accrual: PrincipalResource
    in_balance: InBalanceResource
    draws: dict[str, NetResource]
    draws_pending: PendingResource
    staleness: StalenessResource
    tie_out: TieOutResource | UnsetType = UNSET
    top_borrowers: list[ConcentrationResource] | UnsetType = UNSET


class _LoanSum(Row):
    loans: int
    commitment_cents: int
    principal_cents: int
    undisbursed_cents: int
    reserved_cents: int
    available_cents: int
    retainage_cents: int
    exposure_cents: int
    accrued_interest_cents: int
    fees_due_cents: int
    interest_reserve_cents: int
    nonaccrual_loans: int
    nonaccrual_cents: int
    deficient_loans: int
    deficiency_cents: int


class _StateSum(_LoanSum):
    state: str


class _Principal(Row):
    debit_cents: int
    credit_cents: int


class _Stale(Row):
    kind: str
    loans: int
    oldest_on: date


class _Borrower(Row):
    borrower_id: UUID
    borrower_name: str
    loans: int
    exposure_cents: int


_BY_STATE = sums(_StateSum, LOAN_TOTALS)
_PRINCIPAL = sums(_Principal, ACCOUNT_TOTALS, "account = %(account)s")
_STALENESS = """
SELECT kind, coalesce(sum(loans) FILTER (WHERE last_on < %(on)s::date - days), 0)::bigint AS loans,
       min(last_on) AS oldest_on
FROM read.loan_staleness
LEFT JOIN unnest(%(kinds)s::text[], %(days)s::int[]) AS flagged (kind, days) USING (kind)
WHERE builder_user_id = %(whose)s GROUP BY kind
"""
_BORROWERS = """
SELECT greatest.borrower_id, named.borrower_name, greatest.loans,
       greatest.exposure AS exposure_cents
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


class PortfolioQuery(AsOfDate):
    """As of when, and how many borrowers to name."""

    top_borrowers: int = Field(
        default=0,
        ge=0,
        le=50,
        description="How many to name, by exposure; for those who see all loans.",
    )


@router.get(
    "/dashboards/portfolio",
    "get_portfolio_dashboard",
    right=Right.LOANS_READ,
    reads=(LOANS, LOAN_TOTALS, LOAN_STALENESS, LOAN_EXPOSURES, DRAW_TOTALS, ACCOUNT_TOTALS),
    example=PortfolioResource(
        **HEADING,
        loans={"ACTIVE": 1},
        commitments="960000.00",
        outstanding="182000.00",
        undisbursed="778000.00",
        reserved="228500.00",
        available="549500.00",
        retainage_withheld="15000.00",
        exposure="960000.00",
        accrued_interest="0.00",
        fees_due="0.00",
        interest_reserves="50000.00",
        utilisation="0.1896",
        non_accrual=PrincipalResource(count=0, principal="0.00"),
        in_balance=InBalanceResource(deficient=0, deficiency="0.00"),
        draws={"FUNDED": NetResource(count=1, net="147000.00")},
        draws_pending=PENDING_EXAMPLE,
        staleness=StalenessResource(
            inspection=StaleResource(flag_after_days=STALE_DAYS["INSPECTION"], loans=1),
            funding=StaleResource(flag_after_days=STALE_DAYS["FUNDING"], loans=0),
            oldest_estimate_on=date(2025, 1, 15),
        ),
        tie_out=TieOutResource(
            ledger_principal="182000.00",
            read_model_principal="182000.00",
            difference="0.00",
            parked_events=0,
        ),
        top_borrowers=[
            ConcentrationResource(
                borrower_id=LOAN.borrower_id,
                borrower_name=LOAN.borrower_name,
                loans=1,
                exposure="960000.00",
                concentration="1.0000",
            )
        ],
    ),
)
async def get_portfolio_dashboard(query: PortfolioQuery, call: Call, database: Database) -> Answer:
    """The portfolio's figures; a builder's own loans only.

    The tie-out compares the ledger with the loans and is for those who see all of both; events that
    a read model could not apply, and that wait beside it, may explain a difference. So are the
    borrowers with the greatest exposures, when asked for, and their parts of the whole.
    """
    on, mine = query.on(call), {"whose": whose(call)}
    loans = await database.rows(_StateSum, _BY_STATE, mine)
    draws = await database.rows(DrawSum, DRAW_SUMS, mine)
    live = added(_LoanSum, (each for each in loans if each.state in LIVE))
    shown = PortfolioResource(
        **heading(on, call),
        loans={each.state: each.loans for each in sorted(loans, key=lambda each: each.state)},
        commitments=format_money(live.commitment_cents),
        outstanding=format_money(live.principal_cents),
        undisbursed=format_money(live.undisbursed_cents),
        reserved=format_money(live.reserved_cents),
        available=format_money(live.available_cents),
        retainage_withheld=format_money(live.retainage_cents),
        exposure=format_money(live.exposure_cents),
        accrued_interest=format_money(live.accrued_interest_cents),
        fees_due=format_money(live.fees_due_cents),
        interest_reserves=format_money(live.interest_reserve_cents),
        utilisation=ratio(live.principal_cents, live.commitment_cents),
        non_accrual=PrincipalResource(
            count=live.nonaccrual_loans, principal=format_money(live.nonaccrual_cents)
        ),
        in_balance=InBalanceResource(
            deficient=live.deficient_loans, deficiency=format_money(live.deficiency_cents)
        ),
        draws=_by_state(draws),
        draws_pending=pending(draws, on),
        staleness=await _staleness(database, call, on),
    )
    if call.owner_id is None:
        shown.tie_out = await _tie_out(database, call, loans)
        if query.top_borrowers:
            most = {"most": query.top_borrowers}
            found = await database.rows(_Borrower, _BORROWERS, most)
            shown.top_borrowers = [_concentration(each, live.exposure_cents) for each in found]
    return Answer(shown)


def _by_state(draws: Sequence[DrawSum]) -> dict[str, NetResource]:
    states = sorted({each.state for each in draws})
    return {state: net(each for each in draws if each.state == state) for state in states}


async def _staleness(database: Database, call: Call, on: date) -> StalenessResource:
    """How many live loans have not been inspected or funded for long, and the oldest estimate."""
    given = {
        "whose": whose(call),
        "on": on,
        "kinds": list(STALE_DAYS),
        "days": list(STALE_DAYS.values()),
    }
    stale = {each.kind: each for each in await database.rows(_Stale, _STALENESS, given)}
    counts = {kind: stale[kind].loans if kind in stale else 0 for kind in STALE_DAYS}
    inspection, funding = (
        StaleResource(flag_after_days=STALE_DAYS[kind], loans=counts[kind])
        for kind in ("INSPECTION", "FUNDING")
    )
    estimate = stale.get("ESTIMATE")
    return StalenessResource(
        inspection=inspection,
        funding=funding,
        oldest_estimate_on=None if estimate is None else estimate.oldest_on,
    )


async def _tie_out(database: Database, call: Call, loans: Sequence[_StateSum]) -> TieOutResource:
    given = {"account": Account.PRINCIPAL.value}
    (account,) = await database.rows(_Principal, _PRINCIPAL, given)
    ledger_cents = account.debit_cents - account.credit_cents
    loans_cents = sum(each.principal_cents for each in loans)
    return TieOutResource(
        ledger_principal=format_money(ledger_cents),
        read_model_principal=format_money(loans_cents),
        difference=format_money(ledger_cents - loans_cents),
        parked_events=call.seen.parked_events,
    )


def _concentration(borrower: _Borrower, whole_cents: int) -> ConcentrationResource:
    return ConcentrationResource(
        borrower_id=borrower.borrower_id,
        borrower_name=borrower.borrower_name,
        loans=borrower.loans,
        exposure=format_money(borrower.exposure_cents),
        concentration=ratio(borrower.exposure_cents, whole_cents),
    )
