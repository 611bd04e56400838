"""Budgets over HTTP: moved between lines, changed by change orders; and what stops draws."""

from typing import Annotated
from urllib.parse import unquote
from uuid import UUID

from pydantic import Field

from command_api.handle import Ledger
from command_api.routes.examples import LOAN
from command_api.routes.loans import LINES_MAX, Dated, SourceBody, SubmitBody, decide_on_loan
from domain.budgets.state import LineChange, Source
from domain.loans.commands import (
    ApproveChangeOrder,
    LiftDrawStop,
    PlaceDrawStop,
    ReallocateBudget,
)
from runtime.http import Answer, Body, Call, Cents, Code, Router, Text, example

router = Router("budgets")

LINE = "018f0000-0000-7000-8000-000000000001"


class ChangeBody(Body):
    """A line raised or, below zero, cut."""

    line_id: UUID
    delta: Cents


Changes = Annotated[tuple[ChangeBody, ...], Field(min_length=1, max_length=LINES_MAX)]
