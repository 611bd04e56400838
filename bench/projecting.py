"""Events a second of one projector process, from the store, for each read model and for all.

``python -m bench.projecting`` measures without a broker: what it costs to read events, fold them and
write rows, in batches as a delivery of some events of every partition makes them. Processor time is
told apart by process, and says more than the clock where other work is going on.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from bench.ground import Ground
from bench.loans import active_loans
from bench.serving import server_processor_seconds
from local.embedded import DataFolder, Postgres
from projectors.engine import abreast, checkpoints
from projectors.engine.lane import Lane
from projectors.engine.partition import PartitionFollower
from projectors.engine.projection import Projection
from projectors.registry import READ_MODELS
from runtime.eventstore.reader import Reader
from runtime.messages import from_store
from runtime.postgres import pool
from runtime.settings import Settings

LOANS = 512
BATCH_EVENTS = 20
"""Of each partition in one delivery."""


def main() -> None:
    """Measure, and print a line for each read model and one for all together."""
    loans = int(sys.argv[1]) if len(sys.argv) > 1 else LOANS
    with (
        tempfile.TemporaryDirectory() as folder,
        DataFolder(Path(folder)) as data,
        Postgres(data) as server,
    ):
        ground = Ground(data, server)
        with ground.database("bench_projecting") as url:
            settings = Settings(database_url=url)
            asyncio.run(active_loans(settings, loans, advanced_cents=1_000_00))
            for each in READ_MODELS:
                told = asyncio.run(_project(settings, server.pid, [each]))
                print(f"{each.name:15} {told}", flush=True)
        with ground.database("bench_projecting_all") as url:
            settings = Settings(database_url=url)
            asyncio.run(active_loans(settings, loans, advanced_cents=1_000_00))
            print(f"{'all':15} {asyncio.run(_project(settings, server.pid, READ_MODELS))}")


async def _project(settings: Settings, postmaster: int, projections: Sequence[Projection]) -> str:
    """Bring read models from nothing to the end of the store."""
    async with pool(settings, "projector", synchronous_commit="off") as database:
        reader = Reader(database)
        store = await reader.store()
        async with database.connection() as connection:
            names = [projection.name for projection in projections]
            await checkpoints.load(connection, names, store.partition_count, store.epoch)
        followers = [
            PartitionFollower(
                partition,
                [Lane(projection, 0, 0) for projection in projections],
                database,
                reader,
                store.epoch,
            )
            for partition in range(store.partition_count)
        ]
        heads = await reader.heads()
        pages = []
        for partition, head in sorted(heads.items()):
            messages = from_store(await reader.partition_since(partition, 0, 2**31 - 1, head), 0)
            starts = range(0, len(messages), BATCH_EVENTS)
            pages.append([messages[at : at + BATCH_EVENTS] for at in starts])
        events = sum(len(batch) for batches in pages for batch in batches)
        began, ours = time.perf_counter(), time.process_time()
        theirs = server_processor_seconds(postmaster)
        for batches in zip_longest(*pages):
            given = [(followers[each[0].partition], each) for each in batches if each]
            await abreast.deliver(database, store.epoch, given)
            late = [(each, batch) for each, batch in given if each.position < batch[-1].position]
            await asyncio.gather(*(each.deliver(batch) for each, batch in late))
        wall = time.perf_counter() - began
        ours = time.process_time() - ours
        theirs = server_processor_seconds(postmaster) - theirs
    return (
        f"{events / wall:8,.0f} events/s; processor time an event: ours {ours / events * 1e6:.0f} µs,"
        f" PostgreSQL's {theirs / events * 1e6:.0f} µs"
    )


if __name__ == "__main__":
    main()
