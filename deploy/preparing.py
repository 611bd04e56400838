"""Making a database ready for this release: the ledger by its migrations, the read side by its code."""

import asyncio

import migrations
from projectors import engine
from projectors.registry import READ_MODELS, RETIRED
from runtime.settings import Settings


def prepare(url: str) -> engine.Changes:
    """Migrate a database and apply the read models; nothing where that has been done.

    Returns:
        What was done to the read models.
    """
    migrations.upgrade(url)
    return asyncio.run(engine.apply(Settings(database_url=url), READ_MODELS, drop=RETIRED))
