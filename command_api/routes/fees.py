"""Charges over HTTP: fees, their waivers, and what the lender pays to protect the property."""

from typing import Annotated
from uuid import UUID

from msgspec.structs import replace
from pydantic import AliasChoices, Field

from command_api.idempotency import order_of
from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loan_bodies import Dated
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.decisions import decide
from domain.fees.commands import AssessFee, RecordProtectiveAdvance, WaiveFee
from domain.loans import kind
from domain.loans.example import LOAN
from domain.receivables.events import FeeKind
from runtime.http import (
    PREFIX,
    Answer,
    Body,
    Call,
    IsoDate,
    Memo,
    PositiveCents,
    Router,
    Text,
    example,
)
from runtime.ids import new_id

router = Router("fees")


class FeeBody(Body):
    """A fee that the borrower owes."""

    model_config = example(
        {"kind": "RECONVEYANCE", "amount": "225.00", "assessed_on": "2025-02-03"}
    )

    fee_id: UUID | None = None
    kind: FeeKind
    amount: PositiveCents
    assessed_on: Annotated[
        IsoDate | None, Field(validation_alias=AliasChoices("assessed_on", "effective_on"))
    ] = None
    memo: Memo | None = None


class WaiverBody(Dated):
    """Why a fee is forgiven, and how much of it: all that is unpaid, unless an amount is given.

    A waiver is known by its id; without one, the ``Idempotency-Key`` makes it.
    """

    model_config = example({"reason": "Goodwill after our late statement.", "amount": "100.00"})

    waiver_id: UUID | None = None
    reason: Text
    amount: PositiveCents | None = None


class ProtectiveAdvanceBody(Body):
    """What the lender paid, to whom and for what."""

    model_config = example(
        {
            "amount": "1200.00",
            "payee": "Hill Country Insurance",
            "purpose": "Lapsed builder's risk policy",
            "advanced_on": "2025-02-03",
        }
    )

    advance_id: UUID | None = None
    amount: PositiveCents
    payee: Text
    purpose: Text
    advanced_on: Annotated[
        IsoDate | None, Field(validation_alias=AliasChoices("advanced_on", "effective_on"))
    ] = None


@router.post(
    "/loans/{loan_id}/fees",
    "assess_fee",
    right=Right.LOANS_SERVICE,
    status=201,
    example=LOAN,
    refuses=refusals(AssessFee),
)
async def assess_fee(loan_id: UUID, body: FeeBody, call: Call, ledger: Ledger) -> Answer:
    """Charge a fee; the loan shows it among its fees, under the id given or made."""
    assessed_on = body.assessed_on or call.today
    command = AssessFee(body.fee_id or new_id(), body.kind, body.amount, assessed_on, body.memo)
    order = order_of(call, assessed_on, status=201)
    decided = await ledger.on(kind.LOAN, loan_id, order, lambda file: decide(file, command))
    return replace(decided.answer(), location=f"{PREFIX}/loans/{loan_id}")


@router.post(
    "/loans/{loan_id}/fees/{fee_id}/waive",
    "waive_fee",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(WaiveFee),
)
async def waive_fee(
    loan_id: UUID, fee_id: UUID, body: WaiverBody, call: Call, ledger: Ledger
) -> Answer:
    """Forgive a fee or part of it."""
    waived_on = body.effective_on or call.today
    waiver_id = body.waiver_id or call.command_id
    command = WaiveFee(fee_id, waived_on, body.reason, body.amount, waiver_id)
    return await decide_on_loan(loan_id, command, waived_on, call, ledger)


@router.post(
    "/loans/{loan_id}/protective-advances",
    "record_protective_advance",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(RecordProtectiveAdvance),
)
async def record_protective_advance(
    loan_id: UUID, body: ProtectiveAdvanceBody, call: Call, ledger: Ledger
) -> Answer:
    """Record what the lender paid to protect the property, outside the commitment."""
    advanced_on = body.advanced_on or call.today
    command = RecordProtectiveAdvance(
        body.advance_id or new_id(), body.amount, body.payee, body.purpose, advanced_on
    )
    return await decide_on_loan(loan_id, command, advanced_on, call, ledger)
