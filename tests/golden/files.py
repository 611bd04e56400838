"""The golden files: what every version of every event looked like when it was released.

A file is named after the stored name and version and holds the payload's exact bytes. It is written
once and never again: were it rewritten, it would stop showing that old events can be read.
"""

from pathlib import Path

from domain.events.catalogue import CATALOGUE, EventType
from runtime.eventstore.codec import encode
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


def _write(kind: EventType, path: Path) -> Path:
    with path.open("xb") as file:  # "x" refuses a file that is there already.
        file.write(encode(example(kind.cls)) + b"\n")
    return path
