"""Why a payoff, or a quote of it, is refused."""

from domain.kernel.errors import Ground

PAYOFF_BEFORE_CLOSING = Ground(
    "PAYOFF_BEFORE_CLOSING", "The quote would begin before the loan closed.", "Payoff"
)
PAYOFF_DATE_PAST = Ground(
    "PAYOFF_DATE_PAST",
    "The books of the loan stand at a later day than the quote would begin on.",
    "Payoff",
)
PAYOFF_DATE_TOO_FAR = Ground(
    "PAYOFF_DATE_TOO_FAR",
    "The quote would begin more than two years after the day at which the books stand.",
    "Payoff",
)
GOOD_THROUGH_BEFORE_PAYOFF = Ground(
    "GOOD_THROUGH_BEFORE_PAYOFF", "The quote would end before it begins.", "Payoff"
)
GOOD_THROUGH_TOO_FAR = Ground(
    "GOOD_THROUGH_TOO_FAR", "The quote would be good for more than 62 days.", "Payoff"
)
PAYOFF_SHORT = Ground(
    "PAYOFF_SHORT",
    "The money is less than what pays the loan off on the business day on which it counts.",
    "Payoff",
)
PAYOFF_NOT_LAST = Ground(
    "PAYOFF_NOT_LAST", "Entries of the loan later than the payoff leave something owed.", "Payoff"
)
