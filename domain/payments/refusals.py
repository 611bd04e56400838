"""Why money that comes in is refused."""

from domain.kernel.errors import Conflict, Ground

PAYMENT_EXISTS = Ground(
    "PAYMENT_EXISTS",
    "Another payment of the loan is recorded under this id or this reference.",
    "Payments",
    Conflict,
)
PAYMENT_BEFORE_CLOSING = Ground(
    "PAYMENT_BEFORE_CLOSING",
    "The money is said to have come in before the loan closed.",
    "Payments",
)
DEPOSIT_EXISTS = Ground(
    "DEPOSIT_EXISTS",
    "Another deposit of the loan is recorded under this id or this reference.",
    "Fees and late charges",
    Conflict,
)
DEPOSIT_BEFORE_CLOSING = Ground(
    "DEPOSIT_BEFORE_CLOSING",
    "The equity is said to have come in before the loan closed.",
    "Fees and late charges",
)
