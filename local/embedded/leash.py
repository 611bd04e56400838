"""Runs a program that must not outlive the process that started it, however that one ends.

Called as a script: ``leash.py PARENT_PID SIGNAL USER|- PROGRAM ARGUMENT…``. It gives up root for
``USER``, asks the kernel for ``SIGNAL`` at the parent's death, and becomes the program, so the
parent sees one process with one id. Why not `subprocess`'s ``preexec_fn``: it is unsafe in a
process with threads. Where the kernel has no such request (only Linux has), the program simply
runs, and an orphan of a killed parent is found and ended at the next start.

Only the standard library, and little of it: this runs before every server. All of it is imported
at the top, for ``USER`` may not be able to read the library.
"""

import ctypes
import os
import pwd
import sys

_PR_SET_PDEATHSIG = 1


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def _die_with_parent(libc: ctypes.CDLL, parent: int, signal_number: int) -> None:
    if sys.platform != "linux":
        return
    libc.prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it died before the request reached the kernel
        sys.exit(1)


def main() -> None:
    """Put on the leash, then become the program."""
    parent, signal_number, user, *program = sys.argv[1:]
    libc = ctypes.CDLL(None)
    if user != "-":
        _become(user)
    # After the change of user: the kernel forgets the request when credentials change.
    _die_with_parent(libc, int(parent), int(signal_number))
    try:
        os.execv(program[0], program)  # noqa: S606  # no shell is the point
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
