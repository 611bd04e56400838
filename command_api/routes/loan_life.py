"""A loan's later life over HTTP: its rate, its maturity, default, accrual status, participants."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from command_api import servicing
from command_api.handle import Ledger
from command_api.idempotency import order_of, today
from command_api.routes.loan_bodies import Dated
from domain.access import Right
from domain.loans.life_events import AccrualStatus
from domain.servicing.commands import (
    ChangeAccrualStatus,
    ChangeRate,
    ChargeOff,
    CureDefault,
    DeclareDefault,
    ExtendMaturity,
    SellParticipation,
    ServicingCommand,
)
from runtime.http import AmountCents, Answer, Body, Call, IsoDate, Rate, Router, Text, example
from runtime.http.examples import LOAN
from runtime.ids import new_id

router = Router("loan life")

_LIVE = "LOAN_NOT_LIVE"


class RateBody(Body):
    """The contract rate from a day on."""

    model_config = example({"rate": "0.1025", "effective_on": "2025-04-01"})

    rate: Rate
    effective_on: IsoDate


class ExtensionBody(Dated):
    """The next extension option, as it stands unless a date or fee is given.

    A modification extends outside of the options, and then says until when.
    """

    model_config = example({"new_maturity_date": "2026-07-15", "fee": "1200.00"})

    new_maturity_date: Annotated[
        IsoDate | None, Field(validation_alias=AliasChoices("new_maturity_date", "new_maturity"))
    ] = None
    fee: AmountCents | None = None
    fee_id: UUID | None = None
    modification: bool = False


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


class ParticipationBody(Dated):
    """Who buys which share of the loan; somebody who is not named goes by their id."""

    model_config = example({"name": "Pecan Valley Bank", "share": "0.3"})

    participant_id: UUID | None = None
    name: Text | None = None
    share: Rate


@router.post(
    "/loans/{loan_id}/rate-changes",
    "change_rate",
    right=Right.LOANS_WRITE,
    example=LOAN,
    collides=("RATE_CHANGE_EXISTS",),
    refuses=(_LIVE, "RATE_CHANGE_BEFORE_CLOSING"),
)
async def change_rate(loan_id: UUID, body: RateBody, call: Call, ledger: Ledger) -> Answer:
    """Change the contract rate from a day on; interest already accrued from then is adjusted."""
    return await _serve(loan_id, ChangeRate(body.rate, body.effective_on), body, call, ledger)


@router.post(
    "/loans/{loan_id}/extensions",
    "extend_maturity",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=(
        _LIVE,
        "LOAN_NOT_ACTIVE",
        "EXTENSION_BEFORE_CLOSING",
        "NO_EXTENSION_OPTION",
        "EXTENSION_EXCEEDS_OPTION",
        "MATURITY_NOT_LATER",
        "NEW_MATURITY_MISSING",
    ),
    collides=("FEE_EXISTS",),
)
async def extend_maturity(loan_id: UUID, body: ExtensionBody, call: Call, ledger: Ledger) -> Answer:
    """Extend the maturity, and charge the option's fee; a matured loan is active again."""
    command = ExtendMaturity(
        body.effective_on or today(),
        body.fee_id or new_id(),
        body.new_maturity_date,
        body.fee,
        body.modification,
    )
    return await _serve(loan_id, command, body, call, ledger)


@router.post(
    "/loans/{loan_id}/default",
    "declare_default",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=("LOAN_NOT_ACTIVE", "DEFAULT_ALREADY_DECLARED", "DEFAULT_BEFORE_CLOSING"),
)
async def declare_default(loan_id: UUID, body: DefaultBody, call: Call, ledger: Ledger) -> Answer:
    """Declare default; the default margin is owed from its day on."""
    command = DeclareDefault(body.effective_on or today(), body.reason)
    return await _serve(loan_id, command, body, call, ledger)


@router.post(
    "/loans/{loan_id}/cure",
    "cure_default",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=("LOAN_NOT_DEFAULT", "CURE_BEFORE_DEFAULT"),
)
async def cure_default(loan_id: UUID, body: CureBody, call: Call, ledger: Ledger) -> Answer:
    """Record that a default was cured; its day bears the contract rate again."""
    command = CureDefault(body.effective_on or today(), body.reason)
    return await _serve(loan_id, command, body, call, ledger)


@router.post(
    "/loans/{loan_id}/accrual-status",
    "change_accrual_status",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=(
        _LIVE,
        "ACCRUAL_CHANGE_BEFORE_CLOSING",
        "ACCRUAL_STATUS_UNCHANGED",
        "ACCRUAL_RESUMED_BEFORE_STOPPED",
    ),
)
async def change_accrual_status(
    loan_id: UUID, body: AccrualStatusBody, call: Call, ledger: Ledger
) -> Answer:
    """Stop taking interest as income, or resume; the borrower owes it either way."""
    command = ChangeAccrualStatus(body.status, body.effective_on or today(), body.reason)
    return await _serve(loan_id, command, body, call, ledger)


@router.post(
    "/loans/{loan_id}/participations",
    "sell_participation",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=(
        _LIVE,
        "SALE_BEFORE_CLOSING",
        "PARTICIPATION_EMPTY",
        "PARTICIPATION_EXCEEDS_WHOLE",
    ),
    collides=("PARTICIPATION_EXISTS",),
)
async def sell_participation(
    loan_id: UUID, body: ParticipationBody, call: Call, ledger: Ledger
) -> Answer:
    """Sell a share of the loan; its buyer pays for that part of the principal."""
    participant_id = body.participant_id or new_id()
    sold_on = body.effective_on or today()
    name = body.name or str(participant_id)
    command = SellParticipation(participant_id, name, body.share, sold_on)
    return await _serve(loan_id, command, body, call, ledger)


@router.post(
    "/loans/{loan_id}/charge-off",
    "charge_off",
    right=Right.LOANS_SERVICE,
    example=LOAN,
    refuses=(
        "LOAN_NOT_DEFAULT",
        "DRAWS_PENDING",
        "CHARGE_OFF_BEFORE_ACCRUAL",
        "BUSINESS_DATE_TOO_FAR",
    ),
)
async def charge_off(loan_id: UUID, body: DefaultBody, call: Call, ledger: Ledger) -> Answer:
    """Give up what a loan in default owes, against the allowance."""
    command = ChargeOff(body.effective_on or today(), body.reason)
    return await _serve(loan_id, command, body, call, ledger)


async def _serve(
    loan_id: UUID,
    command: ServicingCommand,
    body: Dated | RateBody,
    call: Call,
    ledger: Ledger,
) -> Answer:
    order = order_of(call, body.effective_on)
    return (await servicing.service(ledger, loan_id, order, command)).answer()
