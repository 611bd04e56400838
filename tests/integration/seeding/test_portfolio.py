"""The demonstration portfolio: the same from the same die, and with something of everything."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any

import psycopg
import pytest

from domain.defaults.events import AccrualStatus, Delinquency
from domain.draws import state as draw_state
from domain.draws.state import DrawState
from domain.events.envelope import Recorded
from domain.ledger.entries import FinancialEvent
from domain.loans import fold as loan_state
from domain.loans.state import Loan, LoanState
from local import seeding
from local.seeding.plan import portfolio
from local.seeding.stories import DECK, deal
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings

AS_OF = date(2026, 11, 21)
FEW = 12
_EVENTS = (
    "SELECT stream_id, stream_version, type, effective_on, actor, command_id, payload"
    " FROM ledger.events ORDER BY stream_id, stream_version"
)


@pytest.fixture(scope="module")
def url(module_database_url: str) -> str:
    """A database with a whole deck of loans."""
    _seed(module_database_url, len(DECK))
    return module_database_url


@pytest.fixture(scope="module")
def log(url: str) -> list[Recorded]:
    """Everything that was recorded, in order."""

    async def read() -> list[Recorded]:
        async with pool(Settings(database_url=url), "query") as database:
            return [each.decode() for each in await Reader(database).since(0, 1_000_000)]

    return asyncio.run(read())


@pytest.fixture(scope="module")
def loans(log: list[Recorded]) -> list[Loan]:
    states: dict[Any, Any] = {}
    for each in log:
        if each.type == "loan.originated" or each.stream_id in states:
            before = states.get(each.stream_id)
            states[each.stream_id] = loan_state.evolve(before, each.event)  # type: ignore[arg-type]  # a loan's stream holds a loan's events
    return list(states.values())


def _seed(url: str, loans: int) -> None:
    asyncio.run(seeding.seed(Settings(database_url=url), loans=loans, as_of=AS_OF))


def _rows(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(_EVENTS).fetchall()


def test_a_deck_is_dealt_whole() -> None:
    dealt = Counter(deal(number) for number in range(len(DECK)))

    assert dealt == Counter(DECK)


def test_the_same_die_and_day_give_the_same_plans_and_another_die_others() -> None:
    assert list(portfolio(FEW, 1, AS_OF)) == list(portfolio(FEW, 1, AS_OF))
    assert list(portfolio(FEW, 1, AS_OF)) != list(portfolio(FEW, 2, AS_OF))


def test_a_few_loans_are_the_first_of_many_event_for_event(url: str, database_url: str) -> None:
    _seed(database_url, FEW)

    few = _rows(database_url)
    streams = {row[0] for row in few}
    assert few == [row for row in _rows(url) if row[0] in streams]


def test_seeding_what_is_seeded_records_nothing(url: str) -> None:
    before = _rows(url)

    _seed(url, len(DECK))

    assert _rows(url) == before


def test_an_interrupted_seeding_goes_on_where_it_stopped(url: str, database_url: str) -> None:
    async def interrupted() -> None:
        """As soon as anything is there."""
        head = "SELECT FROM ledger.head WHERE position > 0"
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as beside:
            settings = Settings(database_url=database_url)
            work = asyncio.create_task(seeding.seed(settings, loans=FEW, as_of=AS_OF))
            while not (await beside.execute(head)).rowcount:
                await asyncio.sleep(0.001)
            work.cancel()
            await work

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    begun = len(_rows(database_url))

    _seed(database_url, FEW)

    few = _rows(database_url)
    streams = {row[0] for row in few}
    assert 0 < begun < len(few)
    assert [row[:3] for row in few] == [row[:3] for row in _rows(url) if row[0] in streams]


def test_loans_are_in_every_state(loans: list[Loan]) -> None:
    assert len(loans) == len(DECK)
    assert {loan.state for loan in loans} == set(LoanState)
    assert {loan.delinquency for loan in loans} == set(Delinquency)
    assert {loan.accrual_status for loan in loans if loan.is_live} == set(AccrualStatus)
    assert {"OUT_OF_BALANCE", "DEFAULT"} == {reason for loan in loans for reason in loan.draw_stops}


def test_draws_are_in_every_state(log: list[Recorded]) -> None:
    states: dict[Any, Any] = {}
    for each in log:
        if each.type.startswith("draw."):
            before = states.get(each.stream_id)
            states[each.stream_id] = draw_state.evolve(before, each.event)  # type: ignore[arg-type]  # a draw's stream holds a draw's events

    assert {draw.state for draw in states.values()} == set(DrawState)


def test_the_books_balance(log: list[Recorded]) -> None:
    books: Counter[bool] = Counter()
    for each in log:
        if isinstance(each.event, FinancialEvent):
            for posting in each.event.postings:
                books[posting.account.is_memo] += posting.debit_cents - posting.credit_cents

    assert books == {False: 0, True: 0}


def test_something_of_everything_a_lender_does_has_happened(log: list[Recorded]) -> None:
    assert {each.type for each in log} >= {
        *("loan.interest_capitalized", "loan.interest_billed", "accrual.adjusted"),
        *("loan.payment_applied", "loan.payment_reversed", "loan.advance_reversed"),
        *("loan.default_declared", "loan.default_cured", "loan.accrual_status_changed"),
        *("loan.rate_changed", "loan.maturity_extended", "loan.participations_settled"),
        *("loan.protective_advance_recorded", "loan.fee_waived", "loan.budget_reallocated"),
        *("loan.change_order_approved", "loan.equity_deposit_received", "loan.payoff_quoted"),
        *("loan.cost_to_complete_recorded", "loan.accepted_progress_recorded"),
        *("draw.checklist_item_recorded", "draw.rule_overridden"),
    }
