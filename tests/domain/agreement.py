"""What a loan and the model of it must have in common, and what every loan must satisfy by itself."""

from datetime import date

from domain.budgets.state import Category
from domain.interest.timeline import InterestCents
from domain.ledger.accounts import Account
from domain.loans.file import LoanFile
from domain.loans.state import Loan, LoanState
from domain.payments.waterfall import Allocation, Due
from domain.receivables.state import Fee
from tests.domain.loan_desk import LoanDesk
from tests.model import owed
from tests.model.loan import CONTRACT, DEFAULT, KINDS, NONACCRUAL, Model, Month, Walk

Unpaid = dict[date, dict[str, int]]
"""What is owed of the interest of months, by kind."""


def name_of(fee: Fee) -> str:
    """What the model calls a fee: a late charge by its month."""
    return f"late {fee.month}" if fee.month else str(fee.fee_id)


def parts(amount: InterestCents) -> dict[str, int]:
    """The three parts of interest as the model names them."""
    return {
        CONTRACT: amount.interest_cents,
        DEFAULT: amount.default_cents,
        NONACCRUAL: amount.nonaccrual_cents,
    }


def assert_agree(desk: LoanDesk, model: Model, through: date) -> None:
    """The loan is in everything what the model works out anew."""
    file = desk.the_file
    assert_sound(file.loan)
    assert_sound_books(desk)
    walk = model.walk(through)  # once, because it is long
    unpaid = owed.unpaid_of(model, walk.months)
    assert_same_principal(file.loan, model, walk, through)
    assert_same_balances(desk.books, model, unpaid)
    assert_same_months(file, model, walk.months, unpaid, through)
    assert_same_charges(file.loan, model)
    assert_same_payments(file.loan, model)
    assert_same_lines(file.loan, model)


def assert_sound(loan: Loan) -> None:
    """Invariants 1 to 4, by their own formulas."""
    commitment_cents = loan.terms.commitment_cents
    disbursed_cents = loan.balance(Account.MEMO_DISBURSED)
    assert loan.undisbursed_cents == commitment_cents - disbursed_cents
    assert loan.available_cents == loan.undisbursed_cents - loan.reserved_cents >= 0
    assert loan.balance(Account.MEMO_COMMITMENT) == commitment_cents
    assert loan.principal_cents == sum(loan.timeline.movements.values()) >= 0
    budget = loan.budget
    assert sum(line.budget_cents for line in budget.lines) == sum(
        source.amount_cents for source in budget.sources
    )
    for line in budget.lines:
        reserved = budget.reserved_on(line.line_id)
        assert line.gross_cents + max(0, reserved.gross_cents) <= line.budget_cents
        if line.category is Category.INTEREST_RESERVE:
            assert line.unbilled_cents >= 0
    assert budget.withheld_cents == loan.balance(Account.MEMO_RETAINAGE_WITHHELD)


def assert_sound_books(desk: LoanDesk) -> None:
    """Invariant 2: the trial balance is zero, on the balance sheet and off it."""
    for memo in (True, False):
        held = [(a, cents) for a, cents in desk.books.items() if a.is_memo is memo]
        assert sum(cents if a.is_debit_normal else -cents for a, cents in held) == 0
    for account in (Account.PRINCIPAL, Account.MEMO_AVAILABLE, Account.MEMO_RESERVED):
        assert desk.books.get(account, 0) == desk.loan.balance(account)


def assert_same_principal(loan: Loan, model: Model, walk: Walk, through: date) -> None:
    """Principal, what is available and what is reserved."""
    reserved = sum(model.reserved.values())
    advanced = sum(move.cents for move in model.moved) + sum(model.frozen.values())
    advanced += sum(month.capitalised for month in walk.months.values())
    assert loan.timeline.principal_on(through) == walk.principal
    assert loan.principal_cents == advanced - owed.paid_on(model, ("principal",))
    assert loan.reserved_cents == reserved
    assert loan.available_cents == model.commitment - advanced - reserved


