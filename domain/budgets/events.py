"""What can have happened to a loan's budget besides money: what was inspected, estimated or moved.
All of it on the loan's own stream."""

from datetime import date
from uuid import UUID

from msgspec import Struct

from domain.budgets.state import LineChange, Source
from domain.events.catalogue import Event, recorded_as
from domain.kernel.rates import Rate


class LineProgress(Struct, frozen=True):
    """How much of a line an accepted inspection found in place, a fraction from 0 to 1."""

    line_id: UUID
    accepted_rate: Rate


class LineCost(Struct, frozen=True):
    """What finishing a line still costs, in cents, whatever of it is approved and unfunded."""

    line_id: UUID
    cost_to_complete_cents: int


@recorded_as(
    "loan.accepted_progress_recorded",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="inspected_on",
)
class AcceptedProgressRecorded(Event, Struct, frozen=True):
    """An inspection was accepted: this much of these lines was in place on its date."""

    loan_id: UUID
    inspected_on: date
    lines: tuple[LineProgress, ...]


@recorded_as(
    "loan.cost_to_complete_recorded",
    version=1,
    stream="loan_id",
    partition_key="loan_id",
    dated="estimated_on",
)
class CostToCompleteRecorded(Event, Struct, frozen=True):
    """Somebody estimated what finishing these lines still costs, beyond what has been funded."""

    loan_id: UUID
    estimated_on: date
    lines: tuple[LineCost, ...]


@recorded_as("loan.budget_reallocated", version=1, stream="loan_id", partition_key="loan_id")
class BudgetReallocated(Event, Struct, frozen=True):
    """Budget moved between lines; the total stays."""

    loan_id: UUID
    moves: tuple[LineChange, ...]
    reason: str


@recorded_as("loan.change_order_approved", version=1, stream="loan_id", partition_key="loan_id")
class ChangeOrderApproved(Event, Struct, frozen=True):
    """The work changed, and with it some lines and the borrower's part in paying for them."""

    loan_id: UUID
    number: str
    deltas: tuple[LineChange, ...]
    sources: tuple[Source, ...]


BudgetEvent = AcceptedProgressRecorded | CostToCompleteRecorded | BudgetReallocated
