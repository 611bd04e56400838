"""The past by the lender's clock: which events count on a date."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from domain.events.envelope import Recorded
from domain.ledger.entries import FinancialEvent


def effective_by(events: Sequence[Recorded], effective_on: date) -> list[Recorded]:
    """The events of one stream, in its order, that count on a date.

    Money counts from its own effective date, however late it was recorded. A step (a loan approved,
    a draw submitted, its amount reserved) counts from its date too, and in any case once money
    counts that it led to: a loan closed in January was approved by then, and a draw paid in March
    was reserved before, even if somebody typed that in later without a date.

    Args:
        events: all events of the stream, oldest first.
        effective_on: the last date that counts.
    """
    counted: list[Recorded] = []
    draws_counted: set[UUID] = set()
    for recorded in reversed(events):
        draw_id: UUID | None = getattr(recorded.event, "draw_id", None)
        led_to_one = draw_id in draws_counted if draw_id is not None else bool(counted)
        if recorded.effective_on <= effective_on or (led_to_one and not _moves_money(recorded)):
            counted.append(recorded)
            if draw_id is not None:
                draws_counted.add(draw_id)
    counted.reverse()
    return counted


def _moves_money(recorded: Recorded) -> bool:
    event = recorded.event
    return isinstance(event, FinancialEvent) and any(
        not posting.account.is_memo for posting in event.postings
    )
