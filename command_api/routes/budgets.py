"""Budgets over HTTP: moved between lines, changed by change orders, and how far they have come."""

from typing import Annotated
from uuid import UUID

from pydantic import AliasChoices, Field

from command_api.ledger import Ledger
from command_api.refusals import refusals
from command_api.routes.loan_bodies import LINES_MAX, Dated
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.budgets.commands import (
    ApproveChangeOrder,
    ReallocateBudget,
    RecordAcceptedProgress,
    RecordCostToComplete,
)
from domain.budgets.events import LineCost, LineProgress
from domain.budgets.state import LineChange, Source, SourceKind
from domain.loans.example import LOAN
from runtime.http import (
    AmountCents,
    Answer,
    Body,
    Call,
    Cents,
    Code,
    IsoDate,
    Rate,
    Router,
    Text,
    example,
)

router = Router("budgets")

_LINE = "01948f6e-7d0b-7111-8222-3333aaaa0002"
_OTHER_LINE = "01948f6e-7d0b-7111-8222-3333aaaa0003"


class ChangeBody(Body):
    """A line raised or, below zero, cut."""

    line_id: UUID
    delta: Cents


class NewSourceBody(Body):
    """What the borrower adds or, below zero, need no longer bring."""

    kind: SourceKind
    amount: Cents


Changes = Annotated[tuple[ChangeBody, ...], Field(min_length=1, max_length=LINES_MAX)]


class ReallocationBody(Dated):
    """Budget moved between lines; the moves sum to zero."""

    model_config = example(
        {
            "moves": [
                {"line_id": _LINE, "delta": "-24750.00"},
                {"line_id": _OTHER_LINE, "delta": "24750.00"},
            ],
            "reason": "Rock under the north footing.",
        }
    )

    moves: Changes
    reason: Text


class ChangeOrderBody(Dated):
    """Lines changed, and the sources that pay for the difference."""

    model_config = example(
        {
            "number": "CO-1",
            "deltas": [{"line_id": _LINE, "delta": "30000.00"}],
            "source_deltas": [{"kind": "EQUITY", "amount": "30000.00"}],
        }
    )

    number: Code
    deltas: Changes
    source_deltas: Annotated[tuple[NewSourceBody, ...], Field(max_length=50)] = ()


@router.post(
    "/loans/{loan_id}/budget/reallocations",
    "reallocate_budget",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(ReallocateBudget),
)
async def reallocate_budget(
    loan_id: UUID, body: ReallocationBody, call: Call, ledger: Ledger
) -> Answer:
    """Move budget between lines."""
    command = ReallocateBudget(_changes(body.moves), body.reason)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)


@router.post(
    "/loans/{loan_id}/change-orders",
    "record_change_order",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(ApproveChangeOrder),
)
async def record_change_order(
    loan_id: UUID, body: ChangeOrderBody, call: Call, ledger: Ledger
) -> Answer:
    """Record an approved change order."""
    sources = tuple(Source(source.kind, source.amount) for source in body.source_deltas)
    command = ApproveChangeOrder(body.number, _changes(body.deltas), sources)
    return await decide_on_loan(loan_id, command, body.effective_on, call, ledger)


def _changes(changes: tuple[ChangeBody, ...]) -> tuple[LineChange, ...]:
    return tuple(LineChange(change.line_id, change.delta) for change in changes)


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


@router.post(
    "/loans/{loan_id}/accepted-progress",
    "record_accepted_progress",
    right=Right.LOANS_WRITE,
    example=LOAN,
    refuses=refusals(RecordAcceptedProgress),
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
    refuses=refusals(RecordCostToComplete),
)
async def record_cost_to_complete(
    loan_id: UUID, body: CostToCompleteBody, call: Call, ledger: Ledger
) -> Answer:
    """Record what finishing still costs; a loan that falls out of balance stops its draws."""
    costs = tuple(LineCost(line.line_id, line.amount) for line in body.line_costs)
    estimated_on = body.estimated_on or call.today
    command = RecordCostToComplete(estimated_on, costs)
    return await decide_on_loan(loan_id, command, estimated_on, call, ledger)
