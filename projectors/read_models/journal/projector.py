"""From the postings that events carry to the journal."""

from collections.abc import Iterable, Mapping, Sequence

from domain.events.envelope import Recorded
from domain.ledger.entries import FinancialEvent
from projectors.engine.projection import AppendedRows, Key, Projection, RowValues, Summed, add_to
from projectors.read_models.journal.table import JOURNAL_LINES, LOAN_BALANCES


def _lines(recorded: Recorded) -> Iterable[RowValues]:
    event = recorded.event
    if not isinstance(event, FinancialEvent):
        return
    event_id = recorded.event_id
    for number, posting in enumerate(event.postings, start=1):
        yield {
            "position": recorded.position,
            "line_number": number,
            "loan_id": recorded.partition_key,
            "event_id": event_id,
            "type": recorded.type,
            "account": posting.account.value,
            "debit_cents": posting.debit_cents,
            "credit_cents": posting.credit_cents,
            "effective_on": recorded.effective_on,
            "recorded_at": recorded.recorded_at,
        }


def _balances(recorded: Recorded) -> Mapping[Key, Sequence[int]]:
    sums: dict[Key, list[int]] = {}
    if isinstance(recorded.event, FinancialEvent):
        for posting in recorded.event.postings:
            key = (recorded.partition_key, posting.account.value)
            add_to(sums, {key: (1, posting.debit_cents, posting.credit_cents)})
    return sums


JOURNAL = Projection(
    "journal",
    (AppendedRows(JOURNAL_LINES, _lines), Summed(LOAN_BALANCES, _balances)),
    reads=FinancialEvent,
)
