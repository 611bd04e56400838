"""Which rules of the loan's policy a draw does not meet.

Every rule has a refusal of its own. All that are broken are told at once; the first, in the order
of `PolicyRule`, gives the refusal its code. **Source**: `RULES.md`, "Draw policy".
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from domain.budgets.state import Category
from domain.draws.events import ChecklistItem, ChecklistRule, DrawKind
from domain.draws.g702 import Application
from domain.draws.refusals import (
    CERTIFICATE_OF_OCCUPANCY_MISSING,
    CONDITIONAL_WAIVER_MISSING,
    FINAL_WAIVER_MISSING,
    INSPECTION_REQUIRED,
    INSURANCE_EXPIRED,
    LIEN_INTERVENING,
    TITLE_DATE_DOWN_MISSING,
    UNCONDITIONAL_WAIVER_MISSING,
)
from domain.draws.state import Draw
from domain.kernel.errors import Detail, Ground
from domain.kernel.money import format_money
from domain.kernel.rates import format_rate
from domain.loans.refusals import OUT_OF_BALANCE
from domain.loans.state import Loan
from domain.loans.terms import PolicyRule


class Unmet(NamedTuple):
    """A rule that is not met: the ground of its refusal, and what is missing."""

    ground: Ground
    missing: str


class Case(NamedTuple):
    """What the rules look at: a draw with its figures, its loan, and the lender's date."""

    loan: Loan
    draw: Draw
    application: Application
    on: date


def check_at_approval(loan: Loan, draw: Draw, application: Application, on: date) -> None:
    """Check every rule of the loan's policy that the draw is not excused from.

    Args:
        loan: with its policy, its progress, its balance and the draws it paid.
        draw: with its checklist.
        application: its figures, as they would be approved.
        on: the lender's date of the approval.

    Raises:
        RuleBroken: the code of the first rule broken, each broken rule in the details:
            ``INSPECTION_REQUIRED``, ``OUT_OF_BALANCE``, ``CONDITIONAL_WAIVER_MISSING``,
            ``UNCONDITIONAL_WAIVER_MISSING``, ``TITLE_DATE_DOWN_MISSING``, ``LIEN_INTERVENING``,
            ``INSURANCE_EXPIRED``, ``CERTIFICATE_OF_OCCUPANCY_MISSING``, ``FINAL_WAIVER_MISSING``.
    """
    _refuse(unmet(Case(loan, draw, application, on), ChecklistRule))


def check_at_wire(loan: Loan, draw: Draw, application: Application, on: date) -> None:
    """Check the conditions to funding once more: the loan in balance, the insurance in force.

    Raises:
        RuleBroken: ``OUT_OF_BALANCE`` or ``INSURANCE_EXPIRED``.
    """
    rules = (ChecklistRule.IN_BALANCE, ChecklistRule.INSURANCE)
    _refuse(unmet(Case(loan, draw, application, on), rules))


def unmet(case: Case, rules: Iterable[ChecklistRule]) -> list[Unmet]:
    """What a draw lacks of these rules, where the loan asks for them and it is not excused."""
    return [
        broken
        for rule in rules
        if _ASKED_BY[rule] in case.loan.draw_policy and not case.draw.checklist.excuses(rule)
        for broken in _RULES[rule](case)
    ]


_ASKED_BY = {
    rule: PolicyRule.CONDITIONAL_WAIVER
    if rule is ChecklistRule.FINAL_WAIVER
    else PolicyRule(rule.value)
    for rule in ChecklistRule
}
"""The rule of the policy that asks for each: final waivers are asked for as waivers are."""


def _refuse(broken: list[Unmet]) -> None:
    if broken:
        raise broken[0].ground(
            "The draw does not meet the loan's policy.",
            [Detail(ground.code, missing) for ground, missing in broken],
        )


def _inspection(case: Case) -> Iterator[Unmet]:
    """What was paid for on a HARD line is at most what an inspection accepted of its whole budget.

    Equity and closing money that the application leaves out stand in the ground as well, and an
    inspector finds what they paid for too.
    """
    for line in case.application.lines:
        budgeted = case.loan.budget.line(line.line_id)
        if budgeted.category is not Category.HARD or not line.e_cents:
            continue
        before_cents = budgeted.equity_cents + budgeted.closing_cents
        paid_cents = before_cents + line.d_cents + line.e_cents
        if budgeted.accepted_rate is None:
            said = f"{budgeted.code}: no inspection was accepted"
            yield Unmet(INSPECTION_REQUIRED, said)
        elif paid_cents > Fraction(budgeted.accepted_rate) * budgeted.budget_cents:
            accepted = f"{format_rate(budgeted.accepted_rate * 100)} %"
            of = f"of {format_money(budgeted.budget_cents)} accepted"
            said = f"{budgeted.code}: {format_money(paid_cents)} paid for, {accepted} {of}"
            yield Unmet(INSPECTION_REQUIRED, said)


