"""N5: the log has no holes, and who follows it misses nothing."""

from collections import Counter
from collections.abc import Iterator

from tests.faults.checker.artefacts import Artefacts


def holes(found: Artefacts) -> Iterator[str]:
    """Positions and versions count from 1 without a gap, and the clock never runs backwards."""
    before = "", 0
    versions: Counter[str] = Counter()
    for place, event in enumerate(found.events, start=1):
        if event.position != before[1] + 1:
            yield f"{event.position} comes after {before[1]} (row {place})"
        if event.recorded_at < before[0]:
            yield f"{event.position} was recorded before the one it follows"
        before = event.recorded_at, event.position
        versions[event.stream_id] += 1
        if event.version != versions[event.stream_id]:
            yield f"{event.position} is version {event.version} of {event.stream_id}"
            versions[event.stream_id] = event.version
    if found.head != before[1]:
        yield f"the head is {found.head}, the last position {before[1]}"


def missed(found: Artefacts) -> Iterator[str]:
    """A reader that followed all along saw every event, once, in order."""
    stored = [(event.position, event.stream_id, event.version) for event in found.events]
    seen = Counter(found.tailed)
    yield from (f"the reader saw {at[0]} {n} times" for at, n in seen.items() if n > 1)
    yield from (f"the reader missed {at[0]}" for at in stored if at not in seen)
    yield from (f"the reader saw {at[0]}, which is not there" for at in seen.keys() - set(stored))
    positions = [position for position, _, _ in found.tailed]
    if positions != sorted(positions):
        yield "the reader saw events out of order"
