"""Where a command works: the settings of the environment, or those of a running ``drawbridge up``.

``up`` writes ``running.json`` into its data folder, so that a second terminal can ask, replay or
doctor the same system without setting anything.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.settings import Settings

_RUNNING = "running.json"
WHERE_TO_LOOK = (
    "set DRAWBRIDGE_DATABASE_URL, or DRAWBRIDGE_DATA_DIR to where a running `drawbridge up` has its"
    " data, or start everything with `drawbridge up`"
)
"""What to do about a database that is not there."""


@dataclass(frozen=True, slots=True)
class Running:
    """What others need to know of a running system."""

    url: str
    database_url: str
    kafka_bootstrap: str
    kafka_idempotence: bool


def default_data_dir() -> Path:
    """``DRAWBRIDGE_DATA_DIR``, or ``.data`` in the project folder; installed, in the working one."""
    given = os.environ.get("DRAWBRIDGE_DATA_DIR")
    if given:
        return Path(given)
    project = Path(__file__).resolve().parents[2]
    return (project if (project / "pyproject.toml").exists() else Path.cwd()) / ".data"


def folder_is_held(path: Path) -> bool:
    """Whether a living process, ours or another, holds the folder."""
    try:
        lock = os.open(path.expanduser() / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def announce(data_dir: Path, running: Running) -> None:
    """Tell other terminals; only this user may read it, for it holds a password."""
    path = data_dir / _RUNNING
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(running), indent=2) + "\n")


def withdraw(data_dir: Path) -> None:
    """Tell no more."""
    (data_dir / _RUNNING).unlink(missing_ok=True)


def running_system(data_dir: Path) -> Running | None:
    """The system that runs on a data folder, if one does."""
    if not folder_is_held(data_dir):  # what a killed `up` announced is void
        return None
    try:
        return Running(**json.loads((data_dir / _RUNNING).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def load_settings() -> "Settings":
    """Settings from the environment; without a database there, of the running ``up``, if any."""
    from runtime.settings import Settings

    settings = Settings()
    if "database_url" in settings.model_fields_set:
        return settings
    running = running_system(default_data_dir())
    if running is None:
        return settings
    return settings.model_copy(
        update={
            "database_url": running.database_url,
            "kafka_bootstrap": running.kafka_bootstrap or None,
            "kafka_idempotence": running.kafka_idempotence,
        }
    )
