"""Commands sent twice, at once, and on stale versions: one effect, and the same answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx

from domain.kernel.actors import Role
from runtime.eventstore.reader import Reader
from runtime.http import Api
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.http import bodies
from tests.integration.http.conftest import Sign, done, serving
from tests.integration.http.test_life_of_a_draw import code_of, head


def keyed(key: str, **more: str) -> dict[str, str]:
    return {"idempotency-key": key, **more}


async def test_a_repeat_gets_the_stored_answer_byte_for_byte(servicer: httpx.AsyncClient) -> None:
    body = bodies.loan(uuid4())
    del body["id"]
    first = await servicer.post("/loans", json=body, headers=keyed("originate-1"))
    again = await servicer.post("/loans", json=body, headers=keyed("originate-1"))
    assert again.content == first.content
    assert again.status_code == first.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    for name in ("etag", "x-ledger-position", "location", "idempotency-key"):
        assert again.headers[name] == first.headers[name]


async def test_white_space_and_order_make_no_other_command(servicer: httpx.AsyncClient) -> None:
    body = bodies.loan(uuid4())
    headers = keyed("originate-1", **{"content-type": "application/json"})
    first = await servicer.post("/loans", content=json.dumps(body), headers=headers)
    turned = dict(reversed(body.items()))
    again = await servicer.post("/loans", content=json.dumps(turned, indent=4), headers=headers)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_the_same_key_with_another_body_is_refused(servicer: httpx.AsyncClient) -> None:
    body = bodies.loan(uuid4())
    await done(servicer, "/loans", body, headers=keyed("originate-1"))
    other = body | {"project_name": "Oak Street 3"}
    response = await servicer.post("/loans", json=other, headers=keyed("originate-1"))
    assert code_of(response) == (409, "IDEMPOTENCY_MISMATCH")


async def test_a_key_belongs_to_its_sender_and_path(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    one, two = bodies.loan(uuid4()), bodies.loan(uuid4())
    await done(servicer, "/loans", one, headers=keyed("k"))
    await done(officer, "/loans", two, headers=keyed("k"))
    await done(servicer, f"/loans/{one['id']}/submit", headers=keyed("k"))
    await done(servicer, f"/loans/{two['id']}/submit", headers=keyed("k"))


async def test_a_repeat_is_answered_although_the_world_moved_on(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    path = f"/draws/{draw['id']}"
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/review")
    match = {"if-match": '"3"'}
    first = await officer.post(f"{path}/approve", headers=keyed("approve", **match))
    await done(servicer, f"{path}/fund", {"wire_ref": "FED-1"})
    again = await officer.post(f"{path}/approve", headers=keyed("approve", **match))
    new = await officer.post(f"{path}/approve", headers=keyed("approve-2"))
    assert first.status_code == 200
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"] == '"4"'
    assert code_of(new) == (422, "DRAW_ALREADY_APPROVED")


async def test_a_repeat_after_a_restart_is_still_a_repeat(settings: Settings, sign: Sign) -> None:
    body = bodies.loan(uuid4())
    first = await sign(Role.SERVICING, UUID(int=2)).post("/loans", json=body, headers=keyed("k"))
    async with serving(settings) as other:
        client = sign(Role.SERVICING, UUID(int=2))
        client._transport = httpx.ASGITransport(app=other)
        again = await client.post("/loans", json=body, headers=keyed("k"))
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_what_is_already_so_decides_nothing(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    loan = await done(servicer, "/loans", bodies.loan(uuid4()))
    first = await servicer.post(f"/loans/{loan['id']}/submit", json={})
    before = await head(settings)
    again = await servicer.post(f"/loans/{loan['id']}/submit", json={})
    keyed_again = await servicer.post(
        f"/loans/{loan['id']}/submit", json={}, headers=keyed("submit")
    )
    assert await head(settings) == before
    assert again.json() == keyed_again.json() == first.json()
    assert again.headers["x-ledger-position"] == first.headers["x-ledger-position"]
    assert again.headers["etag"] == first.headers["etag"]


async def test_the_server_makes_a_key_that_repeats_as_well(servicer: httpx.AsyncClient) -> None:
    body = bodies.loan(uuid4())
    first = await servicer.post("/loans", json=body)
    key = first.headers["idempotency-key"]
    again = await servicer.post("/loans", json=body, headers=keyed(key))
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_stale_version_is_refused_and_the_current_one_taken(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    loan = await done(servicer, "/loans", bodies.loan(uuid4()))
    path = f"/loans/{loan['id']}/submit"
    stale = await servicer.post(path, json={}, headers={"if-match": '"2"'})
    assert code_of(stale) == (412, "STALE")
    assert await head(settings) == 1
    current = await servicer.post(path, json={}, headers={"if-match": '"1"'})
    assert current.headers["etag"] == '"2"'


async def test_only_a_tag_of_the_current_version_passes(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    """A strong one of ours, alone or in a list; ``*`` is any, if there is any."""

    async def post(path: str, match: str, body: Any = None) -> httpx.Response:
        return await servicer.post(path, json=body or {}, headers={"if-match": match})

    loan = await done(servicer, "/loans", bodies.loan(uuid4()))
    path = f"/loans/{loan['id']}"
    for match in ('W/"1"', '"abc"', '"2", "3"', '"99999999999"'):
        assert code_of(await post(f"{path}/submit", match)) == (412, "STALE")
    assert await head(settings) == 1
    assert (await post(f"{path}/submit", '"9", "1"')).headers["etag"] == '"2"'
    assert (await post(f"{path}/approve", "*")).headers["etag"] == '"3"'
    for match in ("*", '"1"'):
        assert code_of(await post("/loans", match, bodies.loan(uuid4()))) == (412, "STALE")
    assert code_of(await post(f"/loans/{uuid4()}/submit", "*")) == (404, "NOT_FOUND")
    assert await head(settings) == 3


async def at_once(
    times: int, send: Callable[[], Awaitable[httpx.Response]]
) -> list[httpx.Response]:
    return list(await asyncio.gather(*(send() for _ in range(times))))


async def test_one_key_fifty_times_at_once_has_one_effect(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    body = bodies.loan(uuid4())
    del body["id"]
    answers = await at_once(
        50, lambda: servicer.post("/loans", json=body, headers=keyed("originate-1"))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert await head(settings) == 1


async def test_fifty_approvals_at_once_approve_once(
    servicer: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    loan: dict[str, Any],
    settings: Settings,
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    path = f"/draws/{draw['id']}"
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/review")
    before = await head(settings)
    answers = await at_once(50, lambda: officer.post(f"{path}/approve", json={}))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 49
    assert await head(settings) == before + 2


async def test_two_processes_never_reserve_the_same_money_twice(
    settings: Settings,
    servicer: httpx.AsyncClient,
    officer: httpx.AsyncClient,
    loan: dict[str, Any],
    sign: Sign,
) -> None:
    """Eight draws of 60,000.00 on a line of 200,000.00: three fit, wherever they are approved."""
    paths = []
    for _ in range(8):
        draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
        path = f"/draws/{draw['id']}"
        await done(servicer, f"{path}/submit")
        await done(servicer, f"{path}/review")
        paths.append(path)
    async with serving(settings) as other:
        elsewhere = sign(Role.SERVICING, UUID(int=3))
        elsewhere._transport = httpx.ASGITransport(app=other)
        answers = await asyncio.gather(
            *(
                (officer if number % 2 else elsewhere).post(f"{path}/approve", json={})
                for number, path in enumerate(paths)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [422] * 5
    refusals = {answer.json()["error"]["code"] for answer in answers if not answer.is_success}
    assert refusals == {"DRAW_EXCEEDS_LINE"}


async def test_a_process_is_not_misled_by_what_it_remembers(
    settings: Settings, servicer: httpx.AsyncClient, loan: dict[str, Any], sign: Sign
) -> None:
    """This process folds a draw; another moves it on; this one neither refuses nor repeats."""
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    path = f"/draws/{draw['id']}"
    async with serving(settings) as other:
        elsewhere = sign(Role.SERVICING, UUID(int=3))
        elsewhere._transport = httpx.ASGITransport(app=other)
        await done(elsewhere, f"{path}/submit")
        await done(servicer, f"{path}/review", headers={"if-match": '"2"'})
        await done(elsewhere, f"{path}/return", {"reasons": ["The invoice is missing."]})
        again = await done(elsewhere, f"{path}/submit")
        assert again["state"] == "SUBMITTED"
        reviewed = await done(servicer, f"{path}/review")
    assert (reviewed["state"], reviewed["version"]) == ("IN_REVIEW", 6)


async def test_stream_versions_have_no_holes_after_a_race(
    servicer: httpx.AsyncClient, loan: dict[str, Any], settings: Settings, api: Api
) -> None:
    amounts = [f"{number}.00" for number in range(1, 41)]
    await asyncio.gather(
        *(
            done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"], amount))
            for amount in amounts
        )
    )
    async with pool(settings, "query") as database:
        events = await Reader(database).stream(UUID(loan["id"]))
    assert [event.stream_version for event in events] == list(range(1, len(events) + 1))
    numbers = [event.event.number for event in events if event.type == "loan.draw_opened"]  # type: ignore[attr-defined]  # these have one
    assert numbers == list(range(1, 41))
