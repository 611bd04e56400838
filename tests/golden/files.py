"""The golden files: what every version of every event looked like when it was released.

A file is named after the stored name and version and holds the payload's exact bytes. It is written
once and never again: were it rewritten, it would stop showing that old events can be read.
"""

from pathlib import Path
from typing import Any

import orjson

from domain.events.catalogue import CATALOGUE, EventType
from runtime.eventstore.codec import decode, encode
from tests.golden.examples import example

FOLDER = Path(__file__).parent


def path_of(name: str, version: int, folder: Path = FOLDER) -> Path:
    """The file of one version of one event."""
    return folder / f"{name}.v{version}.json"


def named(path: Path) -> tuple[str, int]:
    """The stored name and version whose file this is."""
    name, _, version = path.stem.rpartition(".v")
    return name, int(version)


def payload_of(path: Path) -> bytes:
    """The payload in a file, without the newline at its end."""
    return path.read_bytes().removesuffix(b"\n")


def golden_paths() -> list[Path]:
    """Every golden file, in order of names."""
    return sorted(FOLDER.glob("*.json"))


def write_missing(folder: Path = FOLDER) -> list[Path]:
    """Write the files that today's events lack, and return them."""
    wanted = [(kind, path_of(kind.name, kind.version, folder)) for kind in CATALOGUE]
    return [_write(kind, path) for kind, path in wanted if not path.exists()]


def kept(old: Any, new: Any) -> bool:
    """Whether ``new`` says all that ``old`` did, and beyond it only that optional fields are empty."""
    match old, new:
        case dict(), dict():
            added = new.keys() - old.keys()
            return all(new[key] is None for key in added) and all(
                key in new and kept(value, new[key]) for key, value in old.items()
            )
        case list(), list():
            return len(old) == len(new) and all(map(kept, old, new))
        case _:
            return bool(old == new)


def misfits(folder: Path = FOLDER) -> list[Path]:
    """The files of today's versions that today's events no longer say: their payload has changed."""
    wanted = [(kind, path_of(kind.name, kind.version, folder)) for kind in CATALOGUE]
    return [path for kind, path in wanted if path.exists() and not _fits(kind, path)]


def _fits(kind: EventType, path: Path) -> bool:
    payload = payload_of(path)
    try:
        event = decode(kind.name, kind.version, payload)
    except (
        ValueError
    ):  # what `msgspec` raises where a payload lacks a field, or has another type in it
        return False
    return kept(orjson.loads(payload), orjson.loads(encode(event)))


def _write(kind: EventType, path: Path) -> Path:
    with path.open("xb") as file:  # "x" refuses a file that is there already.
        file.write(encode(example(kind.cls)) + b"\n")
    return path
