"""The library's own test-cases for recorders, unmodified, on our tables and our function.

`AggregateRecorderTestCase` does not apply: it wants ``insert_events`` to return nothing, where an
application's recorder, which ours is, returns positions; the library tests its own in the same way.
Tracking and process recorders are other kinds: projections keep their checkpoints themselves.
"""

import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests.persistence import ApplicationRecorderTestCase

from domain.events.catalogue import CATALOGUE
from domain.loans.events import LoanSubmitted
from runtime.eventstore.codec import encode
from runtime.eventstore.partitions import partition_of
from runtime.eventstore.recorder import LedgerRecorder, datastore
from runtime.ids import new_id


class TestLedgerRecorder(ApplicationRecorderTestCase[LedgerRecorder]):
    @pytest.fixture(autouse=True)
    def recorder_of_its_own(self, database_url: str) -> Iterator[None]:
        with datastore(database_url, connections_max=12) as pool:
            self._recorder = LedgerRecorder(pool)
            yield

    def create_recorder(self) -> LedgerRecorder:
        return self._recorder

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


def test_an_event_of_ours_keeps_its_loan_and_its_version_through_the_recorder(
    database_url: str,
) -> None:
    loan_id = new_id()
    event = LoanSubmitted(loan_id)
    with datastore(database_url) as pool:
        recorder = LedgerRecorder(pool)
        recorder.insert_events(
            [
                StoredEvent(loan_id, 1, CATALOGUE.of(event).name, encode(event)),
                StoredEvent(new_id(), 1, "tests.renamed@2", b"{}"),
            ]
        )
        assert [n.topic for n in recorder.select_notifications(1, 10)] == [
            "loan.submitted",
            "tests.renamed@2",
        ]
        assert [n.id for n in recorder.select_notifications(1, 9, topics=["tests.renamed@2"])] == [
            2
        ]

    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT partition_key, partition FROM ledger.events WHERE position = 1"
        ).fetchone()
    assert row == (loan_id, partition_of(loan_id, 16))


def test_the_processes_that_serve_requests_do_not_import_the_library() -> None:
    check = (
        "import sys, command_api.app, query_api.app, projectors.engine.process;"
        "sys.exit('eventsourcing' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
