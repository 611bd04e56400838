"""What a budget must satisfy when a loan is originated or closed, and when it changes."""

from domain.budgets.refusals import (
    ADVANCE_EXCEEDS_COMMITMENT,
    ADVANCE_EXCEEDS_LINE,
    BUDGET_NOT_BALANCED,
    CHANGES_NOT_BALANCED,
    EQUITY_EXCEEDS_LINE,
    EQUITY_LINE_UNKNOWN,
    LINE_BELOW_FLOOR,
    LINE_NOT_ADVANCEABLE,
    LINE_TWICE,
    RETAINAGE_NOT_APPLICABLE,
    SOURCE_BELOW_SPENT,
    SOURCES_NOT_COMMITMENT,
)
from domain.budgets.state import (
    Budget,
    Category,
    LineAmount,
    LineChange,
    LineTerms,
    Source,
    SourceKind,
)
from domain.kernel.errors import Detail
from domain.kernel.money import format_money

RETAINED = frozenset({Category.HARD, Category.SOFT})


def check_budget(
    lines: tuple[LineTerms, ...], sources: tuple[Source, ...], commitment_cents: int
) -> None:
    """Check that the uses are paid for, to the cent, and that the loan's part is its commitment.

    Raises:
        RuleBroken: ``LINE_TWICE``, ``RETAINAGE_NOT_APPLICABLE``, ``BUDGET_NOT_BALANCED``,
            ``SOURCES_NOT_COMMITMENT``, ``EQUITY_LINE_UNKNOWN`` or ``EQUITY_EXCEEDS_LINE``.
            **Source**: `RULES.md`, "Budget".
    """
    _check_lines(lines)
    uses, paid = sum(line.amount_cents for line in lines), sum(s.amount_cents for s in sources)
    if uses != paid:
        raise BUDGET_NOT_BALANCED(
            f"The lines sum to {format_money(uses)} and the sources to {format_money(paid)}.",
            [Detail("sources", f"{format_money(uses - paid)} to be found")],
        )
    lent = _sum_of(SourceKind.LOAN, sources)
    if lent != commitment_cents:
        raise SOURCES_NOT_COMMITMENT(
            f"The loan pays {format_money(lent)} of the budget, and its commitment is "
            f"{format_money(commitment_cents)}.",
            [Detail("commitment", f"must be {format_money(lent)}")],
        )
    _check_equity(lines, sources)


def _check_lines(lines: tuple[LineTerms, ...]) -> None:
    for what, values in (
        ("id", [str(line.line_id) for line in lines]),
        ("code", [line.code for line in lines]),
    ):
        if len(set(values)) != len(values):
            raise LINE_TWICE(f"Two budget lines have the same {what}.")
    for line in lines:
        if line.category not in RETAINED and (line.retainage_rate or line.stored_retainage_rate):
            raise RETAINAGE_NOT_APPLICABLE(
                f"Line {line.code} is {line.category}: retainage is held on work and services only.",
                [Detail("lines", f"{line.code}: retainage_rate must be 0")],
            )


def _check_equity(lines: tuple[LineTerms, ...], sources: tuple[Source, ...]) -> None:
    left = {line.line_id: line.amount_cents for line in lines}
    for source in sources:
        if source.spent_on_line is None:
            continue
        if source.kind is not SourceKind.EQUITY or source.spent_on_line not in left:
            raise EQUITY_LINE_UNKNOWN(
                "Only equity is spent before closing, and on a line of the budget.",
                [Detail("sources", f"spent_on_line {source.spent_on_line}")],
            )
        left[source.spent_on_line] -= source.amount_cents
        if left[source.spent_on_line] < 0:
            raise EQUITY_EXCEEDS_LINE(
                "More equity is spent on a line than its budget.",
                [Detail("sources", f"{format_money(-left[source.spent_on_line])} too much")],
            )


