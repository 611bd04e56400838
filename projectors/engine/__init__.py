"""The engine that keeps read models up with the log: follow, heal, rebuild, verify."""

from projectors.engine import parked as parked
from projectors.engine.applying import Changes, apply
from projectors.engine.checkpoints import ForeignCheckpoint
from projectors.engine.process import run
from projectors.engine.rebuild import Busy, Verdict, rebuild, verify

__all__ = ["Busy", "Changes", "ForeignCheckpoint", "Verdict", "apply", "rebuild", "run", "verify"]
