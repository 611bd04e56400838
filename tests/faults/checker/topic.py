"""N4: every committed event reaches the topic, in order; nothing else does."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.faults.checker.artefacts import Artefacts, Delivered, Event, Topic


def unrelayed(found: Artefacts) -> Iterator[str]:
    """Everything after the last loss is there, and nothing is missing after what is there."""
    for number, topic in enumerate(found.topics, start=1):
        seen = {message.position for message in topic.messages}
        first = _first_seen(topic)
        for event in found.events:
            is_kept = event.position > first.get(event.partition, event.position)
            is_owed = event.position > topic.lost_up_to or is_kept
            if event.position <= topic.owed_up_to and is_owed and event.position not in seen:
                yield f"{event.position} of partition {event.partition} is not in topic {number}"


def disordered(found: Artefacts) -> Iterator[str]:
    """First copies come in the order of their partition, each after the one before it."""
    before = _befores(found)
    for topic in found.topics:
        yield from _disordered(topic, before)
        yield from _numbered_alike(topic)


def _disordered(topic: Topic, before: Mapping[int, int]) -> Iterator[str]:
    last: dict[int, int] = {}
    seen: set[int] = set()
    for message in topic.messages:
        if message.position in seen:
            continue
        seen.add(message.position)
        after = last.get(message.partition)
        if after is not None and before.get(message.position) != after:
            yield f"{message.position} came after {after} in partition {message.partition}"
        last[message.partition] = message.position


def _numbered_alike(topic: Topic) -> Iterator[str]:
    """Two records of one place in a partition are the broker's own doing."""
    held: dict[tuple[int, int], int] = {}
    for message in topic.messages:
        other = held.setdefault((message.partition, message.offset), message.position)
        if other != message.position:
            place = f"offset {message.offset} of partition {message.partition}"
            yield f"the broker gave {place} to {other} and to {message.position}"


def forged(found: Artefacts) -> Iterator[str]:
    """What is in the topic is in the store, as it is in the store."""
    stored, before = {event.position: event for event in found.events}, _befores(found)
    for message in (message for topic in found.topics for message in topic.messages):
        event = stored.get(message.position)
        if event is None or message.epoch != found.epoch:
            yield f"{message.position} in the topic was never committed"
        elif _told(message) != _kept(event):
            yield f"{message.position} in the topic is not what was committed"
        elif message.prev_position != before[message.position]:
            yield f"{message.position} in the topic names {message.prev_position} before it"


def _befores(found: Artefacts) -> dict[int, int]:
    """By position, the position before it in its partition."""
    last: dict[int, int] = defaultdict(int)
    before = {}
    for event in found.events:
        before[event.position] = last[event.partition]
        last[event.partition] = event.position
    return before


def _first_seen(topic: Topic) -> dict[int, int]:
    first: dict[int, int] = {}
    for message in topic.messages:
        first.setdefault(message.partition, message.position)
    return first


def _told(message: Delivered) -> tuple[object, ...]:
    identity = (message.stream_id, message.version, message.type)
    return (*identity, message.partition, message.key, message.digest)


def _kept(event: Event) -> tuple[object, ...]:
    identity = (event.stream_id, event.version, event.type)
    return (*identity, event.partition, event.partition_key, event.digest)
