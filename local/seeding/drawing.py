"""One planned draw, worked by the people who would work it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.budgets.commands import RecordAcceptedProgress
from domain.budgets.events import LineProgress
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    FailFunding,
    InitiateFunding,
    OverrideRule,
    RecordChecklistItem,
    RejectDraw,
    ReturnDraw,
    StartReview,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import ChecklistItem, ChecklistRule, ChecklistStatus, DrawKind
from domain.events.catalogue import Event
from domain.kernel.actors import Actor, Role
from domain.kernel.rates import Rate
from domain.loans.events import AdvanceRecorded
from domain.loans.terms import PolicyRule
from local.seeding.draws import DrawPlan
from local.seeding.plan import LoanPlan
from local.seeding.steps import ADMIN, SERVICING, SERVICING2, Deed, OnDraw, Undo
from local.seeding.stories import Fate

_REVIEWED = {Fate.IN_REVIEW, Fate.RETURNED, Fate.REJECTED}
_UNREVIEWED = {Fate.DRAFT, Fate.SUBMITTED, Fate.WITHDRAWN}
_BEFORE_WIRE = {Fate.APPROVED, Fate.CANCELLED}
_TO_CORRECT = timedelta(days=11)


def draw_steps(plan: LoanPlan) -> Iterator[Deed]:
    """All that happens with a loan's draws."""
    before: DrawPlan | None = None
    for draw in plan.draws:
        yield from _asked(plan, draw)
        yield from _worked(plan, draw, before)
        if draw.again_id is not None:
            yield from _corrected(plan, draw, draw.again_id, before)
        before = draw


def _asked(plan: LoanPlan, draw: DrawPlan, on: date | None = None) -> Iterator[Deed]:
    builder = Actor(plan.builder_user_id, Role.BUILDER)
    create = CreateDraw(draw.draw_id, draw.kind, draw.submitted_on, draw.lines, draw.payees)
    yield Deed(on or draw.submitted_on, builder, create)


def _worked(
    plan: LoanPlan, draw: DrawPlan, before: DrawPlan | None, on: date | None = None
) -> Iterator[Deed]:
    """The commands that lead a draw to its fate, in the days after it was asked for.

    Args:
        plan: of its loan.
        draw: the draw.
        before: the funded draw before it.
        on: a single day on which all of it is entered.
    """
    builder = Actor(plan.builder_user_id, Role.BUILDER)
    submitted_on, reviewed_on = on or draw.submitted_on, on or draw.reviewed_on
    if draw.fate is Fate.DRAFT:
        return
    yield _step(submitted_on, builder, draw, SubmitDraw(builder.id, submitted_on))
    if draw.fate in _UNREVIEWED:
        if draw.fate is Fate.WITHDRAWN:
            yield _step(submitted_on, builder, draw, WithdrawDraw("Entered twice"))
        return
    if draw.returned_first:
        yield _step(submitted_on, SERVICING, draw, StartReview())
        returned = ReturnDraw(("Invoice missing for finishes",))
        yield _step(submitted_on, SERVICING, draw, returned)
        yield _step(reviewed_on, builder, draw, SubmitDraw(builder.id, reviewed_on))
    yield _step(reviewed_on, SERVICING, draw, StartReview())
    yield from _checked(plan, draw, before, reviewed_on)
    if draw.fate in _REVIEWED:
        if draw.fate is Fate.RETURNED:
            yield _step(reviewed_on, SERVICING, draw, ReturnDraw(("Lien waiver unsigned",)))
        if draw.fate is Fate.REJECTED:
            yield _step(reviewed_on, SERVICING, draw, RejectDraw("Work not in place"))
        return
    yield _step(reviewed_on, SERVICING, draw, ApproveDraw(SERVICING.id, on=reviewed_on))
    yield from _funded(draw, reviewed_on, on)


def _funded(draw: DrawPlan, reviewed_on: date, on: date | None) -> Iterator[Deed]:
    if draw.fate in _BEFORE_WIRE:
        if draw.fate is Fate.CANCELLED:
            yield _step(reviewed_on, SERVICING2, draw, CancelDraw("Builder's account closed"))
        return
    wired_on = on or draw.funded_on - timedelta(days=1)
    wire = InitiateFunding(f"FED-{draw.draw_id.hex[:12].upper()}", wired_on)
    yield _step(wired_on, SERVICING2, draw, wire)
    if draw.fate is Fate.WIRE_FAILED:
        yield _step(draw.funded_on, SERVICING2, draw, FailFunding("Account number unknown"))
    if draw.fate is Fate.FUNDED:
        yield _step(on or draw.funded_on, SERVICING2, draw, ConfirmFunding(draw.funded_on))


