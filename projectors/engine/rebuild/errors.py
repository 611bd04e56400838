"""Why a rebuild does not go on; each message says what would help."""


class RebuildRefused(Exception):
    """Nothing was put in place; the message says why and what would help."""


class Busy(RebuildRefused):
    """Another rebuild, verification or rollback is under way, or readers never let go."""


class WorkersLost(RebuildRefused):
    """Its processes died more often than can be chance."""


class NoPrevious(RebuildRefused):
    """There is no previous version that could take the live one's place."""


class Changed(RebuildRefused):
    """What it rests on changed while it was under way."""


class Poison(RebuildRefused):
    """An event that a projection cannot apply.

    Attributes:
        projection: its name.
        position: of the event.
        event_type: its stored name.
        error: what the projection raised.
    """

    def __init__(self, projection: str, position: int, event_type: str, error: str) -> None:
        super().__init__(
            f"{projection} cannot apply event {position} ({event_type}): {error}. The live tables"
            f" are as they were. Mend the code and rebuild again; or do without the event: once it is"
            f" parked, `drawbridge parked skip {projection} {position} --reason …`."
        )
        self.projection = projection
        self.position = position
        self.event_type = event_type
        self.error = error

    def __reduce__(self) -> tuple[type["Poison"], tuple[str, int, str, str]]:
        """Poison is told of between processes."""
        return Poison, (self.projection, self.position, self.event_type, self.error)
