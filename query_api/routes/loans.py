"""Loans, their budgets and their histories."""

from typing import Any, Literal
from uuid import UUID

import orjson
from pydantic import Field

from domain.kernel.errors import NotFound
from domain.kernel.money import format_money
from domain.loans.state import LoanState
from projectors.read_models.history.table import HISTORY
from projectors.read_models.loan_summary.table import LOANS
from query_api.database import Database
from query_api.examples import EVENT, PAGE
from query_api.figures import counted_under
from query_api.paging import Listing, PageParams, where
from query_api.past import AsOf, past_loan
from query_api.progress import Progress
from runtime.eventstore.reader import Reader
from runtime.http import Answer, Call, Router
from runtime.resources.examples import BUDGET, LOAN
from runtime.resources.loans import line_resources, loan_resource

loans = Router("loans")

LISTING = Listing(
    source="read.loans",
    shown="loans.body",
    sorts={
        "number": (LOANS.c.number, LOANS.c.loan_id),
        "project_name": (LOANS.c.project_name, LOANS.c.loan_id),
        "commitment": (LOANS.c.commitment_cents, LOANS.c.loan_id),
        "principal": (LOANS.c.principal_cents, LOANS.c.loan_id),
        "maturity_date": (LOANS.c.maturity_on, LOANS.c.loan_id),
        "id": (LOANS.c.loan_id,),
    },
)
EVENTS = Listing(
    source="read.history JOIN read.loans USING (loan_id)",
    shown="history.body",
    sorts={"position": (HISTORY.c.position,)},
)

_MINE = "(%(owner)s::uuid IS NULL OR loans.builder_user_id = %(owner)s)"
_LOAN = f"SELECT body, version FROM read.loans WHERE loan_id = %(loan)s AND {_MINE}"  # noqa: S608  # constants of this module
# The loan may have been projected further than its budget: then the version is not the budget's.
_BUDGET = f"""
SELECT budgets.body, CASE WHEN checkpoints.position >= loans.position THEN loans.version END
FROM read.budgets JOIN read.loans USING (loan_id)
LEFT JOIN read.checkpoints
    ON checkpoints.projection = 'budget_lines' AND checkpoints.partition = loans.partition
WHERE loan_id = %(loan)s AND {_MINE}
"""  # noqa: S608  # constants of this module
# A stream's version is how many events it has. A loan has tens of draws, and an index finds them.
_EVENTS_OF_DRAWS = "SELECT coalesce(sum(version), 0)::bigint FROM read.draws WHERE loan_id = %s"
_TOTAL = (
    "SELECT coalesce(sum(loans), 0)::bigint FROM read.loan_totals"
    " WHERE builder_user_id = %(whose)s"
    " AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))"
)
_TOTAL_NUMBERED = f"""
SELECT count(*) FROM read.loans WHERE number = %(number)s
AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
AND (%(builder)s::uuid IS NULL OR builder_user_id = %(builder)s)
AND {_MINE}
"""  # noqa: S608  # constants of this module


class LoanList(PageParams):
    """How loans are listed."""

    sort_by: Literal["number", "project_name", "commitment", "principal", "maturity_date", "id"] = (
        "number"
    )
    state: list[LoanState] | None = Field(default=None, max_length=20)
    number: str | None = Field(default=None, max_length=40)
    builder_user_id: UUID | None = None


class HistoryList(PageParams):
    """How the events of a loan or draw are listed."""

    sort_by: Literal["position"] = "position"


@loans.get("/loans", "list_loans", example=[LOAN], meta=PAGE)
async def list_loans(query: LoanList, call: Call, database: Database, progress: Progress) -> Answer:
    """Loans, filtered, sorted and by the page; a builder's own only."""
    seen = await progress.look()
    states = [state.value for state in query.state] if query.state else None
    wanted = {
        "states": states,
        "builder": query.builder_user_id,
        "owner": call.owner_id,
        "whose": counted_under(call, query.builder_user_id),
        "number": query.number,
    }
    total = await database.row(_TOTAL if query.number is None else _TOTAL_NUMBERED, wanted)
    chosen = where(
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
        builder=("loans.builder_user_id = %(builder)s", query.builder_user_id),
        states=("loans.state = ANY(%(states)s)", states),
        number=("loans.number = %(number)s", query.number),
    )
    answer = await LISTING.page(database, query, chosen, total[0] if total else 0)
    return seen.on(answer)


@loans.get("/loans/{loan_id}", "get_loan", example=LOAN)
async def get_loan(
    loan_id: UUID, query: AsOf, call: Call, database: Database, reader: Reader, progress: Progress
) -> Answer:
    """One loan, now or as it was."""
    seen = await progress.look()
    body, version = await visible_loan(database, loan_id, call)
    if query.is_past:
        then = await past_loan(reader, loan_id, query)
        shown = loan_resource(then.loan, then.open_period)
        return seen.on(Answer({**shown, "version": then.version}))
    return seen.on(Answer(orjson.Fragment(body), version=version))


@loans.get("/loans/{loan_id}/budget", "get_loan_budget", example=BUDGET)
async def get_loan_budget(
    loan_id: UUID, query: AsOf, call: Call, database: Database, reader: Reader, progress: Progress
) -> Answer:
    """A loan's budget by line, now or as it was."""
    seen = await progress.look()
    if query.is_past:
        await visible_loan(database, loan_id, call)
        budget = (await past_loan(reader, loan_id, query)).loan.budget
        shown: dict[str, Any] = {
            "loan_id": str(loan_id),
            "total": format_money(budget.total_cents),
            "retainage_withheld": format_money(budget.withheld_cents),
            "lines": line_resources(budget),
        }
        return seen.on(Answer(shown))
    row = await database.row(_BUDGET, {"loan": loan_id, "owner": call.owner_id})
    if row is None:
        raise NotFound("loan")
    return seen.on(Answer(orjson.Fragment(row[0]), version=row[1]))


@loans.get("/loans/{loan_id}/history", "get_loan_history", example=[EVENT], meta=PAGE)
async def get_loan_history(
    loan_id: UUID, query: HistoryList, call: Call, database: Database, progress: Progress
) -> Answer:
    """Everything that happened to a loan and its draws: what, by whom, and both dates."""
    seen = await progress.look()
    _, version = await visible_loan(database, loan_id, call)
    of_draws = await database.row(_EVENTS_OF_DRAWS, [loan_id])
    chosen = where(
        loan=("history.loan_id = %(loan)s", loan_id),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    total = version + (of_draws[0] if of_draws else 0)
    return seen.on(await EVENTS.page(database, query, chosen, total))


async def visible_loan(database: Database, loan_id: UUID, call: Call) -> tuple[str, int]:
    """A loan's JSON and version.

    Raises:
        NotFound: there is none, or it is another builder's.
    """
    row = await database.row(_LOAN, {"loan": loan_id, "owner": call.owner_id})
    if row is None:
        raise NotFound("loan")
    return row[0], row[1]
