"""Loans with something of every kind to be undone, on the desk that works a loan by its rules."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import pytest

from domain.close_of_business.commands import CloseBusiness
from domain.corrections.decide import Reversible
from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    CreateDraw,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.draws.events import DrawKind
from domain.events.catalogue import Event
from domain.fees.commands import AssessFee, RecordProtectiveAdvance
from domain.kernel.errors import Refusal
from domain.kernel.rates import Rate
from domain.kernel.values import replace
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans.commands import ApproveLoan, SubmitLoan
from domain.payments.commands import RecordEquityDeposit, RecordPayment
from domain.rates.commands import ChangeRate
from domain.receivables.events import FeeKind
from tests.domain.loan_desk import LOAN_ID, Entry, LoanDesk
from tests.scenario import BUILDER, CLOSING, E3_DRAWS, OFFICER, Asked, e3_terms, requested

CLOSED_ON = date(2025, 1, 15)
FEE_ID, TAXES_ID, DEPOSIT_ID = (uuid5(LOAN_ID, name) for name in ("fee", "taxes", "deposit"))


def closed(**changes: Any) -> LoanDesk:
    """The loan of the worked examples, closed with its closing advance."""
    desk = LoanDesk(today=CLOSED_ON)
    terms = replace(e3_terms(), draw_policy=())
    desk.originate(replace(terms, **changes))
    for command in (SubmitLoan(), ApproveLoan(), CLOSING):
        desk.on_loan(command)
    return desk


def draw_id(number: int) -> UUID:
    return uuid5(LOAN_ID, f"draw {number}")


def funded(desk: LoanDesk, number: int, asked: Asked, on: date) -> None:
    """A draw from its draft to the bank's confirmation."""
    draw = draw_id(number)
    desk.create(CreateDraw(draw, DrawKind.PROGRESS, on, requested(asked), ()))
    for command in (
        SubmitDraw(BUILDER, on),
        StartReview(),
        ApproveDraw(OFFICER),
        InitiateFunding("wire"),
        ConfirmFunding(on),
    ):
        desk.on_draw(draw, command)


def three_draws(closed_to: date | None = None) -> LoanDesk:
    """Example E3, its books closed to a date."""
    desk = closed()
    for number, draw in enumerate(E3_DRAWS, 1):
        funded(desk, number, draw.asked, draw.funded_on)
    if closed_to is not None:
        desk.serve(CloseBusiness(closed_to))
    return desk


def eventful() -> LoanDesk:
    """Something of every kind that can be reversed, and what follows from one in another."""
    desk = closed()
    funded(desk, 1, E3_DRAWS[0].asked, date(2025, 2, 10))
    desk.serve(ChangeRate(Rate("0.10"), date(2025, 2, 15)))
    desk.serve(RecordEquityDeposit(DEPOSIT_ID, 50_000_00, date(2025, 2, 20)))
    desk.serve(AssessFee(FEE_ID, FeeKind.INSPECTION, 30_00, date(2025, 2, 20)))
    taxes = RecordProtectiveAdvance(TAXES_ID, 4_000_00, "County", "taxes", date(2025, 2, 25))
    desk.serve(taxes)
    desk.serve(CloseBusiness(date(2025, 3, 1)))
    desk.serve(paid(1, 10_000_00, date(2025, 3, 5)))
    funded(desk, 2, E3_DRAWS[1].asked, date(2025, 3, 12))
    desk.serve(CloseBusiness(date(2025, 4, 1)))
    desk.serve(paid(2, 2_000_00, date(2025, 4, 3)))
    desk.serve(CloseBusiness(date(2025, 5, 10)))
    return desk


def paid(number: int, amount_cents: int, on: date) -> RecordPayment:
    return RecordPayment(payment_id(number), amount_cents, on, "WIRE")


def payment_id(number: int) -> UUID:
    return uuid5(LOAN_ID, f"payment {number}")


def entries(desk: LoanDesk, kind: type[Event] | None = None) -> list[Entry]:
    """What was recorded and can be reversed, of one kind if it is given."""
    return [
        entry
        for entry in desk.journal
        if isinstance(entry.event, Reversible) and (kind is None or isinstance(entry.event, kind))
    ]


def undo(desk: LoanDesk, entry: Entry, on: date | None = None) -> list[Event]:
    """Reverse an event, as of its own day unless told otherwise."""
    return desk.serve(desk.reversal(entry, on or entry.counts_on))


def refused(act: Callable[[], object]) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refusal) as refusal:
        act()
    return refusal.value.code


def balances(journal: Sequence[Entry]) -> dict[Account, int]:
    """What every account of the loan and its months holds, those that hold nothing left out."""
    held: dict[Account, int] = {}
    for entry in journal:
        if isinstance(entry.event, FinancialEvent):
            held = post(held, entry.event.postings)
    return {account: cents for account, cents in held.items() if cents}
