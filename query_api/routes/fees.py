"""The fees of a loan, and what is still due of each."""

from typing import Any
from uuid import UUID

import orjson

from domain.access import Right
from query_api.database import Database
from query_api.routes.loans import visible_loan
from runtime.http import Answer, Call, NullableText, Router

router = Router("fees")

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


@router.get("/loans/{loan_id}/fees", "list_loan_fees", right=Right.LOANS_READ, example=[FEE])
async def list_loan_fees(loan_id: UUID, call: Call, database: Database) -> Answer:
    """The fees of one loan, in the order in which they were assessed: a loan has tens."""
    loan = await visible_loan(database, loan_id, call)
    return Answer(orjson.loads(loan.body)["fees"], version=loan.version)
