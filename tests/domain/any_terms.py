"""Terms of any loan, and the model of the loan that has them."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID, uuid5

from hypothesis import strategies as st

from domain.budgets.state import Category, LineAmount, LineTerms, Source, SourceKind
from domain.kernel.day_count import DayCount
from domain.kernel.rates import Rate
from domain.kernel.rounding import Rounding
from domain.loans.terms import ExtensionOption, LoanTerms
from tests.domain.loan_desk import LOAN_ID
from tests.model.applications import Line
from tests.model.loan import Model, Moved

BUILDER = uuid5(LOAN_ID, "builder")
OFFICER = uuid5(LOAN_ID, "officer")
DRAWN = ("SOFT", "SITEWORK", "FRAMING")


def line_id(code: str) -> UUID:
    """The id of a budget line."""
    return uuid5(LOAN_ID, code)


def draw_id(number: int) -> UUID:
    """The id of a draw."""
    return uuid5(LOAN_ID, f"draw {number}")


class PlannedLoan:
    """A loan as it is to be closed; no dataclass, for its figures are told in one line."""

    def __init__(
        self, terms: LoanTerms, closing_on: date, advance: tuple[LineAmount, ...], model: Model
    ) -> None:
        self.terms = terms
        self.closing_on = closing_on
        self.advance = advance
        self.model = model

    def __repr__(self) -> str:
        terms = self.terms
        lines = ", ".join(f"{line.code} {line.amount_cents}" for line in terms.lines)
        return (
            f"<{terms.rate} + {terms.default_margin} {terms.day_count} {terms.rounding}, "
            f"{self.closing_on} to {terms.maturity_on}, grace {terms.grace_days}, {lines}>"
        )


RATES = st.sampled_from(
    [Rate("0.0975"), Rate("0.12"), Rate("0.08125"), Rate("0.07499999"), Rate(0)]
)
RETAINAGE = st.sampled_from([Rate(0), Rate("0.05"), Rate("0.1"), Rate("0.075")])
DOLLARS = st.integers(0, 100_000)


def planned(  # each is a term that a test may want otherwise
    closing_on: date = date(2025, 1, 15),
    days: int = 300,
    amounts: tuple[int, int, int, int] = (6_000_000, 2_000_000, 12_000_000, 15_000_000),
    fee: int = 1_000_000,
    contingency: int = 2_000_000,
    reserve: int = 5_000_000,
    to_come: int = 0,
    retainage: tuple[Rate, Rate] = (Rate("0.1"), Rate("0.1")),
    rate: Rate = Rate("0.0975"),  # noqa: B008  # a rate is as immutable as any number
    margin: Rate = Rate("0.05"),  # noqa: B008  # as the rate
    count: DayCount = DayCount.ACT_360,
    rounding: Rounding = Rounding.HALF_UP,
    grace: int = 10,
) -> PlannedLoan:
    """A loan of these terms, in cents; ``amounts`` of land, soft costs, sitework and framing."""
    cents = {
        "LAND": (Category.LAND, amounts[0]),
        "FEE": (Category.FEE, fee),
        "SOFT": (Category.SOFT, amounts[1]),
        "SITEWORK": (Category.HARD, amounts[2]),
        "FRAMING": (Category.HARD, amounts[3]),
        "CONTINGENCY": (Category.CONTINGENCY, contingency),
        "RESERVE": (Category.INTEREST_RESERVE, reserve),
    }
    held = {"SITEWORK": retainage, "FRAMING": retainage}
    none = (Rate(0), Rate(0))
    equity = 3_000_000
    commitment = sum(amount for _, amount in cents.values()) - equity - to_come
    sources = [
        Source(SourceKind.LOAN, commitment),
        Source(SourceKind.EQUITY, equity, line_id("LAND")),
        Source(SourceKind.EQUITY, to_come),
    ]
    terms = LoanTerms(
        project_id=uuid5(LOAN_ID, "project"),
        project_name="Any Street",
        borrower_id=uuid5(LOAN_ID, "borrower"),
        borrower_name="Any Street Homes LLC",
        builder_user_id=BUILDER,
        commitment_cents=commitment,
        rate=rate,
        default_margin=margin,
        day_count=count,
        rounding=rounding,
        maturity_on=closing_on + timedelta(days=days),
        late_charge_rate=Rate("0.05"),
        grace_days=grace,
        extension_options=(ExtensionOption(3, Rate("0.0025")), ExtensionOption(6, Rate(0))),
        valuation=None,
        draw_policy=(),
        lines=tuple(
            LineTerms(line_id(code), code, code, category, amount, *held.get(code, none))
            for code, (category, amount) in cents.items()
        ),
        sources=tuple(source for source in sources if source.amount_cents),
    )
    paid = {"LAND": 1_000_000, "FEE": fee, "SOFT": 400_000}
    advance = tuple(LineAmount(line_id(code), amount) for code, amount in paid.items() if amount)
    before = {**paid, "LAND": paid["LAND"] + equity}
    return PlannedLoan(terms, closing_on, advance, _model(terms, closing_on, paid, before))


def _model(
    terms: LoanTerms, closing_on: date, paid: dict[str, int], before: dict[str, int]
) -> Model:
    """The model of a loan that has just closed.

    Args:
        terms: of the loan.
        closing_on: the day.
        paid: what closing paid, in cents by line; ``before`` that and the equity spent earlier.
    """
    return Model(
        commitment=terms.commitment_cents,
        rate=Fraction(terms.rate),
        margin=Fraction(terms.default_margin),
        day_count=terms.day_count.value,
        rounding=terms.rounding.value,
        closed_on=closing_on,
        late_rate=Fraction(terms.late_charge_rate),
        grace_days=terms.grace_days,
        moved=[Moved(closing_on, sum(paid.values()))],
        lines={
            line.code: Line(
                line.category.value,
                line.amount_cents,
                Fraction(line.retainage_rate),
                Fraction(line.stored_retainage_rate),
                before=before.get(line.code, 0),
            )
            for line in terms.lines
        },
    )


def plans() -> st.SearchStrategy[PlannedLoan]:
    """Any loan: its counts, rates, budget and closing."""
    return st.builds(
        planned,
        closing_on=st.integers(0, 420).map(lambda n: date(2024, 1, 5) + timedelta(days=n)),
        days=st.sampled_from([300, 150, 60]),
        amounts=st.tuples(
            DOLLARS.map(lambda n: 5_000_000 + 100 * n),
            DOLLARS.map(lambda n: 1_000_000 + 37 * n),
            DOLLARS.map(lambda n: 9_000_000 + 101 * n),
            DOLLARS.map(lambda n: 12_000_000 + 113 * n),
        ),
        fee=st.sampled_from([1_000_000, 0]),
        contingency=DOLLARS.map(lambda n: 50 * n),
        reserve=st.sampled_from([5_000_000, 200_000, 12_345, 0]),
        to_come=st.sampled_from([0, 2_500_000]),
        retainage=st.tuples(RETAINAGE, RETAINAGE),
        rate=RATES,
        margin=st.sampled_from([Rate("0.05"), Rate("0.03333333")]),
        count=st.sampled_from(DayCount),
        rounding=st.sampled_from(Rounding),
        grace=st.sampled_from([10, 0, 15]),
    )
