"""The query API: what it is made of, and how it starts and stops."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from query_api import routes
from query_api.database import Database
from query_api.lag import Lag
from query_api.progress import Progress
from runtime.eventstore.reader import Reader
from runtime.http import Api, RateLimits, operations_router, routers
from runtime.postgres import pool
from runtime.settings import Settings
from runtime.tokens import Tokens


def create_app(settings: Settings, limits: RateLimits | None = None) -> Api:
    """The query API's ASGI application; its lifespan opens and closes what it needs.

    Args:
        settings: of the process.
        limits: on requests, when it counts them together with another API.
    """

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with pool(settings, "query", default_transaction_read_only="on") as connections:
            database = Database(connections)
            progress = Progress(database, settings.min_position_wait_seconds)
            api.provide({Database: database, Reader: Reader(connections)})
            api.read_gate = progress
            api.measures = [Lag(database, settings).measure]
            api.checks["postgres"] = lambda: _postgres_version(database)
            api.checks["read_models"] = lambda: _readable(progress, api)
            yield

    api = Api(
        settings,
        Tokens(settings.token_keys, settings.access_token_lifetime),
        [*routers(routes), operations_router()],
        limits=limits,
        title="Drawbridge queries",
        description="Loans, draws, ledgers and figures as of a position of the ledger.",
        version="0.1.0",
        lifespan=lifespan,
    )
    return api


async def _readable(progress: Progress, api: Api) -> str:
    """Which read models cannot be read here, because another release's are live."""
    reads = {table for plan in api.plans.values() for table in plan.operation.reads}
    names = await progress.unreadable(tuple(reads))
    return f"not readable: {', '.join(names)}" if names else "readable"


async def _postgres_version(database: Database) -> str:
    ((version,),) = await database.tuples("SHOW server_version")
    return str(version)
