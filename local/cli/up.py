"""``drawbridge up``: everything on this machine, from nothing, in one terminal."""

import os
import shlex
import signal
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.output import notes
from deploy.cli.place import Running, announce, default_data_dir, withdraw
from deploy.errors import RefusedError
from local.cli.scale import Scale
from local.cli.seed import LOANS, Loans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.cli.supervisor import Supervisor
    from local.embedded import DataFolder
    from runtime.settings import Settings

app = typer.Typer(add_completion=False)

_READY_SECONDS_MAX = 120.0
_CAUGHT_UP_SECONDS_MAX = 300.0
_CHECK_SECONDS = 0.1
_REQUESTS_PER_HOUR = "1000000"
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@app.command()
def up(
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder for data and logs.", show_default=".data")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the API.", min=1, max=65535)] = 8000,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Make no demonstration data.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    loans: Loans = LOANS,
    scale: Annotated[
        Scale,
        typer.Option(
            parser=Scale.parse,
            help="Processes of each kind.",
            metavar="api=2,relay=2,projectors=4",
            show_default="one of each",
        ),
    ] = Scale(),  # noqa: B008  # frozen
    backups: Annotated[
        Path | None, typer.Option(help="Folder to archive the database's log in, for backups.")
    ] = None,
) -> None:
    """Run the whole system here: database, broker, API, relay and projectors. Ctrl-C ends it.

    Data stays in the folder and is there again the next time. With DRAWBRIDGE_DATABASE_URL or
    DRAWBRIDGE_KAFKA_BOOTSTRAP set, those servers are used instead of embedded ones.
    """
    from local.cli.supervisor import Supervisor
    from local.embedded import DataFolder, port_is_taken
    from runtime import logs
    from runtime.settings import Settings

    settings = Settings()
    logs.configure(json=False, level="WARNING")
    folder = DataFolder(data_dir or default_data_dir(), environment=settings.environment)
    supervisor = Supervisor()
    with _until_interrupted(), ExitStack() as stack, _deaf_on_the_way_out():
        stack.enter_context(folder)
        if port_is_taken(port):
            raise RefusedError(f"Port {port} is taken: choose another with --port.")
        settings = _start_servers(settings, folder, stack, supervisor, backups)
        has_demo = _prepare(settings, folder, loans=None if no_seed else loans)
        url = f"http://127.0.0.1:{port}"
        stack.callback(supervisor.stop_processes)
        _start_processes(supervisor, settings, folder, scale.processes(port))
        _wait_until_ready(supervisor, settings, folder, url)
        announce(folder.path, _running(settings, url))
        stack.callback(withdraw, folder.path)
        _tell(url, folder, demo_users=has_demo)
        if not no_browser:
            _open_browser(f"{url}/docs")
        while True:
            supervisor.check()
            sleep(_CHECK_SECONDS)


@contextmanager
def _until_interrupted() -> "Iterator[None]":
    """Ctrl-C, SIGTERM and a closed terminal are the ordinary ways to end."""
    for number in _ENDS:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        notes.print("stopped; the data stays")


@contextmanager
def _deaf_on_the_way_out() -> "Iterator[None]":
    """The way down takes seconds at most; a second Ctrl-C would only leave it half done."""
    try:
        yield
    finally:
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)


def _start_servers(
    settings: "Settings",
    folder: "DataFolder",
    stack: ExitStack,
    supervisor: "Supervisor",
    backups: Path | None,
) -> "Settings":
    """Start the servers that the environment does not name, and return where all of them are."""
    from local.embedded import Archive, Broker, Postgres

    found: dict[str, object] = {}
    if "database_url" not in settings.model_fields_set:
        notes.print("starting PostgreSQL …")
        archive = None if backups is None else Archive(backups.expanduser().resolve() / "wal")
        postgres = stack.enter_context(Postgres(folder, archive=archive))
        supervisor.keep("postgres", postgres)
        found["database_url"] = postgres.url()
    elif backups is not None:
        raise RefusedError("--backups is for the database that `up` brings; this one is elsewhere.")
    if settings.kafka_bootstrap is None:
        notes.print("starting the broker …")
        broker = stack.enter_context(Broker(folder))
        supervisor.keep("broker", broker)
        found |= {"kafka_bootstrap": broker.bootstrap, "kafka_idempotence": False}
    return settings.model_copy(update=found)


