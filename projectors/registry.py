"""Every read model there is. A new one is two files, a line here, a query, a migration, a test."""

from projectors.engine.projection import Projection
from projectors.read_models.budget_lines.projector import BUDGETS_AND_LINES
from projectors.read_models.draw_register.projector import DRAW_REGISTER
from projectors.read_models.history.projector import HISTORY
from projectors.read_models.journal.projector import JOURNAL
from projectors.read_models.loan_summary.projector import LOAN_SUMMARY
from projectors.read_models.payments.projector import PAYMENTS
from projectors.read_models.payoff_quotes.projector import PAYOFF_QUOTES
from projectors.read_models.portfolio.projector import PORTFOLIO

READ_MODELS: tuple[Projection, ...] = (
    LOAN_SUMMARY,
    BUDGETS_AND_LINES,
    DRAW_REGISTER,
    JOURNAL,
    HISTORY,
    PORTFOLIO,
    PAYMENTS,
    PAYOFF_QUOTES,
)


def projections(names: list[str] | None = None) -> tuple[Projection, ...]:
    """All read models, or those named.

    Raises:
        KeyError: there is none of that name.
    """
    if names is None:
        return READ_MODELS
    by_name = {projection.name: projection for projection in READ_MODELS}
    return tuple(by_name[name] for name in names)
