"""Why close of business is refused."""

from domain.kernel.errors import Ground

BUSINESS_DATE_TOO_FAR = Ground(
    "BUSINESS_DATE_TOO_FAR",
    "More than ten years would have to be caught up: the date is a slip of the pen.",
    "Close of business",
)
