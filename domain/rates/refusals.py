"""Why a change of the rate is refused."""

from domain.kernel.errors import Conflict, Ground

RATE_CHANGE_BEFORE_CLOSING = Ground(
    "RATE_CHANGE_BEFORE_CLOSING", "The rate would change before the loan closed.", "Life cycle"
)
RATE_CHANGE_EXISTS = Ground(
    "RATE_CHANGE_EXISTS",
    "This rate was recorded for this day, and another over it since: reverse that one.",
    "Life cycle",
    Conflict,
)
