"""The invariants of a loan, each by itself, against the model that works everything out anew.

Where one is held elsewhere, it is told here by whom:

| Invariant | Held by |
|---|---|
| 1 principal, undisbursed, available | `agreement.assert_sound`, `assert_same_principal`, every step |
| 2 the ledger is the loan; the trial balance is zero | `agreement.assert_sound_books`, every step |
| 3 lines equal sources | `agreement.assert_sound`; `test_budget_changes` |
| 4 no line beyond its budget | `agreement.assert_sound`; `test_any_history` |
| 5, 6 G702, retainage | `agreement.assert_same_lines`, every step; `test_three_draw_loan` |
| 7, 8, 10 inspection, balance, conditions | `agreement.assert_sound` (8); `test_draw_policy` |
| 9 supervisory limits | `test_supervisory_limits` |
| 11, 12 a day's interest, its rounding | here; `agreement.assert_same_months`, every step |
| 13 the reserve | `agreement.assert_sound`, `assert_same_months`, every step |
| 14 the waterfall | `agreement.assert_same_payments`, every step |
| 15 payoff | `test_any_loan.AnyLoan.quote_payoff`; here: the same bytes |
| 16 participations | here |
| 17 the same command twice | `tests/integration/http` |
| 18 reversal: once, not before; nothing is left of a loan that is undone | here |
| 19 four eyes | `test_draw_limits`, `tests/integration/http` |
| 20 projectors | `tests/integration/projectors` |
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.interest.timeline import Timeline, interest_between, running_interest
from domain.kernel.day_count import DayCount
from domain.kernel.rounding import Rounding
from domain.participations.split import split
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

DAY = timedelta(days=1)
START = date(2023, 11, 20)
DAYS = st.integers(0, 200).map(lambda n: START + n * DAY)
RATES = st.integers(0, 30_000_000).map(lambda n: Decimal(n).scaleb(-8))
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


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=200, deadline=None)
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
