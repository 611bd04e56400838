"""The months of a loan's interest."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.access import Right
from domain.interest.events import period_id
from domain.loans.kind import LOAN
from domain.receivables.example import MONTH
from domain.receivables.resource import month_resource
from projectors.read_models.loan_summary.table import LOANS
from query_api.database import Database
from query_api.past import AsOf, past
from query_api.routes.loans import visible_loan
from runtime.eventstore.reader import Reader
from runtime.http import Answer, Call, Router

router = Router("interest")


class InterestQuery(AsOf):
    """As of when, of which month, and whether with every entry."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = Field(
        default=None, description="Only this one, such as 2025-03."
    )
    days: bool = Field(default=False, description="With every day's entry.")


@router.get(
    "/loans/{loan_id}/interest",
    "get_loan_interest",
    right=Right.LOANS_READ,
    reads=(LOANS,),
    example=[MONTH],
)
async def get_loan_interest(
    loan_id: UUID,
    query: InterestQuery,
    call: Call,
    database: Database,
    reader: Reader,
) -> Answer:
    """The months of a loan's interest: accrued, corrected, capitalised, billed and paid.

    With ``days``, every entry of a month: one a day, and each correction by itself.
    """
    await visible_loan(database, loan_id, call)
    then = await past(reader, LOAN, loan_id, query)
    wanted = None if query.month is None else date.fromisoformat(f"{query.month}-01")
    shown = []
    for month in then.known.accrual_months:
        entries = then.entries.get(period_id(loan_id, month))
        if entries and wanted in (None, month):
            owed = then.state.receivables.month(month)
            shown.append(month_resource(owed, entries, with_days=query.days))
    return Answer(shown)
