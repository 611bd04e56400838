"""One tree's side of `bench.values`: run by that tree's Python, and by nothing that it imports.

It reads a measure's name a line and answers each with microseconds an operation.
"""

import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

SECONDS = 0.25


def _found(*places: str) -> Any:
    """The first of some ``module:name`` that this tree has; trees differ in where things are."""
    for place in places:
        module, _, name = place.partition(":")
        try:
            return getattr(import_module(module), name)
        except (ImportError, AttributeError):
            continue
    raise LookupError(f"this tree has none of {places}")


def _stored(log: Path) -> list[tuple[UUID, str, int, bytes]]:
    return [
        (UUID(stream_id), name, version, orjson.dumps(payload))
        for line in log.read_bytes().splitlines()
        for stream_id, _, name, version, _, _, payload in orjson.loads(line)["events"]
    ]


class Measures:
    """What is measured, over the events of a log."""

    def __init__(self, log: Path) -> None:
        """Read the log, and fold its loans once."""
        import_module("domain.capabilities")
        self._encode = _found("runtime.eventstore.codec:encode")
        self._decode = _found("runtime.eventstore.codec:decode")
        self._replace = _found("domain.kernel.values:replace", "domain.kernel.copying:replace")
        self._evolve = _found("domain.loans.fold:evolve", "domain.loans.state:evolve")
        self._stored = _stored(log)
        self._events = [self._decode(*each[1:]) for each in self._stored]
        loans = {each[0] for each in self._stored if each[1] == "loan.originated"}
        of_loans = [
            (each, event)
            for each, event in zip(self._stored, self._events, strict=True)
            if each[0] in loans
        ]
        self._loan_payloads = [each for each, _ in of_loans]
        self._loan_events = [(each[0], event) for each, event in of_loans]
        self._loans = self._folded(self._loan_events)
        self._made = [(type(event), self._fields(event)) for event in self._events]

    @staticmethod
    def _fields(event: Any) -> tuple[Any, ...]:
        names = getattr(event, "__struct_fields__", None) or event.__dataclass_fields__
        return tuple(getattr(event, name) for name in names)

    def _folded(self, events: Iterable[tuple[UUID, Any]]) -> list[Any]:
        states: dict[UUID, Any] = {}
        for stream_id, event in events:
            states[stream_id] = self._evolve(states.get(stream_id), event)
        return list(states.values())

    def encode(self) -> int:
        """An event as its stored payload."""
        for event in self._events:
            self._encode(event)
        return len(self._events)

    def decode(self) -> int:
        """A stored payload as an event, validated."""
        for _, name, version, payload in self._stored:
            self._decode(name, version, payload)
        return len(self._stored)

    def make(self) -> int:
        """An event of its fields, which exist already."""
        for cls, values in self._made:
            cls(*values)
        return len(self._made)

    def copy(self) -> int:
        """A loan with two fields changed."""
        for loan in self._loans:
            for number in range(20):
                self._replace(loan, extensions_used=number, draw_stops=())
        return 20 * len(self._loans)

    def fold(self) -> int:
        """A loan after one more event."""
        self._folded(self._loan_events)
        return len(self._loan_events)

    def replay(self) -> int:
        """A loan after one more stored event: it is read and folded."""
        decode = self._decode
        self._folded((each[0], decode(*each[1:])) for each in self._loan_payloads)
        return len(self._loan_payloads)


def _microseconds(measure: Callable[[], int]) -> float:
    """Of one operation, over a quarter of a second and no less than three passes."""
    passes = operations = 0
    began = time.process_time()
    while passes < 3 or time.process_time() - began < SECONDS:
        operations += measure()
        passes += 1
    return (time.process_time() - began) / operations * 1e6


def main() -> None:
    """Measure what is asked for, until nothing more is."""
    measures = Measures(Path(sys.argv[1]))
    for line in sys.stdin:
        print(_microseconds(getattr(measures, line.strip())), flush=True)


if __name__ == "__main__":
    main()
