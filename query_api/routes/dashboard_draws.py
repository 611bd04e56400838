"""How long draws wait, with whom, and how long those took that were paid."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction as Exact
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from domain.access import Right
from domain.draws.example import DRAW
from domain.draws.state import PENDING, DrawState
from domain.kernel.calendar import business_days_between
from domain.kernel.money import format_money
from domain.kernel.resource import Fraction, Money, Resource
from domain.loans.example import LOAN
from projectors.read_models.draw_register.table import (
    DRAW_TOTALS,
    DRAW_TURNAROUND,
    DRAWS,
    IS_WAITING,
)
from projectors.read_models.loan_summary.table import LOANS
from query_api.counters import added, sums
from query_api.database import Database, Row
from query_api.figures import (
    HEADING,
    DashboardList,
    DashboardResource,
    decimal_text,
    heading,
    ratio,
    whose,
)
from query_api.paging import Listing, where
from runtime.http import PAGE, Answer, Call, Router

router = Router("dashboards")

AGES = ((2, "0-2"), (5, "3-5"), (10, "6-10"))
OLDER = ">10"
HOLDERS = {
    DrawState.SUBMITTED: "lender",
    DrawState.IN_REVIEW: "lender",
    DrawState.APPROVED: "lender",
    DrawState.FUNDING: "bank",
    DrawState.RETURNED: "builder",
}
TURNAROUND_DAYS = 90
"""How far back the draws go whose turnaround is measured."""


class NetResource(Resource):
    """Draws, and what they come to net of retainage."""

    count: int
    net: Money


class AgeResource(Resource):
    """Pending draws by the business days since they were first submitted."""

    business_days: str
    count: int
    net: Money


class HolderResource(Resource):
    """Draws that wait, by who has to act."""

    holder: str
    count: int
    net: Money


class PendingResource(Resource):
    """Draws to which the lender owes an answer or money."""

    count: int
    net: Money
    by_age: list[AgeResource]
    by_holder: list[HolderResource]


class SpreadResource(Resource):
    """Median and ninetieth percentile, to a tenth of a day; none of no draws."""

    median: Fraction | None
    p90: Fraction | None


class ClockResource(Resource):
    """How long funded draws took, by one party's clock."""

    business_days: SpreadResource
    calendar_days: SpreadResource


class TurnaroundResource(Resource):
    """How long the draws took that were funded of late."""

    trailing_days: int
    draws: int
    borrower_clock: ClockResource
    lender_clock: ClockResource
    first_pass_rate: Fraction | None


class FirstPassResource(Resource):
    """How many funded draws were never returned."""

    funded: int
    never_returned: int
    rate: Fraction | None


class WaitingDrawResource(Resource):
    """A draw that waits, and for whom."""

    draw_id: UUID
    loan_id: UUID
    loan_number: str
    project_name: str
    number: int
    state: DrawState
    net: Money
    first_submitted_on: date
    holder: str
    age_business_days: int


class DrawsDashboardResource(DashboardResource):
    """How long draws wait, and how long they took."""

    pending: PendingResource
    turnaround: TurnaroundResource
    first_pass: FirstPassResource
    draws: list[WaitingDrawResource]


class _DrawAmounts(Row):
    draws: int
    net_cents: int
    never_returned: int


class DrawSum(_DrawAmounts):
    """Draws of a state; the date they were first submitted on, while they wait."""

    state: str
    first_submitted_on: date

    def waits(self, on: date) -> bool:
        """Whether they had been submitted by a date and are still somebody's to act on."""
        return self.state in HOLDERS and self.first_submitted_on <= on


class _Took(Row):
    clock: str
    days: int
    draws: int


DRAW_SUMS = sums(DrawSum, DRAW_TOTALS)
_FUNDED_OF_LATE = "funded_on > %(on)s::date - %(trailing)s AND funded_on <= %(on)s"
_TOOK = sums(_Took, DRAW_TURNAROUND, _FUNDED_OF_LATE)
# A builder has tens of draws, and an index finds them.
_TOOK_OF_BUILDER = f"""
SELECT took.clock, took.days, count(*) AS draws
FROM read.draws CROSS JOIN LATERAL (VALUES
    ('borrower_days', borrower_days), ('borrower_business_days', borrower_business_days),
    ('lender_days', lender_days), ('lender_business_days', lender_business_days),
    ('times_returned', times_returned)) AS took (clock, days)
WHERE builder_user_id = %(owner)s AND state = 'FUNDED' AND {_FUNDED_OF_LATE}
GROUP BY took.clock, took.days
"""  # noqa: S608  # constants of this module


