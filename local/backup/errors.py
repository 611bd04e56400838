"""What keeps a backup or a restore from being made; every message says what to do about it.

EmbeddedError
└── BackupRefusedError      it was not begun
    └── RestoreFailedError  it was begun, and nothing was touched but what it had made itself
"""

from local.embedded import EmbeddedError


class BackupRefusedError(EmbeddedError):
    """A backup or a restore cannot be made as things are."""


class RestoreFailedError(BackupRefusedError):
    """A restore did not come to its end; what was there before is as it was."""
