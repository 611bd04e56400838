"""Rebuilding from the store gives the rows that following the log gave, every one of them."""

from datetime import date

import psycopg
import pytest

from command_api.idempotency import own_order
from command_api.payoff import quote_payoff
from domain.payments.commands import RecordPayment
from projectors.engine import rebuild, run, verify
from projectors.engine.rebuild import Options
from projectors.registry import READ_MODELS, projections
from runtime.ids import new_id
from runtime.settings import Settings
from tests.office import CLERK, READ_TABLES, caught_up, open_office, read_rows, running


async def filled(settings: Settings) -> None:
    """A small portfolio in several states, projected."""
    async with open_office(settings) as office, running(run, settings):
        serviced = await office.three_draw_loan()
        await office.close_business(serviced, date(2025, 5, 1))
        payment = RecordPayment(new_id(), 200_00, date(2025, 5, 5), "WIRE")
        await office.service(serviced, payment, date(2025, 5, 5))
        order = own_order(CLERK, date(2025, 5, 5))
        day = date(2025, 5, 20)
        await quote_payoff(office.ledger, serviced, order, day, day)
        await office.originate(builder=None)
        loan_id = await office.active_loan()
        await office.approved_draw(loan_id)
        await office.draft_draw(loan_id, 2)
        await caught_up(settings.database_url)


async def test_dropping_all_rows_and_rebuilding_gives_identical_rows(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    before = read_rows(database_url)
    with psycopg.connect(database_url) as connection:
        for table in (*READ_TABLES, "checkpoints"):
            connection.execute(f"TRUNCATE read.{table}")
    seen: list[tuple[int, int]] = []
    await rebuild(settings, READ_MODELS, lambda done, total: seen.append((done, total)))
    assert read_rows(database_url) == before
    assert all(before.values())
    assert seen[-1][0] == seen[-1][1] > 0


async def test_a_rebuilt_read_model_goes_on_following(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    async with open_office(settings) as office, running(run, settings):
        await rebuild(settings, projections(["loan_summary"]), lambda _done, _total: None)
        await office.three_draw_loan()
        await caught_up(database_url)
    assert all(verdict.agrees for verdict in await verify(settings, READ_MODELS, _silent))


@pytest.mark.parametrize(("events_max", "is_compared"), [(3, True), (2, False)])
async def test_a_live_version_too_far_behind_is_said_not_to_be_compared(
    database_url: str, events_max: int, is_compared: bool
) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    async with open_office(settings) as office:
        for _ in range(3):
            await office.originate()
    options = Options(behind_events_max=events_max)
    done = await rebuild(settings, projections(["loan_summary"]), _silent, options)
    assert {each.differs for each in done.tables} == {False if is_compared else None}
    assert {each.not_compared is None for each in done.tables} == {is_compared}
    assert all(
        verdict.agrees for verdict in await verify(settings, projections(["loan_summary"]), _silent)
    )


async def test_a_live_version_that_never_ran_or_is_of_another_store_is_not_compared(
    database_url: str,
) -> None:
    settings = Settings(database_url=database_url)
    async with open_office(settings) as office:
        await office.originate()
    reasons = set()
    for change in ("SELECT", "UPDATE read.checkpoints SET store_epoch = gen_random_uuid()"):
        with psycopg.connect(database_url) as connection:
            connection.execute(change.encode())
        done = await rebuild(settings, projections(["loan_summary"]), _silent)
        assert {each.differs for each in done.tables} == {None}
        reasons |= {each.not_compared for each in done.tables}
    assert len(reasons) == 2
    assert None not in reasons


async def test_verification_finds_one_cent(database_url: str) -> None:
    settings = Settings(database_url=database_url)
    await filled(settings)
    assert all(verdict.agrees for verdict in await verify(settings, READ_MODELS, _silent))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE read.loans SET principal_cents = principal_cents + 1 WHERE number = 'L-000001'"
        )
        connection.execute("DELETE FROM read.journal_lines WHERE position = 4")
    wrong = [
        verdict for verdict in await verify(settings, READ_MODELS, _silent) if not verdict.agrees
    ]
    assert [(each.table, each.missing, each.surplus) for each in wrong] == [
        ("journal_lines", 2, 0),
        ("loans", 1, 1),
    ]
    assert wrong[0].examples[0].startswith("4 ")


def _silent(_done: int, _total: int) -> None:
    pass
