"""What can go wrong with embedded servers; every message says what to do about it.

EmbeddedError
├── EmbeddedRefusedError    this environment must use real servers
├── DataFolderInUseError    another process works in the folder
└── ServerFailedError       a server did not start, with the end of its log
"""

from deploy.errors import RefusedError


class EmbeddedError(RefusedError):
    """The embedded servers cannot do what was asked; the message is for the person who asked."""


class EmbeddedRefusedError(EmbeddedError):
    """Embedded servers were asked for where real ones belong."""


class DataFolderInUseError(EmbeddedError):
    """Another living process holds the data folder."""


class ServerFailedError(EmbeddedError):
    """A server ended or stayed silent where it should have come up."""
