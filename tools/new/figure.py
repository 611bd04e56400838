"""A new figure of the portfolio's dashboard: an amount of a loan's row, summed over live loans."""

from functools import partial

from projectors.read_models.loan_summary.table import LOAN_TOTALS, LOANS
from tools.new import source
from tools.new.names import BadNameError, checked
from tools.new.workplace import Workplace


def add(workplace: Workplace, name: str) -> None:
    """Write the figure.

    Args:
        workplace: where.
        name: of the figure; ``<name>_cents`` is the column of a loan's row that it sums.

    Raises:
        BadNameError: a loan's row has no such amount, or it is summed already.
        NoPlaceError: the dashboard has not the shape that is written to.
    """
    column = f"{checked(name, 'past_due')}_cents"
    if column not in LOANS.columns or column in LOAN_TOTALS.columns:
        free = sorted(
            each.name.removesuffix("_cents")
            for each in LOANS.columns
            if each.name.endswith("_cents") and each.name not in LOAN_TOTALS.columns
        )
        raise BadNameError(
            f"{column} is no amount of a loan's row that is yet to be summed;"
            f" these are: {', '.join(free) or 'none'}. Another is a column of `LOANS` first, in"
            " projectors/read_models/loan_summary/table.py"
        )
    workplace.make("figure", {"name": name, "column": column})
    workplace.edit(
        "projectors/read_models/loan_summary/table.py",
        partial(source.with_argument, call="LOAN_TOTALS", argument=f'amount("{column}")'),
    )
    shown = (f'{name}="0.00"', f"{name}=format_money(live.{column})")
    workplace.edit(
        "query_api/routes/portfolio.py",
        partial(source.with_field, cls="PortfolioResource", field=f"{name}: Money"),
        partial(source.with_field, cls="_LoanSum", field=f"{column}: int"),
        lambda text: source.with_keywords(text, "PortfolioResource", *shown),
    )
