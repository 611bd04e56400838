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
from typing import Any

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
    refuses: frozenset[Ground] = frozenset()
    prefixed: bool = True
    media_type: str = "application/json"
    takes_key: bool = True
    may_miss: bool = False
    reads: tuple[Any, ...] = ()


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
        right: Right,
        example: Example,
        meta: Resource | None = None,
        prefixed: bool = True,
        media_type: str = "application/json",
        may_miss: bool = False,
        reads: tuple[Any, ...] = (),
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
                example=example,
                meta=meta,
                prefixed=prefixed,
                media_type=media_type,
                takes_key=False,
                may_miss=may_miss,
                reads=reads,
            )
        )

    def post(
        self,
        path: str,
        operation: str,
        *,
        right: Right,
        example: Example,
        status: int = 200,
        refuses: Collection[Ground] = (),
        takes_key: bool = True,
        may_miss: bool = False,
    ) -> Declaration:
        """Declare a command: ``status`` of success, and on what grounds it may refuse."""
        return self._declared(
            lambda endpoint: Operation(
                method="POST",
                path=path,
                id=operation,
                endpoint=endpoint,
                tag=self.tag,
                right=right,
                status=status,
                example=example,
                refuses=frozenset(refuses),
                takes_key=takes_key,
                may_miss=may_miss,
            )
        )

    def patch(
        self,
        path: str,
        operation: str,
        *,
        right: Right,
        example: Example,
        refuses: Collection[Ground] = (),
        takes_key: bool = True,
    ) -> Declaration:
        """Declare an amendment."""
        return self._declared(
            lambda endpoint: Operation(
                method="PATCH",
                path=path,
                id=operation,
                endpoint=endpoint,
                tag=self.tag,
                right=right,
                example=example,
                refuses=frozenset(refuses),
                takes_key=takes_key,
            )
        )

    def delete(
        self, path: str, operation: str, *, right: Right, example: Any, takes_key: bool = True
    ) -> Declaration:
        """Declare a removal."""
        return self._declared(
            lambda endpoint: Operation(
                method="DELETE",
                path=path,
                id=operation,
                endpoint=endpoint,
                tag=self.tag,
                right=right,
                example=example,
                takes_key=takes_key,
            )
        )

    def _declared(self, operation_of: Callable[[Endpoint], Operation]) -> Declaration:
        def declare(endpoint: Endpoint) -> Endpoint:
            self.operations.append(operation_of(endpoint))
            return endpoint

        return declare
