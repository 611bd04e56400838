"""The fees of a loan, and what is still due of each."""

from uuid import UUID

import orjson
from msgspec import Raw, Struct, json

from domain.access import Right
from domain.loans.example import LOAN
from projectors.read_models.loan_summary.table import LOANS
from query_api.database import Database
from query_api.routes.loans import visible_loan
from runtime.http import Answer, Call, Router

router = Router("fees")


class _Fees(Struct):
    """Of a stored loan, the fees alone, as they are."""

    fees: Raw


_read_fees = json.Decoder(_Fees).decode


@router.get(
    "/loans/{loan_id}/fees",
    "list_loan_fees",
    right=Right.LOANS_READ,
    reads=(LOANS,),
    example=LOAN.fees,
)
async def list_loan_fees(loan_id: UUID, call: Call, database: Database) -> Answer:
    """The fees of one loan, in the order in which they were assessed: a loan has tens."""
    loan = await visible_loan(database, loan_id, call)
    fees = _read_fees(loan.body).fees
    return Answer(orjson.Fragment(bytes(fees)), version=loan.version)
