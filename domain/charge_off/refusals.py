"""Why a charge-off is refused."""

from domain.kernel.errors import Ground

CHARGE_OFF_BEFORE_ACCRUAL = Ground(
    "CHARGE_OFF_BEFORE_ACCRUAL", "Interest has accrued beyond the day of the charge-off.", "Default"
)
