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
    approved, a draw submitted) counts moreover once something counts that it led to: a loan closed
    in January was approved by then, and a draw paid in March was submitted before, even if somebody
    typed that in later without a date. An amount reserved or released in memo does so once money
    counts that it led to, and not for a mere step: where the books of March are closed, the
    reservation of a draw recorded again is booked with its advance. Money and changes of the budget
    never count before their date.

    Args:
        events: all events of the stream, oldest first.
        effective_on: the last date that counts.
    """
    counted: list[Recorded] = []
    went_on: set[UUID | None] = set()
    posted: set[UUID] = set()
    for recorded in reversed(events):
        event = recorded.event
        draw_id: UUID | None = getattr(event, "draw_id", None)
        if isinstance(event, Step):
            led_on = draw_id in went_on
        else:
            led_on = draw_id in posted and _is_memo(event)
        if recorded.effective_on <= effective_on or led_on:
            counted.append(recorded)
            if isinstance(event, FinancialEvent) and draw_id is not None:
                posted.add(draw_id)
            if isinstance(event, Step | FinancialEvent):
                went_on |= {None, draw_id}
    counted.reverse()
    return counted


def _is_memo(event: Event) -> bool:
    """Whether it reserves or releases amounts in memo, and moves no money."""
    return isinstance(event, FinancialEvent) and all(
        posting.account.is_memo for posting in event.postings
    )
