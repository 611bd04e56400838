"""Budgets over HTTP: moved between lines, and changed by change orders."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from command_api.handle import Ledger
from command_api.routes.loan_bodies import LINES_MAX, Dated
from command_api.routes.loans import decide_on_loan
from domain.access import Right
from domain.budgets.state import LineChange, Source, SourceKind
from domain.loans.commands import ApproveChangeOrder, ReallocateBudget
from runtime.http import Answer, Body, Call, Cents, Code, Router, Text, example
from runtime.http.examples import LOAN

router = Router("budgets")

_LINE = "01948f6e-7d0b-7111-8222-3333aaaa0002"
_OTHER_LINE = "01948f6e-7d0b-7111-8222-3333aaaa0003"
_CHANGES = ("LOAN_NOT_ACTIVE", "LINE_TWICE", "LINE_NOT_IN_BUDGET", "LINE_BELOW_FLOOR")


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
    refuses=(*_CHANGES, "CHANGES_NOT_BALANCED"),
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
    refuses=(
        *_CHANGES,
        "CHANGES_NOT_BALANCED",
        "COMMITMENT_FIXED",
        "SOURCE_BELOW_SPENT",
        "CHANGE_ORDER_EXISTS",
    ),
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
