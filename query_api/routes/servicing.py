"""What is owed on a loan and what was paid: payments, fees, interest and payoff quotes."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import Field

from domain.accounting.events import PeriodClosed, calendar_id
from domain.events.envelope import Recorded
from domain.receivables.resource import month_resource
from projectors.read_models.payments.table import PAYMENTS
from projectors.read_models.payoff_quotes.table import PAYOFF_QUOTES
from query_api.database import Database
from query_api.examples import PAGE
from query_api.paging import Listing, PageParams, bounded_count, where
from query_api.past import AsOf, PastLoan, past_loan, past_months
from query_api.progress import Progress
from query_api.routes.loans import visible_loan
from runtime.eventstore.reader import Reader
from runtime.eventstore.resource import instant_text
from runtime.http import Answer, Call, IsoDate, NullableText, Router, page_meta
from runtime.http.examples import LOAN, MONTH, QUOTE

servicing = Router("servicing")

_LISTED = "read.payments JOIN read.loans USING (loan_id)"
_PAYMENTS = Listing(
    source=_LISTED,
    shown="payments.body",
    sorts={
        "received_on": (PAYMENTS.c.received_on, PAYMENTS.c.position),
        "position": (PAYMENTS.c.position,),
    },
)
_QUOTES = Listing(
    source="read.payoff_quotes JOIN read.loans USING (loan_id)",
    shown="payoff_quotes.body",
    sorts={"position": (PAYOFF_QUOTES.c.position,)},
)
_PAYMENTS_TOTAL = "SELECT coalesce(sum(payments), 0)::bigint FROM read.payment_totals"

PAYMENT: dict[str, Any] = {
    "loan_id": LOAN["id"],
    "payment_id": "01950000-0000-7000-8000-0000000000a1",
    "amount": "1200.00",
    "received_on": "2025-02-05",
    "method": "WIRE",
    "external_ref": NullableText("FED-20250205-000077"),
    "reversed_on": None,
    "allocations": [
        {
            "due": "INTEREST",
            "amount": "161.15",
            "fee_id": None,
            "advance_id": None,
            "month": NullableText("2025-01"),
        }
    ],
}
FEE: dict[str, Any] = {
    "fee_id": "01950000-0000-7000-8000-00000000fee1",
    "kind": "LATE",
    "amount": "216.05",
    "assessed_on": "2025-06-12",
    "memo": None,
    "month": NullableText("2025-05"),
    "paid": "0.00",
    "waived": "0.00",
    "due": "216.05",
}


class PaymentList(PageParams):
    """How payments are listed, the latest last unless asked otherwise."""

    sort_by: Literal["received_on", "position"] = "received_on"
    received_from: IsoDate | None = None
    received_to: IsoDate | None = None


class AllPaymentsList(PaymentList):
    """How the payments of all loans are listed."""

    loan_id: UUID | None = None


class QuoteList(PageParams):
    """How payoff quotes are listed, in the order in which they were issued."""

    sort_by: Literal["position"] = "position"


class InterestQuery(AsOf):
    """As of when, of which month, and whether with every entry."""

    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None
    days: bool = Field(default=False, description="With every day's entry.")


@servicing.get("/payments", "list_payments", example=[PAYMENT], meta=PAGE)
async def list_payments(
    query: AllPaymentsList, call: Call, database: Database, progress: Progress
) -> Answer:
    """Payments on all loans, with what each of them paid."""
    seen = await progress.look()
    return seen.on(await _payments(query, query.loan_id, call, database))


@servicing.get("/loans/{loan_id}/payments", "list_loan_payments", example=[PAYMENT], meta=PAGE)
async def list_loan_payments(
    loan_id: UUID, query: PaymentList, call: Call, database: Database, progress: Progress
) -> Answer:
    """The payments on one loan."""
    seen = await progress.look()
    await visible_loan(database, loan_id, call)
    return seen.on(await _payments(query, loan_id, call, database))


async def _payments(
    query: PaymentList, loan_id: UUID | None, call: Call, database: Database
) -> Answer:
    chosen = where(
        loan=("payments.loan_id = %(loan)s", loan_id),
        first=("payments.received_on >= %(first)s", query.received_from),
        last=("payments.received_on <= %(last)s", query.received_to),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    if chosen.conditions:
        total = await bounded_count(database, _LISTED, chosen)
    else:
        row = await database.row(_PAYMENTS_TOTAL)
        total = row[0] if row else 0
    return await _PAYMENTS.page(database, query, chosen, total)


@servicing.get("/loans/{loan_id}/fees", "list_loan_fees", example=[FEE])
async def list_loan_fees(
    loan_id: UUID, call: Call, database: Database, progress: Progress
) -> Answer:
    """The fees of one loan, in the order in which they were assessed: a loan has tens."""
    seen = await progress.look()
    body, version = await visible_loan(database, loan_id, call)
    return seen.on(Answer(orjson.loads(body)["fees"], version=version))


@servicing.get("/loans/{loan_id}/payoff-quotes", "list_payoff_quotes", example=[QUOTE], meta=PAGE)
async def list_payoff_quotes(
    loan_id: UUID, query: QuoteList, call: Call, database: Database, progress: Progress
) -> Answer:
    """The payoff quotes issued on one loan."""
    seen = await progress.look()
    await visible_loan(database, loan_id, call)
    chosen = where(
        loan=("payoff_quotes.loan_id = %(loan)s", loan_id),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
    )
    total = await bounded_count(database, _QUOTES.source, chosen)
    return seen.on(await _QUOTES.page(database, query, chosen, total))


@servicing.get("/loans/{loan_id}/interest", "get_loan_interest", example=[MONTH])
async def get_loan_interest(
    loan_id: UUID,
    query: InterestQuery,
    call: Call,
    database: Database,
    reader: Reader,
    progress: Progress,
) -> Answer:
    """The months of a loan's interest: accrued, corrected, capitalised, billed and paid.

    With ``days``, every entry of a month: one a day, and each correction by itself.
    """
    seen = await progress.look()
    await visible_loan(database, loan_id, call)
    then = await past_loan(reader, loan_id, query)
    months = await past_months(reader, loan_id, query)
    wanted = None if query.month is None else date.fromisoformat(f"{query.month}-01")
    shown = [
        _month(then, month, entries, with_days=query.days)
        for month, entries in months.items()
        if wanted in (None, month)
    ]
    return seen.on(Answer(shown))


def _month(
    then: PastLoan, month: date, entries: Sequence[Recorded], *, with_days: bool
) -> dict[str, Any]:
    return month_resource(then.loan.receivables.month(month), entries, with_days=with_days)


@servicing.get(
    "/accounting-periods",
    "list_accounting_periods",
    example=[
        {
            "month": "2025-03",
            "state": "CLOSED",
            "closed_at": "2025-04-03T08:11:02.118273Z",
            "closed_by": NullableText("01936f5e-0000-7000-8000-000000000003"),
        }
    ],
    meta=PAGE,
)
async def list_accounting_periods(reader: Reader, progress: Progress) -> Answer:
    """The months whose books are closed, the latest first; all after them are open."""
    seen = await progress.look()
    closed = await reader.stream(calendar_id())
    shown = [_period(each, each.event) for each in closed if isinstance(each.event, PeriodClosed)]
    shown.reverse()
    return seen.on(Answer(shown, meta=page_meta(1, max(1, len(shown)), len(shown), None)))


def _period(recorded: Recorded, event: PeriodClosed) -> dict[str, Any]:
    return {
        "month": f"{event.month:%Y-%m}",
        "state": "CLOSED",
        "closed_at": instant_text(recorded.recorded_at),
        "closed_by": None if event.closed_by is None else str(event.closed_by),
    }
