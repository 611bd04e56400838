"""The capabilities, by the kinds of stream they bring: importing this module fills the catalogue.

A new capability adds its record here, and that is the one line outside its package that folding,
answering, past states and replay need.
"""

from typing import Any

from domain.accounting.kind import ACCOUNTING_CALENDAR
from domain.draws.kind import DRAW
from domain.events.catalogue import Event
from domain.interest.kind import ACCRUAL_PERIOD
from domain.kinds import Kind
from domain.loans.kind import LOAN
from domain.payoff.kind import PAYOFF_QUOTE

KINDS: tuple[Kind[Any], ...] = (LOAN, DRAW, ACCRUAL_PERIOD, PAYOFF_QUOTE, ACCOUNTING_CALENDAR)

_BY_FIRST = {event: kind for kind in KINDS for event in kind.begins_with}


def kind_begun_by(first: Event) -> Kind[Any]:
    """The kind of a stream by its first event.

    Raises:
        LookupError: no stream begins with that.
    """
    kind = _BY_FIRST.get(type(first))
    if kind is None:
        raise LookupError(f"no stream begins with {type(first).__name__}")
    return kind
