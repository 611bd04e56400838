"""A loan from its term sheet to its closing, or as far as it gets."""

from collections.abc import Iterator

from domain.loans.commands import (
    ApproveLoan,
    CloseLoan,
    DeclineLoan,
    OriginateLoan,
    SubmitLoan,
    WithdrawLoan,
)
from local.seeding.plan import LoanPlan
from local.seeding.steps import ACQUISITIONS, ADMIN, SERVICING, Deed
from local.seeding.stories import Story


def opening(plan: LoanPlan, number: str) -> Iterator[Deed]:
    """The commands that lead a loan to its closing, or to where its story leaves it."""
    on, story = plan.originated_on, plan.story
    yield Deed(on, ACQUISITIONS, OriginateLoan(plan.loan_id, number, plan.terms))
    if story is Story.DRAFT:
        return
    yield Deed(on, ACQUISITIONS, SubmitLoan())
    if story is Story.SUBMITTED:
        return
    if story is Story.DECLINED:
        yield Deed(on, ADMIN, DeclineLoan("Debt yield below policy"))
        return
    yield Deed(on, ADMIN, ApproveLoan())
    if story is Story.WITHDRAWN:
        yield Deed(on, ACQUISITIONS, WithdrawLoan("Borrower went elsewhere"))
    if plan.is_closed:
        yield Deed(plan.closing_on, SERVICING, CloseLoan(plan.closing_on, plan.closing_advance))
