"""A read model is closed to its readers while its meaning changes, and no longer."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from projectors import engine
from projectors.engine.rebuild import swapping
from projectors.engine.rebuild.errors import Busy
from projectors.registry import READ_MODELS, projections
from runtime.settings import Settings
from tests.integration.projectors.test_rebuild import filled

NAME = "payments"
_OF_ANOTHER_MEANING = """
UPDATE read.models SET print = 'another',
    definition = jsonb_set(definition, '{version}', '"0.9"') WHERE projection = 'payments'
"""
_OF_THE_SAME_MEANING = _OF_ANOTHER_MEANING.replace("0.9", "1.9")
_CLOSED_UNTIL = "SELECT closed_until FROM read.models WHERE projection = 'payments'"
_CLOSE = "UPDATE read.models SET closed_until = now() - interval '1 minute'"


def ask(url: str, statement: str) -> object:
    """The one value that a statement finds."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    return row[0] if row else None


def tell(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def somebody_reading(url: str) -> Iterator[None]:
    """One who never lets go of the payments."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM read.payments")
        yield


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """To whom notice was given, with few attempts and short pauses."""
    given: list[str] = []
    close = swapping._close

    async def counted(connection: "psycopg.AsyncConnection[object]", name: str) -> None:
        given.append(name)
        await close(connection, name)

    monkeypatch.setattr(swapping, "_close", counted)
    monkeypatch.setattr(swapping, "ATTEMPTS_MAX", 3)
    monkeypatch.setattr(swapping, "PAUSE_SECONDS", 0.01)
    return given


@pytest.fixture
async def settings(database_url: str) -> Settings:
    """Of a database whose read models are live."""
    settings = Settings(database_url=database_url)
    await filled(settings)
    return settings


async def test_a_swap_that_gives_up_told_its_readers_once_and_lets_them_in_again_at_once(
    settings: Settings, notices: list[str]
) -> None:
    tell(settings.database_url, _OF_ANOTHER_MEANING)

    with somebody_reading(settings.database_url), pytest.raises(Busy):
        await engine.apply(settings, READ_MODELS)

    assert notices == [NAME]
    assert ask(settings.database_url, _CLOSED_UNTIL) is None
    assert (await engine.apply(settings, READ_MODELS)).changed == (NAME,)
    assert notices == [NAME, NAME]
    assert ask(settings.database_url, _CLOSED_UNTIL) is None


async def test_notice_is_given_anew_where_what_was_closed_had_opened_by_itself(
    settings: Settings, notices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(settings.database_url, _OF_ANOTHER_MEANING)
    monkeypatch.setattr(swapping, "CLOSED_SECONDS", 0.3)  # less than an attempt takes

    with somebody_reading(settings.database_url), pytest.raises(Busy):
        await engine.apply(settings, READ_MODELS)

    assert len(notices) >= swapping.ATTEMPTS_MAX


async def test_what_somebody_closed_and_died_keeps_nobody_from_a_swap_that_readers_do_not_notice(
    settings: Settings, notices: list[str]
) -> None:
    tell(settings.database_url, _OF_THE_SAME_MEANING)
    tell(settings.database_url, _CLOSE)

    await engine.rebuild(settings, projections([NAME]), lambda _done, _total: None)

    assert notices == []
    assert ask(settings.database_url, _CLOSED_UNTIL) is None
