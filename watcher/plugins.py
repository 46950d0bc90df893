"""The modules of a plug-in point: the file's name is the kind, and others' packages join by entry point."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any


@cache
def kinds(point: str) -> list[str]:
    """Every kind of "watcher.sources" or "watcher.notify", by name."""
    own = [module.name for module in pkgutil.iter_modules(import_module(point).__path__)]
    return sorted({*own, *(entry.name for entry in entry_points(group=point))})


@cache
def load(point: str, kind: str) -> Any:
    """The module of a kind. Raises KeyError for one that is not there."""
    # Entry points are read from the files of every installed package, each time: 10 ms for each watch.
    for entry in entry_points(group=point, name=kind):
        return entry.load()
    if kind not in kinds(point):
        raise KeyError(kind)
    return import_module(f"{point}.{kind}")
