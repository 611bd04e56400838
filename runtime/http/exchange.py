"""A request and what becomes of it, while it is being served."""

import asyncio
from typing import Any
from uuid import UUID

from runtime.http.plan import Plan
from runtime.http.requests import Receive
from runtime.ids import new_id

Header = tuple[bytes, bytes]


class Exchange:
    """What is known of a request while it is being served."""

    __slots__ = (
        "address",
        "body_bytes",
        "headers",
        "hung_up",
        "id",
        "is_head",
        "is_read",
        "key",
        "limit_headers",
        "method",
        "own_id",
        "path",
        "plan",
        "receive",
        "scope",
        "task",
    )

    def __init__(
        self, scope: Any, headers: dict[bytes, bytes], given_id: str | None, receive: Receive
    ) -> None:
        self.scope = scope
        self.headers = headers
        self.own_id: UUID | None = None if given_id else new_id()
        self.id = given_id or str(self.own_id)
        self.receive = receive
        self.is_head = scope["method"] == "HEAD"
        self.method: str = "GET" if self.is_head else scope["method"]
        self.path: str = scope["path"]
        client = scope.get("client")
        self.address: str = client[0] if client else "unknown"
        self.plan: Plan | None = None
        self.key: str | None = None
        self.limit_headers: list[Header] = []
        self.body_bytes = 0  # that it counts for while it is served
        self.is_read = False
        self.hung_up = False
        self.task: asyncio.Task[Any] | None = None

    def new_key(self) -> str:
        """An idempotency key nobody used: our own id of this request, unless it is the client's."""
        return self.id if self.own_id else str(new_id())