class _WaitingDraw(Row):
    draw_id: UUID
    loan_id: UUID
    loan_number: str
    project_name: str
    number: int
    state: str
    net_cents: int
    first_submitted_on: date


_DRAWS = Listing(
    row=_WaitingDraw,
    table=DRAWS,
    joined="JOIN read.loans USING (loan_id)",
    columns={"loan_number": "loans.number", "project_name": "loans.project_name"},
    sorts={"age": (DRAWS.c.first_submitted_on, DRAWS.c.draw_id)},
    inverted=frozenset({"age"}),
)

_SPREAD = SpreadResource(median="7.0", p90="7.0")
_CLOCK = ClockResource(business_days=_SPREAD, calendar_days=_SPREAD)
PENDING_EXAMPLE = PendingResource(
    count=1,
    net="147000.00",
    by_age=[AgeResource(business_days="0-2", count=1, net="147000.00")],
    by_holder=[HolderResource(holder="lender", count=1, net="147000.00")],
)


class DrawsQuery(DashboardList):
    """As of when, and which page of the draws that wait, oldest first unless asked otherwise."""

    sort_by: Literal["age"] = "age"
    order_unless_given: ClassVar[Literal["asc", "desc"]] = "desc"
    sort_order: Literal["asc", "desc"] | None = Field(
        default=None, description="desc unless given."
    )


@router.get(
    "/dashboards/draws",
    "get_draws_dashboard",
    right=Right.DRAWS_READ,
    reads=(DRAWS, DRAW_TOTALS, DRAW_TURNAROUND, LOANS),
    example=DrawsDashboardResource(
        **HEADING,
        pending=PENDING_EXAMPLE,
        turnaround=TurnaroundResource(
            trailing_days=TURNAROUND_DAYS,
            draws=1,
            borrower_clock=_CLOCK,
            lender_clock=_CLOCK,
            first_pass_rate="1.0000",  # noqa: S106  # of draws
        ),
        first_pass=FirstPassResource(funded=1, never_returned=1, rate="1.0000"),
        draws=[
            WaitingDrawResource(
                draw_id=DRAW.id,
                loan_id=LOAN.id,
                loan_number=LOAN.number,
                project_name=LOAN.project_name,
                number=DRAW.number,
                state=DrawState.IN_REVIEW,
                net="147000.00",
                first_submitted_on=date(2025, 4, 29),
                holder="lender",
                age_business_days=2,
            )
        ],
    ),
    meta=PAGE,
)
async def get_draws_dashboard(query: DrawsQuery, call: Call, database: Database) -> Answer:
    """Draws that wait, by age and by who holds them, and the turnaround of those funded.

    Pending are draws that were submitted by the date and are now neither decided nor paid. A
    returned one is its builder's to mend: it shows under its holder and is not counted as pending.
    """
    on = query.on(call)
    held = await database.rows(DrawSum, DRAW_SUMS, {"whose": whose(call)})
    given = {"on": on, "trailing": TURNAROUND_DAYS, "owner": call.owner_id}
    statement = _TOOK if call.owner_id is None else _TOOK_OF_BUILDER
    took = await database.rows(_Took, statement, given)
    chosen = where(
        waiting=(f"draws.{IS_WAITING}", True),
        submitted=("draws.first_submitted_on <= %(submitted)s", on),
        owner=("draws.builder_user_id = %(owner)s", call.owner_id),
    )
    total = added(_DrawAmounts, (each for each in held if each.waits(on))).draws
    page = await _DRAWS.page(database, query, chosen, total)
    shown = DrawsDashboardResource(
        **heading(on, call),
        pending=pending(held, on),
        turnaround=_turnaround(took),
        first_pass=_first_pass(held),
        draws=[_draw(draw, on) for draw in page.rows],
    )
    return Answer(shown, page.meta)


