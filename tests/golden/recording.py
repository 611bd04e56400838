"""The commands of `lives` given to a real ledger; run as a program, it writes what they recorded."""

import asyncio
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson

from command_api.accounting import close_period
from command_api.idempotency import own_order
from command_api.ledger import Ledger
from domain.draws import state as draws
from domain.draws.resource import draw_resource
from domain.draws.state import Draw
from domain.events.catalogue import CATALOGUE
from domain.interest import period as periods
from domain.interest.events import period_id
from domain.kernel.resource import Resource, resource_json
from domain.loans import fold as loans
from domain.loans.resource import loan_resource
from domain.loans.state import Loan
from local.embedded import DataFolder
from local.seeding.desk import SeedDesk
from local.seeding.steps import ADMIN
from migrations import upgrade
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.eventstore.records import StoredEvent
from runtime.postgres import pool
from runtime.settings import Settings
from tests import servers
from tests.golden import log
from tests.golden.lives import AS_OF, lives

_BOOKS_CLOSED = date(2026, 3, 1)
"""A month whose books are closed before all, so that some entries are booked after their day."""


async def record(database_url: str) -> list[StoredEvent]:
    """Give every command that was not given to this store before, and return the whole log."""
    settings = Settings(database_url=database_url)
    async with pool(settings, "command") as database, Appender(settings, database) as appender:
        reader = Reader(database)
        ledger = Ledger(appender, reader, states_cached_max=1000)
        order = own_order(ADMIN, AS_OF, uuid5(UUID(int=9), "books"))
        await close_period(ledger, order, _BOOKS_CLOSED)
        for life in lives():
            await SeedDesk(ledger, appender, life.loan_id).work(life.steps)
        return await reader.since(0, 1_000_000)


def resources(events: Iterable[StoredEvent]) -> dict[str, dict[str, Any]]:
    """Every loan and draw as JSON shows it after a log, by its id."""
    states: dict[UUID, Any] = {}
    for event in events:
        evolve = _EVOLVE.get(event.type.partition(".")[0])
        if evolve is not None and event.type != "loan.payoff_quoted":  # a stream of its own
            before = states.get(event.stream_id)
            states[event.stream_id] = evolve(before, event.decode().event)
    return {str(key): _shown(each, states) for key, each in states.items() if _is_shown(each)}


_EVOLVE: dict[str, Any] = {
    "loan": loans.evolve,
    "draw": draws.evolve,
    "accrual": periods.evolve,
}


def _is_shown(state: Any) -> bool:
    return isinstance(state, Loan | Draw)


def _shown(state: Any, states: dict[UUID, Any]) -> dict[str, Any]:
    resource: Resource
    if isinstance(state, Draw):
        resource = draw_resource(state)
    else:
        month = state.open_month
        resource = loan_resource(state, month and states.get(period_id(state.loan_id, month)))
    shown: dict[str, Any] = orjson.loads(resource_json(resource))
    del shown["version"]  # the stream's, which no state knows
    return shown


def main() -> None:
    """Write the log and the resources that it leads to; files that are there stay."""
    with (
        tempfile.TemporaryDirectory() as folder,
        DataFolder(Path(folder)) as data,
        servers.a_database_server(servers.chosen(), data) as url,
    ):
        upgrade(url)
        events = asyncio.run(record(url))
    missing = {kind.name for kind in CATALOGUE} - {event.type for event in events}
    if missing:
        raise LookupError(f"no life holds {sorted(missing)}")
    log.write(events)
    with log.STATES_FILE.open("xb") as file:
        for each in resources(events).values():
            file.write(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
