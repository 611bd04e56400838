"""From events to the audit trail of what they happened to."""

from collections.abc import Iterable, Mapping, Sequence

from domain.events.envelope import Recorded
from domain.events.resource import event_resource
from domain.kernel.resource import resource_json
from projectors.engine.projection import AppendedRows, Key, Projection, RowValues, Summed
from projectors.read_models.history.table import HISTORY as TABLE
from projectors.read_models.history.table import HISTORY_COUNTS


def _rows(recorded: Recorded) -> Iterable[RowValues]:
    yield {
        "position": recorded.position,
        "loan_id": recorded.partition_key,
        "stream_id": recorded.stream_id,
        "type": recorded.type,
        "body": resource_json(event_resource(recorded)).decode(),
    }


def _counts(recorded: Recorded) -> Mapping[Key, Sequence[int]]:
    return {(recorded.partition_key,): (1,)}


HISTORY = Projection(
    "history", (AppendedRows(TABLE, _rows), Summed(HISTORY_COUNTS, _counts)), reads_origin=True
)
