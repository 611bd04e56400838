"""How far the read side is, as the database tells it."""

from uuid import uuid4

import psycopg

from deploy.cli.progress import parked


def test_a_projection_beside_which_events_wait_is_named_with_how_many(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, waiting in (("journal", 0), ("loan_summary", 7)):
            connection.execute(
                "INSERT INTO read.checkpoints"
                " (projection, partition, position, kafka_offset, store_epoch, parked)"
                " VALUES (%s, 0, 0, 0, %s, %s)",
                [name, uuid4(), waiting],
            )

        assert parked(connection) == ["loan_summary: 7 events"]
