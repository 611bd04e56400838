"""Making read models anew from the store, comparing them with it, and going back."""

from projectors.engine.rebuild.comparing import Verdict, Weighed
from projectors.engine.rebuild.errors import (
    Busy,
    Changed,
    NoPrevious,
    Poison,
    RebuildRefused,
    WorkersLost,
)
from projectors.engine.rebuild.previous import discard, kept_bytes, rollback
from projectors.engine.rebuild.rebuilding import Options, Rebuilt, rebuild
from projectors.engine.rebuild.verifying import verify

__all__ = [
    "Busy",
    "Changed",
    "NoPrevious",
    "Options",
    "Poison",
    "RebuildRefused",
    "Rebuilt",
    "Verdict",
    "Weighed",
    "WorkersLost",
    "discard",
    "kept_bytes",
    "rebuild",
    "rollback",
    "verify",
]
