"""From events to the audit trail of what they happened to."""

from collections.abc import Iterable

import orjson

from domain.events.envelope import Recorded
from projectors.engine.projection import Appended, Projection, Row
from projectors.read_models.history.table import HISTORY as TABLE
from runtime.resources.events import event_resource


def _rows(recorded: Recorded) -> Iterable[Row]:
    yield {
        "position": recorded.position,
        "loan_id": recorded.partition_key,
        "stream_id": recorded.stream_id,
        "type": recorded.type,
        "body": orjson.dumps(event_resource(recorded)).decode(),
    }


HISTORY = Projection("history", (Appended(TABLE, _rows),))
