"""Loans over HTTP: drawn up, approved and closed; what holds their draws: the policy, and stops."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from command_api.idempotency import order_of
from command_api.ledger import Ledger
from command_api.numbers import LoanNumbers
from command_api.refusals import refusals
from command_api.routes.loan_bodies import CloseBody, Dated, OriginateBody, ReasonBody, SubmitBody
from domain.access import Right
from domain.budgets.state import LineAmount
from domain.decisions import FileCommand, decide
from domain.loans import decide as loans
from domain.loans import kind
from domain.loans.commands import (
    ApproveLoan,
    ChangeDrawPolicy,
    CloseLoan,
    DeclineLoan,
    LiftDrawStop,
    OriginateLoan,
    PlaceDrawStop,
    SubmitLoan,
    WithdrawLoan,
)
from domain.loans.example import LOAN
from domain.loans.limits import LimitMode
from domain.loans.terms import PolicyRule
from runtime.http import Answer, Call, Code, Router, Text, example
from runtime.ids import new_id
from runtime.settings import Settings

router = Router("loans")


@router.post(
    "/loans",
    "originate_loan",
    right=Right.LOANS_WRITE,
    status=201,
    example=LOAN,
    refuses=refusals(OriginateLoan),
)
async def originate_loan(
    body: OriginateBody, call: Call, ledger: Ledger, numbers: LoanNumbers, settings: Settings
) -> Answer:
    """Originate a loan.

    Draws up a term sheet, in state DRAFT. The same id with the same terms is the same loan.
    """
    loan_id = body.id or new_id()
    command = OriginateLoan(
        loan_id,
        await numbers.take(),
        body.terms(loan_id, settings.loan_to_cost_max),
        LimitMode(settings.supervisory_limits),
    )
    decided = await ledger.begin(
        kind.LOAN,
        loan_id,
        order_of(call, status=201),
        lambda loan: loans.originate(loan, command),
    )
    return decided.answer("/loans")


@router.post(
    "/loans/{loan_id}/submit",
    "submit_loan",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(SubmitLoan),
)
async def submit_loan(loan_id: UUID, body: SubmitBody, call: Call, ledger: Ledger) -> Answer:
    """Submit a loan to credit approval."""
    return await decide_on_loan(loan_id, SubmitLoan(), body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/approve",
    "approve_loan",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(ApproveLoan),
)
async def approve_loan(loan_id: UUID, body: SubmitBody, call: Call, ledger: Ledger) -> Answer:
    """Give a loan credit approval."""
    return await decide_on_loan(loan_id, ApproveLoan(), body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/decline",
    "decline_loan",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(DeclineLoan),
)
async def decline_loan(loan_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Refuse a loan credit approval."""
    return await decide_on_loan(loan_id, DeclineLoan(body.reason), body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/withdraw",
    "withdraw_loan",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(WithdrawLoan),
)
async def withdraw_loan(loan_id: UUID, body: ReasonBody, call: Call, ledger: Ledger) -> Answer:
    """Give a loan up before it closes."""
    return await decide_on_loan(loan_id, WithdrawLoan(body.reason), body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/close",
    "close_loan",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(CloseLoan),
)
async def close_loan(loan_id: UUID, body: CloseBody, call: Call, ledger: Ledger) -> Answer:
    """Close a loan.

    Binds the commitment and pays out the closing advance, both on the closing date.
    """
    lines = body.advance.lines if body.advance else ()
    advance = tuple(LineAmount(line.line_id, line.amount) for line in lines)
    command = CloseLoan(body.closing_date, advance)
    return await decide_on_loan(loan_id, command, body.closing_date, call, ledger)


class PolicyBody(Dated):
    """The rules that draws must meet from now on, and why they change."""

    model_config = example(
        {"require": ["INSPECTION", "IN_BALANCE", "INSURANCE"], "reason": "Title insurer covers."}
    )

    require: Annotated[tuple[PolicyRule, ...], Field(max_length=len(PolicyRule))]
    reason: Text


class DrawStopBody(Dated):
    """Why draws are held."""

    model_config = example({"reason": "MECHANICS_LIEN"})

    reason: Code


@router.post(
    "/loans/{loan_id}/draw-policy",
    "change_draw_policy",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(ChangeDrawPolicy),
)
async def change_draw_policy(loan_id: UUID, body: PolicyBody, call: Call, ledger: Ledger) -> Answer:
    """Change which rules, beyond those that always bind, draws must meet from now on."""
    command = ChangeDrawPolicy(body.require, body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on or call.today, call, ledger)


@router.post(
    "/loans/{loan_id}/draw-stops",
    "place_draw_stop",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(PlaceDrawStop),
)
async def place_draw_stop(loan_id: UUID, body: DrawStopBody, call: Call, ledger: Ledger) -> Answer:
    """Hold all approvals and wires of a loan."""
    command = PlaceDrawStop(body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/draw-stops/{reason}/lift",
    "lift_draw_stop",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(LiftDrawStop),
)
async def lift_draw_stop(
    loan_id: UUID, reason: str, body: SubmitBody, call: Call, ledger: Ledger
) -> Answer:
    """Settle one reason; draws go on once none is left."""
    return await decide_on_loan(loan_id, LiftDrawStop(reason), body.effective_on, call, ledger)


async def decide_on_loan(
    loan_id: UUID, command: FileCommand, effective_on: date | None, call: Call, ledger: Ledger
) -> Answer:
    """Carry out a command on a loan and answer with the loan."""
    order = order_of(call, effective_on)
    return (await ledger.on(kind.LOAN, loan_id, order, lambda file: decide(file, command))).answer()
