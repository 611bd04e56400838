"""Clients that write through the API, and remember what they were told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

from local.backup.drill.judging import Command
from runtime.users import DEMO_PASSWORD

_ANSWER_SECONDS_MAX = 10.0
_PAUSE_SECONDS = 0.02
_NO_ANSWER = (URLError, OSError, ValueError)


def ask(url: str, body: Any = None, token: str | None = None) -> Any:
    """What the API answers to a body that is posted, or to a question without one."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers=headers)  # noqa: S310  # our own address
    with urlopen(request, timeout=_ANSWER_SECONDS_MAX) as answer:  # noqa: S310  # our own address
        return json.loads(answer.read())["data"]


def sign_in(api: str) -> str:
    """A token of the demonstration's administrator."""
    account = {"username": "admin@demo.test", "password": DEMO_PASSWORD}
    return str(ask(f"{api}/auth/token", account)["access_token"])


@dataclass(slots=True)
class Clients:
    """Some clients, each originating and submitting one loan after the other.

    Attributes:
        commands: every command sent, in the order of their ends.
    """

    api: str
    token: str
    commands: list[Command] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self, clients: int) -> Iterator[None]:
        """Let them write, side by side, until the end of the block or of the API."""
        threads = [threading.Thread(target=self._write, daemon=True) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(2 * _ANSWER_SECONDS_MAX)

    def _write(self) -> None:
        while not self._stop.is_set():
            loan_id = uuid4()
            if self._send(loan_id, "loan.originated", "/loans", _loan(loan_id)):
                self._send(loan_id, "loan.submitted", f"/loans/{loan_id}/submit", {})
            time.sleep(_PAUSE_SECONDS)

    def _send(self, loan_id: UUID, event: str, path: str, body: Any) -> bool:
        sent_at, answered_at = time.time(), None
        try:
            ask(f"{self.api}{path}", body, self.token)
            answered_at = time.time()
        except _NO_ANSWER:
            pass  # It may have been done, or not.
        self.commands.append(Command(loan_id, event, sent_at, answered_at))
        return answered_at is not None


def _loan(loan_id: UUID) -> dict[str, Any]:
    return {
        "id": str(loan_id),
        "project_name": "Drill Street",
        "borrower_name": "Drill Homes LLC",
        "builder_user_id": str(UUID(int=8)),
        "commitment": "300000.00",
        "rate": "0.0975",
        "day_count": "ACT_360",
        "maturity_date": "2027-01-15",
        "draw_policy": {"require": []},
        "lines": [
            {"code": "FRAMING", "name": "Framing", "category": "HARD", "amount": "200000.00"},
            {"code": "SOFT", "name": "Permits", "category": "SOFT", "amount": "100000.00"},
        ],
        "sources": [{"kind": "LOAN", "amount": "300000.00"}],
    }
