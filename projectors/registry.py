"""Every read model there is, found in the folders of `projectors.read_models`.

A new one is a folder with its tables and its projector, and a query: no list names it. One that is no
more is named by `RETIRED`.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from projectors import read_models
from projectors.engine.projection import Projection
from projectors.schema import model_of


def _found() -> Iterator[Projection]:
    for folder in sorted(each.name for each in pkgutil.iter_modules(read_models.__path__)):
        module = import_module(f"{read_models.__name__}.{folder}.projector")
        found = [each for each in vars(module).values() if isinstance(each, Projection)]
        if [each.name for each in found] != [folder]:
            raise TypeError(f"{module.__name__} must declare one projection, named {folder}")
        declared = set(found[0].parts[0].table.metadata.tables.values())
        if set(found[0].tables) != declared or any(model_of(each) != folder for each in declared):
            raise TypeError(f"{folder} must fill every table of its read model, and no other")
        yield found[0]


READ_MODELS: tuple[Projection, ...] = tuple(_found())
"""By name."""
RETIRED: frozenset[str] = frozenset()
"""The names of read models that were once, and shall leave nothing behind: `apply` drops them.

Whoever deletes the folder of a read model writes its name here, and nobody takes the name again. One
that stands neither here nor above is another release's, and stays.
"""


def projections(names: list[str] | None = None) -> tuple[Projection, ...]:
    """All read models, or those named.

    Raises:
        KeyError: there is none of that name.
    """
    if names is None:
        return READ_MODELS
    by_name = {projection.name: projection for projection in READ_MODELS}
    return tuple(by_name[name] for name in names)
