"""The checks by name, in the order of what must hold."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from tests.faults.checker.acknowledged import doubled, lost
from tests.faults.checker.artefacts import Artefacts
from tests.faults.checker.books import unbalanced
from tests.faults.checker.log import holes, missed
from tests.faults.checker.reckoned import misprojected
from tests.faults.checker.topic import disordered, forged, unrelayed

FAULTS_TOLD_MAX = 50

Check = Callable[[Artefacts], Iterator[str]]

CHECKS: Mapping[str, Check] = {
    "N1 lost": lost,
    "N2 doubled": doubled,
    "N3 misprojected": misprojected,
    "N4 unrelayed": unrelayed,
    "N4 disordered": disordered,
    "N4 forged": forged,
    "N5 holes": holes,
    "N5 missed": missed,
    "N6 unbalanced": unbalanced,
}


def check(found: Artefacts) -> dict[str, list[str]]:
    """What each check that is red says; empty when all are green."""
    said = {name: list(islice(one(found), FAULTS_TOLD_MAX)) for name, one in CHECKS.items()}
    return {name: faults for name, faults in said.items() if faults}
