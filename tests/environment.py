"""The environment without Drawbridge's settings, for what is to run under those that a test gives it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_OURS = "DRAWBRIDGE_"


def bare() -> dict[str, str]:
    """This process's environment without ours, for a process to be started."""
    return {name: text for name, text in os.environ.items() if not name.startswith(_OURS)}


@contextmanager
def bared() -> Iterator[None]:
    """Take ours out of this process's environment, and put them back on the way out."""
    ours = {name: text for name, text in os.environ.items() if name.startswith(_OURS)}
    for name in ours:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(ours)