def _prepare(settings: "Settings", folder: "DataFolder", *, loans: int | None) -> bool:
    """Migrate; fill an empty ledger if that is wanted, or go on where filling it was interrupted.

    Returns:
        Whether there are demo users to sign in as.
    """
    import asyncio

    import psycopg

    from deploy.cli.progress import recorded_events
    from deploy.preparing import prepare
    from runtime.users import demo_user_id

    notes.print("migrating …")
    changes = prepare(settings.database_url)
    for name in (*changes.changed, *changes.removed):
        notes.print(f"read model {name} is as this release has it")
    for name in changes.unknown:
        notes.print(f"read model {name} is another release's: it stays, and nobody fills it")
    unfinished = folder.path / "seeding"
    with psycopg.connect(settings.database_url) as connection:
        is_empty = recorded_events(connection) == 0
        admin = connection.execute(
            "SELECT 1 FROM auth.users WHERE id = %s", (demo_user_id("admin"),)
        )
        has_demo = admin.fetchone() is not None
    if loans is None or not (is_empty or unfinished.exists()):
        return has_demo
    from local import seeding

    notes.print("making demonstration data …")
    unfinished.touch()
    asyncio.run(seeding.seed(settings, loans=loans))
    unfinished.unlink()
    return True


def _start_processes(
    supervisor: "Supervisor",
    settings: "Settings",
    folder: "DataFolder",
    processes: "Iterable[tuple[str, list[str]]]",
) -> None:
    from local.embedded import Child

    notes.print("starting API, relay and projectors …")
    raised = {
        "DRAWBRIDGE_ANONYMOUS_REQUESTS_PER_HOUR": _REQUESTS_PER_HOUR,
        "DRAWBRIDGE_AUTHENTICATED_REQUESTS_PER_HOUR": _REQUESTS_PER_HOUR,
    }
    environment = {
        **raised,
        **os.environ,
        "DRAWBRIDGE_DATABASE_URL": settings.database_url,
        "DRAWBRIDGE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap or "",
        "DRAWBRIDGE_KAFKA_IDEMPOTENCE": str(settings.kafka_idempotence),
    }
    for name, command in processes:
        program = [sys.executable, "-m", "deploy.cli", *command]
        log = folder.logs / f"{name}.log"
        supervisor.keep(name, Child(name, program, log=log, env=environment, stop_seconds=6.0))


def _wait_until_ready(
    supervisor: "Supervisor", settings: "Settings", folder: "DataFolder", url: str
) -> None:
    """Wait until everything answers, and the read side has seen all that is recorded.

    Raises:
        ServerFailedError: something ended, or did not answer in time.
    """
    import psycopg

    from deploy.cli.progress import is_caught_up, parked

    deadline = monotonic() + _READY_SECONDS_MAX
    while not _answers(f"{url}/health"):
        _give_up_if_dead(supervisor, folder, deadline)
    notes.print("waiting for the read side …")
    deadline = monotonic() + _CAUGHT_UP_SECONDS_MAX
    with psycopg.connect(settings.database_url, autocommit=True) as connection:
        while not is_caught_up(connection):
            _give_up_if_dead(supervisor, folder, deadline)
        for waiting in parked(connection):
            notes.print(f"parked beside {waiting}; `drawbridge parked list` says why")


def _give_up_if_dead(supervisor: "Supervisor", folder: "DataFolder", deadline: float) -> None:
    from local.embedded import ServerFailedError

    if dead := supervisor.dead():
        log = folder.logs / f"{dead[0]}.log"
        raise ServerFailedError(f"{dead[0]} ended at its start; see {log}\n{_end_of(log)}")
    if monotonic() > deadline:
        raise ServerFailedError(f"it does not answer; see {folder.logs}")
    sleep(_CHECK_SECONDS)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""


def _answers(url: str) -> bool:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=3) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _running(settings: "Settings", url: str) -> Running:
    return Running(
        url=url,
        database_url=settings.database_url,
        kafka_bootstrap=settings.kafka_bootstrap or "",
        kafka_idempotence=settings.kafka_idempotence,
    )


def _tell(url: str, folder: "DataFolder", *, demo_users: bool) -> None:
    """Say where everything is; the line that starts with ``ready`` is for scripts."""
    from runtime.users import DEMO_PASSWORD, DEMO_USERS

    lines = [
        "",
        f"  API        {url}/api/v1",
        f"  Try it     {url}/docs",
        f"  Health     {url}/health",
        f"  Metrics    {url}/metrics",
        f"  Logs       {folder.logs}",
        f"  Database   see {folder.path / 'running.json'}",
        *_how_commands_find(folder.path),
        "",
        f"  Rate limits are raised for development, to {int(_REQUESTS_PER_HOUR):,} requests an hour.",
    ]
    if demo_users:
        lines += ["", f"  Sign in with password {DEMO_PASSWORD} as"]
        lines += [f"    {name}@demo.test" for name, _, _ in DEMO_USERS]
    print("\n".join([*lines, "", f"ready {url}"]), flush=True)


def _how_commands_find(data_dir: Path) -> list[str]:
    """What another terminal has to set, where the data lies elsewhere than usual."""
    if data_dir.resolve() == default_data_dir().resolve():
        return []
    return [f"  Commands   find it with DRAWBRIDGE_DATA_DIR={shlex.quote(str(data_dir.resolve()))}"]


def _open_browser(url: str) -> None:
    """Only for a person in front of a screen."""
    if not sys.stdout.isatty():
        return
    if sys.platform == "linux" and not ("DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ):
        return
    import webbrowser

    webbrowser.open(url)
