"""The command API: what it is made of, and how it starts and stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg_pool import AsyncConnectionPool

from command_api import routes
from command_api.answers import AnswersByKey
from command_api.ledger import Ledger
from command_api.numbers import LoanNumbers
from runtime import garbage
from runtime.eventstore.appender import Appender
from runtime.eventstore.reader import Reader
from runtime.http import Api, operations_router, routers
from runtime.postgres import pool
from runtime.settings import Settings
from runtime.sign_in import SignIn
from runtime.tokens import Tokens
from runtime.users import Users


def create_app(settings: Settings) -> Api:
    """The command API's ASGI application; its lifespan opens and closes what it needs."""
    tokens = Tokens(settings.token_keys, settings.access_token_lifetime)

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with (
            pool(settings, "command") as database,
            Appender(settings, database) as appender,
        ):
            reader = Reader(database)
            ledger = Ledger(appender, reader, states_cached_max=settings.states_cached_max)
            numbers = LoanNumbers(database)
            appender.on_another_store(numbers.begin_anew)
            api.provide(
                {
                    Settings: settings,
                    Ledger: ledger,
                    LoanNumbers: numbers,
                    AnswersByKey: AnswersByKey(appender),
                    Users: Users(database),
                    SignIn: SignIn(database, tokens, settings.refresh_token_seconds),
                }
            )
            api.checks["postgres"] = lambda: _postgres_version(database)
            garbage.collect_less_often()
            yield

    api = Api(
        settings,
        tokens,
        [*routers(routes), operations_router()],
        title="Drawbridge commands",
        description="Every change to the ledger of construction loans.",
        version="0.1.0",
        lifespan=lifespan,
    )
    return api


async def _postgres_version(database: AsyncConnectionPool) -> str:
    async with database.connection() as connection:
        cursor = await connection.execute("SHOW server_version")
        row = await cursor.fetchone()
    return str(row[0]) if row else "unknown"
