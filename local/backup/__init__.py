"""Backups of the embedded database, restores to any moment of its log, and the drill for both.

For development, tests and small installations on one machine. A managed database has backups of its
own; what Drawbridge asks for after its restore is an epoch (`runtime.eventstore.epoch`).
"""

from local.backup.checking import CheckedStore, check
from local.backup.errors import BackupRefusedError, RestoreFailedError
from local.backup.places import Backups, Base
from local.backup.plans import RestorePlan, Wanted, plan
from local.backup.restoring import Restored, restore
from local.backup.taking import Server, prune, server_at, take

__all__ = [
    "BackupRefusedError",
    "Backups",
    "Base",
    "CheckedStore",
    "RestoreFailedError",
    "RestorePlan",
    "Restored",
    "Server",
    "Wanted",
    "check",
    "plan",
    "prune",
    "restore",
    "server_at",
    "take",
]