def pending(held: Iterable[DrawSum], on: date) -> PendingResource:
    """Pending draws by age and holder, out of the rows of `DRAW_SUMS`."""
    waiting = [(each, HOLDERS[DrawState(each.state)]) for each in held if each.waits(on)]
    aged = [
        (each, _age_label(business_days_between(each.first_submitted_on, on)))
        for each, _ in waiting
        if each.state in PENDING
    ]
    whole = net(each for each, _ in aged)
    return PendingResource(
        count=whole.count,
        net=whole.net,
        by_age=[
            AgeResource(business_days=label, count=part.count, net=part.net)
            for label in (*(label for _, label in AGES), OLDER)
            for part in (net(each for each, of in aged if of == label),)
        ],
        by_holder=[
            HolderResource(holder=holder, count=part.count, net=part.net)
            for holder in ("builder", "inspector", "lender", "bank")
            for part in (net(each for each, of in waiting if of == holder),)
        ],
    )


def net(held: Iterable[DrawSum]) -> NetResource:
    """How many draws there are, and what they come to."""
    whole = added(_DrawAmounts, held)
    return NetResource(count=whole.draws, net=format_money(whole.net_cents))


def _age_label(age: int) -> str:
    return next((label for most, label in AGES if age <= most), OLDER)


def _draw(draw: _WaitingDraw, on: date) -> WaitingDrawResource:
    state = DrawState(draw.state)
    return WaitingDrawResource(
        draw_id=draw.draw_id,
        loan_id=draw.loan_id,
        loan_number=draw.loan_number,
        project_name=draw.project_name,
        number=draw.number,
        state=state,
        net=format_money(draw.net_cents),
        first_submitted_on=draw.first_submitted_on,
        holder=HOLDERS[state],
        age_business_days=business_days_between(draw.first_submitted_on, on),
    )


def _turnaround(took: list[_Took]) -> TurnaroundResource:
    clocks: dict[str, list[tuple[int, int]]] = {}
    for each in took:
        clocks.setdefault(each.clock, []).append((each.days, each.draws))
    returned = dict(clocks.get("times_returned", []))
    draws = sum(returned.values())
    return TurnaroundResource(
        trailing_days=TURNAROUND_DAYS,
        draws=draws,
        borrower_clock=_clock(clocks, "borrower"),
        lender_clock=_clock(clocks, "lender"),
        first_pass_rate=ratio(returned.get(0, 0), draws) if draws else None,
    )


def _clock(clocks: dict[str, list[tuple[int, int]]], party: str) -> ClockResource:
    return ClockResource(
        business_days=_spread(clocks.get(f"{party}_business_days", [])),
        calendar_days=_spread(clocks.get(f"{party}_days", [])),
    )


def _spread(took: list[tuple[int, int]]) -> SpreadResource:
    return SpreadResource(median=percentile(took, 50), p90=percentile(took, 90))


def percentile(took: list[tuple[int, int]], percent: int) -> str | None:
    """A percentile of draws, between two of them in proportion, as SQL's ``percentile_cont``.

    Args:
        took: days and how many draws took them, in any order.
        percent: of the draws.
    """
    draws = sum(count for _, count in took)
    if not draws:
        return None
    whole, rest = divmod((draws - 1) * percent, 100)
    days = sorted(took)
    below, above = _nth(days, whole), _nth(days, min(whole + 1, draws - 1))
    return decimal_text(below + Exact((above - below) * rest, 100), 1)


def _nth(took: list[tuple[int, int]], place: int) -> int:
    """What the draw at a place took, counted from 0."""
    for days, count in took:
        if place < count:
            return days
        place -= count
    raise ValueError("there are fewer draws")


def _first_pass(held: Iterable[DrawSum]) -> FirstPassResource:
    funded = added(_DrawAmounts, (each for each in held if each.state == DrawState.FUNDED))
    return FirstPassResource(
        funded=funded.draws,
        never_returned=funded.never_returned,
        rate=ratio(funded.never_returned, funded.draws) if funded.draws else None,
    )
