"""Answers to commands: the resource as the query side will show it, in the envelope."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from command_api.states import Held
from domain.accounting.events import calendar_id
from domain.accounting.state import AccountingCalendar
from domain.draws.resource import draw_resource
from domain.draws.state import Draw
from domain.interest.events import period_id
from domain.loans.resource import loan_resource
from domain.loans.state import Loan
from runtime.http import render


def shown(resource: Held, held: Mapping[UUID, Held]) -> bytes:
    """The whole answer.

    Args:
        resource: what the command was for.
        held: everything that was read with it, as it is after the command.
    """
    return render({**_resource(resource.state, held), "version": resource.version}, None)


def nothing_shown(_: Held, __: Mapping[UUID, Held]) -> bytes:
    """The answer that nobody will ask for again."""
    return b""


def _resource(state: Loan | Draw | AccountingCalendar, held: Mapping[UUID, Held]) -> dict[str, Any]:
    if isinstance(state, Draw):
        return draw_resource(state)
    if isinstance(state, AccountingCalendar):
        through = state.closed_through
        return {
            "id": str(calendar_id()),
            "closed_through": None if through is None else through.isoformat(),
            "first_open_day": None
            if through is None
            else state.first_open_day(through).isoformat(),
        }
    month = state.open_month
    period = None if month is None else held.get(period_id(state.loan_id, month))
    return loan_resource(state, None if period is None else period.state)
