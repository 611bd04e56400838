"""From payoff quotes to their rows; what was quoted is never changed."""

from collections.abc import Iterable

from domain.events.envelope import Recorded
from domain.kernel.resource import at_version, resource_json
from domain.payoff.events import PayoffQuoted
from domain.payoff.resource import quote_resource
from projectors.engine.projection import AppendedRows, Projection, RowValues
from projectors.read_models.payoff_quotes.table import PAYOFF_QUOTES as TABLE


def _rows(recorded: Recorded) -> Iterable[RowValues]:
    quote = recorded.event
    if not isinstance(quote, PayoffQuoted):
        return
    yield {
        "position": recorded.position,
        "loan_id": quote.loan_id,
        "quote_id": quote.quote_id,
        "payoff_on": quote.payoff_on,
        "body": resource_json(at_version(quote_resource(quote), recorded.stream_version)).decode(),
    }


PAYOFF_QUOTES = Projection("payoff_quotes", (AppendedRows(TABLE, _rows),), reads=PayoffQuoted)
