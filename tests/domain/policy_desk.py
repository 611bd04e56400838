"""A draw on an approver's desk, and what its loan asks of it."""

from datetime import date, timedelta

from domain.budgets.commands import RecordAcceptedProgress, RecordCostToComplete
from domain.budgets.events import LineCost, LineProgress
from domain.draws.commands import (
    ApproveDraw,
    OverrideRule,
)
from domain.draws.events import ChecklistRule, DrawKind, Payee
from domain.draws.state import DrawState
from domain.kernel.actors import Role
from domain.kernel.money import parse_money
from domain.kernel.rates import Rate
from domain.loans import decide as loans
from domain.loans.terms import PolicyRule
from tests.domain.draw_controls import (
    DAY,
    desk_that_asks,
    draft,
    refused,
    to_review,
)
from tests.scenario import (
    MEP,
    OFFICER,
    Asked,
    Desk,
    draw_id,
    line_id,
)

ONE_DAY = timedelta(days=1)
WORK: Asked = {MEP: ("40000.00", "0.00", "0.00")}
DRAW = draw_id(1)
APPROVE = ApproveDraw(OFFICER, on=DAY)


def in_review(
    *require: PolicyRule,
    asked: Asked = WORK,
    payees: tuple[Payee, ...] = (),
    kind: DrawKind = DrawKind.PROGRESS,
) -> Desk:
    desk = desk_that_asks(*require)
    draft(desk, DRAW, asked, kind=kind, payees=payees)
    to_review(desk, DRAW)
    return desk


def inspected(desk: Desk, rate: str, code: str = MEP, on: date = DAY) -> None:
    found = (LineProgress(line_id(code), Rate(rate)),)
    desk.on_loan(RecordAcceptedProgress(on, found))


def estimated(desk: Desk, amount: str, code: str = MEP) -> None:
    """An estimate without the stop that follows from being out of balance, and that is asked first.

    What the policy says of it by itself is shown where the stop is not in its way.
    """
    costs = (LineCost(line_id(code), parse_money(amount)),)
    desk.fold(loans.decide(desk.the_loan, RecordCostToComplete(DAY, costs)))


def lacks(desk: Desk) -> list[tuple[str, str]]:
    """What approval says is missing."""
    refusal = refused(desk, lambda: desk.on_draw(DRAW, APPROVE))
    assert refusal.details[0].field == refusal.code
    return [(detail.field, detail.message) for detail in refusal.details]


def is_approved(desk: Desk) -> bool:
    desk.on_draw(DRAW, APPROVE)
    return desk.draws[DRAW].state is DrawState.APPROVED


def excuse(rule: ChecklistRule, role: Role = Role.ADMIN) -> OverrideRule:
    return OverrideRule(rule, "The title company confirmed by telephone", OFFICER, role)
