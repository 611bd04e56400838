"""Active loans to draw on, made by the real commands."""

import asyncio
from datetime import date
from uuid import UUID, uuid4, uuid5

from command_api.idempotency import own_order
from command_api.ledger import Ledger
from domain.budgets.state import Category, LineAmount, LineTerms, Source, SourceKind
from domain.decisions import decide
from domain.events.catalogue import Event
from domain.kernel.actors import SYSTEM
from domain.kernel.day_count import DayCount
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.loans import decide as loans
from domain.loans.commands import ApproveLoan, CloseLoan, OriginateLoan, SubmitLoan
from domain.loans.file import LoanFile
from domain.loans.kind import LOAN
from domain.loans.state import Loan
from domain.loans.terms import LoanTerms
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings

CODES = ("SITEWORK", "FRAMING", "FINISHES")
CLOSED_ON = date(2025, 1, 15)
LINE_CENTS = 100_000_000_00
AT_ONCE = 64


def line_id(loan_id: UUID, code: str) -> UUID:
    """The id of a line of such a loan."""
    return uuid5(loan_id, code)


def terms(loan_id: UUID) -> LoanTerms:
    """A loan large enough for every draw of a benchmark."""
    return LoanTerms(
        project_id=uuid5(loan_id, "project"),
        project_name="Bench Street",
        borrower_id=uuid5(loan_id, "borrower"),
        borrower_name="Bench Homes LLC",
        builder_user_id=uuid5(loan_id, "builder"),
        commitment_cents=LINE_CENTS * len(CODES),
        rate=Rate("0.0975"),
        default_margin=Rate("0.05"),
        day_count=DayCount.ACT_360,
        rounding=Rounding.HALF_UP,
        maturity_on=date(2027, 1, 15),
        late_charge_rate=Rate("0.05"),
        grace_days=10,
        extension_options=(),
        valuation=None,
        draw_policy=(),
        lines=tuple(
            LineTerms(
                line_id(loan_id, code),
                code,
                code.title(),
                Category.HARD,
                LINE_CENTS,
                Rate("0.1"),
                Rate("0.1"),
            )
            for code in CODES
        ),
        sources=(Source(SourceKind.LOAN, LINE_CENTS * len(CODES)),),
    )


async def active_loans(settings: Settings, number: int, *, advanced_cents: int = 0) -> list[UUID]:
    """Originate, approve and close so many loans, each with so much paid out at closing."""
    identities = [uuid4() for _ in range(number)]
    async with (
        pool(settings, "command") as database,
        Appender(settings, database) as appender,
    ):
        ledger = Ledger(appender, Reader(database), states_cached_max=number)
        waiting = iter(identities)

        async def work() -> None:
            for loan_id in waiting:
                await _activate(ledger, loan_id, advanced_cents)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return identities


async def _activate(ledger: Ledger, loan_id: UUID, advanced_cents: int) -> None:
    originate = OriginateLoan(loan_id, f"B-{loan_id.hex[:8]}", terms(loan_id))

    def begin(loan: Loan | None) -> list[Event]:
        return loans.originate(loan, originate)

    await ledger.begin(LOAN, loan_id, own_order(SYSTEM, CLOSED_ON), begin)
    paid = (LineAmount(line_id(loan_id, CODES[0]), advanced_cents),) if advanced_cents else ()
    for command in (SubmitLoan(), ApproveLoan(), CloseLoan(CLOSED_ON, paid)):

        def step(
            file: LoanFile, command: SubmitLoan | ApproveLoan | CloseLoan = command
        ) -> list[Event]:
            return decide(file, command)

        await ledger.on(LOAN, loan_id, own_order(SYSTEM, CLOSED_ON), step)
