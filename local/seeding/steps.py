"""What somebody does on some day with a loan: the vocabulary of a portfolio's history."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.decisions import FileCommand
from domain.draws.commands import CreateDraw, DrawCommand
from domain.events.catalogue import Event
from domain.kernel.actors import Actor, Role
from domain.loans.commands import OriginateLoan
from domain.loans.file import LoanFile
from runtime.users import demo_user_id

ADMIN = Actor(demo_user_id("admin"), Role.ADMIN)
ACQUISITIONS = Actor(demo_user_id("acquisitions"), Role.ACQUISITIONS)
SERVICING = Actor(demo_user_id("servicing"), Role.SERVICING)
SERVICING2 = Actor(demo_user_id("servicing2"), Role.SERVICING)


@dataclass(frozen=True, slots=True)
class OnDraw:
    """A command on a draw of the loan."""

    draw_id: UUID
    command: DrawCommand


@dataclass(frozen=True, slots=True)
class OnFile:
    """A command that follows from how the loan stands that day; there may be nothing to do."""

    command_on: Callable[[LoanFile], FileCommand | None]


@dataclass(frozen=True, slots=True)
class Undo:
    """Undo the last event of the loan's that is meant, from the step's day on."""

    is_meant: Callable[[Event], bool]
    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Say what pays the loan off between two days."""

    payoff_on: date
    good_through_on: date


Act = OriginateLoan | FileCommand | CreateDraw | OnDraw | OnFile | Undo | Quote


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what, and from which day it counts; ``entered_on`` if that was done later."""

    on: date
    actor: Actor
    act: Act
    entered_on: date | None = None


def in_order(*histories: Iterable[Deed]) -> list[Deed]:
    """Several histories of one loan as one, day by day; on one day, the earlier given goes first."""
    steps = [step for history in histories for step in history]
    return sorted(steps, key=lambda step: step.entered_on or step.on)
