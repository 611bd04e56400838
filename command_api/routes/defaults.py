"""Default over HTTP: declared, cured, its interest no longer income, and what is given up."""

from uuid import UUID

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loan_bodies import Dated
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.charge_off.commands import ChargeOff
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.loans.example import LOAN
from runtime.http import Answer, Call, Router, Text, example

router = Router("defaults")


class DefaultBody(Dated):
    """Why the borrower is in default."""

    model_config = example({"reason": "Unpaid taxes", "effective_on": "2025-06-10"})

    reason: Text


class CureBody(Dated):
    """How the default was cured."""

    model_config = example({"reason": "Taxes paid", "effective_on": "2025-06-22"})

    reason: Text | None = None


class AccrualStatusBody(Dated):
    """Whether interest is income as it accrues, and from which day."""

    model_config = example({"status": "NONACCRUAL", "effective_on": "2025-09-01"})

    status: AccrualStatus
    reason: Text | None = None


@router.post(
    "/loans/{loan_id}/default",
    "declare_default",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(DeclareDefault),
)
async def declare_default(loan_id: UUID, body: DefaultBody, call: Call, ledger: Ledger) -> Answer:
    """Declare default; the default margin is owed from its day on."""
    command = DeclareDefault(body.effective_on or call.today, body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/cure",
    "cure_default",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(CureDefault),
)
async def cure_default(loan_id: UUID, body: CureBody, call: Call, ledger: Ledger) -> Answer:
    """Record that a default was cured; its day bears the contract rate again."""
    command = CureDefault(body.effective_on or call.today, body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/accrual-status",
    "change_accrual_status",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(ChangeAccrualStatus),
)
async def change_accrual_status(
    loan_id: UUID, body: AccrualStatusBody, call: Call, ledger: Ledger
) -> Answer:
    """Stop taking interest as income, or resume; the borrower owes it either way."""
    command = ChangeAccrualStatus(body.status, body.effective_on or call.today, body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/charge-off",
    "charge_off",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=refusals(ChargeOff),
)
async def charge_off(loan_id: UUID, body: DefaultBody, call: Call, ledger: Ledger) -> Answer:
    """Give up what a loan in default owes, against the allowance."""
    command = ChargeOff(body.effective_on or call.today, body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)
