"""A new figure of the portfolio's dashboard: an amount of a loan's row, summed over live loans."""

from functools import partial

from projectors.read_models.loan_summary.table import LOAN_TOTALS, LOANS
from tools.new import source
from tools.new.names import BadNameError, checked
from tools.new.workplace import Workplace

TABLE = "projectors/read_models/loan_summary/table.py"


def add(workplace: Workplace, name: str) -> list[str]:
    """Write the figure; what its column decided, to be read by who adds it.

    Args:
        workplace: where.
        name: of the figure; ``<name>_cents`` is the column of a loan's row that it sums.

    Raises:
        BadNameError: a loan's row has no such amount, or it is summed already.
        NoPlaceError: the dashboard has not the shape that is written to.
    """
    column = f"{checked(name, 'interest_billed')}_cents"
    if column not in LOANS.columns or column in LOAN_TOTALS.columns:
        free = sorted(
            each.name.removesuffix("_cents")
            for each in LOANS.columns
            if each.name.endswith("_cents") and each.name not in LOAN_TOTALS.columns
        )
        raise BadNameError(
            f"{column} is no amount of a loan's row that is yet to be summed;"
            f" these are: {', '.join(free) or 'none'}. Another is a column of `LOANS` first, in {TABLE};"
            " `row_of` of figures.py beside it says what it holds, and `_grown` of projector.py what a"
            " night's interest changes of it, if it does"
        )
    workplace.make("figure", {"name": name, "column": column})
    workplace.edit(
        TABLE,
        partial(source.with_argument, call="LOAN_TOTALS", argument=f'amount("{column}")'),
    )
    shown = (f'{name}="0.00"', f"{name}=format_money(live.{column})")
    workplace.edit(
        "query_api/routes/portfolio.py",
        partial(source.with_field, cls="PortfolioResource", field=f"{name}: Money"),
        partial(source.with_field, cls="_LoanSum", field=f"{column}: int"),
        lambda text: source.with_keywords(text, "PortfolioResource", *shown),
    )
    return [
        f"what it means: the sum of {column} over live loans, as {TABLE} says what that is; where it"
        " has more to say, a row of 'Dashboards' in domain/RULES.md",
        "from which date it is looked at: from none. A loan's row is of what is recorded, whatever"
        " date is asked for; what depends on the date is summed by date, as in LOAN_DUES",
    ]