def assert_same_balances(books: dict[Account, int], model: Model, unpaid_by: Unpaid) -> None:
    """Every receivable, and what was taken in and not used."""
    unpaid = unpaid_by.values()
    held = sum(model.deposits_used[name] for name in model.reserved)
    expected = {
        Account.INTEREST_RECEIVABLE: sum(left[CONTRACT] + left[DEFAULT] for left in unpaid),
        Account.MEMO_NONACCRUAL_INTEREST: sum(left[NONACCRUAL] for left in unpaid),
        Account.MEMO_NONACCRUAL_OWED: sum(left[NONACCRUAL] for left in unpaid),
        Account.FEES_RECEIVABLE: sum(owed.unpaid_fee(model, name) for name in model.fees),
        Account.PROTECTIVE_ADVANCES: owed.unpaid_protective(model),
        Account.UNAPPLIED_PAYMENTS: owed.unapplied(model),
        Account.BORROWER_DEPOSITS: owed.deposits_left(model) + held,
    }
    found = {account: books.get(account, 0) for account in expected}
    assert found == expected, (found, expected)
    assert min(expected.values()) >= 0
    assert owed.deposits_left(model) >= 0


def assert_same_months(
    file: LoanFile, model: Model, months: dict[date, Month], unpaid: Unpaid, through: date
) -> None:
    """What was accrued, capitalised and paid of every month, to the cent."""
    loan = file.loan
    seen = set(loan.accrual_months) | {month.month for month in loan.receivables.months}
    assert seen <= set(months) | {through.replace(day=1)}
    for first, month in months.items():
        held = loan.receivables.month(first)
        accrued = parts(file.period(first).accrued)
        assert accrued == month.accrued, first
        assert held.capitalised_cents == month.capitalised, first
        if month.due_on is not None:
            assert held.due_on == month.due_on
            assert parts(held.accrued) == accrued
            assert parts(held.unpaid) == unpaid[first]
        paid = parts(held.paid)
        for kind in KINDS:
            assert paid[kind] == owed.paid_on(model, ("month", first, kind)), (first, kind)


def assert_same_charges(loan: Loan, model: Model) -> None:
    """Every fee and protective advance, and what is unpaid of it."""
    fees = {name_of(fee): fee for fee in loan.receivables.fees}
    assert set(fees) == set(model.fees)
    for name, fee in fees.items():
        assert fee.amount_cents == model.fees[name].cents
        assert fee.unpaid_cents == owed.unpaid_fee(model, name) >= 0
        if fee.month is None:
            assert fee.assessed_on == model.fees[name].on
    for advance in loan.receivables.protective_advances:
        name = str(advance.advance_id)
        assert advance.amount_cents == model.protective[name][1]
        assert advance.paid_cents == owed.paid_on(model, ("protective", name))


KIND_OF = {
    Due.DEFAULT_INTEREST: DEFAULT,
    Due.INTEREST: CONTRACT,
    Due.NONACCRUAL_INTEREST: NONACCRUAL,
}


def named(loan: Loan, part: Allocation) -> owed.What:
    """What the model calls the thing that an allocation paid."""
    if part.fee_id is not None:
        fee = loan.receivables.fee(part.fee_id)
        assert fee is not None
        return ("fee", name_of(fee))
    if part.advance_id is not None:
        return ("protective", str(part.advance_id))
    return ("month", part.month, KIND_OF[part.due]) if part.month else ("principal",)


def assert_same_payments(loan: Loan, model: Model) -> None:
    """Invariant 14: what every payment paid, in order, and never more than there was."""
    for payment in loan.receivables.payments:
        theirs = model.received[str(payment.payment_id)]
        assert payment.amount_cents == theirs.cents
        assert payment.reversed_on == theirs.back_on
        if payment.reversed_on is None:
            met = [(named(loan, part), part.amount_cents) for part in payment.allocations]
            assert met == theirs.met


def assert_same_standing(loan: Loan, model: Model, through: date) -> None:
    """Where the loan is in its life after a close of business, and how far past due."""
    days = owed.days_past_due(model, through, loan.maturity_on)
    assert loan.delinquency.value == owed.bucket(days)
    if loan.state in (LoanState.ACTIVE, LoanState.MATURED):
        is_over = loan.maturity_on < through and loan.principal_cents > 0
        assert loan.state is LoanState.MATURED or not is_over
    assert (loan.state is LoanState.DEFAULT) == any(span.until is None for span in model.defaults)


def assert_same_lines(loan: Loan, model: Model) -> None:
    """The work, the materials and the retainage of every line."""
    for line in loan.budget.lines:
        ours = model.lines[line.code]
        assert line.budget_cents == ours.budget
        if line.category is not Category.INTEREST_RESERVE:
            assert line.gross_cents == ours.gross
        assert line.completed_cents == ours.completed
        assert line.stored_cents == ours.stored
        assert line.withheld_cents == ours.withheld
        assert line.released_cents == ours.released
