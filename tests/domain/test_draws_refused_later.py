"""The rules of a draw's figures bind at every step of it, on the loan as it then stands.

A draw is drafted on one loan and taken on upon another, as if all that parts the two had happened
in between.
"""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest

from domain.budgets.events import BudgetReallocated
from domain.budgets.state import LineChange
from domain.draws import decide as draws
from domain.draws import state as draw_state
from domain.draws.commands import (
    ApproveDraw,
    CancelDraw,
    ConfirmFunding,
    CreateDraw,
    DrawCommand,
    InitiateFunding,
    ReturnDraw,
    ReviseDraw,
    SubmitDraw,
    WithdrawDraw,
)
from domain.draws.events import (
    DrawApproved,
    DrawFundingInitiated,
    DrawKind,
    DrawReviewStarted,
    DrawSubmitted,
)
from domain.draws.g702 import RequestedLine
from domain.draws.state import Draw
from domain.kernel.errors import Refusal
from domain.kernel.money import parse_money
from domain.loans import postings
from domain.loans.events import AdvanceRecorded, DrawReserved, LoanClosed, LoanEvent
from domain.loans.fold import evolve
from domain.loans.state import Loan
from domain.maturity.events import LoanMatured, MaturityExtended
from tests.scenario import (
    BUILDER,
    FINISHES,
    FRAMING,
    LAND,
    LOAN_ID,
    MEP,
    OFFICER,
    Asked,
    Desk,
    draw_id,
    line_id,
    requested,
    three_draws,
)

DRAW, OTHER = draw_id(8), draw_id(9)
PERIOD, LATER = date(2025, 5, 1), date(2025, 6, 1)
PROGRESS, RELEASE = DrawKind.PROGRESS, DrawKind.RETAINAGE_RELEASE


def fresh() -> Loan:
    return Desk().active().the_loan


def drawn() -> Loan:
    return three_draws().the_loan


def but_for(*events: LoanEvent) -> Callable[[], Loan]:
    """The loan after events that no rule was asked about."""

    def since() -> Loan:
        loan = fresh()
        for event in events:
            loan = evolve(loan, event)
        return loan

    return since


def lines(asked: Asked) -> tuple[RequestedLine, ...]:
    return requested(asked)


DEPOSIT = (
    RequestedLine(
        line_id(FRAMING),
        parse_money("100000.00"),
        0,
        0,
        deposit_invoice_cents=parse_money("100000.00"),
    ),
)
WORK = lines({FINISHES: ("100000.00", "0.00", "0.00")})
SPENT = postings.reserved(parse_money("900000.00"))
CUT = (LineChange(line_id(FRAMING), parse_money("-200000.00")),)
FINAL = AdvanceRecorded(LOAN_ID, OTHER, PERIOD, (), (), is_final=True)

FIGURES = [
    (
        drawn,
        fresh,
        RELEASE,
        lines({FINISHES: ("0.00", "20000.00", "9000.00")}),
        "RELEASE_WITH_WORK",
    ),
    (
        *(drawn, fresh, RELEASE, lines({FRAMING: ("0.00", "0.00", "24000.00")})),
        "RELEASE_EXCEEDS_RETAINAGE",
    ),
    (fresh, drawn, PROGRESS, lines({FINISHES: ("0.00", "20000.00", "0.00")}), "DRAW_EMPTY"),
    (fresh, drawn, PROGRESS, lines({FINISHES: ("0.00", "10000.00", "0.00")}), "DRAW_NET_NEGATIVE"),
    (fresh, drawn, PROGRESS, lines({MEP: ("100000.00", "0.00", "0.00")}), "DRAW_EXCEEDS_LINE"),
    (
        *(fresh, but_for(DrawReserved(LOAN_ID, OTHER, (), SPENT)), PROGRESS, WORK),
        "DRAW_EXCEEDS_COMMITMENT",
    ),
    (
        *(fresh, but_for(BudgetReallocated(LOAN_ID, CUT, "Cut")), PROGRESS, DEPOSIT),
        "DEPOSIT_EXCEEDS_LINE_SHARE",
    ),
    (fresh, but_for(FINAL), PROGRESS, WORK, "FINAL_DRAW_FUNDED"),
    (
        *(fresh, but_for(LoanMatured(LOAN_ID, PERIOD)), PROGRESS, WORK),
        "LOAN_NOT_ACTIVE",
    ),
]
CHECKED = [
    *FIGURES,
    (
        *(fresh, but_for(LoanClosed(LOAN_ID, LATER, ())), PROGRESS, WORK),
        "DRAW_PERIOD_BEFORE_CLOSING",
    ),
    (
        fresh,
        but_for(MaturityExtended(LOAN_ID, date(2025, 4, 1), PERIOD, uses_option=False)),
        PROGRESS,
        WORK,
        "DRAW_PERIOD_AFTER_MATURITY",
    ),
]
ASKED = [
    (fresh, fresh, PROGRESS, WORK * 2, "LINE_TWICE"),
    (fresh, fresh, PROGRESS, (RequestedLine(UUID(int=7), 1, 0, 0),), "LINE_NOT_IN_BUDGET"),
    (fresh, fresh, PROGRESS, lines({LAND: ("1.00", "0.00", "0.00")}), "LINE_NOT_DRAWABLE"),
    (
        *(fresh, fresh, PROGRESS),
        (RequestedLine(line_id(FRAMING), 2, 0, 0, deposit_invoice_cents=1),),
        "DEPOSIT_EXCEEDS_INVOICE",
    ),
]
Attempt = tuple[Callable[[], Loan], Callable[[], Loan], DrawKind, tuple[RequestedLine, ...], str]


