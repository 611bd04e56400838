"""Close of business and the closing of a month's books, over HTTP."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from domain.kernel.actors import Role
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.http import bodies, e3
from tests.integration.http.conftest import Sign, done, serving
from tests.integration.http.test_life_of_a_draw import code_of, head


async def lent(servicer: httpx.AsyncClient, closed_on: str = "2025-01-15") -> UUID:
    """An active loan that paid out 60,000.00 at closing."""
    loan_id = uuid4()
    path = f"/loans/{loan_id}"
    await done(servicer, "/loans", bodies.loan(loan_id))
    await done(servicer, f"{path}/submit")
    await done(servicer, f"{path}/approve")
    advance = [{"line_id": bodies.line_id(loan_id, "SOFT"), "amount": "60000.00"}]
    await done(
        servicer, f"{path}/close", {"closing_date": closed_on, "advance": {"lines": advance}}
    )
    return loan_id


async def shown(client: httpx.AsyncClient, loan_id: UUID) -> Any:
    """The loan as a command that changes nothing shows it."""
    return await done(client, f"/loans/{loan_id}/draw-stops/NONE/lift")


async def test_the_three_draw_loan_comes_to_its_table(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    loan_id = uuid4()
    await e3.three_draws(servicer, officer, loan_id)

    await e3.business(servicer, "2025-05-01")
    on_the_first = await shown(servicer, loan_id)
    await e3.business(servicer, "2025-05-20", loan_id)
    later = await shown(servicer, loan_id)

    assert on_the_first["principal"] == later["principal"] == "671923.74"
    assert on_the_first["interest_reserve_balance"] == "41576.26"
    assert on_the_first["accrued_interest"] == "0.00"
    assert (later["accrued_interest"], later["accrued_through"]) == ("3457.61", "2025-05-19")
    assert [(month["month"], month["capitalized"]) for month in later["interest_months"]] == [
        ("2025-01", "161.15"),
        ("2025-02", "1023.08"),
        ("2025-03", "2775.69"),
        ("2025-04", "4463.82"),
    ]


async def test_every_live_loan_is_closed_once(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    for _ in range(3):
        await lent(servicer)
    await done(servicer, "/loans", bodies.loan(uuid4()))  # Never closed: there is nothing to do.

    first = await servicer.post("/close-of-business", json={"business_date": "2025-01-18"})
    before = await head(settings)
    again = await e3.business(servicer, "2025-01-18")
    earlier = await e3.business(servicer, "2025-01-16")

    assert first.json()["data"] == {
        "business_date": "2025-01-18",
        "loans": 3,
        "changed": 3,
        "unchanged": 0,
        "events": 3 * 4,
        "failed": [],
    }
    assert first.headers["x-ledger-position"] == str(before)
    assert (again["changed"], again["unchanged"], again["events"]) == (0, 3, 0)
    assert (earlier["changed"], earlier["unchanged"]) == (0, 3)
    assert await head(settings) == before


async def test_a_repeat_with_its_key_is_answered_as_before(servicer: httpx.AsyncClient) -> None:
    await lent(servicer)
    body = {"business_date": "2025-01-18"}
    headers = {"idempotency-key": "night-1"}

    first = await servicer.post("/close-of-business", json=body, headers=headers)
    again = await servicer.post("/close-of-business", json=body, headers=headers)
    other = await servicer.post(
        "/close-of-business", json={"business_date": "2025-01-19"}, headers=headers
    )

    assert again.content == first.content
    assert again.json()["data"]["changed"] == 1
    assert again.headers["idempotent-replayed"] == "true"
    assert code_of(other) == (409, "IDEMPOTENCY_MISMATCH")


async def test_a_year_that_was_missed_is_caught_up_in_one_go(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    loan_id = await lent(servicer)

    closed = await e3.business(servicer, "2026-01-15")

    # A day each, and each of twelve months opened, posted and billed; it opened the thirteenth.
    loan = await shown(servicer, loan_id)
    assert closed["failed"] == []
    assert (loan["accrued_through"], len(loan["interest_months"])) == ("2026-01-14", 12)
    assert closed["events"] == await head(settings) - 5
    assert closed["events"] > 365 + 3 * 12


async def test_a_loan_that_cannot_be_closed_is_listed_and_stops_no_other(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    good, old, broken = (
        await lent(servicer),
        await lent(servicer, "2012-01-15"),
        await lent(servicer),
    )
    append_what_nobody_can_read(settings, broken)

    closed = await e3.business(servicer, "2025-01-18")

    assert (closed["loans"], closed["changed"]) == (3, 1)
    codes = {each["loan_id"]: (each["code"], each["number"]) for each in closed["failed"]}
    assert codes == {
        str(old): ("BUSINESS_DATE_TOO_FAR", "L-000002"),
        str(broken): ("INTERNAL", None),
    }
    assert (await shown(servicer, good))["accrued_through"] == "2025-01-17"


async def test_a_store_that_cannot_take_it_all_is_no_answer_and_its_repeat_closes_the_rest(
    servicer: httpx.AsyncClient, settings: Settings, sign: Sign
) -> None:
    for _ in range(6):
        await lent(servicer)
    body = {"business_date": "2025-01-18"}
    narrow = settings.model_copy(update={"append_queue_max": 2, "append_batch_max": 1})
    async with serving(narrow) as busy:
        client = sign(Role.SERVICING, UUID(int=2))
        client._transport = httpx.ASGITransport(app=busy)
        headers = {"idempotency-key": "a busy night"}
        answers = [
            await client.post("/close-of-business", json=body, headers=headers) for _ in range(6)
        ]

    assert code_of(answers[0]) == (503, "UNAVAILABLE")
    assert answers[-1].json()["data"]["failed"] == []
    again = await e3.business(servicer, "2025-01-18")
    assert (again["unchanged"], again["failed"]) == (6, [])


def append_what_nobody_can_read(settings: Settings, loan_id: UUID) -> None:
    with psycopg.connect(settings.database_url) as owner:
        owner.execute("UPDATE ledger.head SET position = position + 1")
        owner.execute(
            "INSERT INTO ledger.events SELECT h.position, e.recorded_at, stream_id, partition_key,"
            " command_id, correlation_id, causation_id, stream_version + 1, 99, effective_on,"
            " partition, type, actor, leaf_hash, payload FROM ledger.events e, ledger.head h"
            " WHERE stream_id = %s ORDER BY stream_version DESC LIMIT 1",
            (loan_id,),
        )


async def test_one_loan_alone_must_be_one(
    servicer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))
    for identity in (uuid4(), draw["id"]):
        body = {"business_date": "2025-01-18", "loan_id": str(identity)}
        response = await servicer.post("/close-of-business", json=body)
        assert code_of(response) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/close-of-business", "/accounting-periods/2025-01/close"])
async def test_builders_close_nothing(builder: httpx.AsyncClient, path: str) -> None:
    response = await builder.post(path, json={"business_date": "2025-01-18"})

    assert code_of(response) == (403, "FORBIDDEN")


async def test_months_close_in_order_and_late_entries_are_booked_after_them(
    admin: httpx.AsyncClient, servicer: httpx.AsyncClient, settings: Settings
) -> None:
    loan_id = await lent(servicer)
    january = await done(admin, "/accounting-periods/2025-01/close")
    again = await done(admin, "/accounting-periods/2025-01/close")
    early = await admin.post("/accounting-periods/2025-03/close")

    fee = {"kind": "WIRE", "amount": "30.00", "assessed_on": "2025-01-20"}
    loan = await done(servicer, f"/loans/{loan_id}/fees", fee)

    assert (january["closed_through"], january["first_open_day"]) == ("2025-01-31", "2025-02-01")
    assert again == january
    assert code_of(early) == (422, "PERIOD_OUT_OF_ORDER")
    assert loan["fees"][0]["assessed_on"] == "2025-01-20"
    async with pool(settings, "query") as database:
        *_, booked = await Reader(database).stream(loan_id)
    assert booked.effective_on.isoformat() == "2025-02-01"


async def test_a_month_closed_by_another_process_is_closed_here_too(
    servicer: httpx.AsyncClient, settings: Settings, sign: Sign
) -> None:
    """This process has read the calendar before; the entry rests on what the store has."""
    loan_id = await lent(servicer)
    async with serving(settings) as other:
        elsewhere = sign(Role.ADMIN, UUID(int=1))
        elsewhere._transport = httpx.ASGITransport(app=other)
        await done(elsewhere, "/accounting-periods/2025-01/close")

    await e3.business(servicer, "2025-01-18")

    async with pool(settings, "query") as database:
        last = (await Reader(database).since(0, 1_000))[-1]
    assert (last.type, last.effective_on.isoformat()) == ("accrual.accrued", "2025-02-01")
    assert (await shown(servicer, loan_id))["accrued_through"] == "2025-01-17"


async def test_two_processes_that_close_the_same_day_close_it_once(
    servicer: httpx.AsyncClient, settings: Settings, sign: Sign
) -> None:
    for _ in range(4):
        await lent(servicer)
    before = await head(settings)
    async with serving(settings) as other:
        elsewhere = sign(Role.SERVICING, UUID(int=3))
        elsewhere._transport = httpx.ASGITransport(app=other)
        both = await asyncio.gather(
            *(e3.business(client, "2025-02-01") for client in (servicer, elsewhere))
        )

    assert [each["failed"] for each in both] == [[], []]
    assert sum(each["events"] for each in both) == await head(settings) - before
    assert sum(each["changed"] for each in both) == 4


async def test_only_administrators_close_a_month_and_only_one_that_is_one(
    admin: httpx.AsyncClient, servicer: httpx.AsyncClient
) -> None:
    refused = await servicer.post("/accounting-periods/2025-01/close")
    nonsense = await admin.post("/accounting-periods/2025-13/close")
    running = await admin.post("/accounting-periods/2199-01/close")

    assert code_of(refused) == (403, "FORBIDDEN")
    assert code_of(nonsense) == (404, "NOT_FOUND")
    assert code_of(running) == (422, "PERIOD_NOT_OVER")
