"""Eight writers, each with loan after loan from its term sheet to its payoff, over HTTP alone.

A loan is one writer's, so the rules foretell what becomes of each of its operations; a surprise is
a loss. On the way a writer asks for what must be refused, and asks fifty times over for what it
has been given.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from tests.e2e.firm import E3_CLOSING, Json, e3_origination
from tests.faults.clients import Front, Refused, Unknown, wish
from tests.faults.history import Wish
from tests.scenario import CLOSING, E3_DRAWS, Asked, E3Draw

ADMIN, BUILDER, SERVICING = "admin@firm.test", "builder@firm.test", "servicing@firm.test"
USERS = {ADMIN: "admin", BUILDER: "builder", SERVICING: "servicing"}
REPEATS = 50
REPEATED_SHARE = 0.02
RETRIES_MAX = 20
"""How often a command that lost every race is asked for again."""
TOO_MUCH: Asked = {"FINISHES": ("99999999.00", "0.00", "0.00")}
CLOSED_ON = "2025-05-01"


@dataclass(slots=True)
class Writer:
    """Works one loan after the other.

    Attributes:
        think_seconds: the longest pause between two operations.
        loans: how many it has brought to their end.
        astray: operations that did not become what the rules foretell.
    """

    front: Front
    builder_user_id: str
    choose: random.Random
    think_seconds: float
    loans: int = 0
    astray: list[str] = field(default_factory=list)

    async def work(self, is_over: Callable[[], bool]) -> None:
        """Loan after loan, until it is over; the operation under way is brought to its end."""
        while not is_over():
            with suppress(_Over):
                try:
                    await Life(self, is_over).live()
                    self.loans += 1
                except (Refused, Unknown, _Surprise) as error:
                    self.astray.append(repr(error))
                    await asyncio.sleep(self.think_seconds)


class _Over(Exception):
    """The run is over; the loan stays as it is."""


class _Surprise(Exception):
    """What had to be refused was done."""


class Life:
    """One loan's."""

    def __init__(self, writer: Writer, is_over: Callable[[], bool]) -> None:
        self._writer = writer
        self._choose = writer.choose
        self._is_over = is_over
        self._lines: dict[str, str] = {}
        self._path = ""

    async def live(self) -> None:
        """From the term sheet to the payoff."""
        await self._open()
        for draw in E3_DRAWS:
            await self._draw(draw)
        await self._must_be_refused()
        await self._close_business()
        for kind, amount in (("EXIT", "9600.00"), ("WIRE", "30.00")):
            fee = {"kind": kind, "amount": amount, "assessed_on": CLOSED_ON}
            await self._do("fee", f"{self._path}/fees", fee, SERVICING)
        for day in (2, 3):
            payment = {"amount": f"{day}000.00", "received_on": f"2025-05-0{day}", "method": "WIRE"}
            await self._do("payment", f"{self._path}/payments", payment, SERVICING)
        quote = {"payoff_date": "2025-05-20", "good_through": "2025-05-21"}
        quoted = await self._do("quote", f"{self._path}/payoff-quotes", quote, SERVICING)
        payoff = {"amount": quoted["total"], "received_on": "2025-05-20", "method": "WIRE"}
        await self._do("payoff", f"{self._path}/payoff", payoff, SERVICING)

    async def _open(self) -> None:
        body = e3_origination(self._writer.builder_user_id)
        body |= {"project_name": f"Fault Street {self._choose.randint(1, 9999)}"}
        loan = await self._do("originate", "/loans", body, ADMIN)
        self._path = f"/loans/{loan['id']}"
        self._lines = {line["code"]: line["line_id"] for line in loan["lines"]}
        await self._do("submit", f"{self._path}/submit", {}, ADMIN)
        await self._do("approve", f"{self._path}/approve", {}, ADMIN)
        advance = [
            {"line_id": self._lines[code], "amount": part} for code, part in E3_CLOSING.items()
        ]
        close = {"closing_date": CLOSING.closing_on.isoformat(), "advance": {"lines": advance}}
        await self._do("close", f"{self._path}/close", close, ADMIN)

    async def _draw(self, draw: E3Draw) -> None:
        on = draw.funded_on.isoformat()
        body = self._asked(draw.asked, on)
        created = await self._do("draw", f"{self._path}/draws", body, BUILDER)
        path = f"/draws/{created['id']}"
        await self._do("submit draw", f"{path}/submit", {}, BUILDER)
        await self._do("review", f"{path}/review", {}, SERVICING)
        await self._refused("approve own", f"{path}/approve", {}, BUILDER)
        await self._do("approve draw", f"{path}/approve", {"effective_on": on}, SERVICING)
        fund = {"wire_ref": f"FED-{created['id'][-12:]}", "effective_on": on}
        await self._do("fund", f"{path}/fund", fund, SERVICING)
        await self._do("confirm", f"{path}/confirm-funding", {"funded_on": on}, SERVICING)

    def _asked(self, asked: Asked, period_to: str) -> Json:
        lines = [
            {
                "line_id": self._lines[code],
                "completed_this_period": completed,
                "stored_now": stored,
                "retainage_release": released,
            }
            for code, (completed, stored, released) in asked.items()
        ]
        return {"period_to": period_to, "lines": lines}

    async def _must_be_refused(self) -> None:
        """A rule broken, a loan that is not there, and another body under a key that was used."""
        too_much = self._asked(TOO_MUCH, "2025-05-01")
        await self._refused("draw too much", f"{self._path}/draws", too_much, BUILDER)
        nobody = UUID(int=self._choose.getrandbits(128), version=4)
        await self._refused("close nothing", f"/loans/{nobody}/submit", {}, ADMIN)
        fee = {"kind": "INSPECTION", "amount": "150.00", "assessed_on": "2025-04-20"}
        first = self._wish("fee")
        await self._ask(first, f"{self._path}/fees", fee, SERVICING)
        other = wish("fee otherwise", self._choose, key=first.key, expected="fail")
        await self._refused("", f"{self._path}/fees", fee | {"amount": "151.00"}, SERVICING, other)

    async def _close_business(self) -> None:
        """Months at once, hundreds of events; a loan that was left alone is asked for again."""
        body = {"business_date": CLOSED_ON, "loan_id": self._path.removeprefix("/loans/")}
        for _ in range(RETRIES_MAX):
            asked = wish("close business", self._choose, is_step=False)
            closed = await self._ask(asked, "/close-of-business", body, SERVICING)
            if not closed["failed"]:
                return
        raise _Surprise("a loan's day is never closed")

    async def _do(self, what: str, path: str, body: Json, who: str) -> Json:
        """A step that the rules allow."""
        asked = self._wish(what)
        data = await self._ask(asked, path, body, who)
        if self._choose.random() < REPEATED_SHARE:
            await self._repeat(asked, path, body, who)
        return data

    async def _repeat(self, asked: Wish, path: str, body: Json, who: str) -> None:
        """The same once more, many times at once."""
        again = (
            self._writer.front.ask(asked, who, path, body, first=1000 * number)
            for number in range(1, REPEATS + 1)
        )
        await asyncio.gather(*again)

    async def _refused(
        self, what: str, path: str, body: Json, who: str, asked: Wish | None = None
    ) -> None:
        asked = asked or self._wish(what, expected="fail")
        try:
            await self._ask(asked, path, body, who)
        except Refused:
            return
        raise _Surprise(asked.what)

    def _wish(self, what: str, *, expected: str = "ok") -> Wish:
        return wish(what, self._choose, expected=expected)

    async def _ask(self, asked: Wish, path: str, body: Json, who: str) -> Json:
        if self._is_over():
            raise _Over
        await asyncio.sleep(self._choose.random() * self._writer.think_seconds)
        return await self._writer.front.ask(asked, who, path, body)


async def write(writers: list[Writer], seconds: float) -> None:
    """Let them all work for a while."""
    until = monotonic() + seconds
    await asyncio.gather(*(writer.work(lambda: monotonic() > until) for writer in writers))
