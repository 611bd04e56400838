"""A loan as JSON shows it."""

from datetime import date
from uuid import UUID

from domain.budgets.resource import (
    BudgetLineResource,
    SourceResource,
    line_resources,
    source_resources,
)
from domain.defaults.delinquency import past_due_when_closed_cents
from domain.defaults.events import AccrualStatus, Delinquency
from domain.interest.period import AccrualPeriod
from domain.kernel.day_count import DayCount
from domain.kernel.money import format_money
from domain.kernel.rates import rate_text
from domain.kernel.resource import Fraction, Money, Resource
from domain.kernel.rounding import Rounding
from domain.ledger.accounts import Account
from domain.loans.limits import LimitCode, LimitExceeded, PropertyKind, shown
from domain.loans.state import Loan, LoanState
from domain.loans.terms import LoanTerms, PolicyRule
from domain.participations.resource import ParticipationResource, participation_resource
from domain.receivables.resource import (
    FeeResource,
    InterestMonthResource,
    PaymentResource,
    ProtectiveAdvanceResource,
    fee_resource,
    interest_month_resource,
    payment_resource,
    protective_advance_resource,
)


class ExtensionOptionResource(Resource):
    """By how many months a loan may be extended, and for what share of its commitment."""

    months: int
    fee_rate: Fraction


class ValuationResource(Resource):
    """What the collateral is worth, as it is and as it will be."""

    as_is: Money
    as_complete: Money
    valued_on: date


class DrawPolicyResource(Resource):
    """What a draw must meet beyond the rules that always bind."""

    require: list[PolicyRule]


class RateChangeResource(Resource):
    """A contract rate, and the day from which it counts."""

    rate: Fraction
    effective_on: date


class LimitWarningResource(Resource):
    """A limit that the loan does not keep; without a valuation nobody can tell the ratio."""

    code: LimitCode
    ratio: Fraction | None
    limit: Fraction


class LoanResource(Resource):
    """A loan: its terms, its balances, what is owed on it, and its budget.

    ``rate``, ``maturity_date`` and ``draw_policy`` are shown as they stand, the rate as it was last
    changed, from whichever day. What is past due is so as of the loan's last close of business,
    which ages it. Of a loan that is over nothing is due; what was written off stands with each fee
    and month. ``ltc`` and ``ltv`` are shown to four places.
    """

    id: UUID
    number: str
    state: LoanState
    project_id: UUID
    project_name: str
    borrower_id: UUID
    borrower_name: str
    builder_user_id: UUID | None
    rate: Fraction
    default_margin: Fraction
    day_count: DayCount
    rounding: Rounding
    property_kind: PropertyKind
    late_charge_rate: Fraction
    grace_days: int
    deposit_share: Fraction | None
    extension_options: list[ExtensionOptionResource]
    valuation: ValuationResource | None
    draw_policy: DrawPolicyResource
    commitment: Money
    principal: Money
    undisbursed: Money
    reserved: Money
    available: Money
    interest_reserve_balance: Money
    retainage_withheld: Money
    fees_due: Money
    unapplied: Money
    borrower_deposits: Money
    equity_to_come: Money
    deficiency: Money
    accrued_interest: Money
    accrued_through: date | None
    interest_due: Money
    next_due_on: date | None
    past_due_amount: Money
    delinquency: Delinquency
    fees: list[FeeResource]
    protective_advances: list[ProtectiveAdvanceResource]
    interest_months: list[InterestMonthResource]
    payments: list[PaymentResource]
    participations: list[ParticipationResource]
    accrual_status: AccrualStatus
    draw_stops: list[str]
    closed_on: date | None
    maturity_date: date
    extensions_used: int
    rate_changes: list[RateChangeResource]
    ltc: Fraction | None
    ltv: Fraction | None
    warnings: list[LimitWarningResource]
    lines: list[BudgetLineResource]
    sources: list[SourceResource]
    memo: str | None
    version: int = 0


