"""What happens to a closed loan besides its draws: interest, payments, fees, and what goes wrong."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid5

from domain.budgets.commands import ApproveChangeOrder, ReallocateBudget, RecordCostToComplete
from domain.budgets.events import LineCost
from domain.budgets.state import LineChange, LineTerms, Source, SourceKind
from domain.charge_off.commands import ChargeOff
from domain.close_of_business.commands import CloseBusiness
from domain.defaults.commands import ChangeAccrualStatus, CureDefault, DeclareDefault
from domain.defaults.events import AccrualStatus
from domain.events.catalogue import Event
from domain.fees.commands import AssessFee, RecordProtectiveAdvance, WaiveFee
from domain.kernel.rates import Rate
from domain.loans.commands import LiftDrawStop, PlaceDrawStop
from domain.loans.file import LoanFile
from domain.maturity.commands import ExtendMaturity
from domain.participations.commands import SellParticipation
from domain.payments.commands import RecordEquityDeposit, RecordPayment
from domain.payoff.commands import RecordPayoff
from domain.payoff.quotes import quote
from domain.rates.commands import ChangeRate
from domain.receivables.events import FeeKind, PaymentReceived
from local.seeding.plan import LoanPlan
from local.seeding.steps import ADMIN, SERVICING, Act, Deed, OnFile, Quote, Undo
from local.seeding.stories import Story

_LATE = {
    Story.PAYING_LATE, Story.PAST_DUE, Story.DEFAULTED, Story.NONACCRUAL, Story.CURED,
    Story.CHARGED_OFF,
}  # fmt: skip
_IN_DEFAULT = {Story.DEFAULTED, Story.NONACCRUAL, Story.CURED, Story.CHARGED_OFF}
_STOPPED_INCOME = {Story.NONACCRUAL, Story.CHARGED_OFF}
_DAYS_TO_DEFAULT = 95
_CURED_DAYS_AGO = 40


def closings(plan: LoanPlan) -> Iterator[Deed]:
    """Close of business: every 1st, and the 12th where bills come late; last on the last day."""
    days = {_days_before(plan, 0)}
    for first in _firsts(plan):
        days.add(first)
        if plan.story in _LATE:
            days.add(min(first + timedelta(days=11), plan.as_of))
    for day in sorted(days):
        yield Deed(day, SERVICING, CloseBusiness(day))


def bills_paid(plan: LoanPlan) -> Iterator[Deed]:
    """The borrower pays what is due, in time or two weeks late, as long as they pay at all.

    Of a loan under construction the reserve pays everything.
    """
    if plan.story is Story.BUILDING:
        return
    late_days = 15 if plan.story is Story.PAYING_LATE else 0
    lag = timedelta(days=1 + late_days + int(plan.luck * 7))
    cured_on = _days_before(plan, _CURED_DAYS_AGO)
    for due_on in _firsts(plan):
        is_paid = due_on < plan.behind_on or (plan.story is Story.CURED and due_on > cured_on)
        if is_paid and due_on + lag <= plan.as_of:
            yield _paid(plan, due_on + lag)


def troubles(plan: LoanPlan) -> Iterator[Deed]:
    """What the loan's story brings, beyond interest and bills."""
    told = _TOLD.get(plan.story)
    if told is not None:
        for on, act in told(plan):
            yield Deed(on, ADMIN if isinstance(act, ChargeOff) else SERVICING, act)


Told = Iterator[tuple[date, Act]]


def _defaulted(plan: LoanPlan) -> Told:
    on = plan.behind_on + timedelta(days=_DAYS_TO_DEFAULT)
    yield on, DeclareDefault(on, "Three bills unpaid")
    yield on, PlaceDrawStop("DEFAULT")
    if plan.story in _STOPPED_INCOME:
        yield on, ChangeAccrualStatus(AccrualStatus.NONACCRUAL, on, "Past due over 90 days")
        taxed_on = on + timedelta(days=20)
        taxes = RecordProtectiveAdvance(
            uuid5(plan.loan_id, "taxes"), 418_250, "County Treasurer", "Property taxes", taxed_on
        )
        yield taxed_on, taxes
    if plan.story is Story.CHARGED_OFF:
        over_on = _days_before(plan, 5)
        yield over_on, ChargeOff(over_on, "Collateral sold below the debt")
    if plan.story is Story.CURED:
        cured_on = _days_before(plan, _CURED_DAYS_AGO)
        yield cured_on, _paid(plan, cured_on).act
        yield cured_on, CureDefault(cured_on, "Arrears paid")
        yield cured_on, LiftDrawStop("DEFAULT")


