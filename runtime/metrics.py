"""What is measured, in the words of Prometheus; every process shows its own at ``/metrics``."""

from prometheus_client import REGISTRY, Counter, Histogram, generate_latest

METRICS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REQUEST_SECONDS = Histogram(
    "drawbridge_request_seconds",
    "Time from the first byte read to the answer, by operation.",
    ["operation"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
PROBLEMS = Counter(
    "drawbridge_problems_total", "Failures answered, by operation and code.", ["operation", "code"]
)
APPENDS = Counter(
    "drawbridge_appends_total",
    "Commands put to the event store, by outcome.",
    ["outcome"],
)
APPENDED_EVENTS = Counter("drawbridge_appended_events_total", "Events committed.")
PROJECTED_EVENTS = Counter(
    "drawbridge_projected_events_total", "Events applied, by projection.", ["projection"]
)


def exposition() -> bytes:
    """Everything measured in this process, in Prometheus' text format."""
    return generate_latest(REGISTRY)
