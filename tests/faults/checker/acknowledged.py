"""N1 and N2: what was acknowledged is stored, what was refused is not, nothing is stored twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tests.faults.checker.artefacts import Artefacts, Event, Operation


def lost(found: Artefacts) -> Iterator[str]:
    """N1: every 2xx is in the store, where its answer said."""
    events = _by_operation(found.events)
    at = {event.position: event for event in found.events}
    for operation in found.operations:
        if operation.outcome != "ok":
            continue
        for answer in set(operation.answers):
            if answer.position is None:
                if operation.is_step:
                    yield f"{_name(operation)} was answered without a position"
            elif (event := at.get(answer.position)) is None:
                yield f"{_name(operation)} is lost: nothing is at {answer.position}"
            elif event.operation != operation.id:
                yield f"{_name(operation)} is not at {answer.position}: another one is"
            elif answer.position != events[operation.id][-1].position:
                yield f"{_name(operation)} was not answered with its last position"


def doubled(found: Artefacts) -> Iterator[str]:
    """N2: a refusal left nothing, an unknown has one effect in the end, a key has one."""
    events = _by_operation(found.events)
    known = {operation.id: operation for operation in found.operations}
    for identity, caused in events.items():
        operation = known.get(identity)
        if operation is None:
            yield f"{caused[0].position} was asked for by nobody"
        elif operation.outcome == "fail":
            yield f"{_name(operation)} was refused ({operation.code}) and left {caused[0].position}"
        yield from _one_effect(identity, caused)
    for operation in found.operations:
        yield from _one_outcome(operation, bool(events.get(operation.id)))
    keys = Counter(each.key for each in found.operations if events.get(each.id))
    yield from (f"key {key} had {count} effects" for key, count in keys.items() if count > 1)
    yield from _logged(found)


def _by_operation(events: Sequence[Event]) -> Mapping[str, list[Event]]:
    caused: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        caused[event.operation].append(event)
    return caused


def _name(operation: Operation) -> str:
    return f"{operation.what} {operation.id}"


def _one_effect(identity: str, caused: Sequence[Event]) -> Iterator[str]:
    if len({event.command_id for event in caused}) > 1:
        yield f"operation {identity} was carried out by several commands"
    if caused[-1].position - caused[0].position != len(caused) - 1:
        yield f"operation {identity} lies in several places of the log"


def _one_outcome(operation: Operation, has_events: bool) -> Iterator[str]:
    if operation.outcome == "unknown":
        yield f"{_name(operation)} never became known"
    if len(set(operation.answers)) > 1:
        yield f"{_name(operation)} was answered in {len(set(operation.answers))} ways"
    if operation.outcome == "ok" and operation.is_step and not has_events:
        yield f"{_name(operation)} was acknowledged and had no effect"
    if operation.outcome not in (operation.expected, "unknown"):
        yield f"{_name(operation)}: {operation.outcome} ({operation.code}), which was not foretold"


def _logged(found: Artefacts) -> Iterator[str]:
    """The log of commands and the events tell the same."""
    spans: dict[str, list[int]] = defaultdict(list)
    for event in found.events:
        spans[event.command_id].append(event.position)
    logged = Counter(command.command_id for command in found.commands)
    yield from (f"command {name} is logged {n} times" for name, n in logged.items() if n > 1)
    for command in found.commands:
        span = spans.pop(command.command_id, None)
        told = (command.first_position, command.last_position)
        if told != ((span[0], span[-1]) if span else (None, None)):
            yield f"command {command.command_id} is logged at {told}, and is elsewhere"
    yield from (f"command {name} is not logged" for name in spans)
