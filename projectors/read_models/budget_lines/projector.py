"""From a loan's events to its budget and the lines of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from domain.budgets.state import Budget, budget_of
from domain.events.envelope import Recorded
from domain.kernel.money import format_money
from domain.loans.events import LoanEvent, LoanOriginated
from domain.loans.state import budget_after
from projectors.engine.projection import Details, Folded, Key, Projection, Row
from projectors.read_models.budget_lines.table import BUDGET_LINES, BUDGETS
from runtime.resources.loans import line_resources

_BUDGET = TypeAdapter(Budget)


@dataclass(frozen=True, slots=True)
class Held:
    """A budget, and whose it is."""

    loan_id: UUID
    budget: Budget


def _keys(recorded: Recorded) -> Sequence[Key]:
    return ((recorded.stream_id,),) if isinstance(recorded.event, LoanEvent) else ()


def _fold(held: Held | None, recorded: Recorded, _key: Key) -> Held:
    event = cast(LoanEvent, recorded.event)
    if isinstance(event, LoanOriginated):
        return Held(event.loan_id, budget_of(event.terms.lines, event.terms.sources))
    if held is None:
        raise ValueError(f"{recorded.type} cannot begin a budget")
    return Held(held.loan_id, budget_after(held.budget, event))


def _load(row: Row) -> Held:
    return Held(row["loan_id"], _BUDGET.validate_json(row["folded"]))


def _dump(held: Held) -> Row:
    budget = held.budget
    body = {
        "loan_id": str(held.loan_id),
        "total": format_money(budget.total_cents),
        "retainage_withheld": format_money(budget.withheld_cents),
        "lines": line_resources(budget),
    }
    return {
        "loan_id": held.loan_id,
        "folded": _BUDGET.dump_json(budget).decode(),
        "body": orjson.dumps(body).decode(),
    }


def _lines(held: Held) -> list[Row]:
    return [
        {
            "loan_id": held.loan_id,
            "line_id": line.line_id,
            "line_number": number,
            "code": line.code,
            "name": line.name,
            "category": line.category.value,
            "budget_cents": line.budget_cents,
            "gross_cents": line.gross_cents,
            "funded_cents": line.funded_cents,
            "reserved_cents": held.budget.reserved_on(line.line_id).net_cents,
            "retainage_cents": line.withheld_cents,
            "unbilled_cents": line.unbilled_cents,
        }
        for number, line in enumerate(held.budget.lines, start=1)
    ]


BUDGETS_AND_LINES = Projection(
    "budget_lines",
    (Folded(BUDGETS, _keys, _fold, _load, _dump, details=Details(BUDGET_LINES, _lines)),),
)
