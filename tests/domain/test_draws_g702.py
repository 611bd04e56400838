"""Example E2: a published G702 sample, as its own lines make it and not as it was printed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.budgets.commands import ApproveChangeOrder
from domain.budgets.state import LineChange, Source, SourceKind
from domain.kernel.money import format_money, parse_money
from domain.kernel.rounding import Rounding
from domain.kernel.values import replace
from domain.loans.terms import LoanTerms
from tests.domain.draw_controls import DAY, draft
from tests.scenario import MEP, Desk, draw_id, e3_terms, line_id


def one_line(amount: str, **changes: Any) -> LoanTerms:
    """A loan for a single HARD line."""
    terms, cents = e3_terms(), parse_money(amount)
    line = next(line for line in terms.lines if line.code == MEP)
    return replace(
        terms,
        commitment_cents=cents,
        lines=(replace(line, amount_cents=cents, **changes),),
        sources=(Source(SourceKind.LOAN, cents),),
    )


def test_the_published_sample_with_line_eight_as_it_should_be() -> None:
    desk = Desk().active(one_line("250000.00"))
    extra = parse_money("15000.00")
    order = ApproveChangeOrder(
        "1", (LineChange(line_id(MEP), extra),), (Source(SourceKind.EQUITY, extra),)
    )
    desk.on_loan(order)
    desk.funded(draw_id(1), {MEP: ("65000.00", "0.00", "0.00")}, DAY)

    draft(desk, draw_id(2), {MEP: ("67500.00", "0.00", "0.00")})

    totals = desk.draws[draw_id(2)].application.totals()
    assert [format_money(cents) for cents in totals] == [
        "132500.00",
        "13250.00",
        "119250.00",
        "58500.00",
        "60750.00",
        "145750.00",
    ]


@pytest.mark.parametrize(("rounding", "held"), [(Rounding.HALF_UP, 1), (Rounding.HALF_EVEN, 0)])
def test_half_a_cent_of_retainage_falls_as_the_loan_says(rounding: Rounding, held: int) -> None:
    desk = Desk().active(replace(one_line("250000.00"), rounding=rounding))

    draft(desk, draw_id(1), {MEP: ("0.05", "0.00", "0.00")})

    assert desk.draws[draw_id(1)].application.totals().l5_cents == held


def test_materials_built_in_are_work_and_no_longer_stored() -> None:
    terms = one_line("250000.00", stored_retainage_rate=Decimal("0.2"))
    desk = Desk().active(terms)
    desk.funded(draw_id(1), {MEP: ("0.00", "1000.00", "0.00")}, DAY)

    desk.funded(draw_id(2), {MEP: ("1000.00", "0.00", "0.00")}, date(2025, 2, 11))

    line = desk.the_loan.budget.line(line_id(MEP))
    assert (line.completed_cents, line.stored_cents, line.withheld_cents) == (100_000, 0, 10_000)
    assert desk.draws[draw_id(2)].application.net_cents == 10_000
