"""Corrections over HTTP: one event undone, or a funded draw with all it paid."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from domain.events.envelope import Recorded
from runtime.eventstore.reader import Reader
from runtime.postgres import pool
from runtime.settings import Settings
from tests.integration.http import bodies, e3
from tests.integration.http.conftest import done
from tests.integration.http.test_close_of_business import lent, shown
from tests.integration.http.test_life_of_a_draw import code_of, head
from tests.scenario import E3_DRAWS

WHY = {"effective_on": "2025-03-12", "reason": "Wired two days later"}


async def events(settings: Settings, stream_id: UUID | str) -> list[Recorded]:
    async with pool(settings, "query") as database:
        return await Reader(database).stream(UUID(str(stream_id)))


async def named(settings: Settings, stream_id: UUID | str, type_: str) -> Recorded:
    """The last event of a kind."""
    return [each for each in await events(settings, stream_id) if each.type == type_][-1]


async def test_a_draw_corrected_to_a_later_day_adjusts_march_and_what_follows(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, settings: Settings
) -> None:
    loan_id = uuid4()
    _, second, _ = await e3.three_draws(servicer, officer, loan_id)
    await e3.business(servicer, "2025-05-01")

    undone = await done(servicer, f"/draws/{second['id']}/reverse", WHY)
    again = await e3.fund(servicer, officer, loan_id, E3_DRAWS[1], "2025-03-14")

    loan = await shown(servicer, loan_id)
    months = {month["month"]: month["accrued"] for month in loan["interest_months"]}
    assert (undone["state"], undone["reversed_on"]) == ("REVERSED", "2025-03-12")
    assert (again["net"], again["number"]) == ("228500.00", 4)
    assert months["2025-03"] == "2651.92"  # 2,775.69 less 123.77
    # April bears interest on 123.77 less: 30 days at 9.75 % over 360 are 1.01.
    assert months["2025-04"] == "4462.81"
    assert loan["principal"] == "671798.96"
    restated = [each for each in await events(settings, loan_id) if "restated" in each.type]
    assert len(restated) >= 2


async def test_a_payment_that_came_back_is_owed_again(
    servicer: httpx.AsyncClient, settings: Settings
) -> None:
    loan_id = await lent(servicer)
    path = f"/loans/{loan_id}"
    paid = {"amount": "1000.00", "received_on": "2025-02-20", "method": "CHECK"}
    before = await done(servicer, f"{path}/payments", paid)
    payment = await named(settings, loan_id, "loan.payment_received")
    body = {
        "event_id": str(payment.event_id),
        "effective_on": "2025-02-24",
        "reason": "Returned unpaid",
    }

    undone = await done(servicer, f"{path}/reversals", body)
    after = await head(settings)
    again = await servicer.post(f"{path}/reversals", json=body)

    assert before["principal"] == "59585.00"
    assert (undone["principal"], undone["unapplied"]) == ("60000.00", "0.00")
    assert undone["payments"][0]["reversed_on"] == "2025-02-24"
    assert code_of(again) == (422, "ALREADY_REVERSED")
    assert await head(settings) == after


async def test_the_funding_of_a_draw_is_undone_with_its_advance(
    servicer: httpx.AsyncClient, officer: httpx.AsyncClient, settings: Settings
) -> None:
    loan_id = uuid4()
    await e3.close(servicer, loan_id)
    draw = await e3.fund(servicer, officer, loan_id, E3_DRAWS[0])
    funding = await named(settings, draw["id"], "draw.funded")
    body = WHY | {"event_id": str(funding.event_id)}

    loan = await done(servicer, f"/loans/{loan_id}/reversals", body)

    assert (loan["principal"], loan["available"]) == ("35000.00", "925000.00")
    repeated = await done(servicer, f"/draws/{draw['id']}/reverse", WHY)
    assert repeated["state"] == "REVERSED"


async def test_what_is_not_there_or_not_reversible_or_too_early_is_refused(
    servicer: httpx.AsyncClient, settings: Settings, loan: dict[str, Any]
) -> None:
    path = f"/loans/{loan['id']}/reversals"
    await done(servicer, f"/loans/{loan['id']}/draw-stops", {"reason": "LIEN"})
    stop = await named(settings, loan["id"], "loan.draw_stop_placed")
    closing = await named(settings, loan["id"], "loan.closed")
    before = await head(settings)

    unknown = await servicer.post(path, json=WHY | {"event_id": str(uuid4())})
    elsewhere = await servicer.post(
        f"/loans/{uuid4()}/reversals", json=WHY | {"event_id": str(closing.event_id)}
    )
    other_kind = await servicer.post(path, json=WHY | {"event_id": str(stop.event_id)})
    early = {"event_id": str(closing.event_id), "effective_on": "2025-01-14", "reason": "x"}
    too_early = await servicer.post(path, json=early)

    assert code_of(unknown) == (404, "NOT_FOUND")
    assert code_of(elsewhere) == (404, "NOT_FOUND")
    assert code_of(other_kind) == (422, "NOT_REVERSIBLE")
    assert code_of(too_early) == (422, "REVERSAL_BEFORE_ORIGINAL")
    assert await head(settings) == before


async def test_a_draw_that_was_not_funded_is_not_undone(
    servicer: httpx.AsyncClient, loan: dict[str, Any]
) -> None:
    draw = await done(servicer, f"/loans/{loan['id']}/draws", bodies.draw(loan["id"]))

    response = await servicer.post(f"/draws/{draw['id']}/reverse", json=WHY)

    assert code_of(response) == (422, "DRAW_NOT_FUNDED")


async def test_builders_undo_nothing(builder: httpx.AsyncClient, loan: dict[str, Any]) -> None:
    body = WHY | {"event_id": str(uuid4())}
    response = await builder.post(f"/loans/{loan['id']}/reversals", json=body)
    draw = await builder.post(f"/draws/{uuid4()}/reverse", json=WHY)

    assert code_of(response) == code_of(draw) == (403, "FORBIDDEN")
