"""What may be asked of a loan's budget once it has closed."""

from datetime import date

from domain.budgets.events import LineCost, LineProgress
from domain.budgets.state import LineChange, Source
from domain.kernel.values import dataclass


@dataclass(frozen=True, slots=True)
class ReallocateBudget:
    """Move budget between lines."""

    moves: tuple[LineChange, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ApproveChangeOrder:
    """Change lines, and the equity or deferred cost that pays for the difference."""

    number: str
    deltas: tuple[LineChange, ...]
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordAcceptedProgress:
    """Take up what an accepted inspection found."""

    inspected_on: date
    lines: tuple[LineProgress, ...]


@dataclass(frozen=True, slots=True)
class RecordCostToComplete:
    """Take up an estimate of what finishing some lines still costs."""

    estimated_on: date
    lines: tuple[LineCost, ...]


BudgetCommand = (
    ReallocateBudget | ApproveChangeOrder | RecordAcceptedProgress | RecordCostToComplete
)
