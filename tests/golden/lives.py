"""Lives of loans that, between them, hold every kind of event: seeded ones, and what befell some.

Who does what, on which day and under which id follows from the seed alone, so the same commands are
given whenever this runs; `tests/golden/log.py` keeps what they recorded.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid5

from domain.charge_off.commands import ChargeOff
from domain.close_of_business.commands import CloseBusiness
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.draws.commands import CancelDraw, CreateDraw, ReviseDraw, SubmitDraw, WithdrawDraw
from domain.events.catalogue import Event
from domain.fees.commands import AssessFee, RecordProtectiveAdvance
from domain.kernel.actors import Actor, Role
from domain.kernel.rates import Rate
from domain.loans.commands import ChangeDrawPolicy, CloseLoan, LiftDrawStop, PlaceDrawStop
from domain.loans.events import ClosingAdvanceRecorded, LoanClosed
from domain.loans.file import LoanFile
from domain.loans.terms import PolicyRule
from domain.maturity.commands import ExtendMaturity
from domain.payments.commands import RecordEquityDeposit
from domain.payoff.commands import RecordPayoff
from domain.payoff.quotes import quote
from domain.rates.commands import ChangeRate
from domain.rates.events import RateChanged
from domain.receivables.events import (
    EquityDepositReceived,
    FeeAssessed,
    FeeKind,
    InterestCapitalized,
    ProtectiveAdvanceRecorded,
)
from local.seeding import history
from local.seeding.drawing import draw_steps
from local.seeding.plan import LoanPlan, portfolio
from local.seeding.steps import (
    ADMIN,
    SERVICING,
    SERVICING2,
    Act,
    Deed,
    OnDraw,
    OnFile,
    Quote,
    Undo,
)
from local.seeding.stories import Fate

AS_OF = date(2026, 11, 21)


@dataclass(frozen=True, slots=True)
class Life:
    """One loan, and all that is done with it, in order."""

    loan_id: UUID
    steps: list[Deed]


More = Callable[[LoanPlan], Iterable[Deed]]


def lives() -> Iterator[Life]:
    """The loans, by their seeds and places in its portfolio: the shortest of each kind."""
    for place, (seed, number, more) in enumerate(_CHOSEN, 1):
        plan = list(portfolio(number + 1, seed, AS_OF))[number]
        told = history(plan, f"L-{place:06d}")
        yield Life(plan.loan_id, [*told, *more(plan)])


def _nothing(_: LoanPlan) -> Iterator[Deed]:
    yield from ()


def _more_draws(plan: LoanPlan) -> Iterator[Deed]:
    """Draws that come to nothing, one after another, and other rules for those to come."""
    *before, last = plan.draws
    told = sum(1 for _ in draw_steps(replace(plan, draws=tuple(before))))
    for fate in (Fate.WITHDRAWN, Fate.REJECTED, Fate.CANCELLED):
        again = replace(last, draw_id=uuid5(plan.loan_id, f"draw/{fate.name}"), fate=fate)
        steps = list(draw_steps(replace(plan, draws=(*before, again))))
        yield from (replace(step, on=AS_OF) for step in steps[told:])
    draw_id, builder = (
        uuid5(plan.loan_id, "draw/revised"),
        Actor(plan.builder_user_id, Role.BUILDER),
    )
    yield Deed(AS_OF, builder, CreateDraw(draw_id, last.kind, AS_OF, last.lines, last.payees))
    for command in (
        ReviseDraw(payees=()),
        SubmitDraw(builder.id, AS_OF),
        WithdrawDraw("Too early"),
    ):
        yield Deed(AS_OF, builder, OnDraw(draw_id, command))
    yield Deed(AS_OF, SERVICING2, OnDraw(last.draw_id, CancelDraw("Wired to nobody")))
    policy = (PolicyRule.INSPECTION, PolicyRule.CONDITIONAL_WAIVER)
    yield Deed(AS_OF, SERVICING, ChangeDrawPolicy(policy, "As the investor asks"))


def _cheaper(plan: LoanPlan) -> Iterator[Deed]:
    """A default that was none, and a rate found too high once it was paid, which it was not."""
    yield Deed(AS_OF, SERVICING, DeclareDefault(AS_OF, "Insurance lapsed"))
    yield Deed(AS_OF, SERVICING, PlaceDrawStop("DEFAULT"))
    yield Deed(AS_OF, SERVICING, CureDefault(AS_OF, "Insurance renewed"))
    yield Deed(AS_OF, SERVICING, LiftDrawStop("DEFAULT"))
    changed_on = plan.closing_on + timedelta(days=40)
    cheaper = ChangeRate(Rate(plan.terms.rate - Rate("0.01")), changed_on)
    yield Deed(changed_on, SERVICING, cheaper, entered_on=AS_OF)
    yield _undone(RateChanged, changed_on, "Meant for another loan")


def _deposit_undone(plan: LoanPlan) -> Iterator[Deed]:
    deposit = RecordEquityDeposit(uuid5(plan.loan_id, "bounced"), 1_234_56, AS_OF, "CHECK-7")
    yield Deed(AS_OF, SERVICING, deposit)
    yield _undone(EquityDepositReceived, AS_OF, "Returned for insufficient funds")


def _capitalisation_undone(_: LoanPlan) -> Iterator[Deed]:
    yield _undone(InterestCapitalized, AS_OF, "The borrower pays this month")


def _extended(plan: LoanPlan) -> Iterator[Deed]:
    yield Deed(AS_OF, SERVICING, ExtendMaturity(AS_OF, uuid5(plan.loan_id, "extension")))


def _matured(plan: LoanPlan) -> Iterator[Deed]:
    over_on = plan.terms.maturity_on + timedelta(days=2)
    yield Deed(over_on, SERVICING, CloseBusiness(over_on))


def _paid_off(plan: LoanPlan) -> Iterator[Deed]:
    """Charged by mistake, quoted and paid off."""
    fee_id, advance_id = uuid5(plan.loan_id, "fee"), uuid5(plan.loan_id, "advance")
    yield Deed(AS_OF, SERVICING, AssessFee(fee_id, FeeKind.EXIT, 500_00, AS_OF))
    yield _undone(FeeAssessed, AS_OF, "Waived in the loan agreement")
    advance = RecordProtectiveAdvance(advance_id, 99_00, "County", "Filing", AS_OF)
    yield Deed(AS_OF, SERVICING, advance)
    yield _undone(ProtectiveAdvanceRecorded, AS_OF, "Paid by the borrower")
    yield Deed(AS_OF, SERVICING, Quote(AS_OF, AS_OF + timedelta(days=10)))

    def payoff(file: LoanFile) -> RecordPayoff:
        total = quote(file, 0, AS_OF, AS_OF).totals_by_date[0]
        payment_id = uuid5(plan.loan_id, "payoff")
        return RecordPayoff(payment_id, total.total_cents, AS_OF, "WIRE", "PAYOFF")

    yield Deed(AS_OF, SERVICING, OnFile(payoff))


def _closing_undone(plan: LoanPlan) -> Iterator[Deed]:
    """Signed a day too early, undone, and signed again."""
    for closing_on in (plan.closing_on, plan.closing_on + timedelta(days=1)):
        close: Act = CloseLoan(closing_on, plan.closing_advance)
        yield Deed(closing_on, SERVICING, close)
        if closing_on == plan.closing_on:
            yield _undone(ClosingAdvanceRecorded, closing_on, "Signed a day later")
            yield _undone(LoanClosed, closing_on, "Signed a day later")


def _charged_off(plan: LoanPlan) -> Iterator[Deed]:
    """In default once bills stay unpaid, without income from it for three weeks, then given up."""
    on = AS_OF - timedelta(days=21)
    yield Deed(on, SERVICING, DeclareDefault(on, "Two bills unpaid"), entered_on=AS_OF)
    stopped = ChangeAccrualStatus(AccrualStatus.NONACCRUAL, on, "Collection in doubt")
    yield Deed(on, SERVICING, stopped, entered_on=AS_OF)
    tomorrow = AS_OF + timedelta(days=1)
    yield Deed(tomorrow, SERVICING, CloseBusiness(tomorrow))
    yield Deed(tomorrow, ADMIN, ChargeOff(tomorrow, "Collateral sold below the debt"))


def _undone(kind: type[Event], on: date, reason: str) -> Deed:
    return Deed(on, ADMIN, Undo(lambda event: isinstance(event, kind), reason), entered_on=AS_OF)


_CHOSEN: tuple[tuple[int, int, More], ...] = (
    (1, 28, _nothing),  # declined
    (1, 54, _nothing),  # withdrawn
    (1, 2, _closing_undone),  # approved
    (27, 72, _more_draws),  # its last wire failed
    (30, 9, _matured),
    (15, 29, _cheaper),  # pays late
    (11, 21, _deposit_undone),  # its budget was changed
    (35, 79, _extended),  # at a floating rate
    (27, 62, _capitalisation_undone),  # a payment and a draw were corrected
    (5, 10, _nothing),  # shared with others
    (40, 36, _paid_off),  # protected by advances
    (14, 42, _charged_off),  # past due
)
