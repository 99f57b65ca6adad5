"""Import libraries without the parts that a server never uses, for each worker would keep them in memory.

Nothing is taken away: whoever asks for such a part later gets it then.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


@contextmanager
def absent(name: str) -> Iterator[None]:
    """Let a module seem not to be installed to what is imported meanwhile, unless it is here already.

    For a module that a library imports when it finds it, and can do without.
    """
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the import system takes for "not there"
    try:
        yield
    finally:
        del sys.modules[name]


def import_without(package: str, *parts: str) -> None:
    """Import a package whose `__init__` takes names from modules that are imported when a name is asked for.

    Does nothing when the package is here already.
    """
    if package in sys.modules:
        return
    names = [f"{package}.{part}" for part in parts]
    placeholders = {name: _Placeholder(name) for name in names}
    sys.modules.update(placeholders)
    try:
        imported = import_module(package)
    finally:
        for name in names:
            del sys.modules[name]
    later = {name: value.module for name, value in vars(imported).items() if isinstance(value, _Later)}
    for name in later:
        delattr(imported, name)

    def ask(name: str) -> object:
        if name not in later:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(later[name]), name)
        return found

    vars(imported)["__getattr__"] = ask  # PEP 562


class _Later:
    """Stand for a name until it is asked for."""

    def __init__(self, module: str) -> None:
        self.module = module


class _Placeholder(ModuleType):
    """Stand for a module while its package is imported."""

    def __getattr__(self, name: str) -> _Later:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Later(self.__name__)
