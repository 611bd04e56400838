"""Runs a command of the command line, and kills it at a named point.

``python -m tests.faults.dying POINT DEATHS TIMES WORD…``: the process takes its own life by SIGKILL
at one of the first calls of the point, until the file DEATHS has TIMES lines, one a death.
"""

import inspect
import os
import random
import signal
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.faults.points import POINTS, Point


def deaths(path: Path) -> int:
    """How often processes have died at a point."""
    return len(path.read_text().splitlines()) if path.exists() else 0


def die_at(point: Point, path: Path) -> None:
    """Make this process die at a point."""
    place, _, name = point.where.partition(":")
    *owners, last = name.split(".")
    owner: Any = import_module(place)
    for each in owners:
        owner = getattr(owner, each)
    setattr(owner, last, _fatal(getattr(owner, last), point, path))
    if point.by_store:
        del os.environ["DRAWBRIDGE_KAFKA_BOOTSTRAP"]


def _fatal(function: Callable[..., Any], point: Point, path: Path) -> Callable[..., Any]:
    left = random.randint(1, point.calls_max)

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            with path.open("a") as file:
                file.write(f"{os.getpid()}\n")
            os.kill(os.getpid(), signal.SIGKILL)

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*arguments: Any, **named: Any) -> Any:
            if not point.after:
                count()
            found = await function(*arguments, **named)
            if point.after:
                count()
            return found

        return awaited

    @wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        if not point.after:
            count()
        found = function(*arguments, **named)
        if point.after:
            count()
        return found

    return called


def main() -> None:
    """Plant the death, if there have not been enough, and run the command."""
    name, path, times, *words = sys.argv[1:]
    if deaths(Path(path)) < int(times):
        die_at(POINTS[name], Path(path))
    sys.argv = ["drawbridge", *words]
    from deploy.cli import main as run

    run()


if __name__ == "__main__":
    main()
