"""Why the sale of a share is refused."""

from domain.kernel.errors import Conflict, Ground

PARTICIPATION_EXISTS = Ground(
    "PARTICIPATION_EXISTS",
    "The participant holds another share of the loan.",
    "Participations",
    Conflict,
)
PARTICIPATION_EMPTY = Ground(
    "PARTICIPATION_EMPTY", "The share is nothing, or less.", "Participations"
)
PARTICIPATION_EXCEEDS_WHOLE = Ground(
    "PARTICIPATION_EXCEEDS_WHOLE",
    "All shares sold would sum to more than the whole loan.",
    "Participations",
)
SALE_BEFORE_CLOSING = Ground(
    "SALE_BEFORE_CLOSING", "The share would be sold before the loan closed.", "Participations"
)
