"""``make golden``: write the golden files of new events and versions."""

import sys
from pathlib import Path

from tests.golden.files import FOLDER, misfits, write_missing


def main(folder: Path = FOLDER) -> int:
    """Write what is missing and say what; 1 where a file is there that its event no longer says."""
    for path in write_missing(folder):
        print(path.name)
    stale = misfits(folder)
    for path in stale:
        print(
            f"{path.name} is no longer what its event says. One that was never committed is deleted"
            " and written anew by `make golden`; another is for good: what changed is a new version,"
            " with an upcaster",
            file=sys.stderr,
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
