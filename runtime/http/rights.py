"""Who may do what, on one page: every operation, its right, and how far each role reaches."""

from collections.abc import Iterable

from domain.access import MATRIX, PEOPLE, Reach, Right
from runtime.http.markdown import table
from runtime.http.plan import Plan

_CELLS = {Reach.ALL: "all", Reach.OWN: "own", Reach.NONE: ""}
_HEAD = """\
# Rights

Who may do what over HTTP. `make rights` writes this page from `domain/access.py`, which says how far
each role reaches with a right, and from the routes, each of which names the right it takes: *all* is
every row, *own* the caller's own; where nothing stands, the answer is `FORBIDDEN`.
"""


def rights_page(plans: Iterable[Plan]) -> str:
    """The page, in Markdown.

    Args:
        plans: of both APIs; an operation that both have is shown once.
    """
    of_right: dict[Right, dict[str, Plan]] = {right: {} for right in MATRIX}
    for plan in plans:
        of_right[plan.operation.right][plan.operation.id] = plan
    meanings = [(f"`{right}`", row.means) for right, row in MATRIX.items()]
    operations = [
        (f"`{name}`", f"{plan.operation.method} {plan.path}", f"`{right}`", *_cells(right))
        for right, of_name in of_right.items()
        for name, plan in sorted(of_name.items())
    ]
    columns = ("Operation", "Call", "Right", *(role.value for role in PEOPLE))
    return "\n".join(
        [_HEAD, *table(("Right", "For"), meanings), "", *table(columns, operations), ""]
    )


def _cells(right: Right) -> list[str]:
    return [_CELLS[MATRIX[right].reaches[role]] for role in PEOPLE]
