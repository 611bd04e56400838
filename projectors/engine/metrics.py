"""What the engine measures."""

from prometheus_client import Counter, Gauge

from runtime.metrics import PROJECTED_EVENTS

HEALED = Counter(
    "drawbridge_projection_healed_events_total",
    "Events read from the store because Kafka did not bring them.",
    ["projection"],
)
DELIVERED = Counter("drawbridge_projection_delivered_events_total", "Events that Kafka brought.")
STOPPED = Gauge(
    "drawbridge_projection_stopped",
    "1 where a projection cannot go on and parks nothing more: see its log.",
    ["projection", "partition"],
)
FENCED = Counter(
    "drawbridge_projection_fenced_total",
    "Batches that another process had applied: ours were rolled back.",
    ["projection"],
)
PARKED = Counter(
    "drawbridge_projection_parked_total",
    "Events set aside, those that could not be applied and those behind them.",
    ["projection"],
)


def applied(projection: str, events: int) -> None:
    """Count events applied."""
    PROJECTED_EVENTS.labels(projection).inc(events)


def parked(projection: str, events: int) -> None:
    """Count events set aside."""
    if events:
        PARKED.labels(projection).inc(events)