def _in_balance(case: Case) -> Iterator[Unmet]:
    deficiency_cents = case.loan.deficiency_cents
    if deficiency_cents:
        yield Unmet(OUT_OF_BALANCE, f"short by {format_money(deficiency_cents)}")


def _conditional_waivers(case: Case) -> Iterator[Unmet]:
    """A waiver of each payee for this draw's money; a final waiver waives as much."""
    for payee in _payees_of(case.draw):
        checklist = case.draw.checklist
        waiver = checklist.accepted(ChecklistRule.CONDITIONAL_WAIVER, payee)
        if waiver is None and case.draw.kind is DrawKind.FINAL:
            waiver = checklist.accepted(ChecklistRule.FINAL_WAIVER, payee)
        yield from _waived(CONDITIONAL_WAIVER_MISSING, payee, waiver, case.draw.period_to)


def _final_waivers(case: Case) -> Iterator[Unmet]:
    if case.draw.kind is not DrawKind.FINAL:
        return
    for payee in _payees_of(case.draw):
        waiver = case.draw.checklist.accepted(ChecklistRule.FINAL_WAIVER, payee)
        yield from _waived(FINAL_WAIVER_MISSING, payee, waiver, case.draw.period_to)


def _unconditional_waivers(case: Case) -> Iterator[Unmet]:
    """A waiver of each payee of the draw paid before, for the money it then got."""
    before = case.loan.last_funded_draw
    if before is None:
        return
    for payee in before.payees or (None,):
        waiver = case.draw.checklist.accepted(ChecklistRule.UNCONDITIONAL_WAIVER, payee)
        yield from _waived(UNCONDITIONAL_WAIVER_MISSING, payee, waiver, before.period_to)


def _payees_of(draw: Draw) -> tuple[str | None, ...]:
    """Each payee once; a draw that names none needs one waiver, for all it pays."""
    return tuple(dict.fromkeys(payee.name for payee in draw.payees)) or (None,)


def _waived(
    ground: Ground, payee: str | None, waiver: ChecklistItem | None, period_to: date
) -> Iterator[Unmet]:
    """Whether a waiver is there and, if it says through when, reaches through the period."""
    who = "whoever is paid" if payee is None else payee
    if waiver is None:
        yield Unmet(ground, who)
    elif waiver.through_on is not None and waiver.through_on < period_to:
        yield Unmet(ground, f"{who}: through {waiver.through_on}, must reach {period_to}")


def _title(case: Case) -> Iterator[Unmet]:
    """Title is dated down through the period, and found no lien since the last time."""
    period_to = case.draw.period_to
    found = case.draw.checklist.item(ChecklistRule.TITLE_DATE_DOWN)
    search = case.draw.checklist.accepted(ChecklistRule.TITLE_DATE_DOWN)
    if found is not None and found.lien:
        yield Unmet(LIEN_INTERVENING, "the title date-down found a lien")
    elif search is None or search.through_on is None:
        yield Unmet(TITLE_DATE_DOWN_MISSING, f"must reach {period_to}")
    elif search.through_on < period_to:
        said = f"through {search.through_on}, must reach {period_to}"
        yield Unmet(TITLE_DATE_DOWN_MISSING, said)


def _insurance(case: Case) -> Iterator[Unmet]:
    """Insurance is in force on the lender's date; its last day counts."""
    policy = case.draw.checklist.accepted(ChecklistRule.INSURANCE)
    if policy is None or policy.expires_on is None:
        yield Unmet(INSURANCE_EXPIRED, f"none is known to be in force on {case.on}")
    elif policy.expires_on < case.on:
        yield Unmet(INSURANCE_EXPIRED, f"expired on {policy.expires_on}")


def _occupancy(case: Case) -> Iterator[Unmet]:
    certified = case.draw.checklist.accepted(ChecklistRule.CERTIFICATE_OF_OCCUPANCY)
    if case.draw.kind is DrawKind.FINAL and certified is None:
        yield Unmet(CERTIFICATE_OF_OCCUPANCY_MISSING, "a final draw needs it")


_RULES: dict[ChecklistRule, Callable[[Case], Iterator[Unmet]]] = {
    ChecklistRule.INSPECTION: _inspection,
    ChecklistRule.IN_BALANCE: _in_balance,
    ChecklistRule.CONDITIONAL_WAIVER: _conditional_waivers,
    ChecklistRule.UNCONDITIONAL_WAIVER: _unconditional_waivers,
    ChecklistRule.TITLE_DATE_DOWN: _title,
    ChecklistRule.INSURANCE: _insurance,
    ChecklistRule.CERTIFICATE_OF_OCCUPANCY: _occupancy,
    ChecklistRule.FINAL_WAIVER: _final_waivers,
}
