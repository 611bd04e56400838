"""From a loan's events to its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from pydantic import TypeAdapter

from domain.events.envelope import Recorded
from domain.ledger.accounts import Account
from domain.loans.events import LoanEvent
from domain.loans.state import Loan, evolve
from projectors.engine.projection import Counters, Folded, Key, Projection, Row
from projectors.read_models.loan_summary.table import LOAN_TOTALS, LOANS
from projectors.schema import NOBODY
from runtime.resources.loans import loan_resource

_LOAN = TypeAdapter(Loan)
_TOTALS = tuple(column.name for column in LOAN_TOTALS.columns if column.name.endswith("_cents"))


@dataclass(frozen=True, slots=True)
class Held:
    """A loan, and where its stream stands."""

    loan: Loan
    version: int
    position: int
    partition: int


def _keys(recorded: Recorded) -> Sequence[Key]:
    return ((recorded.stream_id,),) if isinstance(recorded.event, LoanEvent) else ()


def _fold(held: Held | None, recorded: Recorded, _key: Key) -> Held:
    loan = evolve(None if held is None else held.loan, cast(LoanEvent, recorded.event))
    return Held(loan, recorded.stream_version, recorded.position, recorded.partition)


def _load(row: Row) -> Held:
    loan = _LOAN.validate_json(row["folded"])
    return Held(loan, row["version"], row["position"], row["partition"])


def _dump(held: Held) -> Row:
    loan, terms = held.loan, held.loan.terms
    return {
        "loan_id": loan.loan_id,
        "partition": held.partition,
        "version": held.version,
        "position": held.position,
        "number": loan.number,
        "state": loan.state.value,
        "project_name": terms.project_name,
        "borrower_name": terms.borrower_name,
        "builder_user_id": terms.builder_user_id or NOBODY,
        "rate": terms.rate,
        "maturity_on": terms.maturity_on,
        "commitment_cents": terms.commitment_cents,
        "principal_cents": loan.principal_cents,
        "undisbursed_cents": loan.undisbursed_cents,
        "reserved_cents": loan.reserved_cents,
        "available_cents": loan.available_cents,
        "retainage_cents": loan.balance(Account.MEMO_RETAINAGE_WITHHELD),
        "exposure_cents": loan.principal_cents
        + loan.undisbursed_cents
        + loan.balance(Account.INTEREST_RECEIVABLE)
        + loan.balance(Account.FEES_RECEIVABLE),
        "folded": _LOAN.dump_json(loan).decode(),
        "body": orjson.dumps({**loan_resource(loan), "version": held.version}).decode(),
    }


def _totals(row: Row) -> Mapping[Key, Sequence[int]]:
    key = (row["state"], row["builder_user_id"], row["partition"])
    return {key: (1, *(row[name] for name in _TOTALS))}


LOAN_SUMMARY = Projection(
    "loan_summary",
    (Folded(LOANS, _keys, _fold, _load, _dump, Counters(LOAN_TOTALS, _totals)),),
)