def loan_resource(loan: Loan, open_period: AccrualPeriod | None = None) -> LoanResource:
    """The loan as it stands.

    Args:
        loan: what is shown.
        open_period: the month whose interest has not fallen due, without which that is left out.
    """
    terms, owed, exposure = loan.terms, loan.receivables, loan.exposure
    ltc, ltv = exposure.loan_to_cost, exposure.loan_to_value
    billed_cents, oldest_on = _billed(loan)
    return LoanResource(
        id=loan.loan_id,
        number=loan.number,
        state=loan.state,
        project_id=terms.project_id,
        project_name=terms.project_name,
        borrower_id=terms.borrower_id,
        borrower_name=terms.borrower_name,
        builder_user_id=terms.builder_user_id,
        rate=rate_text(loan.rate_on(date.max)),
        default_margin=rate_text(terms.default_margin),
        day_count=terms.day_count,
        rounding=terms.rounding,
        property_kind=terms.secured_by,
        late_charge_rate=rate_text(terms.late_charge_rate),
        grace_days=terms.grace_days,
        deposit_share=None if terms.deposit_share is None else rate_text(terms.deposit_share),
        extension_options=_extension_options(terms),
        valuation=_valuation(terms),
        draw_policy=DrawPolicyResource(require=list(loan.draw_policy)),
        commitment=format_money(terms.commitment_cents),
        principal=format_money(loan.principal_cents),
        undisbursed=format_money(loan.undisbursed_cents),
        reserved=format_money(loan.reserved_cents),
        available=format_money(loan.available_cents),
        interest_reserve_balance=format_money(loan.interest_reserve_cents),
        retainage_withheld=format_money(loan.balance(Account.MEMO_RETAINAGE_WITHHELD)),
        fees_due=format_money(loan.balance(Account.FEES_RECEIVABLE)),
        unapplied=format_money(loan.balance(Account.UNAPPLIED_PAYMENTS)),
        borrower_deposits=format_money(loan.balance(Account.BORROWER_DEPOSITS)),
        equity_to_come=format_money(loan.equity_to_come_cents),
        deficiency=format_money(loan.deficiency_cents),
        accrued_interest=format_money(loan.unpaid_interest(open_period).total_cents),
        accrued_through=None if open_period is None else open_period.accrued_through,
        interest_due=format_money(billed_cents),
        next_due_on=oldest_on,
        past_due_amount=format_money(past_due_when_closed_cents(loan, open_period)),
        delinquency=loan.delinquency,
        fees=[fee_resource(fee) for fee in owed.fees],
        protective_advances=[
            protective_advance_resource(each) for each in owed.protective_advances
        ],
        interest_months=[interest_month_resource(month) for month in owed.months],
        payments=[payment_resource(payment) for payment in owed.payments],
        participations=[participation_resource(each) for each in loan.participations.shares],
        accrual_status=loan.accrual_status,
        draw_stops=list(loan.draw_stops),
        closed_on=loan.closed_on,
        maturity_date=loan.maturity_on,
        extensions_used=loan.extensions_used,
        rate_changes=_rate_changes(loan),
        ltc=None if ltc is None else rate_text(shown(ltc)),
        ltv=None if ltv is None else rate_text(shown(ltv)),
        warnings=[_warning(limit) for limit in loan.limits_exceeded],
        lines=line_resources(loan.budget),
        sources=source_resources(loan.budget),
        memo=terms.memo,
    )


def interest_fields(accrued_cents: int, open_period: AccrualPeriod | None) -> dict[str, str | None]:
    """What of the resource an entry of the open month changes, and nothing else does.

    Args:
        accrued_cents: all interest accrued and neither capitalised nor paid, the open month's too.
        open_period: that month, as far as anything accrued in it.
    """
    through = None if open_period is None else open_period.accrued_through
    return {
        "accrued_interest": format_money(accrued_cents),
        "accrued_through": None if through is None else through.isoformat(),
    }


def _extension_options(terms: LoanTerms) -> list[ExtensionOptionResource]:
    return [
        ExtensionOptionResource(months=option.months, fee_rate=rate_text(option.fee_rate))
        for option in terms.extension_options
    ]


def _valuation(terms: LoanTerms) -> ValuationResource | None:
    if terms.valuation is None:
        return None
    return ValuationResource(
        as_is=format_money(terms.valuation.as_is_cents),
        as_complete=format_money(terms.valuation.as_complete_cents),
        valued_on=terms.valuation.valued_on,
    )


def _rate_changes(loan: Loan) -> list[RateChangeResource]:
    return [
        RateChangeResource(rate=rate_text(step.rate), effective_on=step.from_on)
        for step in loan.timeline.rates
        if step.until_on is None
    ]


def _warning(limit: LimitExceeded) -> LimitWarningResource:
    return LimitWarningResource(
        code=limit.code,
        ratio=None if limit.ratio is None else rate_text(shown(limit.ratio)),
        limit=rate_text(limit.cap),
    )


def _billed(loan: Loan) -> tuple[int, date | None]:
    """What is billed and unpaid, in cents, and the oldest due date of it."""
    months = loan.receivables.months if loan.is_live else ()
    due = [month for month in months if month.due_on and month.unpaid.total_cents > 0]
    oldest_on = min((month.due_on for month in due if month.due_on), default=None)
    return sum(month.unpaid.total_cents for month in due), oldest_on
