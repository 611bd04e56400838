"""Commands of rooms that an installation may lack: found by name when they are asked for.

No production image carries embedded servers, demonstration data, the drill or the benchmarks. So
nothing here imports those rooms: a command that is not there is named, with what would bring it.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from deploy.errors import RefusedError

EXTRAS = {
    "up": "local.cli.up",
    "backup": "local.cli.backup",
    "restore": "local.cli.restore",
    "drill": "local.cli.drill",
    "seed": "local.cli.seed",
    "bench": "bench.command",
}
"""Where the ``app`` of each is."""


def is_installed(name: str) -> bool:
    """Whether the room of the extra command is."""
    room = EXTRAS[name].partition(".")[0]
    return find_spec(room) is not None


class Commands(TyperGroup):
    """The commands of the command line, with those extras that are installed."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # typer's own
        """In the order of the help."""
        return [*super().list_commands(ctx), *filter(is_installed, EXTRAS)]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # typer's own
        """A command by its name.

        Raises:
            RefusedError: it is of a room that is not installed.
        """
        if cmd_name not in EXTRAS:
            return super().get_command(ctx, cmd_name)
        if not is_installed(cmd_name):
            raise RefusedError(
                f"`{cmd_name}` is not part of this installation: it is for a machine of one's own, "
                "and comes with a checkout (`make install`) or with the package drawbridge-local."
            )
        command = get_command(import_module(EXTRAS[cmd_name]).app)
        command.name = cmd_name
        return command
