"""A loan as it stands: what it holds, and the figures that follow from it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from msgspec import Struct, field

from domain.budgets.events import ChangeOrderApproved
from domain.budgets.state import Budget, Category, SourceKind
from domain.defaults.events import AccrualStatus, Delinquency
from domain.interest.period import AccrualPeriod
from domain.interest.timeline import InterestCents, Timeline
from domain.ledger.accounts import Account
from domain.loans.limits import Exposure, LimitExceeded, limits_exceeded
from domain.loans.terms import LoanTerms, PolicyRule
from domain.maturity.events import MaturityExtended
from domain.participations.state import Participations
from domain.payoff.events import LoanPaidOff
from domain.receivables.state import InterestMonth, Receivables


class LoanState(StrEnum):
    """Where a loan is in its life."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    ACTIVE = "ACTIVE"
    MATURED = "MATURED"
    DEFAULT = "DEFAULT"
    PAID_OFF = "PAID_OFF"
    CHARGED_OFF = "CHARGED_OFF"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


LIVE = frozenset({LoanState.ACTIVE, LoanState.MATURED, LoanState.DEFAULT})
"""The states in which a commitment binds, interest accrues and money is owed."""


class FundedDraw(Struct, frozen=True):
    """What a loan remembers of a draw that was paid: whom, through when, and whether it was the
    last."""

    draw_id: UUID
    funded_on: date
    period_to: date
    payees: tuple[str, ...]
    is_final: bool


