"""Why a forecast of the reserve is refused."""

from domain.kernel.errors import Ground

SCHEDULE_NOT_AHEAD = Ground(
    "SCHEDULE_NOT_AHEAD",
    "A draw to come lies before the day from which the reserve is simulated, or is no amount above zero.",
    "Reserve forecast",
)
