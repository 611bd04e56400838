"""One projection in one partition: where it stands, and how much it may park."""

import time
from dataclasses import dataclass, field

from projectors.engine.kept import Kept
from projectors.engine.projection import Projection

UNKNOWN_GENERATION = -1
KEYS_PARKED_MAX = 10
"""How many loans of a partition a projection parks in a row."""
REGAIN_SECONDS = 6.0
"""After how long it may park one more: ten a minute."""
REGAIN_EVENTS = 100
"""After how many events applied it may, sooner: one poison in a hundred is the log's fault, ten of
ten are the projector's."""
REST_SECONDS_MIN, REST_SECONDS_MAX = 1.0, 60.0


class LaneRests(Exception):
    """A projection goes no further in a partition for now; the message says why."""


@dataclass(slots=True)
class Allowance:
    """How much may be parked, so that a defect of the projector does not park the whole log.

    Once it is spent, time does not bring it back, only events that are applied: a projector that
    can apply none parks nothing more. Mended, it is a new process and has an allowance of its own.

    Attributes:
        spent: keys parked that nothing has made up for yet.
        counted_at: when that was last brought up to date; `None` when the lane rests.
    """

    spent: float = 0.0
    counted_at: float | None = None

    def take(self, now: float | None = None) -> None:
        """Park one more key.

        Raises:
            LaneRests: it has parked too many.
        """
        now = time.monotonic() if now is None else now
        if self.counted_at is not None:
            self.spent = max(0.0, self.spent - (now - self.counted_at) / REGAIN_SECONDS)
        if self.spent > KEYS_PARKED_MAX - 1:
            self.counted_at = None
            raise LaneRests(f"it has parked {KEYS_PARKED_MAX} loans and parks no more")
        self.spent += 1
        self.counted_at = now

    def applied(self, events: int) -> None:
        """Make up for what was parked."""
        if self.spent:
            self.spent = max(0.0, self.spent - events / REGAIN_EVENTS)


@dataclass(slots=True)
class Lane:
    """One projection in one partition.

    Attributes:
        position: of the last event applied, as far as this process knows.
        kafka_offset: where to read on.
        generation: of the rows that this process knows; what it keeps of another's is void.
        kept: of the rows.
        allowance: of keys to park.
        rest_seconds: how long it rests now or rested last, 0 when it goes on as it should.
        rests_until: on the monotonic clock.
        is_live: whether the live version of its read model is this process's.
    """

    projection: Projection
    position: int
    kafka_offset: int
    generation: int = UNKNOWN_GENERATION
    kept: Kept = field(default_factory=Kept)
    allowance: Allowance = field(default_factory=Allowance)
    rest_seconds: float = 0.0
    rests_until: float = 0.0
    is_live: bool = True

    @property
    def rests(self) -> bool:
        """Whether it waits before it tries again, or until its version is live."""
        return not self.is_live or (self.rest_seconds > 0 and time.monotonic() < self.rests_until)

    def doubt(self) -> None:
        """Trust nothing that is kept of rows: a batch failed half-way, or others were at work."""
        self.generation = UNKNOWN_GENERATION
        self.kept.forget()

    def meet(self, generation: int) -> None:
        """Learn which rows are there, their checkpoint being locked where this process left it."""
        if self.generation != generation:
            self.kept.forget()
        self.generation = generation

    def rest(self) -> None:
        """Wait, longer each time."""
        self.rest_seconds = min(max(self.rest_seconds * 2, REST_SECONDS_MIN), REST_SECONDS_MAX)
        self.rests_until = time.monotonic() + self.rest_seconds