def _late(plan: LoanPlan) -> Told:
    """The first late charge is forgiven."""

    def waiver(on: date) -> Callable[[LoanFile], WaiveFee | None]:
        def command_on(file: LoanFile) -> WaiveFee | None:
            for fee in file.loan.receivables.fees:
                if fee.kind is FeeKind.LATE and fee.unpaid_cents:
                    return WaiveFee(fee.fee_id, on, "First time")
            return None

        return command_on

    for due_on in list(_firsts(plan))[2:3]:
        on = due_on + timedelta(days=12)
        if on <= plan.as_of:
            yield on, OnFile(waiver(on))


def _floating(plan: LoanPlan) -> Told:
    """The rate follows an index, a quarter up and later down."""
    rate = plan.terms.rate
    quarters = [first for first in _firsts(plan) if first.month in (1, 4, 7, 10)]
    for place, first in enumerate(quarters):
        rate = Rate(rate + (Decimal("0.0025") if place % 3 < 2 else Decimal("-0.005")))
        yield first, ChangeRate(rate, first)


def _extended(plan: LoanPlan) -> Told:
    on = plan.terms.maturity_on - timedelta(days=10)
    yield on, ExtendMaturity(on, uuid5(plan.loan_id, "extension"))


def _shared(plan: LoanPlan) -> Told:
    on = plan.closing_on + timedelta(days=30)
    for name, share in (("First Valley Bank", "0.3"), ("Granite Savings", "0.15")):
        yield on, SellParticipation(uuid5(plan.loan_id, name), name, Rate(share), on)


def _protected(plan: LoanPlan) -> Told:
    """The lender keeps the insurance up and charges an inspection, part of which it forgives."""
    on = _days_before(plan, 20 if plan.luck < 0.5 else 45)
    fee_id = uuid5(plan.loan_id, "inspection")
    insurance = "Builder's risk insurance"
    advance_id = uuid5(plan.loan_id, "insurance")
    yield on, RecordProtectiveAdvance(advance_id, 325_000, "Anchor Insurance", insurance, on)
    yield on, AssessFee(fee_id, FeeKind.INSPECTION, 35_000, on, "Second visit")
    yield on, WaiveFee(fee_id, on, "Visited on another loan's account", 10_000)


def _corrected(plan: LoanPlan) -> Told:
    """A payment ahead of time comes back."""
    on, payment_id = _days_before(plan, 25), uuid5(plan.loan_id, "curtailment")

    def is_payment(event: Event) -> bool:
        return isinstance(event, PaymentReceived) and event.payment_id == payment_id

    yield on, RecordPayment(payment_id, 2_500_000, on, "CHECK", "1042")
    back_on = on + timedelta(days=6)
    yield back_on, Undo(is_payment, "Returned for insufficient funds")


def _out_of_balance(plan: LoanPlan) -> Told:
    on, line = _days_before(plan, 1), _line(plan, "FINI")
    overrun_cents = plan.terms.commitment_cents // 8
    cost = LineCost(line.line_id, line.amount_cents + overrun_cents)
    yield on, RecordCostToComplete(on, (cost,))


