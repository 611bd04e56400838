"""Payments, and what each of them paid."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from domain.access import Right
from domain.receivables.example import PAYMENT
from projectors.read_models.loan_summary.table import LOANS
from projectors.read_models.payments.table import PAYMENT_TOTALS, PAYMENTS
from query_api.counters import sums
from query_api.database import Database, Row
from query_api.paging import Listing, PageParams, Stored, as_stored, bounded_count, where
from query_api.routes.loans import visible_loan
from runtime.http import PAGE, Answer, Call, IsoDate, Router

router = Router("payments")

_PAYMENTS = Listing(
    row=Stored,
    table=PAYMENTS,
    joined="JOIN read.loans USING (loan_id)",
    sorts={
        "received_on": (PAYMENTS.c.received_on, PAYMENTS.c.position),
        "position": (PAYMENTS.c.position,),
    },
)


class _Received(Row):
    payments: int


_RECEIVED = sums(_Received, PAYMENT_TOTALS)


class PaymentList(PageParams):
    """How payments are listed, the latest last unless asked otherwise."""

    sort_by: Literal["received_on", "position"] = "received_on"
    received_from: IsoDate | None = None
    received_to: IsoDate | None = Field(default=None, description="That day included.")


class AllPaymentsList(PaymentList):
    """How the payments of all loans are listed."""

    loan_id: UUID | None = None


@router.get(
    "/payments",
    "list_payments",
    right=Right.LOANS_READ,
    reads=(PAYMENTS, PAYMENT_TOTALS, LOANS),
    example=[PAYMENT],
    meta=PAGE,
)
async def list_payments(query: AllPaymentsList, call: Call, database: Database) -> Answer:
    """Payments on all loans, with what each of them paid."""
    return await _payments(query, query.loan_id, call, database)


@router.get(
    "/loans/{loan_id}/payments",
    "list_loan_payments",
    right=Right.LOANS_READ,
    reads=(PAYMENTS, PAYMENT_TOTALS, LOANS),
    example=[PAYMENT],
    meta=PAGE,
)
async def list_loan_payments(
    loan_id: UUID, query: PaymentList, call: Call, database: Database
) -> Answer:
    """The payments on one loan."""
    await visible_loan(database, loan_id, call)
    return await _payments(query, loan_id, call, database)


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
        total = await bounded_count(database, _PAYMENTS.source, chosen)
    else:
        (received,) = await database.rows(_Received, _RECEIVED)
        total = received.payments
    return as_stored(await _PAYMENTS.page(database, query, chosen, total))
