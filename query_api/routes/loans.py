"""Loans, their budgets and their histories."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

import orjson
from pydantic import Field

from domain.access import Right
from domain.budgets.example import BUDGET
from domain.budgets.resource import budget_resource
from domain.defaults.events import AccrualStatus
from domain.events.example import EVENT
from domain.kernel.errors import NotFound
from domain.loans import kind
from domain.loans.example import LOAN
from domain.loans.state import LoanState
from projectors.read_models.budget_lines.table import BUDGETS
from projectors.read_models.history.table import HISTORY, HISTORY_COUNTS
from projectors.read_models.loan_summary.table import LOAN_TOTALS, LOANS
from projectors.schema import model_of
from projectors.standing import place_of
from query_api.counters import sums
from query_api.database import Database, Row
from query_api.figures import counted_under
from query_api.paging import (
    Listing,
    PageParams,
    Stored,
    Versioned,
    Where,
    as_stored,
    bounded_count,
    where,
)
from query_api.past import AsOf, past
from runtime.eventstore.reader import Reader
from runtime.http import PAGE, Answer, Call, IsoDate, Router

router = Router("loans")

LISTING = Listing(
    row=Stored,
    table=LOANS,
    sorts={
        "number": (LOANS.c.number, LOANS.c.loan_id),
        "project_name": (LOANS.c.project_name, LOANS.c.loan_id),
        "commitment": (LOANS.c.commitment_cents, LOANS.c.loan_id),
        "principal": (LOANS.c.principal_cents, LOANS.c.loan_id),
        "maturity_date": (LOANS.c.maturity_on, LOANS.c.loan_id),
        "days_past_due": (LOANS.c.past_due_on, LOANS.c.loan_id),
        "deficiency": (LOANS.c.deficiency_cents, LOANS.c.loan_id),
        "id": (LOANS.c.loan_id,),
    },
    inverted=frozenset({"days_past_due"}),
)
EVENTS = Listing(
    row=Stored,
    table=HISTORY,
    joined="JOIN read.loans USING (loan_id)",
    sorts={"position": (HISTORY.c.position,)},
)

_MINE = "(%(owner)s::uuid IS NULL OR loans.builder_user_id = %(owner)s)"
_LOAN = f"SELECT body, version FROM read.loans WHERE loan_id = %(loan)s AND {_MINE}"  # noqa: S608  # constants of this module
# The loan may have been projected further than its budget: then the version is not the budget's.
_BUDGET = f"""
SELECT budgets.body,
       CASE WHEN {place_of(model_of(BUDGETS), "loans.partition")} >= loans.position
            THEN loans.version END AS version
FROM read.budgets JOIN read.loans USING (loan_id)
WHERE loan_id = %(loan)s AND {_MINE}
"""  # noqa: S608  # constants of this module


class _Budget(Stored):
    version: int | None


_EVENTS = "SELECT events AS number FROM read.history_counts WHERE loan_id = %s"


class _Held(Row):
    loans: int


_HELD = sums(_Held, LOAN_TOTALS, "(%(states)s::text[] IS NULL OR state = ANY(%(states)s))")

EventName = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=60)]


class LoanList(PageParams):
    """How loans are listed."""

    sort_by: Literal[
        "number",
        "project_name",
        "commitment",
        "principal",
        "maturity_date",
        "days_past_due",
        "deficiency",
        "id",
    ] = "number"
    state: list[LoanState] | None = Field(default=None, max_length=20)
    number: str | None = Field(default=None, max_length=40, description="The whole of it.")
    builder_user_id: UUID | None = None
    borrower_id: UUID | None = None
    maturity_from: IsoDate | None = None
    maturity_to: IsoDate | None = Field(default=None, description="That day included.")
    days_past_due_min: int | None = Field(
        default=None, ge=1, le=36_500, description="Days, as of today where business is done."
    )
    deficient: bool | None = Field(default=None, description="Whether it is out of balance.")
    accrual_status: AccrualStatus | None = None


class HistoryList(PageParams):
    """How the events of a draw are listed."""

    sort_by: Literal["position"] = "position"


class LoanHistoryList(HistoryList):
    """How the events of a loan, its draws and its months are listed."""

    type: list[EventName] | None = Field(
        default=None,
        max_length=20,
        description="Only events of these types, such as accrual.adjusted.",
    )


@router.get(
    "/loans",
    "list_loans",
    right=Right.LOANS_READ,
    reads=(LOANS, LOAN_TOTALS),
    example=[LOAN],
    meta=PAGE,
)
async def list_loans(query: LoanList, call: Call, database: Database) -> Answer:
    """Loans, filtered, sorted and by the page; a builder's own only."""
    chosen = _chosen(query, call)
    total = await _total(query, chosen, call, database)
    return as_stored(await LISTING.page(database, query, chosen, total))


