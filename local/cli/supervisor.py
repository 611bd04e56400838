"""Keeps servers and processes running: one that dies is started again, at growing intervals."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM
from time import monotonic
from typing import Protocol

from rich.markup import escape

from deploy.cli.output import notes
from local.embedded import Child, ServerFailedError

_PAUSE_SECONDS_MIN, _PAUSE_SECONDS_MAX = 0.5, 10.0
_SETTLED_SECONDS = 30.0
_ECHO_BYTES_MAX = 64 * 1024


class Service(Protocol):
    """Anything that runs, may die, and can be started again."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""

    def start(self) -> None:
        """Start it, again if need be."""


@dataclass(slots=True)
class _Kept:
    name: str
    service: Service
    started_at: float
    pause_seconds: float = _PAUSE_SECONDS_MIN
    down_until: float | None = None

    def end(self) -> str:
        """That it ended, how, and where it says why."""
        if not isinstance(self.service, Child):
            return f"{self.name} ended"
        return f"{self.name} ended with {self.service.exit_code}, see {self.service.log}"


class Supervisor:
    """Watches what it was given to keep; call `check` several times a second."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._echoes: list[_Echo] = []

    def keep(self, name: str, service: Service) -> None:
        """Watch a service, started now if it does not run yet."""
        if isinstance(service, Child):
            self._echoes.append(_Echo(name, service.log))
        self._kept.append(_Kept(name, service, monotonic()))
        if not service.alive:
            service.start()

    def dead(self) -> list[str]:
        """The names of those that do not run at the moment."""
        return [kept.name for kept in self._kept if not kept.service.alive]

    def check(self) -> None:
        """Start again who died and has waited long enough; pass on the errors they logged."""
        for echo in self._echoes:
            echo.pass_on()
        now = monotonic()
        for kept in self._kept:
            if kept.service.alive:
                if now - kept.started_at > _SETTLED_SECONDS:
                    kept.pause_seconds = _PAUSE_SECONDS_MIN
            elif kept.down_until is None:
                notes.print(f"{kept.end()}; starting it again in {kept.pause_seconds:g} s")
                kept.down_until = now + kept.pause_seconds
                kept.pause_seconds = min(kept.pause_seconds * 2, _PAUSE_SECONDS_MAX)
            elif now >= kept.down_until:
                self._start_again(kept)

    def _start_again(self, kept: _Kept) -> None:
        kept.down_until = None
        try:
            kept.service.start()
        except ServerFailedError as error:
            notes.print(f"[red]{kept.name}[/] did not come back: {escape(str(error))}")
        else:
            kept.started_at = monotonic()
            notes.print(f"{kept.name} runs again")

    def stop_processes(self) -> None:
        """End our own processes, all told at once; servers are stopped by who started them."""
        processes = [kept.service for kept in self._kept if isinstance(kept.service, Child)]
        for process in processes:
            process.signal(SIGTERM)
        for process in processes:
            process.stop()


@dataclass(slots=True)
class _Echo:
    """Passes on to the terminal what a process logs as an error."""

    name: str
    log: Path
    _offset: int = field(init=False)

    def __post_init__(self) -> None:
        self._offset = self.log.stat().st_size if self.log.exists() else 0

    def pass_on(self) -> None:
        for line in self._new_lines():
            with suppress(ValueError, AttributeError):
                told = json.loads(line)
                if told.get("level") in ("error", "critical"):
                    event = told.get("event", line)
                    reason = str(told.get("exception") or told.get("error") or "")
                    last = reason.strip().splitlines()[-1:] or [""]
                    notes.print(f"[red]{self.name}[/]: {escape(f'{event} {last[0]}')}")

    def _new_lines(self) -> list[str]:
        with suppress(OSError):
            size = self.log.stat().st_size
            if size < self._offset:  # put aside and begun anew
                self._offset = 0
            if size > self._offset:
                with self.log.open("rb") as log:
                    log.seek(self._offset)
                    text = log.read(_ECHO_BYTES_MAX)
                whole = text[: text.rfind(b"\n") + 1] or text
                self._offset += len(whole)
                return whole.decode(errors="replace").splitlines()
        return []
