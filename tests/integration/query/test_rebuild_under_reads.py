"""A rebuild is not noticed by those who read."""

import asyncio

from projectors.engine import rebuild, verify
from projectors.registry import READ_MODELS
from tests.integration.query.conftest import Desk
from tests.office import caught_up


async def test_no_read_fails_or_comes_back_empty_while_tables_are_swapped(desk: Desk) -> None:
    loan_id = await desk.office.three_draw_loan()
    settings = desk.settings
    paths = ("/loans", f"/loans/{loan_id}/draws", f"/loans/{loan_id}/budget", "/journal", "/draws")
    rebuilt = asyncio.Event()

    async def read(path: str) -> int:
        reads = 0
        while not rebuilt.is_set():
            answer = await desk.get(path)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"], path
            reads += 1
        return reads

    async def work() -> None:
        for _ in range(3):
            await asyncio.gather(
                rebuild(settings, READ_MODELS, lambda _done, _total: None),
                desk.office.three_draw_loan(),
            )
        rebuilt.set()

    *counts, _ = await asyncio.gather(*(read(path) for path in paths), work())
    assert min(count for count in counts if count is not None) >= 5
    await caught_up(settings.database_url)
    verdicts = await verify(settings, READ_MODELS, lambda _done, _total: None)
    assert [verdict for verdict in verdicts if not verdict.agrees] == []
