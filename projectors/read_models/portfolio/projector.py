"""From postings to the accounts of the whole portfolio.

It reads what the ledger says and nothing that a loan's state says, so that the two can be tied out
against each other.
"""

from collections.abc import Mapping, Sequence

from domain.events.envelope import Recorded
from domain.ledger.entries import FinancialEvent
from projectors.engine.projection import Key, Projection, Summed, add_to
from projectors.read_models.portfolio.table import ACCOUNT_TOTALS


def _totals(recorded: Recorded) -> Mapping[Key, Sequence[int]]:
    sums: dict[Key, list[int]] = {}
    if isinstance(recorded.event, FinancialEvent):
        for posting in recorded.event.postings:
            key = (posting.account.value, recorded.partition)
            add_to(sums, {key: (1, posting.debit_cents, posting.credit_cents)})
    return sums


PORTFOLIO = Projection("portfolio", (Summed(ACCOUNT_TOTALS, _totals),), reads=FinancialEvent)
