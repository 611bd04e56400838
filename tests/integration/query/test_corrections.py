"""What was corrected, as it shows now and as it was known before."""

from datetime import date
from uuid import UUID

from command_api.corrections import reverse_event
from command_api.idempotency import own_order
from domain.draws.commands import (
    ApproveDraw,
    ConfirmFunding,
    InitiateFunding,
    StartReview,
    SubmitDraw,
)
from domain.loans.events import AdvanceRecorded
from domain.payments.commands import RecordPayment
from projectors.engine import rebuild, verify
from projectors.registry import READ_MODELS
from runtime.ids import new_id
from tests.integration.query.conftest import MAY, Desk
from tests.office import CLERK, caught_up
from tests.scenario import BUILDER, OFFICER


async def undo_advance(desk: Desk, loan_id: UUID, number: int, on: date) -> UUID:
    """A draw's advance reversed; the id of the event that was undone."""
    events = await desk.office.reader.stream(loan_id)
    advances = [each for each in events if isinstance(each.event, AdvanceRecorded)]
    original = advances[number - 1].event_id
    order = own_order(CLERK, on)
    decided = await reverse_event(desk.office.ledger, loan_id, order, original, "wrong date")
    desk.office.position = max(desk.office.position, decided.position or 0)
    return original


async def test_interest_as_it_was_known_before_a_correction(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    (latest,) = await desk.data(f"/loans/{loan_id}/history", sort_order="desc", page_size=1)
    known = latest["recorded_at"]
    before = await desk.data(f"/loans/{loan_id}")
    original = await undo_advance(desk, loan_id, 2, date(2025, 3, 12))
    after = await desk.data(f"/loans/{loan_id}")
    assert await desk.data(f"/loans/{loan_id}", recorded_at=known) == before != after
    then = await desk.data(f"/loans/{loan_id}", recorded_at=known, effective_on="2025-04-01")
    now = await desk.data(f"/loans/{loan_id}", effective_on="2025-04-01")
    assert then["principal"] == "414459.92" != now["principal"]
    history = await desk.get(f"/loans/{loan_id}/history", type="accrual.adjusted")
    adjusted = history.json()["data"]
    assert [each["data"]["month"] for each in adjusted] == ["2025-03-01", "2025-04-01"]
    assert history.json()["meta"]["total"] == 2
    assert adjusted[0]["data"]["old"]["interest"] == "2775.69"
    (undone,) = await desk.data(f"/loans/{loan_id}/history", type="loan.advance_reversed")
    assert undone["reverses_event_id"] == str(original)
    assert latest["reverses_event_id"] is None


async def test_a_correction_shows_in_its_month(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    await undo_advance(desk, loan_id, 2, date(2025, 3, 14))
    march = next(
        each for each in await desk.data(f"/loans/{loan_id}/interest") if each["month"] == "2025-03"
    )
    assert march["accrued_daily"] == "2775.69"
    assert march["adjusted"].startswith("-")
    assert march["accrued"] == march["capitalized"]


async def test_a_draw_corrected_by_two_days_shows_in_march_and_after(desk: Desk) -> None:
    loan_id = await desk.closed_through(MAY)
    await undo_advance(desk, loan_id, 2, date(2025, 3, 12))
    on = date(2025, 3, 14)
    draw_id = await desk.office.draft_draw(loan_id, 2)
    for command in (
        SubmitDraw(BUILDER, on),
        StartReview(),
        ApproveDraw(OFFICER),
        InitiateFunding("wire"),
        ConfirmFunding(on),
    ):
        await desk.office.on_draw(draw_id, command, on)
    assert (await desk.data(f"/draws/{draw_id}"))["net"] == "228500.00"
    months = {each["month"]: each for each in await desk.data(f"/loans/{loan_id}/interest")}
    assert months["2025-03"]["accrued"] == "2651.92"
    assert months["2025-03"]["adjusted"] == "-123.77"
    loan = await desk.data(f"/loans/{loan_id}")
    assert loan["principal"] == "671798.96"
    figures = await desk.data("/dashboards/portfolio", as_of="2025-05-01")
    assert figures["tie_out"]["difference"] == "0.00"
    balance = await desk.data("/trial-balance", loan_id=str(loan_id))
    assert balance["difference"] == "0.00"
    adjusted = (await desk.get(f"/loans/{loan_id}/history", type="accrual.adjusted")).json()
    assert adjusted["meta"]["total"] >= 4


async def test_rebuilt_read_models_are_the_same_with_interest_and_corrections(desk: Desk) -> None:
    loan_id = await desk.closed_through(date(2025, 5, 20))
    await undo_advance(desk, loan_id, 2, date(2025, 3, 12))
    payment = RecordPayment(new_id(), 200_00, date(2025, 5, 22), "WIRE")
    await desk.office.service(loan_id, payment, date(2025, 5, 22))
    for day in range(23, 27):
        await desk.office.close_business(loan_id, date(2025, 5, day))
        await desk.get("/loans")
    await caught_up(desk.settings.database_url)

    async def differing() -> list[str]:
        verdicts = await verify(desk.settings, READ_MODELS, lambda _done, _total: None)
        return [verdict.table for verdict in verdicts if not verdict.agrees]

    assert await differing() == []
    await rebuild(desk.settings, READ_MODELS, lambda _done, _total: None)
    await desk.office.close_business(loan_id, date(2025, 6, 2))
    await desk.get("/loans")
    await caught_up(desk.settings.database_url)
    assert await differing() == []
    loan = await desk.data(f"/loans/{loan_id}")
    assert loan["accrued_through"] == "2025-06-01"
