"""A loan from term sheet to closing."""

from collections.abc import Callable
from datetime import date

import pytest

from domain.budgets.state import LineAmount, Source, SourceKind
from domain.kernel.errors import Conflict, RuleBroken
from domain.kernel.money import parse_money
from domain.kernel.values import replace
from domain.loans.commands import (
    ApproveLoan,
    CloseLoan,
    DeclineLoan,
    LoanCommand,
    SubmitLoan,
    WithdrawLoan,
)
from domain.loans.events import LoanOriginated, LoanSubmitted
from domain.loans.fold import evolve
from domain.loans.state import LoanState
from domain.loans.terms import LoanTerms
from tests.scenario import CLOSING, FINISHES, LAND, RESERVE, SOFT, Desk, e3_terms, line_id


def desk_at(*commands: LoanCommand) -> Desk:
    desk = Desk()
    desk.originate()
    for command in commands:
        desk.on_loan(command)
    return desk


def test_originating_the_same_terms_again_decides_nothing() -> None:
    desk = desk_at()

    assert desk.originate() == []


def test_other_terms_under_the_same_id_collide() -> None:
    desk = desk_at()

    with pytest.raises(Conflict) as caught:
        desk.originate(replace(e3_terms(), memo="another loan"))
    assert caught.value.code == "LOAN_EXISTS"


def cents_more_equity(terms: LoanTerms) -> LoanTerms:
    equity = replace(terms.sources[0], amount_cents=terms.sources[0].amount_cents + 1)
    return replace(terms, sources=(equity, *terms.sources[1:]))


def lent_by_others(terms: LoanTerms) -> LoanTerms:
    return replace(terms, commitment_cents=terms.commitment_cents - 1)


def line_twice(terms: LoanTerms) -> LoanTerms:
    return replace(terms, lines=(*terms.lines[:-1], replace(terms.lines[-1], code=SOFT)))


def retained_land(terms: LoanTerms) -> LoanTerms:
    land = replace(terms.lines[0], retainage_rate=terms.rate)
    return replace(terms, lines=(land, *terms.lines[1:]))


def equity_over_land(terms: LoanTerms) -> LoanTerms:
    equity = Source(SourceKind.EQUITY, parse_money("240000.00"), line_id(FINISHES))
    return replace(terms, sources=(equity, terms.sources[1]))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (cents_more_equity, "BUDGET_NOT_BALANCED"),
        (lent_by_others, "SOURCES_NOT_COMMITMENT"),
        (line_twice, "LINE_TWICE"),
        (retained_land, "RETAINAGE_NOT_APPLICABLE"),
        (equity_over_land, "EQUITY_EXCEEDS_LINE"),
    ],
)
def test_a_budget_one_cent_or_one_line_wrong_is_refused(
    change: Callable[[LoanTerms], LoanTerms], code: str
) -> None:
    with pytest.raises(RuleBroken) as caught:
        Desk().originate(change(e3_terms()))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("done", "command", "state"),
    [
        ((), SubmitLoan(), LoanState.SUBMITTED),
        ((SubmitLoan(),), ApproveLoan(), LoanState.APPROVED),
        ((SubmitLoan(),), DeclineLoan("too thin"), LoanState.DECLINED),
        ((), WithdrawLoan(), LoanState.WITHDRAWN),
        ((SubmitLoan(), ApproveLoan()), WithdrawLoan(), LoanState.WITHDRAWN),
        ((SubmitLoan(), ApproveLoan()), CLOSING, LoanState.ACTIVE),
    ],
)
def test_each_step_leads_where_it_says_and_repeats_decide_nothing(
    done: tuple[LoanCommand, ...], command: LoanCommand, state: LoanState
) -> None:
    desk = desk_at(*done)

    assert desk.on_loan(command)
    assert desk.the_loan.state is state
    assert desk.on_loan(command) == []


@pytest.mark.parametrize(
    ("done", "command", "code"),
    [
        ((), ApproveLoan(), "LOAN_NOT_SUBMITTED"),
        ((), DeclineLoan(), "LOAN_NOT_SUBMITTED"),
        ((SubmitLoan(), ApproveLoan()), SubmitLoan(), "LOAN_NOT_DRAFT"),
        ((SubmitLoan(),), CLOSING, "LOAN_NOT_APPROVED"),
        ((SubmitLoan(), ApproveLoan(), CLOSING), WithdrawLoan(), "LOAN_NOT_DRAFT"),
        (
            (SubmitLoan(), ApproveLoan(), CLOSING),
            CloseLoan(date(2025, 1, 16)),
            "LOAN_NOT_APPROVED",
        ),
    ],
)
def test_a_step_out_of_order_is_refused(
    done: tuple[LoanCommand, ...], command: LoanCommand, code: str
) -> None:
    desk = desk_at(*done)

    with pytest.raises(RuleBroken) as caught:
        desk.on_loan(command)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("line", "amount", "code"),
    [
        (LAND, "10000.00", None),
        (LAND, "10000.01", "ADVANCE_EXCEEDS_LINE"),
        (RESERVE, "0.01", "LINE_NOT_ADVANCEABLE"),
        ("NOWHERE", "1.00", "LINE_NOT_IN_BUDGET"),
    ],
)
def test_closing_pays_a_line_to_its_end_and_not_a_cent_more(
    line: str, amount: str, code: str | None
) -> None:
    desk = desk_at(SubmitLoan(), ApproveLoan())
    closing = CloseLoan(CLOSING.closing_on, (LineAmount(line_id(line), parse_money(amount)),))

    if code is None:
        desk.on_loan(closing)
        assert desk.the_loan.principal_cents == parse_money(amount)
    else:
        with pytest.raises(RuleBroken) as caught:
            desk.on_loan(closing)
        assert caught.value.code == code
        assert desk.the_loan.state is LoanState.APPROVED


def test_a_loan_closes_on_its_maturity_date_and_not_a_day_later() -> None:
    maturity_on = e3_terms().maturity_on

    desk_at(SubmitLoan(), ApproveLoan()).on_loan(CloseLoan(maturity_on))
    with pytest.raises(RuleBroken) as caught:
        desk_at(SubmitLoan(), ApproveLoan()).on_loan(
            CloseLoan(date.fromordinal(maturity_on.toordinal() + 1))
        )
    assert caught.value.code == "CLOSING_AFTER_MATURITY"


@pytest.mark.parametrize("amount", ["9999.99", "0.00"])
def test_closing_again_with_another_advance_is_refused(amount: str) -> None:
    desk = desk_at(SubmitLoan(), ApproveLoan(), CLOSING)
    land, *others = CLOSING.advance
    again = CloseLoan(
        CLOSING.closing_on, (replace(land, amount_cents=parse_money(amount)), *others)
    )

    with pytest.raises(RuleBroken) as caught:
        desk.on_loan(again)
    assert caught.value.code == "LOAN_NOT_APPROVED"
    assert desk.on_loan(replace(CLOSING, advance=tuple(reversed(CLOSING.advance)))) == []


def test_a_loan_begins_once_and_with_its_terms() -> None:
    loan = Desk()
    loan.originate()
    originated = next(event for event in loan.recorded if isinstance(event, LoanOriginated))

    with pytest.raises(ValueError, match="originated once"):
        evolve(loan.the_loan, originated)
    with pytest.raises(ValueError, match="cannot begin a loan"):
        evolve(None, LoanSubmitted(originated.loan_id))
