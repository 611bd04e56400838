"""The journal, trial balances, one loan's ledger, and the months whose books are closed."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from msgspec.structs import asdict
from pydantic import Field

from domain.access import Right
from domain.accounting.events import PeriodClosed, calendar_id
from domain.accounting.trial_balance import (
    AccountBalanceResource,
    BookResource,
    Sums,
    TrialBalanceResource,
    trial_balance,
)
from domain.events.envelope import Recorded
from domain.events.example import EVENT
from domain.events.resource import instant_text
from domain.kernel.calendar import month_text
from domain.kernel.money import format_money
from domain.kernel.resource import Instant, Money, MonthText, Resource
from domain.ledger.accounts import Account
from domain.loans.example import LOAN
from projectors.read_models.journal.table import JOURNAL_LINES, LOAN_BALANCES
from projectors.read_models.loan_summary.table import LOANS
from projectors.read_models.portfolio.table import ACCOUNT_TOTALS
from query_api.counters import sums
from query_api.database import Database, Row
from query_api.paging import Listing, PageParams, bounded_count, where
from query_api.past import AsOf, past_ledger
from query_api.routes.loans import visible_loan
from runtime.eventstore.reader import Reader
from runtime.http import PAGE, Answer, Call, IsoDate, Router, page_meta

router = Router("accounting")

ON_BALANCE = [account.value for account in Account if not account.is_memo]


class JournalLineResource(Resource):
    """One line of an entry: what an account was debited or credited."""

    position: int
    line_number: int
    loan_id: UUID
    event_id: UUID
    type: str
    account: Account
    debit: Money
    credit: Money
    effective_on: date
    recorded_at: Instant


class LoanLedgerResource(TrialBalanceResource, kw_only=True):
    """A loan's trial balance, and a page of the lines that it is made of."""

    lines: list[JournalLineResource]


class AccountingPeriodResource(Resource):
    """A month whose books are closed."""

    month: MonthText
    state: str
    closed_at: Instant
    closed_by: UUID | None


class _JournalLine(Row):
    position: int
    line_number: int
    loan_id: UUID
    event_id: UUID
    type: str
    account: str
    debit_cents: int
    credit_cents: int
    effective_on: date
    recorded_at: datetime


class _AccountSum(Row):
    account: str
    debit_cents: int
    credit_cents: int


class _Lines(Row):
    lines: int


_ORDER = (JOURNAL_LINES.c.position, JOURNAL_LINES.c.line_number)
LISTING = Listing(
    row=_JournalLine,
    table=JOURNAL_LINES,
    sorts={"position": _ORDER, "effective_on": (JOURNAL_LINES.c.effective_on, *_ORDER)},
)
OF_LOAN = Listing(
    row=_JournalLine,
    table=JOURNAL_LINES,
    joined="JOIN read.loans USING (loan_id)",
    sorts={"position": _ORDER},
)

_TOTALS = sums(_AccountSum, ACCOUNT_TOTALS)
_TOTALS_OF_LOAN = sums(_AccountSum, LOAN_BALANCES, "loan_id = %(loan)s")
# By each line's own date, which for money is when it counts. When a reservation counts depends on
# what else happened to its loan (`domain.ledger.as_of`), so callers leave memo accounts out.
_TOTALS_THEN = (
    "SELECT account, sum(debit_cents)::bigint AS debit_cents,"
    " sum(credit_cents)::bigint AS credit_cents FROM read.journal_lines WHERE"
    " (%(accounts)s::text[] IS NULL OR account = ANY(%(accounts)s))"
    " AND (%(effective_on)s::date IS NULL OR effective_on <= %(effective_on)s)"
    " AND (%(recorded_at)s::timestamptz IS NULL OR recorded_at <= %(recorded_at)s)"
    " GROUP BY account"
)
_OF_ACCOUNT = "(%(account)s::text IS NULL OR account = %(account)s)"
_LINES = sums(_Lines, ACCOUNT_TOTALS, _OF_ACCOUNT)
_LINES_OF_LOAN = sums(_Lines, LOAN_BALANCES, _OF_ACCOUNT, "loan_id = %(loan)s")


