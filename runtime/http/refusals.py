"""On what grounds the operations refuse, on one page: every code with its meaning and its rule."""

from collections import defaultdict
from collections.abc import Iterable

from domain.kernel.errors import Ground
from runtime.http.markdown import table
from runtime.http.plan import Plan
from runtime.problems import STATUS_OF, STATUSES

_HEAD = """\
# Refusals

What the operations refuse, by its code. `make refusals` writes this page from the constants in
`domain/*/refusals.py`, from what each decision declares, and from the routes. A code is the same for
ever; the sentence and the details that come with it are those of the case.

"""
_COMMON = """\

Any operation may answer these, where they fit it:

"""


def refusals_page(plans: Iterable[Plan]) -> str:
    """The page, in Markdown.

    Args:
        plans: of both APIs.
    """
    by_ground: dict[Ground, set[str]] = defaultdict(set)
    for plan in plans:
        for ground in plan.operation.refuses:
            by_ground[ground].add(plan.operation.id)
    grounds = [
        (
            f"`{ground.code}`",
            str(STATUS_OF[ground.kind]),
            ground.meaning,
            _rule(ground),
            ", ".join(f"`{operation}`" for operation in sorted(by_ground[ground])),
        )
        for ground in sorted(by_ground, key=lambda ground: ground.code)
    ]
    columns = ("Code", "Status", "Meaning", "Rule", "Operations")
    common = [(f"`{code}`", str(status), said) for code, (status, said) in STATUSES.items()]
    return (
        "\n".join([_HEAD + next(lines := table(columns, grounds)), *lines])
        + "\n"
        + "\n".join([_COMMON + next(lines := table(columns[:3], common)), *lines])
        + "\n"
    )


def _rule(ground: Ground) -> str:
    anchor = ground.rule.lower().replace(" ", "-")
    return f"[{ground.rule}](../domain/RULES.md#{anchor})" if ground.rule else ""
