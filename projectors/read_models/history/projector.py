"""From events to the audit trail of what they happened to."""

from collections.abc import Iterable, Mapping, Sequence

from domain.events.envelope import Recorded
from projectors.engine.projection import Appended, Key, Projection, Row, Summed
from projectors.read_models.history.table import HISTORY as TABLE
from projectors.read_models.history.table import HISTORY_COUNTS
from runtime.eventstore.resource import event_json


def _rows(recorded: Recorded) -> Iterable[Row]:
    yield {
        "position": recorded.position,
        "loan_id": recorded.partition_key,
        "stream_id": recorded.stream_id,
        "type": recorded.type,
        "body": event_json(recorded).decode(),
    }


def _counts(recorded: Recorded) -> Mapping[Key, Sequence[int]]:
    return {(recorded.partition_key,): (1,)}


HISTORY = Projection(
    "history", (Appended(TABLE, _rows), Summed(HISTORY_COUNTS, _counts)), reads_origin=True
)
