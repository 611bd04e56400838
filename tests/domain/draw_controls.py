"""Steps that the tests of draw controls share, on top of the desk of the worked example."""

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid5

import pytest

from domain.draws import decide as draws
from domain.draws.commands import CreateDraw, RecordChecklistItem, StartReview, SubmitDraw
from domain.draws.events import (
    ChecklistItem,
    ChecklistRule,
    ChecklistStatus,
    DrawKind,
    DrawReversed,
    Payee,
)
from domain.draws.g702 import RequestedLine
from domain.events.catalogue import Event
from domain.kernel.errors import Refusal
from domain.kernel.money import parse_money
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import Posting, transfer
from domain.loans.events import AdvanceRecorded, AdvanceReversed
from domain.loans.postings import released
from domain.loans.terms import PolicyRule
from domain.receivables.events import EquityDepositReceived
from tests.scenario import BUILDER, LOAN_ID, Asked, Desk, e3_terms, requested

DAY = date(2025, 2, 10)
ANNA, BORIS = Payee("Anna Framing", 1_000_000), Payee("Boris Plumbing", 500_000)


def desk_that_asks(*require: PolicyRule) -> Desk:
    """The example's loan, closed without an advance, and asking this much of its draws."""
    return Desk().active(replace(e3_terms(), draw_policy=require))


def record(desk: Desk, events: list[Event]) -> list[Event]:
    """Take up events that were decided elsewhere."""
    desk.fold(events)
    desk.recorded.extend(events)
    return events


def draft(
    desk: Desk,
    draw: UUID,
    asked: Asked | tuple[RequestedLine, ...],
    *,
    kind: DrawKind = DrawKind.PROGRESS,
    payees: tuple[Payee, ...] = (),
    period_to: date = DAY,
) -> list[Event]:
    """Draft a draw of any kind."""
    lines = requested(asked) if isinstance(asked, dict) else asked
    command = CreateDraw(draw, kind, period_to, lines, payees)
    return record(desk, draws.create(desk.the_loan, desk.draws.get(draw), command))


def to_review(desk: Desk, draw: UUID) -> None:
    """Take a draft as far as an approver's desk."""
    desk.on_draw(draw, SubmitDraw(BUILDER, DAY))
    desk.on_draw(draw, StartReview())


def accepted(
    desk: Desk,
    draw: UUID,
    rule: ChecklistRule,
    payee: str | None = None,
    *,
    status: ChecklistStatus = ChecklistStatus.ACCEPTED,
    through_on: date | None = None,
    expires_on: date | None = None,
    lien: bool | None = None,
) -> list[Event]:
    """Record a document on a draw's checklist."""
    item = ChecklistItem(
        rule, status, payee, through_on=through_on, expires_on=expires_on, lien=lien
    )
    return desk.on_draw(draw, RecordChecklistItem(item))


def refused(desk: Desk, attempt: Callable[[], object]) -> Refusal:
    """The refusal of an attempt, which must have changed nothing."""
    before = (desk.loan, dict(desk.draws), list(desk.recorded))
    with pytest.raises(Refusal) as caught:
        attempt()
    assert (desk.loan, desk.draws, desk.recorded) == before
    return caught.value


def deposit(desk: Desk, amount: str) -> None:
    """The borrower pays in equity."""
    cents = parse_money(amount)
    entry = transfer(Account.CASH, Account.BORROWER_DEPOSITS, cents)
    identity = uuid5(LOAN_ID, f"deposit-{len(desk.recorded)}")
    record(desk, [EquityDepositReceived(LOAN_ID, identity, cents, DAY, None, entry)])


def reverse(desk: Desk, draw: UUID, reversed_on: date) -> None:
    """Undo a funded draw."""
    advance = next(
        event
        for event in desk.recorded
        if isinstance(event, AdvanceRecorded) and event.draw_id == draw
    )
    mirror = tuple(
        Posting(entry.account, debit_cents=entry.credit_cents, credit_cents=entry.debit_cents)
        for entry in advance.postings
    )
    disbursed_cents = sum(
        entry.credit_cents for entry in advance.postings if entry.account is Account.MEMO_DISBURSED
    )
    entry = (*mirror, *released(disbursed_cents))
    why, event_id = "Paid on another day", uuid5(draw, "advance")
    record(
        desk,
        [
            DrawReversed(LOAN_ID, draw, reversed_on, why, event_id),
            AdvanceReversed(LOAN_ID, draw, reversed_on, advance.lines, why, event_id, entry),
        ],
    )
