"""More than the store can take: turned away in time, and nothing of it remembered or done."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from uuid import uuid4

import httpx
import psycopg
import pytest

from command_api import turns
from command_api.app import create_app
from deploy.serving.server import server
from domain.kernel.actors import Role
from runtime.eventstore import appender
from runtime.http import Api, admission
from runtime.settings import Settings
from runtime.tokens import Tokens, principal
from tests.integration.http import bodies
from tests.integration.http.conftest import SERVICER, done
from tests.integration.http.test_life_of_a_draw import code_of, head
from tests.integration.served import port_of
from tests.office import WAIT_SECONDS_MAX

WAITING = 60
REQUESTS = 2 * WAITING
"""As many as may be connected at once, but for two."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A narrow API: few may wait, and each flush takes one."""
    return settings.model_copy(update={"append_queue_max": WAITING, "append_batch_max": 1})


@asynccontextmanager
async def stuck(settings: Settings) -> AsyncIterator[None]:
    """Somebody holds the row that every append queues for, and does nothing."""
    async with await psycopg.AsyncConnection.connect(settings.database_url) as holder:
        await holder.execute("SELECT FROM ledger.head FOR UPDATE")
        yield
        await holder.rollback()


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[tuple[Api, int]]:
    """The API behind a real server, on a free port."""
    api = create_app(settings)
    async with port_of(server(api, settings, "127.0.0.1", 0)) as port:
        yield api, port


async def busy_with(api: Api, writes: int) -> None:
    """Return once it is."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while len(api.admission) != writes:
            await asyncio.sleep(0.02)


async def answers_of(
    waiting: Sequence[asyncio.Task[httpx.Response]], count: int
) -> list[httpx.Response]:
    """The first answers, once there are so many, and no more a moment later."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while sum(one.done() for one in waiting) < count:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    answered = [one.result() for one in waiting if one.done()]
    assert len(answered) == count
    return answered


@pytest.fixture
async def client(served: tuple[Api, int], settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    who = principal(SERVICER, Role.SERVICING, "S", "s@x.test")
    token = Tokens(settings.token_keys, settings.access_token_lifetime).issue(who)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{served[1]}/api/v1",
        headers={"authorization": f"Bearer {token}"},
        limits=httpx.Limits(max_connections=None),
        timeout=60,
    ) as client:
        yield client


async def test_while_the_store_hangs_everybody_is_answered_in_time_and_then_it_goes_on(
    client: httpx.AsyncClient, served: tuple[Api, int], settings: Settings
) -> None:
    began = monotonic()
    async with stuck(settings):
        sent = [client.post("/loans", json=bodies.loan(uuid4())) for _ in range(REQUESTS)]
        answers = await asyncio.gather(*sent)
    assert monotonic() - began < 2 * appender.OUTCOME_SECONDS_MAX
    assert {code_of(answer) for answer in answers} == {(503, "UNAVAILABLE")}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    at_once = [answer for answer in answers if "being served" in answer.text]
    assert len(at_once) >= REQUESTS - WAITING - 1
    assert len(served[0].admission) == 0
    await done(client, "/loans", bodies.loan(uuid4()))
    # Of what was turned away nothing was done; one, whose outcome was not known, may have been.
    assert await head(settings) <= 2


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """To be asked for before the API is made."""
    monkeypatch.setattr(turns, "TURN_SECONDS_MAX", 0.5)


@pytest.mark.usefixtures("short_turns")
async def test_a_loan_that_many_want_lets_nobody_wait_for_long(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    loan = bodies.loan(uuid4())
    await done(client, "/loans", loan)
    async with stuck(settings):
        sent = [client.post(f"/loans/{loan['id']}/submit", json={}) for _ in range(20)]
        waiting = [asyncio.create_task(one) for one in sent]
        answered = await answers_of(waiting, 19)
        assert {code_of(answer) for answer in answered} == {(503, "UNAVAILABLE")}
    answers = await asyncio.gather(*waiting)
    assert sorted({answer.status_code for answer in answers}) == [200, 503]
    assert await head(settings) == 2


async def test_who_hangs_up_while_waiting_is_no_longer_served(
    served: tuple[Api, int],
    client: httpx.AsyncClient,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(admission, "PATIENCE_SECONDS", 0.2)
    api, _ = served
    async with stuck(settings):
        gone = [
            asyncio.create_task(client.post("/loans", json=bodies.loan(uuid4()))) for _ in range(40)
        ]
        await busy_with(api, 40)
        for one in gone:
            one.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        await busy_with(api, 0)
    await done(client, "/loans", bodies.loan(uuid4()))
    # The one that was on its way to the store may have been done; no other was.
    assert await head(settings) <= 2


async def test_bodies_have_a_limit_together(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = bodies.loan(uuid4())
    size = len(json.dumps(loan))
    monkeypatch.setattr(admission, "BODIES_BYTES_MAX", 3 * size)
    async with stuck(settings):
        sent = [
            asyncio.create_task(client.post("/loans", json=bodies.loan(uuid4()))) for _ in range(10)
        ]
        answered = await answers_of(sent, 7)
        assert {code_of(answer) for answer in answered} == {(503, "UNAVAILABLE")}
    answers = await asyncio.gather(*sent)
    assert [answer.status_code for answer in answers].count(201) == 3
