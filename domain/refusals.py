"""On what grounds whatever is asked may be refused, over all words.

Each word says it of its own commands, in ``REFUSALS`` beside its decisions. They are found there, so
that no list has to name a new word.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import MappingProxyType

import domain
from domain.kernel.errors import Refusals


def _declared() -> Iterator[Refusals]:
    for word in pkgutil.iter_modules(domain.__path__, "domain."):
        if word.ispkg:
            package = import_module(word.name)
            for module in pkgutil.iter_modules(package.__path__, f"{word.name}."):
                declared: Refusals = getattr(import_module(module.name), "REFUSALS", {})
                yield declared


REFUSALS: Refusals = MappingProxyType(
    {asked: grounds for declared in _declared() for asked, grounds in declared.items()}
)
"""By command. What follows from a decision and may refuse it (`domain.restate.consequences`) is among
them."""