_BOOK = BookResource(debit="960000.00", credit="960000.00", difference="0.00")
JOURNAL_LINE = JournalLineResource(
    position=EVENT.position,
    line_number=1,
    loan_id=LOAN.id,
    event_id=EVENT.id,
    type=EVENT.type,
    account=Account.MEMO_COMMITMENT,
    debit="960000.00",
    credit="0.00",
    effective_on=EVENT.effective_on,
    recorded_at=EVENT.recorded_at,
)
TRIAL_BALANCE = TrialBalanceResource(
    loan_id=LOAN.id,
    accounts=[
        AccountBalanceResource(
            account=Account.PRINCIPAL,
            book="on_balance",
            side="debit",
            debit="182000.00",
            credit="0.00",
            balance="182000.00",
        )
    ],
    on_balance=_BOOK,
    memo=_BOOK,
    difference="0.00",
)


class TrialBalanceQuery(AsOf):
    """Of which loan, and when; nothing given is the whole portfolio now."""

    loan_id: UUID | None = None


class JournalList(PageParams):
    """How journal lines are listed."""

    sort_by: Literal["position", "effective_on"] = "position"
    loan_id: UUID | None = None
    account: Account | None = None
    effective_from: IsoDate | None = None
    effective_to: IsoDate | None = Field(default=None, description="That day included.")


class LoanLedgerQuery(PageParams, AsOf):
    """How a loan's ledger is shown, and when."""

    sort_by: Literal["position"] = "position"


@router.get(
    "/journal",
    "list_journal",
    right=Right.AUDIT_READ,
    reads=(JOURNAL_LINES, LOAN_BALANCES, ACCOUNT_TOTALS),
    example=[JOURNAL_LINE],
    meta=PAGE,
)
async def list_journal(query: JournalList, database: Database) -> Answer:
    """Journal lines, oldest first unless asked otherwise."""
    chosen = where(
        loan=("journal_lines.loan_id = %(loan)s", query.loan_id),
        account=("journal_lines.account = %(account)s", query.account and query.account.value),
        first=("journal_lines.effective_on >= %(first)s", query.effective_from),
        last=("journal_lines.effective_on <= %(last)s", query.effective_to),
    )
    if query.effective_from or query.effective_to:
        total = await bounded_count(database, LISTING.source, chosen)
    else:
        wanted = {"loan": query.loan_id, "account": query.account and query.account.value}
        statement = _LINES_OF_LOAN if query.loan_id else _LINES
        (counted,) = await database.rows(_Lines, statement, wanted)
        total = counted.lines
    page = await LISTING.page(database, query, chosen, total)
    return Answer([_line(line) for line in page.rows], page.meta)


@router.get(
    "/trial-balance",
    "get_trial_balance",
    right=Right.AUDIT_READ,
    reads=(ACCOUNT_TOTALS, LOAN_BALANCES, JOURNAL_LINES, LOANS),
    example=TRIAL_BALANCE,
    may_miss=True,
)
async def get_trial_balance(
    query: TrialBalanceQuery, call: Call, database: Database, reader: Reader
) -> Answer:
    """What every account holds, of the whole portfolio or of one loan, now or as it was.

    Of the whole portfolio with `effective_on`, the accounts are those on the balance sheet and
    `memo` is left out: when a reservation counts is decided loan by loan. One loan's has them all.
    """
    if query.loan_id is not None:
        await visible_loan(database, query.loan_id, call)
        totals = await _sums_of_loan(database, reader, query.loan_id, query)
    else:
        totals = await _sums_of_house(database, query)
    has_memo = query.loan_id is not None or query.effective_on is None
    return Answer(trial_balance(totals, query.loan_id, has_memo=has_memo))


