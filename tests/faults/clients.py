"""Clients over real HTTP: whoever is not told what became of a command asks again, with its key."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.faults.history import History, Wish

JsonBody = dict[str, Any]

ANSWER_SECONDS_MAX = 4.0
RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.05, 0.5
CONNECTIONS_MAX = 100
IDLE_SECONDS_MAX = 1.0
"""Before the server closes a connection that is idle, just as it may be used again."""
KNOWN_SECONDS_MAX = 120.0
"""An operation that is still unknown after this stays so, which the checker finds."""
TOKEN_SECONDS_MAX = 300.0
PASSWORD = "correct horse battery"


class Refused(Exception):
    """A definite refusal."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.code = code


class Unknown(Exception):
    """Nobody knows what became of it, and this client has asked long enough."""


@dataclass(slots=True)
class Api:
    """One command API as the clients see it.

    Attributes:
        open: the attempts that it has not answered yet.
    """

    number: int
    client: httpx.AsyncClient
    open: set[tuple[str, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Took:
    """How long an attempt took, and whether it was answered with 2xx or 4xx."""

    began_at: float
    seconds: float
    is_known: bool


class Front:
    """All command APIs, and who is signed in there."""

    def __init__(
        self,
        urls: Sequence[str],
        history: History,
        choose: random.Random,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> None:
        self.apis = [
            Api(
                number,
                httpx.AsyncClient(
                    base_url=f"{url}/api/v1",
                    timeout=answer_seconds_max,
                    limits=httpx.Limits(
                        max_connections=CONNECTIONS_MAX, keepalive_expiry=IDLE_SECONDS_MAX
                    ),
                ),
            )
            for number, url in enumerate(urls)
        ]
        self.history = history
        self.took: list[Took] = []
        self._choose = choose
        self._tokens: dict[str, tuple[str, float]] = {}
        self._signing_in = asyncio.Lock()

    def open_requests(self) -> int:
        """How many attempts wait for an answer, at any API."""
        return sum(len(api.open) for api in self.apis)

    async def close(self) -> None:
        """Close the connections."""
        for api in self.apis:
            await api.client.aclose()

    async def token(self, who: str) -> str:
        """A token of somebody's, renewed in good time."""
        async with self._signing_in:
            token, until = self._tokens.get(who, ("", 0.0))
            while monotonic() > until:
                account = {"username": who, "password": PASSWORD}
                try:
                    answer = await self._any().client.post("/auth/token", json=account)
                    token = answer.raise_for_status().json()["data"]["access_token"]
                except httpx.HTTPError:
                    await asyncio.sleep(RETRY_SECONDS_MAX)
                    continue
                until = monotonic() + TOKEN_SECONDS_MAX
                self._tokens[who] = token, until
            return token

    async def ask(
        self, wish: Wish, who: str, path: str, body: JsonBody, *, first: int = 1
    ) -> JsonBody:
        """Attempt an operation until it is known what became of it.

        Args:
            wish: the operation.
            who: signs in.
            path: below the API's prefix.
            body: of the request.
            first: number of the first attempt; later ones ask again what was answered before.

        Returns:
            The answer's data.

        Raises:
            Refused: with a definite 4xx.
            Unknown: after `KNOWN_SECONDS_MAX`.
        """
        until, pause, attempt = monotonic() + KNOWN_SECONDS_MAX, RETRY_SECONDS_MIN, first
        while monotonic() < until:
            api = self._any()
            answer = await self._attempt(api, wish, attempt, who, path, body)
            if answer is not None:
                return answer
            await asyncio.sleep(pause * (0.5 + self._choose.random()))
            pause = min(pause * 2, RETRY_SECONDS_MAX)
            attempt += 1
        raise Unknown(f"{wish.what} {wish.id}")

    async def _attempt(
        self, api: Api, wish: Wish, attempt: int, who: str, path: str, body: JsonBody
    ) -> JsonBody | None:
        """One attempt; `None` when nobody knows what became of it."""
        token = await self.token(who)
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": wish.key,
            "X-Request-ID": wish.id,
        }
        self.history.invoke(wish, attempt, api.number, path)
        api.open.add((wish.id, attempt))
        began_at, is_known = monotonic(), False
        try:
            answer = await api.client.post(path, json=body, headers=headers)
            is_known = answer.status_code < 500 and answer.status_code not in (401, 429)
        except httpx.HTTPError as error:
            self.history.unknown(wish, attempt, type(error).__name__)
            return None
        finally:
            api.open.discard((wish.id, attempt))
            self.took.append(Took(began_at, monotonic() - began_at, is_known))
        return self._told(wish, attempt, who, answer, is_known=is_known)

    def _told(
        self, wish: Wish, attempt: int, who: str, answer: httpx.Response, *, is_known: bool
    ) -> JsonBody | None:
        status = answer.status_code
        if not is_known:
            self.history.unknown(wish, attempt, str(status))
            if status == httpx.codes.UNAUTHORIZED:
                self._tokens.pop(who, None)
            return None
        if not answer.is_success:
            code = str(answer.json()["error"]["code"])
            self.history.fail(wish, attempt, status, code)
            raise Refused(status, code)
        given = answer.headers.get("X-Ledger-Position")
        position = None if given is None else int(given)
        self.history.ok(wish, attempt, status, position, sha256(answer.content).hexdigest()[:16])
        data: JsonBody = answer.json()["data"]
        return data

    def _any(self) -> Api:
        return self._choose.choice(self.apis)


def wish(
    what: str,
    choose: random.Random,
    *,
    key: str | None = None,
    expected: str = "ok",
    is_step: bool = True,
) -> Wish:
    """A new operation; its id and key follow from the seed."""
    identity = str(UUID(int=choose.getrandbits(128), version=4))
    return Wish(identity, key or f"key-{identity}", what, expected, is_step)


def fresh_id() -> str:
    """An id for what a client names itself."""
    return str(uuid4())
