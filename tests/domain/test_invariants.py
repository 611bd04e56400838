"""The invariants of a loan, each by itself, against the model that works everything out anew.

Where one is held elsewhere, it is told here by whom:

| Invariant | Held by |
|---|---|
| 1 principal, undisbursed, available | `agreement.assert_sound`, `assert_same_principal`, every step |
| 2 the ledger is the loan; the trial balance is zero | `agreement.assert_sound_books`, every step |
| 3 lines equal sources | `agreement.assert_sound`; `test_budgets_changes` |
| 4 no line beyond its budget | `agreement.assert_sound`; `test_any_history` |
| 5, 6 G702, retainage | `agreement.assert_same_lines`, every step; `test_three_draw_loan` |
| 7, 10 inspection, conditions | `test_draws_policy` |
| 8 balance | `test_loans_balance` |
| 9 supervisory limits | `test_loans_limits` |
| 11, 12 a day's interest, its rounding | here; `agreement.assert_same_months`, every step |
| 13 the reserve | `agreement.assert_sound`, `assert_same_months`, every step |
| 14 the waterfall | `agreement.assert_same_payments`, every step |
| 15 payoff | `test_any_loan.AnyLoan.quote_payoff`; here: the same bytes |
| 16 participations | here |
| 17 the same command twice | `tests/integration/http` |
| 18 reversal: once, not before; nothing is left of a loan that is undone | here |
| 19 four eyes | `test_draws_limits`, `tests/integration/http` |
| 20 projectors | `tests/integration/projectors` |
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.corrections.decide import Reversible
from domain.draws.commands import CancelDraw, FailFunding
from domain.draws.state import DrawState
from domain.interest.timeline import InterestCents, Timeline, interest_between, running_interest
from domain.kernel.day_count import DayCount
from domain.kernel.errors import Refusal
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.ledger.accounts import Account
from domain.ledger.entries import FinancialEvent, post
from domain.loans.file import LoanFile
from domain.loans.state import LoanState
from domain.participations.split import split
from domain.payoff.commands import RecordPayoff
from domain.payoff.quotes import quote
from domain.receivables.events import InterestCapitalized, PaymentReceived
from runtime.values import json_reader, to_json
from tests.domain.any_terms import planned
from tests.domain.any_walk import walked
from tests.domain.loan_desk import LOAN_ID, Entry, LoanDesk
from tests.domain.test_any_loan import AnyLoan
from tests.model import arithmetic
from tests.model.loan import (
    CONTRACT,
    DEFAULT,
    KINDS,
    NONACCRUAL,
    PARTS,
    Model,
    Moved,
    RateSet,
    Span,
)
from tests.thoroughness import examples

DAY = timedelta(days=1)
START = date(2023, 11, 20)
DAYS = st.integers(0, 200).map(lambda n: START + n * DAY)
RATES = st.integers(0, 30_000_000).map(lambda n: Rate(Decimal(n).scaleb(-8)))
CENTS = st.integers(-90_000_000, 90_000_000)


@st.composite
def timelines(draw: st.DrawFn) -> tuple[Timeline, Model]:
    """Any timeline, known late in any order, and the model of it."""
    rate, margin = draw(RATES), draw(RATES)
    count, rounding = draw(st.sampled_from(DayCount)), draw(st.sampled_from(Rounding))
    line = Timeline(rate, margin, count, rounding, {})
    model = Model(0, Fraction(rate), Fraction(margin), count.value, rounding.value, START)
    for on, cents in draw(st.lists(st.tuples(DAYS, CENTS), max_size=8)):
        line = line.moved(on, cents)
        model.moved.append(Moved(on, cents))
    for on, step in draw(st.lists(st.tuples(DAYS, RATES), max_size=4)):
        line = line.with_rate(on, step)
        model.rates.append(RateSet(on, Fraction(step)))
    for on in draw(st.lists(DAYS, max_size=2)):
        until = draw(st.none() | DAYS.map(lambda day, on=on: max(on, day)))
        line = line.default_from(on)
        if until is None:
            model.defaults.append(Span(on))
            break
        line = line.default_until(until)
        model.defaults.append(Span(on, until))
    for on in draw(st.lists(DAYS, max_size=2)):
        until = draw(st.none() | DAYS.map(lambda day, on=on: max(on, day)))
        line = line.nonaccrual_from(on)
        if until is None:
            model.nonaccruals.append(Span(on))
            break
        line = line.nonaccrual_until(until)
        model.nonaccruals.append(Span(on, until))
    return line, model


def principal(model: Model, day: date) -> int:
    return sum(move.cents for move in model.moved if move.on <= day)


@settings(max_examples=examples(300), deadline=None)
@given(timelines(), DAYS, st.integers(0, 70))
def test_a_days_interest_is_that_of_its_end_of_day_principal_whatever_became_known_when(
    both: tuple[Timeline, Model], first_on: date, length: int
) -> None:
    """Invariant 11: any timeline, any day count, any period, to the last fraction of a cent."""
    line, model = both
    sums = dict.fromkeys(KINDS, Fraction(0))
    for n in range(length):
        day = first_on + n * DAY
        assert line.principal_on(day) == principal(model, day)
        assert Fraction(line.rate_on(day)) == model.rate_on(day)
        for kind, parts in model.of_a_day(day, principal(model, day)).items():
            sums[kind] += Fraction(parts, PARTS)
    exact = interest_between(line, first_on, first_on + length * DAY)
    assert exact.contract == sums[CONTRACT]
    assert exact.default == sums[DEFAULT]
    assert exact.nonaccrual == sums[NONACCRUAL]


@settings(max_examples=examples(200), deadline=None)
@given(timelines(), DAYS, st.integers(0, 62))
def test_the_postings_of_a_period_sum_to_its_rounded_total(
    both: tuple[Timeline, Model], first_on: date, length: int
) -> None:
    """Invariant 12: ``posting(d) = q(sum through d) - q(sum through d - 1)``, the three apart."""
    line, model = both
    running = running_interest(line, first_on, first_on + length * DAY)
    assert len(running) == length
    sums = dict.fromkeys(KINDS, Fraction(0))
    for n, posted in enumerate(running):
        day = first_on + n * DAY
        for kind, parts in model.of_a_day(day, principal(model, day)).items():
            sums[kind] += Fraction(parts, PARTS)
        expected = tuple(arithmetic.q(sums[kind], model.rounding) for kind in KINDS)
        assert (posted.interest_cents, posted.default_cents, posted.nonaccrual_cents) == expected


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=8))
def test_shares_sum_to_the_whole_by_largest_remainder(cents: int, weights: list[int]) -> None:
    """Invariant 16."""
    if not sum(weights):
        weights[0] = 1
    parts = split(cents, [Fraction(weight, sum(weights)) for weight in weights])
    assert sum(parts) == cents
    assert list(parts) == arithmetic.split(cents, [Fraction(weight) for weight in weights])


def folded(entries: list[Entry], file: LoanFile | None = None) -> LoanFile:
    """What events leave of a loan and its months."""
    if file is None:
        desk = LoanDesk(START)
        desk.fold(entries[0].event)
        file, entries = desk.the_file, entries[1:]
    return file.after([entry.event for entry in entries])


@pytest.mark.parametrize("seed", range(1, 1 + examples(3)))
def test_a_long_history_folds_to_one_state_whether_replayed_or_snapshot_on_the_way(
    seed: int,
) -> None:
    desk = walked(seed, 500).desk
    snapshot = json_reader(LoanFile)

    assert folded(desk.journal) == desk.file
    for cut in range(20, len(desk.journal), 97):
        before = folded(desk.journal[:cut])
        file = snapshot(to_json(before))
        assert file == before
        assert folded(desk.journal[cut:], file) == desk.file


def test_each_events_entry_counts_once_in_the_books() -> None:
    """Invariant 2: the books are the sum of the postings, and the loan's are a part of them."""
    desk = walked(4, 300).desk
    books: dict[Account, int] = {}
    for entry in desk.journal:
        if isinstance(entry.event, FinancialEvent):
            books = post(books, entry.event.postings)
    assert books == desk.books
    assert sum(cents for account, cents in books.items() if account is Account.PRINCIPAL) == (
        desk.loan.principal_cents
    )


