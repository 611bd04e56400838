"""A store of a test's own, and commands to append to it."""

from collections.abc import AsyncIterator

import pytest
from psycopg_pool import AsyncConnectionPool

from runtime.eventstore.appender import Appender
from runtime.postgres import pool
from runtime.settings import Settings


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[AsyncConnectionPool]:
    async with pool(settings, "command") as connections:
        yield connections


@pytest.fixture
async def appender(settings: Settings, database: AsyncConnectionPool) -> AsyncIterator[Appender]:
    async with Appender(settings, database) as ready:
        yield ready
