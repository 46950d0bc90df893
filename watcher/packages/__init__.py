"""Packages as indexes tell of them in JSON: a module for each shape of answer. The shape is all that counts, whoever
answers: no host is named here."""

from __future__ import annotations

from typing import Any

from watcher.packages import composer, container, crates, gems, hex, npm, nuget, python
from watcher.packages.package import Package, Version

__all__ = ["Package", "Version", "read"]

_SHAPES = (python, npm, crates, container, gems, composer, hex, nuget)


def read(value: Any, url: str) -> Package | None:
    """The package that the answer of `url` is about; None for what has none of the shapes."""
    return next((package for shape in _SHAPES if (package := shape.read(value, url))), None)
