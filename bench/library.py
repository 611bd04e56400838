"""The limit of P2: the `eventsourcing` library's own recorder, one event an append."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

THREADS = 16
SECONDS = 5.0
STATE = b"x" * 600  # about what a drafted draw's payload takes


def library_appends(url: str) -> float:
    """Appends a second, by sixteen threads, each to streams of its own."""
    at = conninfo_to_dict(url)
    datastore = PostgresDatastore(
        dbname=str(at["dbname"]),
        host=str(at["host"]),
        port=str(at["port"]),
        user=str(at["user"]),
        password=str(at.get("password", "")),
        pool_size=THREADS,
        max_overflow=THREADS,
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="library_events")
    recorder.create_table()
    until = time.monotonic() + SECONDS

    def work(_: int) -> int:
        done = 0
        while time.monotonic() < until:
            recorder.insert_events(
                [
                    StoredEvent(
                        originator_id=uuid4(),
                        originator_version=1,
                        topic="bench:Event",
                        state=STATE,
                    )
                ]
            )
            done += 1
        return done

    with ThreadPoolExecutor(THREADS) as threads:
        total = sum(threads.map(work, range(THREADS)))
    datastore.close()
    return total / SECONDS
