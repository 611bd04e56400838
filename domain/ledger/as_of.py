"""The past by the lender's clock: which events count on a date."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.events.catalogue import Event, Step
from domain.events.envelope import Recorded
from domain.ledger.entries import FinancialEvent


def effective_by(events: Sequence[Recorded], effective_on: date) -> list[Recorded]:
    """The events of one stream, in its order, that count on a date.

    Everything counts from its own effective date, however late it was recorded. A step (a loan
    approved, a draw submitted, its amount reserved) counts moreover once something counts that it
    led to: a loan closed in January was approved by then, and a draw paid in March was reserved
    before, even if somebody typed that in later without a date. Money and changes of the budget
    never count before their date.

    Args:
        events: all events of the stream, oldest first.
        effective_on: the last date that counts.
    """
    counted: list[Recorded] = []
    loan_went_on = False
    draws_went_on: set[UUID] = set()
    for recorded in reversed(events):
        event = recorded.event
        draw_id: UUID | None = getattr(event, "draw_id", None)
        went_on = loan_went_on if draw_id is None else draw_id in draws_went_on
        if recorded.effective_on <= effective_on or (went_on and _is_step(event)):
            counted.append(recorded)
            if isinstance(event, Step | FinancialEvent):
                loan_went_on = True
                draws_went_on |= {draw_id} if draw_id is not None else set()
    counted.reverse()
    return counted


def _is_step(event: Event) -> bool:
    """Whether it moves no money: workflow, or amounts that are reserved and released in memo."""
    if isinstance(event, FinancialEvent):
        return all(posting.account.is_memo for posting in event.postings)
    return isinstance(event, Step)