def _building(plan: LoanPlan) -> Told:
    """Somebody estimates what is to come, early on."""
    on = plan.closing_on + timedelta(days=35)
    costs = tuple(
        LineCost(line.line_id, line.amount_cents * 98 // 100)
        for line in (_line(plan, "EXTR"), _line(plan, "FINI"))
    )
    yield on, RecordCostToComplete(on, costs)


def _rebudgeted(plan: LoanPlan) -> Told:
    """Equity comes in as promised, framing takes from contingency, and a kitchen is upgraded."""
    promised_cents = plan.terms.sources[1].amount_cents
    on = plan.closing_on + timedelta(days=20)
    yield on, RecordEquityDeposit(uuid5(plan.loan_id, "equity"), promised_cents, on, "WIRE-1")
    on += timedelta(days=20)
    moved_cents = _line(plan, "CONT").amount_cents // 4
    moves = (
        LineChange(_line(plan, "CONT").line_id, -moved_cents),
        LineChange(_line(plan, "FRAM").line_id, moved_cents),
    )
    yield on, ReallocateBudget(moves, "Lumber dearer than bid")
    on += timedelta(days=10)
    added_cents = _line(plan, "FINI").amount_cents // 10
    yield (
        on,
        ApproveChangeOrder(
            "CO-1",
            (LineChange(_line(plan, "FINI").line_id, added_cents),),
            (Source(SourceKind.EQUITY, added_cents),),
        ),
    )
    on += timedelta(days=5)
    yield on, RecordEquityDeposit(uuid5(plan.loan_id, "upgrade"), added_cents, on, "WIRE-2")


def _finished(plan: LoanPlan) -> Told:
    on = _days_before(plan, 0)
    yield on, AssessFee(uuid5(plan.loan_id, "exit"), FeeKind.EXIT, _exit_cents(plan), on)
    yield on, Quote(on + timedelta(days=5), on + timedelta(days=20))


def _paid_off(plan: LoanPlan) -> Told:
    on = _days_before(plan, 6 + int(plan.luck * 28))
    fees = (
        (FeeKind.EXIT, _exit_cents(plan)),
        (FeeKind.RECONVEYANCE, 22_500),
        (FeeKind.WIRE, 3_000),
    )
    for kind, cents in fees:
        yield on, AssessFee(uuid5(plan.loan_id, kind), kind, cents, on)

    def payoff(file: LoanFile) -> RecordPayoff:
        total = quote(file, 0, on, on).totals_by_date[0]
        payment_id = uuid5(plan.loan_id, "payoff")
        return RecordPayoff(payment_id, total.total_cents, on, "WIRE", "PAYOFF")

    yield on, OnFile(payoff)


_TOLD: dict[Story, Callable[[LoanPlan], Told]] = {
    **dict.fromkeys(_IN_DEFAULT, _defaulted),
    Story.BUILDING: _building,
    Story.PAYING_LATE: _late,
    Story.FLOATING: _floating,
    Story.EXTENDED: _extended,
    Story.SHARED: _shared,
    Story.PROTECTED: _protected,
    Story.CORRECTED: _corrected,
    Story.OUT_OF_BALANCE: _out_of_balance,
    Story.REBUDGETED: _rebudgeted,
    Story.FINISHED: _finished,
    Story.PAID_OFF: _paid_off,
}


def _paid(plan: LoanPlan, on: date) -> Deed:
    """The borrower pays all that is due: bills, fees, and what the lender laid out."""
    payment_id = uuid5(plan.loan_id, f"payment/{on}")

    def payment(file: LoanFile) -> RecordPayment | None:
        owed = file.loan.receivables
        due_cents = sum(month.unpaid.total_cents for month in owed.months if month.due_on)
        due_cents += sum(fee.unpaid_cents for fee in owed.fees)
        due_cents += sum(advance.unpaid_cents for advance in owed.protective_advances)
        if due_cents <= 0:
            return None
        return RecordPayment(payment_id, due_cents, on, "ACH", f"ACH-{payment_id.hex[:10].upper()}")

    return Deed(on, SERVICING, OnFile(payment))


def _firsts(plan: LoanPlan) -> Iterator[date]:
    """Every 1st from closing to the last day."""
    day = plan.closing_on.replace(day=1)
    while (day := (day + timedelta(days=32)).replace(day=1)) <= plan.as_of:
        yield day


def _days_before(plan: LoanPlan, days: int) -> date:
    return plan.as_of - timedelta(days=days)


def _line(plan: LoanPlan, code: str) -> LineTerms:
    return next(line for line in plan.terms.lines if line.code == code)


def _exit_cents(plan: LoanPlan) -> int:
    return plan.terms.commitment_cents // 100
