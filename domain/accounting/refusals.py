"""Why the closing of a month's books is refused."""

from domain.kernel.errors import Ground

PERIOD_NOT_OVER = Ground("PERIOD_NOT_OVER", "The month is not over.", "Accounting periods")
PERIOD_OUT_OF_ORDER = Ground(
    "PERIOD_OUT_OF_ORDER",
    "The month before it is open: months close in order.",
    "Accounting periods",
)
