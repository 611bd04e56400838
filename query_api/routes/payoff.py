"""The payoff quotes issued on a loan."""

from typing import Literal
from uuid import UUID

from domain.access import Right
from domain.payoff.example import QUOTE
from projectors.read_models.loan_summary.table import LOANS
from projectors.read_models.payoff_quotes.table import PAYOFF_QUOTES
from query_api.database import Database
from query_api.paging import Listing, PageParams, Stored, as_stored, bounded_count, where
from query_api.routes.loans import visible_loan
from runtime.http import PAGE, Answer, Call, Router

router = Router("payoff")

_QUOTES = Listing(
    row=Stored,
    table=PAYOFF_QUOTES,
    joined="JOIN read.loans USING (loan_id)",
    sorts={"position": (PAYOFF_QUOTES.c.position,)},
)


class QuoteList(PageParams):
    """How payoff quotes are listed, in the order in which they were issued."""

    sort_by: Literal["position"] = "position"


@router.get(
    "/loans/{loan_id}/payoff-quotes",
    "list_payoff_quotes",
    right=Right.LOANS_READ,
    reads=(PAYOFF_QUOTES, LOANS),
    example=[QUOTE],
    meta=PAGE,
)
async def list_payoff_quotes(
    loan_id: UUID, query: QuoteList, call: Call, database: Database
) -> Answer:
    """The payoff quotes issued on one loan."""
    await visible_loan(database, loan_id, call)
    chosen = where(
        loan=("payoff_quotes.loan_id = %(loan)s", loan_id),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    total = await bounded_count(database, _QUOTES.source, chosen)
    return as_stored(await _QUOTES.page(database, query, chosen, total))
