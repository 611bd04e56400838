"""What clients and the nemesis did, written down line by line as it happens, in Jepsen's manner.

Every attempt at an operation is an ``invoke`` and then an ``ok`` (2xx), a ``fail`` (a definite 4xx)
or an ``unknown`` (timed out, cut off, 5xx). A line is JSON; the checker reads nothing else of it.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Wish:
    """An operation before it is attempted.

    Attributes:
        id: a UUID, sent as ``X-Request-ID``, by which its events name it.
        key: its ``Idempotency-Key``.
        expected: the outcome that the rules foretell, ``ok`` or ``fail``.
        is_step: whether it is one command of one resource.
    """

    id: str
    key: str
    what: str
    expected: str
    is_step: bool


class History:
    """Writes the lines, and counts them by kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._file = path.open("a", buffering=1)

    def invoke(self, wish: Wish, attempt: int, api: int, path: str) -> None:
        """An attempt begins, at one of the APIs."""
        self._write(
            "invoke",
            op=wish.id,
            key=wish.key,
            what=wish.what,
            expected=wish.expected,
            step=wish.is_step,
            attempt=attempt,
            api=api,
            path=path,
        )

    def ok(self, wish: Wish, attempt: int, status: int, position: int | None, answer: str) -> None:
        """It was answered 2xx; ``answer`` is a digest of the body."""
        told = {"status": status, "position": position, "answer": answer}
        self._write("ok", op=wish.id, attempt=attempt, **told)

    def fail(self, wish: Wish, attempt: int, status: int, code: str) -> None:
        """It was refused, definitely."""
        self._write("fail", op=wish.id, attempt=attempt, status=status, code=code)

    def unknown(self, wish: Wish, attempt: int, why: str) -> None:
        """Nobody knows whether it was carried out."""
        self._write("unknown", op=wish.id, attempt=attempt, why=why)

    def fault(self, what: str, **told: Any) -> None:
        """The nemesis struck."""
        self._write("fault", what=what, **told)

    def loss(self, position: int, why: str) -> None:
        """The broker may have forgotten whatever is not after a position."""
        self._write("loss", position=position, why=why)

    def _write(self, kind: str, **told: Any) -> None:
        self.counts[kind] += 1
        self._file.write(json.dumps({"at": round(time.time(), 4), "kind": kind, **told}) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