class Loan(Struct, frozen=True):
    """A loan, its budget and its books.

    Attributes:
        balances: of every account, in cents, from the postings its events carried. Principal,
            reserved and available amounts are read here, so they cannot differ from the ledger.
        draws_opened: how many draws it has had; the next takes the number after it.
        funding_draw_id: the draw whose wire is under way.
        change_orders: as they were approved, so that none is applied twice.
        draw_stops: why no draw is approved or wired, in the order they were placed.
        maturity_on: as it stands, extensions included; ``extensions_used`` of the options, and
            ``extensions`` as they were taken, so that none is taken twice.
        timeline: what interest depends on, by value date.
        state_before: where a default is cured to; ``state_before_payoff`` where a reversed payoff
            leads back to.
        cured_on: the day as of which the last default was cured; ``charged_off_on`` that of the
            charge-off.
        accrual_changed_on: the day from which its accrual status holds, `None` if since closing.
        accrual_months: the months (their first days) whose interest has a stream of its own.
        delinquency: its bucket, in which it is since ``aged_on``.
        paid_off_by: the payment that paid the loan off; ``payoffs`` all that ever did.
        reversed_event_ids: what was reversed, and is not reversed again.
        draw_policy: which further rules a draw must meet, as it stands.
        funded_draws: those paid and not reversed, in the order in which they were recorded.
    """

    loan_id: UUID
    number: str
    state: LoanState
    terms: LoanTerms
    budget: Budget
    maturity_on: date
    timeline: Timeline
    balances: dict[Account, int] = field(default_factory=dict)
    closed_on: date | None = None
    draws_opened: int = 0
    funding_draw_id: UUID | None = None
    change_orders: tuple[ChangeOrderApproved, ...] = ()
    draw_stops: tuple[str, ...] = ()
    receivables: Receivables = field(default_factory=Receivables)
    participations: Participations = field(default_factory=Participations)
    state_before: LoanState | None = None
    state_before_payoff: LoanState | None = None
    cured_on: date | None = None
    charged_off_on: date | None = None
    extensions_used: int = 0
    extensions: tuple[MaturityExtended, ...] = ()
    accrual_status: AccrualStatus = AccrualStatus.ACCRUAL
    accrual_changed_on: date | None = None
    accrual_months: tuple[date, ...] = ()
    delinquency: Delinquency = Delinquency.CURRENT
    aged_on: date | None = None
    paid_off_by: UUID | None = None
    payoffs: tuple[LoanPaidOff, ...] = ()
    reversed_event_ids: frozenset[UUID] = frozenset()
    draw_policy: tuple[PolicyRule, ...] = ()
    funded_draws: tuple[FundedDraw, ...] = ()

    def balance(self, account: Account) -> int:
        """What an account holds, in cents."""
        return self.balances.get(account, 0)

    @property
    def principal_cents(self) -> int:
        """P: advanced and not repaid; it bears interest."""
        return self.balance(Account.PRINCIPAL)

    @property
    def available_cents(self) -> int:
        """What may still be reserved: undisbursed, less what approved draws hold."""
        return self.balance(Account.MEMO_AVAILABLE)

    @property
    def reserved_cents(self) -> int:
        """A: what approved draws hold of the commitment."""
        return self.balance(Account.MEMO_RESERVED)

    @property
    def undisbursed_cents(self) -> int:
        """U: the commitment, less all advances."""
        return self.available_cents + self.reserved_cents

    @property
    def interest_reserve_cents(self) -> int:
        """What is left on the interest-reserve lines."""
        return sum(
            line.unbilled_cents
            for line in self.budget.lines
            if line.category is Category.INTEREST_RESERVE
        )

    @property
    def capitalisable_cents(self) -> int:
        """What may become principal of interest that falls due now."""
        return min(self.interest_reserve_cents, self.available_cents)

    @property
    def is_live(self) -> bool:
        """Whether its commitment binds and its interest accrues."""
        return self.state in LIVE

    def rate_on(self, day: date) -> Decimal:
        """The contract rate in force on a day, without any default margin."""
        return self.timeline.rate_on(day)

    @property
    def open_month(self) -> date | None:
        """The month whose interest has not fallen due, `None` before anything accrued."""
        last = self.accrual_months[-1] if self.accrual_months else None
        return None if last is None or self.receivables.month(last).due_on else last

    def is_paid_off_by(self, payment_id: UUID) -> bool:
        """Whether the payoff hangs on a payment: on its own or, if it brought none, on every one."""
        if self.paid_off_by is None:
            return False
        return self.paid_off_by == payment_id or not self.receivables.payment(self.paid_off_by)

    def unpaid_interest(self, open_period: AccrualPeriod | None) -> InterestCents:
        """All interest accrued and neither capitalised nor paid, in cents; none once charged off.

        Args:
            open_period: of `open_month`, whose interest the loan itself does not know.
        """
        if self.state is LoanState.CHARGED_OFF:
            return InterestCents()
        unpaid = open_period.accrued if open_period is not None else InterestCents()
        for month in self.receivables.months:
            unpaid += month.unpaid
        return unpaid

    @property
    def bills_behind(self) -> list[tuple[InterestMonth, InterestCents]]:
        """Every bill of a live loan, oldest first, and what of it is neither paid nor covered.

        Unapplied cash, which the lender holds, covers the oldest first, and of each what a payment
        pays first.
        """
        cash_cents = self.balance(Account.UNAPPLIED_PAYMENTS)
        behind = []
        for month in self.receivables.months if self.is_live else ():
            if month.due_on is None or month.unpaid.total_cents <= 0:
                continue
            if left := month.unpaid.less(cash_cents).total_cents:
                behind.append((month, month.unpaid.less(cash_cents)))
            cash_cents -= month.unpaid.total_cents - left
        return behind

    @property
    def exposure(self) -> Exposure:
        """What loan to cost and loan to value are worked out from."""
        valuation = self.terms.valuation
        return Exposure(
            self.terms.commitment_cents,
            self.budget.total_cents,
            None if valuation is None else valuation.as_complete_cents,
        )

    @property
    def limits_exceeded(self) -> list[LimitExceeded]:
        """The supervisory and own limits that the loan, as it stands, does not keep."""
        terms = self.terms
        return limits_exceeded(self.exposure, terms.secured_by, ltc_max=terms.ltc_max)

    @property
    def last_funded_draw(self) -> FundedDraw | None:
        """The draw paid last by value date; of two paid on one day, the one recorded later."""
        if not self.funded_draws:
            return None
        latest_on = max(draw.funded_on for draw in self.funded_draws)
        return [draw for draw in self.funded_draws if draw.funded_on == latest_on][-1]

    def free_deposits_cents(self, *, but_for: UUID | None = None) -> int:
        """Deposits of the borrower that no approved draw holds, leaving out one draw's own hold."""
        held_cents = sum(
            held.deposit_cents for held in self.budget.reservations if held.draw_id != but_for
        )
        return max(0, self.balance(Account.BORROWER_DEPOSITS) - held_cents)

    @property
    def equity_to_come_cents(self) -> int:
        """Equity promised, not spent on a line before closing, and not paid in since."""
        promised_cents = sum(
            source.amount_cents
            for source in self.budget.sources
            if source.kind is SourceKind.EQUITY and source.spent_on_line is None
        )
        return max(0, promised_cents - self.receivables.deposited_cents)

    @property
    def deferred_cents(self) -> int:
        """Costs of the budget that are paid on a later day, by neither loan nor equity."""
        sources = self.budget.sources
        return sum(s.amount_cents for s in sources if s.kind is SourceKind.DEFERRED)

    @property
    def deficiency_cents(self) -> int:
        """What finishing would cost beyond what remains to pay for it, in cents.

        The cost counts what draws were approved for and not yet funded with. Retainage withheld is
        still to be paid. Contingency is not a cost, and a deferred cost is paid for by waiting.
        Before closing, and once the loan is over, there is nothing to compare.
        **Source**: `RULES.md`, "In balance".
        """
        if not self.is_live:
            return 0
        to_pay_cents = self.budget.cost_to_complete_cents + self.budget.withheld_cents
        means_cents = (
            self.undisbursed_cents
            + self.balance(Account.BORROWER_DEPOSITS)
            + self.equity_to_come_cents
            + self.deferred_cents
        )
        return max(0, to_pay_cents - means_cents)
