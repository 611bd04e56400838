"""Why a default, its cure or a change of accrual status is refused."""

from domain.kernel.errors import Ground

DEFAULT_BEFORE_CLOSING = Ground(
    "DEFAULT_BEFORE_CLOSING", "The default would begin before the loan closed.", "Default"
)
DEFAULT_ALREADY_DECLARED = Ground(
    "DEFAULT_ALREADY_DECLARED", "The loan is in default since another day.", "Default"
)
CURE_BEFORE_DEFAULT = Ground(
    "CURE_BEFORE_DEFAULT", "The default would be cured before the day on which it began.", "Default"
)
ACCRUAL_CHANGE_BEFORE_CLOSING = Ground(
    "ACCRUAL_CHANGE_BEFORE_CLOSING",
    "The accrual status would change before the loan closed.",
    "Life cycle",
)
ACCRUAL_STATUS_UNCHANGED = Ground(
    "ACCRUAL_STATUS_UNCHANGED",
    "The loan has this accrual status already, since another day.",
    "Life cycle",
)
ACCRUAL_RESUMED_BEFORE_STOPPED = Ground(
    "ACCRUAL_RESUMED_BEFORE_STOPPED",
    "Interest would be income again before the day on which it stopped being so.",
    "Life cycle",
)
