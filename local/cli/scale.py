"""``--scale``: how many processes of each kind ``drawbridge up`` runs.

The API's processes share one port, and the kernel deals connections out among them: no proxy stands
in between. Each of them is a command API and a query API. Of several relays one is active and the
others stand by; projectors divide the partitions among themselves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

import typer

PROCESSES_MAX = 16


@dataclass(frozen=True, slots=True)
class Scale:
    """How many processes of each kind."""

    api: int = 1
    relay: int = 1
    projectors: int = 1

    @classmethod
    def parse(cls, text: str | Self) -> Self:
        """Read ``api=2,projectors=4,relay=2``; what is not named runs once. A default is as it is.

        Raises:
            typer.BadParameter: it names something else, or a number that is not sensible.
        """
        if not isinstance(text, str):
            return text
        known = [field.name for field in fields(cls)]
        wanted: dict[str, int] = {}
        for part in filter(None, text.split(",")):
            name, _, number = part.strip().partition("=")
            if name not in known or name in wanted:
                raise typer.BadParameter(f"name each of {', '.join(known)} once at most")
            if not number.isdecimal() or not 1 <= int(number) <= PROCESSES_MAX:
                raise typer.BadParameter(f"{name} takes a number from 1 to {PROCESSES_MAX}")
            wanted[name] = int(number)
        return cls(**wanted)

    def processes(self, port: int) -> Iterator[tuple[str, list[str]]]:
        """Every process by the name of its log, with the words of its command."""
        serve = ["serve", "all", "--port", str(port)]
        if self.api > 1:
            serve.append("--share-port")
        yield from _numbered("api", serve, self.api)
        yield from _numbered("relay", ["relay"], self.relay)
        yield from _numbered("projectors", ["project"], self.projectors)


def _numbered(name: str, words: list[str], count: int) -> Iterator[tuple[str, list[str]]]:
    for number in range(1, count + 1):
        yield (name if count == 1 else f"{name}-{number}"), words
