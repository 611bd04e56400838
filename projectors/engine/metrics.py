"""What the engine measures."""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from domain.events.envelope import Recorded
from runtime.metrics import PROJECTED_EVENTS

HEALED = Counter(
    "drawbridge_projection_healed_events_total",
    "Events read from the store because Kafka did not bring them.",
    ["projection"],
)
DELIVERED = Counter("drawbridge_projection_delivered_events_total", "Events that Kafka brought.")
STOPPED = Gauge(
    "drawbridge_projection_stopped",
    "1 where a projection met an event it cannot apply and waits for a person.",
    ["projection", "partition"],
)


def applied(projection: str, batch: Sequence[Recorded]) -> None:
    """Count events applied."""
    PROJECTED_EVENTS.labels(projection).inc(len(batch))
