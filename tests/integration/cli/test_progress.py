"""How far the read side is, as the database tells it."""

import psycopg

from deploy.cli.progress import parked


def test_a_projection_beside_which_events_wait_is_named_with_how_many(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, waiting in (("journal", 0), ("history", 7)):
            connection.execute(
                "INSERT INTO read.checkpoints"
                " (projection, partition, position, kafka_offset, store_epoch, parked)"
                " SELECT %s, 0, 0, 0, epoch, %s FROM ledger.store",
                [name, waiting],
            )

        assert parked(connection) == ["history: 7 events"]
