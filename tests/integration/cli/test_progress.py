"""How far the read side is, as the database tells it."""

from uuid import uuid4

import psycopg

from deploy.cli.progress import stopped


def test_a_projection_that_stopped_is_named_with_why(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, reason in (("journal", None), ("loan_summary", "LookupError at 7")):
            connection.execute(
                "INSERT INTO read.checkpoints"
                " (projection, partition, position, kafka_offset, store_epoch, stopped_reason)"
                " VALUES (%s, 0, 0, 0, %s, %s)",
                [name, uuid4(), reason],
            )

        assert stopped(connection) == ["loan_summary: LookupError at 7"]
