"""How routes are declared.

    loans = Router("loans")

    @loans.post("/loans", "originate_loan", status=201, example=LOAN)
    async def originate(body: OriginateLoan, call: Call, ledger: Ledger) -> Answer: ...

    @loans.get("/loans/{loan_id}", "get_loan", example=LOAN)
    async def get_loan(loan_id: UUID, query: AsOf, call: Call, loans: LoanQueries) -> Answer: ...

An endpoint's parameters are told apart by their types: a `Body`, a `Params`, the `Call`, the names
in the path, and for the rest whatever the process put into ``api.services`` under that type. Who may
call it stands in `domain.access` under the operation's id; without an entry nobody may.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.http.call import Answer

Endpoint = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One declared route.

    Attributes:
        method: of HTTP; ``path`` below the router's prefix, with ``{names}``.
        id: the stable ``operationId``.
        endpoint: the coroutine that answers.
        tag: the heading it is documented under.
        status: of success.
        example: the ``data`` of a successful answer.
        meta: the ``meta`` of a successful answer.
        refuses: codes of the lending rules it may break (422), for the documentation.
        collides: codes of what it may collide with (409), likewise.
        prefixed: false for the few paths outside ``/api/v1``.
        media_type: of a successful answer.
        takes_key: whether it takes an Idempotency-Key and If-Match.
        may_miss: whether it may find nothing although its path names nothing.
    """

    method: str
    path: str
    id: str
    endpoint: Endpoint
    tag: str
    status: int
    example: Any
    meta: Mapping[str, Any]
    refuses: tuple[str, ...]
    prefixed: bool = True
    media_type: str = "application/json"
    takes_key: bool = True
    collides: tuple[str, ...] = ()
    may_miss: bool = False


class Router:
    """The operations of one capability, in the order they are declared."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.operations: list[Operation] = []

    def get(
        self,
        path: str,
        operation: str,
        *,
        example: Any,
        meta: Mapping[str, Any] | None = None,
        prefixed: bool = True,
        media_type: str = "application/json",
        may_miss: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a read; ``example`` and ``meta`` are those of a whole answer."""

        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(
                Operation(
                    *("GET", path, operation, endpoint, self.tag, 200, example, meta or {}, ()),
                    prefixed=prefixed,
                    media_type=media_type,
                    takes_key=False,
                    may_miss=may_miss,
                )
            )
            return endpoint

        return declare

    def post(
        self,
        path: str,
        operation: str,
        *,
        example: Any,
        status: int = 200,
        refuses: Sequence[str] = (),
        collides: Sequence[str] = (),
        takes_key: bool = True,
        may_miss: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a command: ``status`` of success, and the codes of rules it may break."""
        return self._write(
            *("POST", path, operation, example, status, refuses, takes_key, collides, may_miss)
        )

    def patch(
        self,
        path: str,
        operation: str,
        *,
        example: Any,
        refuses: Sequence[str] = (),
        takes_key: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare an amendment."""
        return self._write("PATCH", path, operation, example, 200, refuses, takes_key)

    def delete(
        self, path: str, operation: str, *, example: Any, takes_key: bool = True
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare a removal."""
        return self._write("DELETE", path, operation, example, 200, (), takes_key)

    def _write(
        self,
        method: str,
        path: str,
        operation: str,
        example: Any,
        status: int,
        refuses: Sequence[str],
        takes_key: bool,
        collides: Sequence[str] = (),
        may_miss: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(
                Operation(
                    *(method, path, operation, endpoint, self.tag, status, example, {}),
                    tuple(refuses),
                    takes_key=takes_key,
                    collides=tuple(collides),
                    may_miss=may_miss,
                )
            )
            return endpoint

        return declare
