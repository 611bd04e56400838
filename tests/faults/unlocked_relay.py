"""A relay that takes itself for the leader whatever the lock says; run as a program.

With ``early`` it also moves the checkpoint before anything is acknowledged: the bug that the check
of the topic must find.
"""

import sys

from relay import checkpoint
from relay.outbox import Outbox


async def always(_connection: object, _topic: str) -> bool:
    """The lock is ours."""
    return True


def main() -> None:
    """Break the lock, and more if told to, and run the relay of the command line."""
    from deploy.cli import main as command_line

    checkpoint.try_lock = always
    if "early" in sys.argv:
        Outbox.acknowledged = property(lambda outbox: outbox._read)  # type: ignore[assignment,method-assign]  # a bug on purpose
    sys.argv = ["drawbridge", "relay"]
    command_line()


if __name__ == "__main__":
    main()
