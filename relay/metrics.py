"""What the relay measures."""

from prometheus_client import Counter, Gauge

RELAYED = Counter("drawbridge_relayed_events_total", "Events acknowledged by the broker.")
LEFT_OUT = Counter(
    "drawbridge_relay_left_out_events_total", "Events too large for the broker, left to the store."
)
RELAY_POSITION = Gauge("drawbridge_relay_position", "Up to where the broker has every event.")
RELAY_LEADS = Gauge("drawbridge_relay_leads", "1 in the process whose relay is the active one.")
BEGINNINGS = Counter(
    "drawbridge_relay_beginnings_total", "Producers built: one a hand-over or recovery."
)
