"""What holds draws, over HTTP: accepted progress, cost to complete, the draw policy, and stops."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from command_api.handle import Ledger
from command_api.idempotency import today
from command_api.routes.loan_bodies import LINES_MAX, Dated, SubmitBody
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.budgets.events import LineCost, LineProgress, PolicyRule
from domain.loans.commands import (
    ChangeDrawPolicy,
    LiftDrawStop,
    PlaceDrawStop,
    RecordAcceptedProgress,
    RecordCostToComplete,
)
from runtime.http import AmountCents, Answer, Body, Call, Code, IsoDate, Rate, Router, Text, example
from runtime.http.examples import LOAN

router = Router("draw controls")

_LINE = "01948f6e-7d0b-7111-8222-3333aaaa0002"


class LinePercentBody(Body):
    """How much of a line is in place: a fraction, ``"0.55"`` for 55 %."""

    line_id: UUID
    percent: Rate


class ProgressBody(Body):
    """What an accepted inspection found."""

    model_config = example(
        {"line_percents": [{"line_id": _LINE, "percent": "0.55"}], "inspected_on": "2025-02-07"}
    )

    line_percents: Annotated[tuple[LinePercentBody, ...], Field(min_length=1, max_length=LINES_MAX)]
    inspected_on: IsoDate


class LineCostBody(Body):
    """What finishing a line still costs."""

    line_id: UUID
    amount: AmountCents


class CostToCompleteBody(Body):
    """An estimate of what finishing still costs."""

    model_config = example(
        {"line_costs": [{"line_id": _LINE, "amount": "240000.00"}], "estimated_on": "2025-02-07"}
    )

    line_costs: Annotated[tuple[LineCostBody, ...], Field(min_length=1, max_length=LINES_MAX)]
    estimated_on: Annotated[
        IsoDate | None, Field(validation_alias=AliasChoices("estimated_on", "effective_on"))
    ] = None


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
    "/loans/{loan_id}/accepted-progress",
    "record_accepted_progress",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=(
        "LOAN_NOT_ACTIVE",
        "LINE_TWICE",
        "LINE_NOT_IN_BUDGET",
        "PROGRESS_NOT_APPLICABLE",
        "INSPECTION_OUT_OF_ORDER",
    ),
)
async def record_accepted_progress(
    loan_id: UUID, body: ProgressBody, call: Call, ledger: Ledger
) -> Answer:
    """Record what an accepted inspection found in place; draws are held against it."""
    found = tuple(LineProgress(line.line_id, line.percent) for line in body.line_percents)
    command = RecordAcceptedProgress(body.inspected_on, found)
    return await decide_on_loan(loan_id, command, body.inspected_on, call, ledger)


@router.post(
    "/loans/{loan_id}/cost-to-complete",
    "record_cost_to_complete",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=(
        "LOAN_NOT_ACTIVE",
        "LINE_TWICE",
        "LINE_NOT_IN_BUDGET",
        "ESTIMATE_NOT_APPLICABLE",
        "ESTIMATE_OUT_OF_ORDER",
    ),
)
async def record_cost_to_complete(
    loan_id: UUID, body: CostToCompleteBody, call: Call, ledger: Ledger
) -> Answer:
    """Record what finishing still costs; a loan that falls out of balance stops its draws."""
    costs = tuple(LineCost(line.line_id, line.amount) for line in body.line_costs)
    estimated_on = body.estimated_on or today()
    command = RecordCostToComplete(estimated_on, costs)
    return await decide_on_loan(loan_id, command, estimated_on, call, ledger)


@router.post(
    "/loans/{loan_id}/draw-policy",
    "change_draw_policy",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=("LOAN_NOT_ACTIVE",),
)
async def change_draw_policy(loan_id: UUID, body: PolicyBody, call: Call, ledger: Ledger) -> Answer:
    """Change which rules, beyond those that always bind, draws must meet from now on."""
    command = ChangeDrawPolicy(body.require, body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on or today(), call, ledger)


@router.post(
    "/loans/{loan_id}/draw-stops",
    "place_draw_stop",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=("LOAN_NOT_ACTIVE",),
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
    refuses=("OUT_OF_BALANCE",),
)
async def lift_draw_stop(
    loan_id: UUID, reason: str, body: SubmitBody, call: Call, ledger: Ledger
) -> Answer:
    """Settle one reason; draws go on once none is left."""
    return await decide_on_loan(loan_id, LiftDrawStop(reason), body.effective_on, call, ledger)
