"""The routers of an API, found in its modules, so that no list has to name a new one."""

import pkgutil
from importlib import import_module
from types import ModuleType

from runtime.http.router import Router


def routers(package: ModuleType) -> list[Router]:
    """What the modules of a package declare, by the modules' names."""
    names = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    return [
        each for module in modules for each in vars(module).values() if isinstance(each, Router)
    ]
