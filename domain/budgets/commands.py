"""What may be asked of a loan's budget once it has closed."""

from datetime import date

from msgspec import Struct

from domain.budgets.events import LineCost, LineProgress
from domain.budgets.state import LineChange, Source


class ReallocateBudget(Struct, frozen=True):
    """Move budget between lines."""

    moves: tuple[LineChange, ...]
    reason: str


class ApproveChangeOrder(Struct, frozen=True):
    """Change lines, and the equity or deferred cost that pays for the difference."""

    number: str
    deltas: tuple[LineChange, ...]
    sources: tuple[Source, ...] = ()


class RecordAcceptedProgress(Struct, frozen=True):
    """Take up what an accepted inspection found."""

    inspected_on: date
    lines: tuple[LineProgress, ...]


class RecordCostToComplete(Struct, frozen=True):
    """Take up an estimate of what finishing some lines still costs."""

    estimated_on: date
    lines: tuple[LineCost, ...]


BudgetCommand = (
    ReallocateBudget | ApproveChangeOrder | RecordAcceptedProgress | RecordCostToComplete
)
