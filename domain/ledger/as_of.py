"""The past by the lender's clock: which events count on a date."""

from collections.abc import Sequence
from datetime import date

from domain.events.envelope import Recorded
from domain.ledger.entries import FinancialEvent


def effective_by(events: Sequence[Recorded], effective_on: date) -> list[Recorded]:
    """The events of one stream, in its order, that count on a date.

    An event that moves money counts from its own effective date, however late it was recorded. A
    step of workflow (a loan approved, a draw submitted) counts from its date too, and in any case
    once something counts that came after it: a loan closed in January was approved by then, even
    if nobody wrote that date down.

    Args:
        events: all events of the stream, oldest first.
        effective_on: the last date that counts.
    """
    counted: list[Recorded] = []
    for recorded in reversed(events):
        is_step = not isinstance(recorded.event, FinancialEvent)
        if recorded.effective_on <= effective_on or (is_step and counted):
            counted.append(recorded)
    counted.reverse()
    return counted
