"""From a loan's events to its budget and the lines of it."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import orjson
from msgspec import Struct

from domain.budgets.burn import contingency_cents, is_overfunded
from domain.budgets.events import ChangeOrderApproved
from domain.budgets.resource import budget_resource
from domain.budgets.state import Budget, budget_of
from domain.charge_off.events import LoanChargedOff
from domain.events.envelope import Recorded
from domain.kernel.resource import resource_json
from domain.kernel.values import replace
from domain.loans.budget import budget_after
from domain.loans.events import LoanClosed, LoanClosingReversed, LoanEvent, LoanOriginated
from domain.payoff.events import LoanPaidOff
from domain.receivables.events import PaymentReversed
from projectors.engine.projection import Counters, Details, FoldedRows, Key, Projection, RowValues
from projectors.read_models.budget_lines import burn
from projectors.read_models.budget_lines.table import (
    BUDGET_FLAGS,
    BUDGET_LINES,
    BUDGET_TOTALS,
    BUDGETS,
)
from projectors.schema import NOBODY
from runtime.values import json_reader, to_json

_read_budget = json_reader(Budget)


class HeldBudget(Struct, frozen=True):
    """A budget, and whose it is.

    Attributes:
        is_live: whether the loan's commitment binds.
        paid_off_by: the payment without which it would again.
        contingency_base_cents: as originated and as change orders changed it.
    """

    loan_id: UUID
    partition: int
    builder_user_id: UUID
    is_live: bool
    paid_off_by: UUID | None
    contingency_base_cents: int
    budget: Budget


def _keys(recorded: Recorded) -> Sequence[Key]:
    return ((recorded.stream_id,),) if isinstance(recorded.event, LoanEvent) else ()


def _fold(held: HeldBudget | None, recorded: Recorded, _key: Key) -> HeldBudget:
    event = cast(LoanEvent, recorded.event)
    if isinstance(event, LoanOriginated):
        terms = event.terms
        budget = budget_of(terms.lines, terms.sources)
        return HeldBudget(
            loan_id=event.loan_id,
            partition=recorded.partition,
            builder_user_id=terms.builder_user_id or NOBODY,
            is_live=False,
            paid_off_by=None,
            contingency_base_cents=contingency_cents(budget),
            budget=budget,
        )
    if held is None:
        raise ValueError(f"{recorded.type} cannot begin a budget")
    after = replace(_lived(held, event), budget=budget_after(held.budget, event))
    if isinstance(event, ChangeOrderApproved):
        grown = contingency_cents(after.budget) - contingency_cents(held.budget)
        return replace(after, contingency_base_cents=held.contingency_base_cents + grown)
    return after


def _lived(held: HeldBudget, event: LoanEvent) -> HeldBudget:
    """Whether the loan is still live, which is all that matters here of its state."""
    if isinstance(event, LoanClosed):
        return replace(held, is_live=True)
    if isinstance(event, LoanPaidOff):
        return replace(held, is_live=False, paid_off_by=event.payment_id)
    if isinstance(event, LoanChargedOff | LoanClosingReversed):
        return replace(held, is_live=False)
    if isinstance(event, PaymentReversed) and event.payment_id == held.paid_off_by:
        return replace(held, is_live=True, paid_off_by=None)
    return held


def _load(row: RowValues) -> HeldBudget:
    return HeldBudget(
        loan_id=row["loan_id"],
        partition=row["partition"],
        builder_user_id=row["builder_user_id"],
        is_live=row["is_live"],
        paid_off_by=row["paid_off_by"],
        contingency_base_cents=row["contingency_base_cents"],
        budget=_read_budget(row["folded"]),
    )


def _dump(held: HeldBudget) -> RowValues:
    budget = held.budget
    return {
        "loan_id": held.loan_id,
        "partition": held.partition,
        "builder_user_id": held.builder_user_id,
        "is_live": held.is_live,
        "paid_off_by": held.paid_off_by,
        "contingency_base_cents": held.contingency_base_cents,
        **burn.flags_of(budget, held.contingency_base_cents),
        "categories": orjson.dumps(burn.sums_of(budget)).decode(),
        "folded": to_json(budget).decode(),
        "body": resource_json(budget_resource(held.loan_id, budget)).decode(),
    }


def _lines(held: HeldBudget) -> list[RowValues]:
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
            "accepted_rate": line.accepted_rate,
            "inspected_on": line.inspected_on,
            "is_overfunded": is_overfunded(line),
        }
        for number, line in enumerate(held.budget.lines, start=1)
    ]


BUDGETS_AND_LINES = Projection(
    "budget_lines",
    (
        FoldedRows(
            BUDGETS,
            _keys,
            _fold,
            _load,
            _dump,
            (Counters(BUDGET_TOTALS, burn.totals_of), Counters(BUDGET_FLAGS, burn.counts_of)),
            Details(BUDGET_LINES, _lines),
        ),
    ),
    reads=LoanEvent,
)