def _chosen(query: LoanList, call: Call) -> Where:
    states = [state.value for state in query.state] if query.state else None
    late_days = query.days_past_due_min
    late_on = None if late_days is None else call.today - timedelta(days=late_days)
    return where(
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
        builder=("loans.builder_user_id = %(builder)s", query.builder_user_id),
        states=("loans.state = ANY(%(states)s)", states),
        number=("loans.number = %(number)s", query.number),
        borrower=("loans.borrower_id = %(borrower)s", query.borrower_id),
        matures_from=("loans.maturity_on >= %(matures_from)s", query.maturity_from),
        matures_to=("loans.maturity_on <= %(matures_to)s", query.maturity_to),
        late=("loans.past_due_on <= %(late)s", late_on),
        short=("loans.deficiency_cents > %(short)s", 0 if query.deficient else None),
        balanced=("loans.deficiency_cents = %(balanced)s", 0 if query.deficient is False else None),
        status=("loans.accrual_status = %(status)s", query.accrual_status),
    )


async def _total(query: LoanList, chosen: Where, call: Call, database: Database) -> int:
    """From the counters where they know, else counted within bounds."""
    if chosen.values.keys() - {"owner", "builder", "states"}:
        return await bounded_count(database, LISTING.source, chosen)
    states = [state.value for state in query.state] if query.state else None
    whose = counted_under(call, query.builder_user_id)
    (held,) = await database.rows(_Held, _HELD, {"states": states, "whose": whose})
    return held.loans


@router.get("/loans/{loan_id}", "get_loan", right=Right.LOANS_READ, reads=(LOANS,), example=LOAN)
async def get_loan(
    loan_id: UUID, query: AsOf, call: Call, database: Database, reader: Reader
) -> Answer:
    """One loan, now or as it was."""
    now = await visible_loan(database, loan_id, call)
    if query.is_past:
        then = await past(reader, kind.LOAN, loan_id, query)
        return Answer(then.shown(call.actor))
    return Answer(orjson.Fragment(now.body), version=now.version)


@router.get(
    "/loans/{loan_id}/budget",
    "get_loan_budget",
    right=Right.LOANS_READ,
    reads=(BUDGETS, LOANS),
    example=BUDGET,
)
async def get_loan_budget(
    loan_id: UUID, query: AsOf, call: Call, database: Database, reader: Reader
) -> Answer:
    """A loan's budget by line, now or as it was."""
    if query.is_past:
        await visible_loan(database, loan_id, call)
        budget = (await past(reader, kind.LOAN, loan_id, query)).state.budget
        return Answer(budget_resource(loan_id, budget))
    shown = await database.row(_Budget, _BUDGET, {"loan": loan_id, "owner": call.owner_id})
    if shown is None:
        raise NotFound("loan")
    return Answer(orjson.Fragment(shown.body), version=shown.version)


@router.get(
    "/loans/{loan_id}/history",
    "get_loan_history",
    right=Right.LOANS_READ,
    reads=(LOANS, HISTORY, HISTORY_COUNTS),
    example=[EVENT],
    meta=PAGE,
)
async def get_loan_history(
    loan_id: UUID, query: LoanHistoryList, call: Call, database: Database
) -> Answer:
    """Everything that happened to a loan, its draws and its months: what, by whom, both dates.

    What undid another event names it.
    """
    await visible_loan(database, loan_id, call)
    chosen = where(
        loan=("history.loan_id = %(loan)s", loan_id),
        types=("history.type = ANY(%(types)s)", query.type or None),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    if query.type:
        total = await bounded_count(database, EVENTS.source, chosen)
    else:
        total = await database.number(_EVENTS, [loan_id])
    return as_stored(await EVENTS.page(database, query, chosen, total))


async def visible_loan(database: Database, loan_id: UUID, call: Call) -> Versioned:
    """A loan as it is stored.

    Raises:
        NotFound: there is none, or it is another builder's.
    """
    loan = await database.row(Versioned, _LOAN, {"loan": loan_id, "owner": call.owner_id})
    if loan is None:
        raise NotFound("loan")
    return loan
