"""``drawbridge serve``, ``relay`` and ``project``: the long-running processes, one each."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import asyncio

    from runtime.postgres import Process
    from runtime.settings import Settings

_CANCEL_AGAIN_SECONDS = 1.0

app = typer.Typer(help="Serve an API over HTTP.", no_args_is_help=True)

Port = Annotated[int, typer.Option(help="TCP port.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
MetricsPort = Annotated[
    int | None,
    typer.Option(help="Answer /metrics and /health on this TCP port.", min=1, max=65535),
]
MetricsHost = Annotated[str, typer.Option(help="Address of the metrics port.")]
SharePort = Annotated[
    bool,
    typer.Option(
        "--share-port",
        help="Let other processes listen on the port too; the kernel deals connections out.",
    ),
]


@app.command("command")
def serve_command(
    port: Port = 8001, host: Host = "127.0.0.1", share_port: SharePort = False
) -> None:
    """Serve the command API: everything that changes something."""
    _serve("command", host, port, share_port=share_port)


@app.command("query")
def serve_query(port: Port = 8002, host: Host = "127.0.0.1", share_port: SharePort = False) -> None:
    """Serve the query API: everything that reads."""
    _serve("query", host, port, share_port=share_port)


@app.command("all")
def serve_all(port: Port = 8000, host: Host = "127.0.0.1", share_port: SharePort = False) -> None:
    """Serve both behind one port: reads and writes of the same paths."""
    _serve("all", host, port, share_port=share_port)


def relay(metrics_port: MetricsPort = None, metrics_host: MetricsHost = "127.0.0.1") -> None:
    """Publish recorded events to Kafka, for as long as it runs; one is active at a time."""
    import relay

    _run_until_stopped(relay.run, "command", metrics_host, metrics_port)


def project(metrics_port: MetricsPort = None, metrics_host: MetricsHost = "127.0.0.1") -> None:
    """Keep the read tables up with the recorded events, for as long as it runs."""
    from projectors import engine

    _run_until_stopped(engine.run, "projector", metrics_host, metrics_port)


def _serve(which: str, host: str, port: int, *, share_port: bool) -> None:
    from deploy.cli.output import Exit
    from deploy.cli.place import load_settings
    from deploy.errors import RefusedError
    from deploy.serving.server import Served, application, server, shared
    from runtime import logs

    settings = load_settings()
    logs.configure(json=settings.log_json, level=settings.log_level)
    try:
        serving = server(application(Served(which), settings), settings, host, port)
    except ValueError as unsafe:
        raise RefusedError(f"{unsafe}; `drawbridge doctor` says how to mend it") from unsafe
    with suppress(KeyboardInterrupt):  # raised again once the server has ended in order
        serving.run([shared(host, port)] if share_port else None)
    if not serving.started:
        raise typer.Exit(Exit.UNREACHABLE)


def _run_until_stopped(
    process: Callable[["Settings"], Coroutine[Any, Any, None]],
    role: "Process",
    metrics_host: str,
    metrics_port: int | None,
) -> None:
    """Run a process; SIGTERM and Ctrl-C cancel it, and it ends in order.

    Cancelled again every second: while servers vanish with us, a library's clean-up may fail with
    an error of its own, which takes the place of the cancellation and is retried like any other.
    """
    import asyncio
    import signal

    import uvloop

    from deploy.cli.place import load_settings
    from runtime import logs

    settings = load_settings()
    logs.configure(json=settings.log_json, level=settings.log_level)

    async def main() -> None:
        beside = _beside(settings, role, metrics_host, metrics_port)
        running = asyncio.ensure_future(process(settings))
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        waiting = asyncio.ensure_future(told.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        while not running.done():
            running.cancel()
            await asyncio.wait({running}, timeout=_CANCEL_AGAIN_SECONDS)
        if beside is not None:
            beside.cancel()
            await asyncio.wait({beside})
        with suppress(asyncio.CancelledError):
            await running

    uvloop.run(main())


def _beside(
    settings: "Settings", role: "Process", host: str, port: int | None
) -> "asyncio.Future[None] | None":
    """What tells of the process while it works; a port that is taken ends the process."""
    import asyncio

    from runtime.http.beside import Beside, dependencies

    if port is None:
        return None
    checks = dependencies(settings, role)
    if role == "projector":
        from projectors.engine.process import resting

        checks["read_models"] = partial(resting, settings)
    return asyncio.ensure_future(Beside(checks, host, port).serve())
