"""Two projector processes share the partitions, and one does all when the other ends."""

from contextlib import AsyncExitStack
from typing import Any

import relay
from projectors import engine
from projectors.registry import READ_MODELS
from runtime.settings import Settings
from tests.office import caught_up, open_office, running


async def test_two_projectors_apply_every_event_once(
    database_url: str, on_broker: dict[str, Any]
) -> None:
    settings = Settings(database_url=database_url, **on_broker)
    async with open_office(settings) as office, AsyncExitStack() as first:
        await first.enter_async_context(running(relay.run, settings))
        async with AsyncExitStack() as second:
            await first.enter_async_context(running(engine.run, settings))
            await office.three_draw_loan()
            await second.enter_async_context(running(engine.run, settings))
            for _ in range(6):
                await office.three_draw_loan()
        for _ in range(3):
            await office.three_draw_loan()
        await caught_up(database_url)
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []
    assert next(each.rows for each in verdicts if each.table == "loans") == 10


async def test_two_projectors_without_a_broker_do_not_double(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    async with (
        open_office(settings) as office,
        running(engine.run, settings),
        running(engine.run, settings),
    ):
        for _ in range(5):
            await office.three_draw_loan()
        await caught_up(database_url)
    verdicts = await engine.verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []
