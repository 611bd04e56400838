"""Why something asked of a loan is refused."""

from domain.kernel.errors import Conflict, Ground

LOAN_EXISTS = Ground(
    "LOAN_EXISTS", "Another term sheet was drawn up under this id.", "Closing", Conflict
)
LOAN_NOT_DRAFT = Ground(
    "LOAN_NOT_DRAFT", "The loan is no draft any more: it was submitted, or is over.", "Closing"
)
LOAN_NOT_SUBMITTED = Ground(
    "LOAN_NOT_SUBMITTED",
    "The loan is not with credit approval: it was not submitted, or has been decided on.",
    "Closing",
)
LOAN_NOT_APPROVED = Ground(
    "LOAN_NOT_APPROVED",
    "The loan has no credit approval, or has closed: it closes once, when approved.",
    "Closing",
)
LOAN_NOT_ACTIVE = Ground(
    "LOAN_NOT_ACTIVE",
    "The loan is not where this needs it: it has not closed, is over or, where only an active loan will do, is matured or in default.",
    "Life cycle",
)
LOAN_NOT_DEFAULT = Ground("LOAN_NOT_DEFAULT", "The loan is not in default.", "Default")
LOAN_NOT_LIVE = Ground(
    "LOAN_NOT_LIVE",
    "The loan has not closed, or was paid off or charged off: it must be ACTIVE, MATURED or in DEFAULT.",
    "Life cycle",
)
AMOUNT_NOT_POSITIVE = Ground("AMOUNT_NOT_POSITIVE", "The amount is nothing, or less.", "Payments")
CLOSING_AFTER_MATURITY = Ground(
    "CLOSING_AFTER_MATURITY", "The loan would close after the day on which it matures.", "Closing"
)
CLOSING_BEFORE_ACCRUAL = Ground(
    "CLOSING_BEFORE_ACCRUAL",
    "The loan closed before, and its interest is kept from a later month on than the one in which it would now close.",
    "Closing",
)
DRAWS_PENDING = Ground(
    "DRAWS_PENDING",
    "Approved draws still hold money of the loan: cancel them, or fund them, first.",
    "Payoff",
)
SUPERVISORY_LTV_EXCEEDED = Ground(
    "SUPERVISORY_LTV_EXCEEDED",
    "The commitment exceeds the supervisor's share of the value as complete, and the lender makes no exception.",
    "Supervisory limits",
)
LTC_EXCEEDED = Ground(
    "LTC_EXCEEDED",
    "The commitment exceeds the lender's own share of all costs, and the lender makes no exception.",
    "Supervisory limits",
)
OUT_OF_BALANCE = Ground(
    "OUT_OF_BALANCE",
    "What finishing costs exceeds what there is to pay for it: the borrower pays in, or the budget changes, first.",
    "In balance",
)
PRINCIPAL_REPAID = Ground(
    "PRINCIPAL_REPAID",
    "More principal was repaid than would then have been lent on some day: reverse the repayment first.",
    "Corrections",
)
