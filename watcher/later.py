"""Modules that are imported when something of theirs is first asked for. What a check of an unchanged page has no use
for (parsers of pages, writers of feeds and mails) takes longer to import than the check itself."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class later:
    """The module of this name. Beside it stands an import for the type checker, so that it is known as what it is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, what: str) -> Any:
        # Any thread may come first: imports have locks of their own.
        return getattr(import_module(self._name), what)