@pytest.mark.parametrize("seed", range(5, 5 + examples(4)))
def test_nothing_is_left_of_a_loan_of_which_every_event_is_undone(seed: int) -> None:
    """Invariant 18: as of their own days, in any order that is allowed, until none is left."""
    desk = walked(seed, 150, reversals=False).desk
    for draw in list(desk.draws.values()):
        if draw.state is DrawState.FUNDING:
            desk.on_draw(draw.draw_id, FailFunding())
        if desk.draws[draw.draw_id].state is DrawState.APPROVED:
            desk.on_draw(draw.draw_id, CancelDraw())
    left = [entry for entry in reversed(desk.journal) if isinstance(entry.event, Reversible)]
    left = [entry for entry in left if not isinstance(entry.event, InterestCapitalized)]
    while left:
        undone = [
            entry
            for entry in left
            if not isinstance(
                desk.attempt(lambda entry=entry: desk.serve(desk.reversal(entry, entry.counts_on))),
                Refusal,
            )
        ]
        assert undone, [type(entry.event).__name__ for entry in left]
        left = [entry for entry in left if entry not in undone]

    assert {account: cents for account, cents in desk.books.items() if cents} == {}
    assert desk.loan.state is LoanState.APPROVED
    assert desk.loan.timeline.movements == {}
    assert desk.loan.budget.withheld_cents == 0
    assert all(line.completed_cents == line.stored_cents == 0 for line in desk.loan.budget.lines)
    assert all(period.accrued == InterestCents() for period in desk.the_file.periods.values())


