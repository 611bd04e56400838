"""Old payloads brought to today's schema, one version a step.

A step is a function from one plain JSON object to the next version's. Once released it is never
edited: its docstring justifies whatever default it fills in.
"""

from collections.abc import Callable, Mapping
from typing import Any

Payload = dict[str, Any]
Upcast = Callable[[Payload], Payload]

# (stored name, version it starts from) -> the step to the next version.
STEPS: dict[tuple[str, int], Upcast] = {}


def upcasts(name: str, from_version: int) -> Callable[[Upcast], Upcast]:
    """Register the step that lifts ``name`` from one version to the next."""

    def register(step: Upcast) -> Upcast:
        if (name, from_version) in STEPS:
            raise ValueError(f"two upcasters for {name} version {from_version}")
        STEPS[name, from_version] = step
        return step

    return register


def upcast(
    name: str,
    from_version: int,
    to_version: int,
    payload: Payload,
    steps: Mapping[tuple[str, int], Upcast] = STEPS,
) -> Payload:
    """Lift a payload step by step.

    Args:
        name: the stored name.
        from_version: the version it was stored with.
        to_version: the version the catalogue holds today.
        payload: the stored JSON object.
        steps: the upcasters, ours unless a test brings its own.

    Raises:
        LookupError: a step is missing, or the event is newer than this code.
    """
    if from_version > to_version:
        raise LookupError(f"{name} version {from_version} is newer than this code ({to_version})")
    for version in range(from_version, to_version):
        try:
            payload = steps[name, version](payload)
        except KeyError:
            raise LookupError(f"no upcaster lifts {name} from version {version}") from None
    return payload