def check_closing_advance(
    budget: Budget, advance: tuple[LineAmount, ...], commitment_cents: int
) -> None:
    """Check that closing pays no line and no commitment beyond its end.

    Args:
        budget: with the equity that was spent before closing.
        advance: an amount a line.
        commitment_cents: the most that may be advanced.

    Raises:
        RuleBroken: ``LINE_TWICE``, ``LINE_NOT_IN_BUDGET``, ``LINE_NOT_ADVANCEABLE``,
            ``ADVANCE_EXCEEDS_LINE`` or ``ADVANCE_EXCEEDS_COMMITMENT``.
    """
    if len({part.line_id for part in advance}) != len(advance):
        raise LINE_TWICE("The closing advance names a line twice.")
    for part in advance:
        line = budget.line(part.line_id)
        if line.category in (Category.CONTINGENCY, Category.INTEREST_RESERVE):
            raise LINE_NOT_ADVANCEABLE(f"Line {line.code} is {line.category}: it is not paid out.")
        over = part.amount_cents - line.unbilled_cents
        if over > 0:
            raise ADVANCE_EXCEEDS_LINE(
                f"Line {line.code} has {format_money(line.unbilled_cents)} left.",
                [Detail(line.code, f"short by {format_money(over)}")],
            )
    over = sum(part.amount_cents for part in advance) - commitment_cents
    if over > 0:
        raise ADVANCE_EXCEEDS_COMMITMENT(
            "The closing advance is larger than the commitment.",
            [Detail("advance", f"short by {format_money(over)}")],
        )


def check_changes(budget: Budget, changes: tuple[LineChange, ...], new_money_cents: int) -> None:
    """Check that lines change by what pays for them, and that none is cut below what it has spent.

    Args:
        budget: with reservations, which count as spent.
        changes: a line at most once.
        new_money_cents: what new sources bring; zero for a reallocation.

    Raises:
        RuleBroken: ``LINE_TWICE``, ``LINE_NOT_IN_BUDGET``, ``CHANGES_NOT_BALANCED`` or
            ``LINE_BELOW_FLOOR``. **Source**: `RULES.md`, "Budget".
    """
    if len({change.line_id for change in changes}) != len(changes):
        raise LINE_TWICE("A line is changed twice.")
    for change in changes:
        line = budget.line(change.line_id)
        floor_cents = line.gross_cents + budget.reserved_on(line.line_id).gross_cents
        short_cents = floor_cents - (line.budget_cents + change.delta_cents)
        if change.delta_cents < 0 < short_cents:
            raise LINE_BELOW_FLOOR(
                f"Line {line.code} has {format_money(floor_cents)} spent or reserved.",
                [Detail(line.code, f"short by {format_money(short_cents)}")],
            )
    off_cents = sum(change.delta_cents for change in changes) - new_money_cents
    if off_cents:
        raise CHANGES_NOT_BALANCED(
            "The lines change by another amount than what pays for them.",
            [Detail("lines", f"off by {format_money(off_cents)}")],
        )


def check_sources(budget: Budget, changes: tuple[Source, ...], paid_in_cents: int) -> None:
    """Check that no kind of source is cut below what it has already paid for.

    A kind that is not cut may be below it, as equity is once more is paid in than was promised.

    Args:
        budget: with its sources, and the equity that was spent on its lines before closing.
        changes: what each source brings more or, below zero, less.
        paid_in_cents: what the borrower has paid in since closing.

    Raises:
        RuleBroken: ``SOURCE_BELOW_SPENT``. **Source**: `RULES.md`, "Budget".
    """
    spent_cents = {
        SourceKind.EQUITY: paid_in_cents + sum(line.equity_cents for line in budget.lines)
    }
    for kind in SourceKind:
        delta_cents = _sum_of(kind, changes)
        floor_cents = spent_cents.get(kind, 0)
        short_cents = floor_cents - (_sum_of(kind, budget.sources) + delta_cents)
        if delta_cents < 0 < short_cents:
            raise SOURCE_BELOW_SPENT(
                f"{format_money(floor_cents)} of {kind} is spent or paid in.",
                [Detail(kind.value, f"short by {format_money(short_cents)}")],
            )


def _sum_of(kind: SourceKind, sources: tuple[Source, ...]) -> int:
    return sum(source.amount_cents for source in sources if source.kind is kind)
