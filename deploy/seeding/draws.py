"""One planned draw, worked by the people who would work it."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

from command_api.handle import Ledger
from command_api.idempotency import Order
from deploy.seeding.plan import DrawPlan, Fate, LoanPlan
from domain.draws import decide as draws
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    RejectDraw,
    ReturnDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import DrawKind
from domain.draws.state import Draw
from domain.events.catalogue import Event
from domain.kernel.actors import Actor, Role
from domain.loans.state import Loan
from runtime.users import demo_user_id

SERVICING = Actor(demo_user_id("servicing"), Role.SERVICING)
SERVICING2 = Actor(demo_user_id("servicing2"), Role.SERVICING)

Step = tuple[Actor, date, DrawCommand]
NextOrder = Callable[[Actor, date], Order]

_REVIEWED = {Fate.IN_REVIEW, Fate.RETURNED, Fate.REJECTED}
_UNREVIEWED = {Fate.DRAFT, Fate.SUBMITTED, Fate.WITHDRAWN}
_BEFORE_WIRE = {Fate.APPROVED, Fate.CANCELLED}


async def work_draw(
    ledger: Ledger, next_order: NextOrder, plan: LoanPlan, planned: DrawPlan
) -> None:
    """Create the draw and take it as far as planned."""
    builder = Actor(plan.builder_user_id, Role.BUILDER)
    create = CreateDraw(
        draw_id=planned.draw_id,
        kind=DrawKind.PROGRESS,
        period_to=planned.submitted_on,
        lines=planned.lines,
    )
    await ledger.create_draw(
        plan.loan_id,
        planned.draw_id,
        next_order(builder, planned.submitted_on),
        lambda loan, draw: draws.create(loan, draw, create),
    )
    for actor, on, command in _steps(builder, planned):
        decide = partial(_decide, command)
        await ledger.on_draw(planned.draw_id, next_order(actor, on), decide)


def _decide(command: DrawCommand, loan: Loan, draw: Draw) -> list[Event]:
    return draws.decide(loan, draw, command)


def _steps(builder: Actor, planned: DrawPlan) -> Iterator[Step]:
    """The commands that lead a draw to its fate, and the days on which they count."""
    on = planned.submitted_on
    if planned.fate is Fate.DRAFT:
        return
    yield builder, on, SubmitDraw(builder.id, on)
    if planned.fate in _UNREVIEWED:
        if planned.fate is Fate.WITHDRAWN:
            yield builder, on, WithdrawDraw("Entered twice")
        return
    reviewed_on = on + timedelta(days=2)
    if planned.returned_first:
        yield SERVICING, on, StartReview()
        yield SERVICING, on, ReturnDraw(("Invoice missing for finishes",))
        yield builder, reviewed_on, SubmitDraw(builder.id, reviewed_on)
    yield SERVICING, reviewed_on, StartReview()
    if planned.fate in _REVIEWED:
        if planned.fate is Fate.RETURNED:
            yield SERVICING, reviewed_on, ReturnDraw(("Lien waiver unsigned",))
        if planned.fate is Fate.REJECTED:
            yield SERVICING, reviewed_on, RejectDraw("Work not in place")
        return
    yield SERVICING, reviewed_on, ApproveDraw(SERVICING.id)
    yield from _funding(planned, reviewed_on)


def _funding(planned: DrawPlan, reviewed_on: date) -> Iterator[Step]:
    if planned.fate in _BEFORE_WIRE:
        if planned.fate is Fate.CANCELLED:
            yield SERVICING2, reviewed_on, CancelDraw("Builder's account closed")
        return
    wired_on = planned.funded_on - timedelta(days=1)
    yield SERVICING2, wired_on, InitiateFunding(f"FED-{planned.draw_id.hex[:12].upper()}")
    if planned.fate is Fate.WIRE_FAILED:
        yield SERVICING2, planned.funded_on, FailFunding("Account number unknown")
    if planned.fate is Fate.FUNDED:
        yield SERVICING2, planned.funded_on, ConfirmFunding(planned.funded_on)
