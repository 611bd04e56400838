"""How far relay and projections are behind the ledger, measured by none of them.

A process that is dead raises no alarm about itself. So the query API asks the database when it is
scraped, at most once a second, and only for a row or two a partition, however much is waiting.
"""

import asyncio
import time

import structlog
from prometheus_client import Gauge

from query_api.database import Database
from query_api.progress import read_side
from runtime.eventstore.relayed import RELAYED, Relayed
from runtime.settings import Settings

FRESH_SECONDS = 1.0
ASK_SECONDS_MAX = 2.0

HEAD = Gauge("drawbridge_store_position", "The last position of the ledger.")
PROJECTION_EVENTS = Gauge(
    "drawbridge_projection_lag_events",
    "Events from the oldest that a projection has not applied to the ledger's last.",
    ["projection"],
)
PROJECTION_SECONDS = Gauge(
    "drawbridge_projection_lag_seconds",
    "Age of the oldest event that a projection has not applied; 0 when there is none.",
    ["projection"],
)
PARKED = Gauge(
    "drawbridge_parked_events",
    "Events set aside until a person decides, with those of the same loan behind them.",
    ["projection"],
)
RELAY_EVENTS = Gauge(
    "drawbridge_relay_lag_events", "Events that the broker has not acknowledged.", ["topic"]
)
RELAY_SECONDS = Gauge(
    "drawbridge_relay_lag_seconds",
    "Age of the oldest event that the broker has not acknowledged; 0 when there is none.",
    ["topic"],
)
ANSWERED = Gauge(
    "drawbridge_lag_known", "1 while the database answers how far behind everything is."
)

log = structlog.get_logger(__name__)


class Lag:
    """Sets the gauges from the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._topic = settings.kafka_topic
        self._relays = settings.kafka_bootstrap is not None
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def measure(self) -> None:
        """Bring the gauges up to date; without an answer they are gone rather than old."""
        async with self._asking:
            if time.monotonic() - self._asked_at < FRESH_SECONDS:
                return
            try:
                async with asyncio.timeout(ASK_SECONDS_MAX):
                    await self._ask()
                ANSWERED.set(1)
            except Exception as error:  # whatever it is: the other figures must still be shown
                log.warning("lag_unknown", error=repr(error))
                self._forget()
            self._asked_at = time.monotonic()

    async def _ask(self) -> None:
        side = await read_side(self._database)
        HEAD.set(side.head)
        if self._relays:
            (found,) = await self._database.tuples(RELAYED, (self._topic,))
            relayed = Relayed(*found)
            RELAY_EVENTS.labels(self._topic).set(relayed.lag_events)
            RELAY_SECONDS.labels(self._topic).set(relayed.lag_seconds)
        for gauge in (PARKED, PROJECTION_EVENTS, PROJECTION_SECONDS):
            gauge.clear()  # of projections that are no more
        for name, stands in side.models.items():
            PARKED.labels(name).set(stands.parked_events)
            PROJECTION_EVENTS.labels(name).set(stands.lag_events)
            PROJECTION_SECONDS.labels(name).set(stands.lag_seconds)

    def _forget(self) -> None:
        ANSWERED.set(0)
        HEAD.set(float("nan"))
        for gauge in (PARKED, PROJECTION_EVENTS, PROJECTION_SECONDS, RELAY_EVENTS, RELAY_SECONDS):
            gauge.clear()