def drafted(loan: Loan, kind: DrawKind, asked: tuple[RequestedLine, ...]) -> Draw:
    draw: Draw | None = None
    for event in draws.create(loan, None, CreateDraw(DRAW, kind, PERIOD, asked))[1:]:
        draw = draw_state.evolve(draw, event)  # type: ignore[arg-type]  # the draw's own
    assert draw is not None
    return draw


def submitted(draw: Draw) -> Draw:
    event = DrawSubmitted(LOAN_ID, DRAW, BUILDER, PERIOD, draw.application)
    return draw_state.evolve(draw, event)


def in_review(draw: Draw) -> Draw:
    return draw_state.evolve(submitted(draw), DrawReviewStarted(LOAN_ID, DRAW))


def approved(draw: Draw) -> Draw:
    event = DrawApproved(LOAN_ID, DRAW, OFFICER, draw.requested, draw.application)
    return draw_state.evolve(in_review(draw), event)


def refused(loan: Loan, draw: Draw, command: DrawCommand) -> str:
    with pytest.raises(Refusal) as caught:
        draws.decide(loan, draw, command)
    return caught.value.code


@pytest.mark.parametrize("case", CHECKED, ids=lambda case: case[-1])
def test_the_rules_bind_when_a_draw_is_submitted_and_when_it_is_approved(case: Attempt) -> None:
    before, then, kind, asked, code = case
    draw = drafted(before(), kind, asked)

    assert refused(then(), draw, SubmitDraw(BUILDER, PERIOD)) == code
    assert refused(then(), in_review(draw), ApproveDraw(OFFICER)) == code


@pytest.mark.parametrize("case", FIGURES, ids=lambda case: case[-1])
def test_the_rules_bind_when_the_wire_is_ordered(case: Attempt) -> None:
    before, then, kind, asked, code = case
    draw = drafted(before(), kind, asked)

    assert refused(then(), approved(draw), InitiateFunding("wire")) == code


@pytest.mark.parametrize("case", [*CHECKED, *ASKED], ids=lambda case: case[-1])
def test_the_rules_bind_when_a_draw_is_drafted_and_when_it_is_revised(case: Attempt) -> None:
    _, then, kind, asked, code = case
    some = drafted(fresh(), PROGRESS, lines({MEP: ("1.00", "0.00", "0.00")}))

    assert refused(then(), some, ReviseDraw(kind, PERIOD, asked)) == code
    with pytest.raises(Refusal) as caught:
        draws.create(then(), None, CreateDraw(DRAW, kind, PERIOD, asked))
    assert caught.value.code == code


def test_an_approver_adds_nothing_and_names_no_line_twice() -> None:
    loan = fresh()
    draw = in_review(drafted(loan, PROGRESS, WORK))
    more = lines({FINISHES: ("100000.01", "0.00", "0.00")})

    assert refused(loan, draw, ApproveDraw(OFFICER, more)) == "APPROVAL_EXCEEDS_REQUEST"
    assert refused(loan, draw, ApproveDraw(OFFICER, WORK * 2)) == "LINE_TWICE"


def test_every_step_starts_from_its_own_state() -> None:
    loan = fresh()
    draft = drafted(loan, PROGRESS, WORK)

    assert refused(loan, submitted(draft), ReviseDraw(kind=DrawKind.FINAL)) == "DRAW_NOT_DRAFT"
    assert refused(loan, draft, ReturnDraw(("Invoice missing",))) == "DRAW_NOT_IN_REVIEW"
    assert refused(loan, in_review(draft), WithdrawDraw()) == "DRAW_NOT_DRAFT"
    assert refused(loan, draft, CancelDraw()) == "DRAW_NOT_APPROVED"
    assert refused(loan, draft, InitiateFunding("wire")) == "DRAW_NOT_APPROVED"
    assert refused(loan, approved(draft), ConfirmFunding(PERIOD)) == "DRAW_NOT_FUNDING"


def test_nothing_is_funded_before_closing() -> None:
    loan = fresh()
    draw = approved(drafted(loan, PROGRESS, WORK))
    event = DrawFundingInitiated(LOAN_ID, DRAW, "wire", draw.application)
    wired = draw_state.evolve(draw, event)

    assert refused(loan, wired, ConfirmFunding(date(2025, 1, 14))) == "FUNDED_BEFORE_CLOSING"