def test_an_event_is_reversed_once_and_not_before_its_own_day() -> None:
    """Invariant 18."""
    desk = walked(9, 200, reversals=False).desk
    entry = next(e for e in desk.journal if isinstance(e.event, PaymentReceived))
    early = desk.attempt(lambda: desk.serve(desk.reversal(entry, entry.counts_on - DAY)))
    assert isinstance(early, Refusal)
    assert early.code == "REVERSAL_BEFORE_ORIGINAL"
    desk.serve(desk.reversal(entry, entry.counts_on))
    again = desk.attempt(lambda: desk.serve(desk.reversal(entry, entry.counts_on)))
    assert isinstance(again, Refusal)
    assert again.code == "ALREADY_REVERSED"


def test_a_quote_of_one_loan_version_is_the_same_to_the_byte() -> None:
    """Invariant 15."""
    office = walked(10, 200)
    file, on = office.desk.the_file, office.desk.today + 40 * DAY
    quotes = [quote(file, 7, on, on + 5 * DAY) for _ in range(2)]
    first, second = (to_json(quoted) for quoted in quotes)
    assert first == second


@pytest.mark.parametrize("seed", range(11, 11 + examples(2)))
def test_a_payoff_of_what_was_quoted_leaves_nothing_owed_and_comes_back(seed: int) -> None:
    """Invariant 15: the unused reserve is no credit, and no cent is short or over."""
    desk = walked(seed, 200).desk
    for draw in list(desk.draws.values()):
        if draw.state is DrawState.FUNDING:
            desk.on_draw(draw.draw_id, FailFunding())
        if desk.draws[draw.draw_id].state is DrawState.APPROVED:
            desk.on_draw(draw.draw_id, CancelDraw())
    on = desk.today + 33 * DAY
    total = quote(desk.the_file, 1, on, on).totals_by_date[0].total_cents
    short = RecordPayoff(LOAN_ID, total - 1, on, "WIRE")
    assert isinstance(desk.attempt(lambda: desk.serve(short)), Refusal)

    desk.serve(RecordPayoff(LOAN_ID, total, on, "WIRE"))
    owed_accounts = (
        Account.PRINCIPAL,
        Account.INTEREST_RECEIVABLE,
        Account.FEES_RECEIVABLE,
        Account.PROTECTIVE_ADVANCES,
        Account.UNAPPLIED_PAYMENTS,
        Account.MEMO_NONACCRUAL_INTEREST,
    )
    assert [desk.books.get(account, 0) for account in owed_accounts] == [0] * 6
    assert desk.loan.state is LoanState.PAID_OFF

    paid = next(e for e in reversed(desk.journal) if isinstance(e.event, PaymentReceived))
    desk.serve(desk.reversal(paid, paid.counts_on + 7 * DAY))
    assert desk.loan.is_live
    assert desk.loan.principal_cents > 0


def test_a_reserve_raised_since_pays_nothing_of_a_month_that_comes_to_owe_interest_late() -> None:
    """Invariant 13: the order in which things became known plays no part."""
    office = AnyLoan()
    office.close(plan=planned(reserve=0, rate=Rate(0)))
    office.close_business(20)
    office.reallocate("CONTINGENCY", "RESERVE", 100)
    office.change_rate(Rate("0.12"), 40)
    month = office.desk.loan.receivables.months[0]
    assert month.accrued.interest_cents > 0
    assert month.capitalised_cents == 0 < office.desk.loan.interest_reserve_cents
    office.agrees()
