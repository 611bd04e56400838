"""One running system, and one firm, for all tests that only use it."""

from collections.abc import Callable, Iterator

import pytest

from local.embedded import free_port
from tests.e2e.firm import Firm, desk
from tests.e2e.running import Up


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, named_servers: Callable[[], dict[str, str]]
) -> Iterator[Up]:
    """`drawbridge up` with two seeded loans."""
    data_dir = tmp_path_factory.mktemp("shared") / "data"
    with Up(data_dir, free_port(), loans=2, **named_servers()) as up:
        yield up.wait_until_ready()


@pytest.fixture(scope="session")
def firm(running: Up) -> Iterator[Firm]:
    """The administrator, a builder and servicing, signed in."""
    with (
        running.client("admin@demo.test") as admin,
        running.client("builder1@demo.test") as builder,
        running.client("servicing@demo.test") as servicing,
    ):
        yield Firm(desk(admin), desk(builder), desk(servicing))