@router.get(
    "/loans/{loan_id}/ledger",
    "get_loan_ledger",
    right=Right.LOANS_READ,
    reads=(LOANS, JOURNAL_LINES, LOAN_BALANCES),
    example=LoanLedgerResource(**asdict(TRIAL_BALANCE), lines=[JOURNAL_LINE]),
    meta=PAGE,
)
async def get_loan_ledger(
    loan_id: UUID,
    query: LoanLedgerQuery,
    call: Call,
    database: Database,
    reader: Reader,
) -> Answer:
    """A loan's accounts, and the page of its journal lines, now or as they were.

    As of a date, the lines are those that make up the loan as of it: a reservation typed in later
    counts with the money it led to, though the line itself bears its own, later date.
    """
    await visible_loan(database, loan_id, call)
    positions: list[int] | None = None
    if query.is_past:
        then = await past_ledger(reader, loan_id, query)
        totals, positions, total = then.sums, then.positions, then.lines
    else:
        totals = _totals(await database.rows(_AccountSum, _TOTALS_OF_LOAN, {"loan": loan_id}))
        wanted = {"loan": loan_id, "account": None}
        (counted,) = await database.rows(_Lines, _LINES_OF_LOAN, wanted)
        total = counted.lines
    chosen = where(
        loan=("journal_lines.loan_id = %(loan)s", loan_id),
        owner=("loans.builder_user_id = %(owner)s", call.owner_id),
        counted=("journal_lines.position = ANY(%(counted)s::bigint[])", positions),
    )
    page = await OF_LOAN.page(database, query, chosen, total)
    lines = [_line(line) for line in page.rows]
    shown = LoanLedgerResource(**asdict(trial_balance(totals, loan_id)), lines=lines)
    return Answer(shown, page.meta)


@router.get(
    "/accounting-periods",
    "list_accounting_periods",
    right=Right.AUDIT_READ,
    example=[
        AccountingPeriodResource(
            month="2025-03",
            state="CLOSED",
            closed_at="2025-04-03T08:11:02.118273Z",
            closed_by=EVENT.actor.id,
        )
    ],
    meta=PAGE,
)
async def list_accounting_periods(reader: Reader) -> Answer:
    """The months whose books are closed, the latest first; all after them are open."""
    closed = await reader.stream(calendar_id())
    shown = [_period(each, each.event) for each in closed if isinstance(each.event, PeriodClosed)]
    shown.reverse()
    return Answer(shown, meta=page_meta(1, max(1, len(shown)), len(shown), None))


async def _sums_of_loan(database: Database, reader: Reader, loan_id: UUID, as_of: AsOf) -> Sums:
    if as_of.is_past:
        return (await past_ledger(reader, loan_id, as_of)).sums
    return _totals(await database.rows(_AccountSum, _TOTALS_OF_LOAN, {"loan": loan_id}))


async def _sums_of_house(database: Database, as_of: AsOf) -> Sums:
    if not as_of.is_past:
        return _totals(await database.rows(_AccountSum, _TOTALS))
    wanted = {
        "accounts": None if as_of.effective_on is None else ON_BALANCE,
        "effective_on": as_of.effective_on,
        "recorded_at": as_of.recorded_at,
    }
    return _totals(await database.rows(_AccountSum, _TOTALS_THEN, wanted))


def _totals(rows: Iterable[_AccountSum]) -> Sums:
    return {Account(row.account): (row.debit_cents, row.credit_cents) for row in rows}


def _line(line: _JournalLine) -> JournalLineResource:
    return JournalLineResource(
        position=line.position,
        line_number=line.line_number,
        loan_id=line.loan_id,
        event_id=line.event_id,
        type=line.type,
        account=Account(line.account),
        debit=format_money(line.debit_cents),
        credit=format_money(line.credit_cents),
        effective_on=line.effective_on,
        recorded_at=instant_text(line.recorded_at),
    )


def _period(recorded: Recorded, event: PeriodClosed) -> AccountingPeriodResource:
    return AccountingPeriodResource(
        month=month_text(event.month),
        state="CLOSED",
        closed_at=instant_text(recorded.recorded_at),
        closed_by=event.closed_by,
    )
