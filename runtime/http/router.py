"""How routes are declared.

    loans = Router("loans")

    @loans.post("/loans", "originate_loan", right=Right.LOANS_WRITE, status=201, example=LOAN)
    async def originate(body: OriginateLoan, call: Call, ledger: Ledger) -> Answer: ...

    @loans.get("/loans/{loan_id}", "get_loan", right=Right.LOANS_READ, example=LOAN)
    async def get_loan(loan_id: UUID, query: AsOf, call: Call, loans: LoanQueries) -> Answer: ...

An endpoint's parameters are told apart by their types: a `Body`, a `Params`, the `Call`, the names
in the path, and for the rest whatever the process put into ``api.services`` under that type. How far
a caller's role reaches with the right that a route takes stands in `domain.access`.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from domain.access import Right
from domain.kernel.errors import Ground
from domain.kernel.resource import Resource
from runtime.http.call import Answer

Endpoint = Callable[..., Awaitable[Answer]]
Declaration = Callable[[Endpoint], Endpoint]
Example = Resource | Sequence[Resource] | str
"""What an answer is made of; its type is what the documentation describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One declared route.

    Attributes:
        method: of HTTP; ``path`` below the router's prefix, with ``{names}``.
        id: the stable ``operationId``.
        endpoint: the coroutine that answers.
        tag: the heading it is documented under.
        right: what the caller's role must reach with.
        status: of success.
        example: the ``data`` of a successful answer: a resource, a list of one, or text.
        meta: the ``meta`` of a successful answer.
        refuses: on what grounds it may refuse, for the documentation.
        prefixed: false for the few paths outside ``/api/v1``.
        media_type: of a successful answer.
        takes_key: whether it takes an Idempotency-Key and If-Match.
        may_miss: whether it may find nothing although its path names nothing.
        reads: the tables of the read side that a read may look at, as its `ReadGate` knows them.
    """

    method: str
    path: str
    id: str
    endpoint: Endpoint
    tag: str
    right: Right
    status: int = 200
    example: Example
    meta: Resource | None = None
    refuses: Collection[Ground] = ()
    prefixed: bool = True
    media_type: str = "application/json"
    takes_key: bool = True
    may_miss: bool = False
    reads: tuple[Any, ...] = ()


class _Told(TypedDict):
    example: Example


class ReadOptions(_Told, total=False):
    """What a read says of itself, by the names that `Operation` has for it."""

    meta: Resource
    prefixed: bool
    media_type: str
    may_miss: bool
    reads: tuple[Any, ...]


class WriteOptions(_Told, total=False):
    """What a command says of itself, by the names that `Operation` has for it."""

    status: int
    refuses: Collection[Ground]
    takes_key: bool
    may_miss: bool


class Router:
    """The operations of one capability, in the order they are declared."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.operations: list[Operation] = []

    def get(
        self, path: str, operation: str, *, right: Right, **told: Unpack[ReadOptions]
    ) -> Declaration:
        """Declare a read; ``example`` and ``meta`` are those of a whole answer."""
        return self._declared(
            lambda endpoint: Operation(
                method="GET",
                path=path,
                id=operation,
                endpoint=endpoint,
                tag=self.tag,
                right=right,
                takes_key=False,
                **told,
            )
        )

    def post(
        self, path: str, operation: str, *, right: Right, **told: Unpack[WriteOptions]
    ) -> Declaration:
        """Declare a command: ``status`` of success, and on what grounds it may refuse."""
        return self._written("POST", path, operation, right, told)

    def patch(
        self, path: str, operation: str, *, right: Right, **told: Unpack[WriteOptions]
    ) -> Declaration:
        """Declare an amendment."""
        return self._written("PATCH", path, operation, right, told)

    def delete(
        self, path: str, operation: str, *, right: Right, **told: Unpack[WriteOptions]
    ) -> Declaration:
        """Declare a removal."""
        return self._written("DELETE", path, operation, right, told)

    def _written(
        self, method: str, path: str, operation: str, right: Right, told: WriteOptions
    ) -> Declaration:
        return self._declared(
            lambda endpoint: Operation(
                method=method,
                path=path,
                id=operation,
                endpoint=endpoint,
                tag=self.tag,
                right=right,
                **told,
            )
        )

    def _declared(self, operation_of: Callable[[Endpoint], Operation]) -> Declaration:
        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(operation_of(endpoint))
            return endpoint

        return declare
