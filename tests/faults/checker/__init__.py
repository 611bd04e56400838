"""Says whether anything was lost, doubled or made up, from what a run left behind.

It reads the store, the topic, the read tables and the clients' history with `psycopg`, `aiokafka`
and `json` alone, and knows no code of the service: whatever mistake the service makes, it does not
make it too. Every check has planted bugs (`planted`) that turn it red.
"""

from tests.faults.checker.artefacts import Artefacts
from tests.faults.checker.checks import CHECKS, check
from tests.faults.checker.collect import collect
from tests.faults.checker.planted import PLANTED, Planted

__all__ = ["CHECKS", "PLANTED", "Artefacts", "Planted", "check", "collect"]
