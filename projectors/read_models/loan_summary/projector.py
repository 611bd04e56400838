"""From the events of a loan and of its months' interest to the loan's row.

A night accrues a day on every loan there is, so that path is short: an entry of the open month
changes what the month has come to and the few figures that follow, and the loan's own state, long
as it is, is neither read nor written.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, cast
from uuid import UUID

import orjson
from msgspec import Struct

from domain.events.envelope import Recorded
from domain.interest import period as periods
from domain.interest.events import AccrualEvent
from domain.interest.period import AccrualPeriod
from domain.interest.timeline import InterestCents
from domain.kernel.resource import at_version, resource_json
from domain.kernel.values import replace
from domain.loans.events import AdvanceRecorded, ClosingAdvanceRecorded, LoanEvent
from domain.loans.fold import evolve
from domain.loans.resource import interest_fields, loan_resource
from domain.loans.state import Loan, LoanState
from projectors.engine.projection import Counters, FoldedRows, Key, Projection, RowValues
from projectors.read_models.loan_summary.figures import (
    dues_of,
    exposures_of,
    lasts_as_before,
    reserve_exhausted_on,
    row_of,
    staleness_of,
    totals_of,
)
from projectors.read_models.loan_summary.table import (
    LOAN_DUES,
    LOAN_EXPOSURES,
    LOAN_STALENESS,
    LOAN_TOTALS,
    LOANS,
)
from runtime.values import json_reader, to_json

_read_loan = json_reader(Loan)
_read_period = json_reader(AccrualPeriod)


class HeldLoan(Struct, frozen=True):
    """A loan, its open month, and where its stream stands.

    Attributes:
        row: as it was read or written, and still holds but for the open month; `None` once the loan
            changed.
        loan: `None` until something needs it.
        period: the open month's interest; ``accrued`` what it had come to in the row.
        last_funded_on: the last day on which money was advanced on a line.
        reserve_exhausted_on: `None` once it has to be worked out anew.
    """

    loan_id: UUID
    row: RowValues | None
    loan: Loan | None
    open_month: date | None
    period: AccrualPeriod | None
    accrued: InterestCents
    last_funded_on: date | None
    reserve_exhausted_on: date | None
    version: int
    position: int
    partition: int

    @property
    def the_loan(self) -> Loan:
        """The loan, read if it has not been."""
        if self.loan is not None:
            return self.loan
        if self.row is None:
            raise ValueError("nothing originated this loan")
        return _read_loan(self.row["folded"])


def _keys(recorded: Recorded) -> Sequence[Key]:
    event = recorded.event
    return ((event.loan_id,),) if isinstance(event, LoanEvent | AccrualEvent) else ()


def _fold(held: HeldLoan | None, recorded: Recorded, key: Key) -> HeldLoan:
    event = recorded.event
    if isinstance(event, AccrualEvent):
        if held is None:
            raise ValueError(f"{recorded.type} cannot begin a loan")
        # One that fell due is the loan's own to know.
        is_open = event.month == held.open_month
        period = periods.evolve(held.period, event) if is_open else held.period
        grown = replace(held, period=period, position=recorded.position)
        return _principal_due(grown) if _passes_maturity(held, period) else grown
    before = None if held is None else held.the_loan
    loan = evolve(before, cast(LoanEvent, event))
    month = loan.open_month
    period = None if held is None else held.period
    funded_on = None if held is None else held.last_funded_on
    lasts = before is not None and lasts_as_before(before, loan)
    return HeldLoan(
        loan_id=cast(UUID, key[0]),
        row=None,
        loan=loan,
        open_month=month,
        period=period if period is not None and period.month == month else None,
        accrued=InterestCents(),
        last_funded_on=_funded_on(event) or funded_on,
        reserve_exhausted_on=held.reserve_exhausted_on if held is not None and lasts else None,
        version=recorded.stream_version,
        position=recorded.position,
        partition=recorded.partition,
    )


def _passes_maturity(held: HeldLoan, period: AccrualPeriod | None) -> bool:
    """Whether a loan in default accrues past its maturity, of which no event of the loan tells."""
    if held.row is None or held.row["state"] != LoanState.DEFAULT:
        return False
    through = None if period is None else period.accrued_through
    before = None if held.period is None else held.period.accrued_through
    maturity_on: date = held.row["maturity_on"]
    return through is not None and (before or date.min) < maturity_on <= through


def _principal_due(held: HeldLoan) -> HeldLoan:
    """The same loan, to be written anew from its state, because more of it is past due."""
    return replace(held, loan=held.the_loan, row=None)


def _funded_on(event: object) -> date | None:
    return (
        event.advanced_on if isinstance(event, AdvanceRecorded | ClosingAdvanceRecorded) else None
    )


def _load(row: RowValues) -> HeldLoan:
    period = None if row["period"] is None else _read_period(row["period"])
    return HeldLoan(
        loan_id=row["loan_id"],
        row=row,
        loan=None,
        open_month=row["open_month"],
        period=period,
        accrued=InterestCents() if period is None else period.accrued,
        last_funded_on=row["last_funded_on"],
        reserve_exhausted_on=row["reserve_exhausted_on"],
        version=row["version"],
        position=row["position"],
        partition=row["partition"],
    )


def _settled(held: HeldLoan, row: RowValues) -> HeldLoan:
    """What is left to do of a loan that was written is what would be of one read, but for reading."""
    return replace(
        held,
        row=row,
        accrued=InterestCents() if held.period is None else held.period.accrued,
        last_funded_on=row["last_funded_on"],
        reserve_exhausted_on=row["reserve_exhausted_on"],
    )


def _dump(held: HeldLoan) -> RowValues:
    period = None if held.period is None else to_json(held.period).decode()
    if held.row is not None:
        return {**held.row, "position": held.position, **_grown(held, held.row, period)}
    loan = held.the_loan
    body = at_version(loan_resource(loan, held.period), held.version)
    return {
        **row_of(
            loan,
            held.period,
            held.last_funded_on,
            held.reserve_exhausted_on or reserve_exhausted_on(loan),
        ),
        "partition": held.partition,
        "version": held.version,
        "position": held.position,
        "open_month": held.open_month,
        "period": period,
        "folded": to_json(loan).decode(),
        "body": resource_json(body).decode(),
    }


def _grown(held: HeldLoan, row: RowValues, period: str | None) -> dict[str, Any]:
    """What the open month's interest changes of a row whose loan did not."""
    accrued = InterestCents() if held.period is None else held.period.accrued
    grown = accrued - held.accrued
    accrued_cents = row["accrued_interest_cents"] + grown.total_cents
    receivable_cents = grown.interest_cents + grown.default_cents
    body = {**orjson.loads(row["body"]), **interest_fields(accrued_cents, held.period)}
    return {
        "period": period,
        "accrued_interest_cents": accrued_cents,
        "exposure_cents": row["exposure_cents"] + receivable_cents,
        "body": orjson.dumps(body).decode(),
    }


LOAN_SUMMARY = Projection(
    "loan_summary",
    (
        FoldedRows(
            LOANS,
            _keys,
            _fold,
            _load,
            _dump,
            (
                Counters(LOAN_TOTALS, totals_of),
                Counters(LOAN_DUES, dues_of),
                Counters(LOAN_EXPOSURES, exposures_of),
                Counters(LOAN_STALENESS, staleness_of),
            ),
            settle=_settled,
        ),
    ),
    reads=LoanEvent | AccrualEvent,
)
