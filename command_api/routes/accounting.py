"""The house's books over HTTP: a month closed."""

import re
from datetime import date
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from command_api import accounting
from command_api.idempotency import order_of
from command_api.ledger import Ledger
from command_api.refusals import refusals
from domain.access import Right
from domain.accounting.commands import ClosePeriod
from domain.accounting.events import calendar_id
from domain.accounting.resource import AccountingCalendarResource
from runtime.http import Answer, Call, Router

router = Router("accounting")

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_YEAR_MIN = 1990


def _read_month(value: object) -> date:
    found = _MONTH.fullmatch(value) if isinstance(value, str) else None
    if found is None or int(found[1]) < _YEAR_MIN:
        raise ValueError('a month is written "2025-03"')
    return date(int(found[1]), int(found[2]), 1)


Month = Annotated[
    date,
    PlainValidator(_read_month),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$"}),
]
"""A month, as its first day."""


@router.post(
    "/accounting-periods/{month}/close",
    "close_accounting_period",
    right=Right.ADMINISTER,
    example=AccountingCalendarResource(
        id=calendar_id(),
        closed_through=date(2025, 3, 31),
        first_open_day=date(2025, 4, 1),
        version=3,
    ),
    refuses=refusals(ClosePeriod),
)
async def close_accounting_period(month: Month, call: Call, ledger: Ledger) -> Answer:
    """Close a month's books; what is learnt of it later is booked on the first open day."""
    return (await accounting.close_period(ledger, order_of(call), month)).answer()