def _corrected(
    plan: LoanPlan, draw: DrawPlan, again_id: UUID, before: DrawPlan | None
) -> Iterator[Deed]:
    """It was funded two days later than was entered: undone, and recorded again."""
    found_on = draw.funded_on + _TO_CORRECT

    def is_advance(event: Event) -> bool:
        return isinstance(event, AdvanceRecorded) and event.draw_id == draw.draw_id

    undo = Undo(is_advance, "Funded two days later")
    yield Deed(draw.funded_on, SERVICING, undo, entered_on=found_on)
    again = replace(
        draw,
        draw_id=again_id,
        submitted_on=draw.submitted_on + timedelta(days=2),
        returned_first=False,
    )
    yield from _asked(plan, again, found_on)
    yield from _worked(plan, again, before, found_on)


def _checked(plan: LoanPlan, draw: DrawPlan, before: DrawPlan | None, on: date) -> Iterator[Deed]:
    """The inspection and the documents that the loan's policy asks for."""
    policy = plan.terms.draw_policy
    if PolicyRule.INSPECTION in policy:
        yield from _inspected(plan, draw, on)
    for item in _documents(draw, before, on):
        if _asked_for(item.rule) in policy:
            yield _step(on, SERVICING, draw, RecordChecklistItem(item))


def _inspected(plan: LoanPlan, draw: DrawPlan, on: date) -> Iterator[Deed]:
    """What was found in place; now and then an administrator lets a draw pass without."""
    if draw.draw_id.int % 12 == 0:
        override = OverrideRule(
            ChecklistRule.INSPECTION, "Inspector snowed in; photographs seen", ADMIN.id, ADMIN.role
        )
        yield _step(on, ADMIN, draw, override)
        return
    budgets = {line.line_id: line.amount_cents for line in plan.terms.lines}
    found = tuple(
        LineProgress(line_id, _per_cent_up(completed, budgets[line_id]))
        for line_id, completed in draw.completed.items()
    )
    if found:
        yield Deed(on, SERVICING, RecordAcceptedProgress(on, found))


def _per_cent_up(part_cents: int, whole_cents: int) -> Rate:
    """An inspector says whole per cents."""
    return Rate(Decimal(-(-100 * part_cents // whole_cents)) / 100)


def _documents(draw: DrawPlan, before: DrawPlan | None, on: date) -> Iterator[ChecklistItem]:
    """Waivers, title, insurance; while a draw is under way, a waiver of each payee."""
    through_on = draw.submitted_on + timedelta(days=2)
    payees = [None] if draw.fate is Fate.FUNDED else sorted({payee.name for payee in draw.payees})
    for payee in payees:
        yield _accepted(ChecklistRule.CONDITIONAL_WAIVER, payee=payee, through_on=through_on)
    if before is not None:
        yield _accepted(ChecklistRule.UNCONDITIONAL_WAIVER, through_on=before.funded_on)
    yield _accepted(ChecklistRule.TITLE_DATE_DOWN, through_on=through_on)
    yield _accepted(ChecklistRule.INSURANCE, expires_on=date(on.year + 1, on.month, 1))
    if draw.kind is DrawKind.FINAL:
        yield _accepted(ChecklistRule.CERTIFICATE_OF_OCCUPANCY)
        yield _accepted(ChecklistRule.FINAL_WAIVER, through_on=through_on)


def _accepted(
    rule: ChecklistRule,
    payee: str | None = None,
    through_on: date | None = None,
    expires_on: date | None = None,
) -> ChecklistItem:
    status = ChecklistStatus.ACCEPTED
    return ChecklistItem(rule, status, payee, through_on=through_on, expires_on=expires_on)


def _asked_for(rule: ChecklistRule) -> PolicyRule:
    if rule is ChecklistRule.FINAL_WAIVER:
        return PolicyRule.CONDITIONAL_WAIVER
    return PolicyRule(rule.value)


def _step(on: date, actor: Actor, draw: DrawPlan, command: DrawCommand) -> Deed:
    return Deed(on, actor, OnDraw(draw.draw_id, command))
