"""Paths into JSON, as users write them: JSONPath (RFC 9535), names with dots between them, texts with such in braces.

A query has filters and no scripts. What one may cost is limited: one `..`, so many results, and a second for all its
regular expressions.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

import regex
from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathQuery
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction
from pydantic import AfterValidator

from watcher import data
from watcher.errors import NotUnderstood
from watcher.patterns import Patterns

_MOST = 10_000  # results of one query
_STEP = re.compile(r"[^.\[\]]+|\[(?:'[^']*'|\"[^\"]*\"|[^\]'\"])*\]|\.\.")
_PLAIN = re.compile(r"\['([A-Za-z_]\w*)'\]", re.ASCII)
_BRACES = re.compile(r"\{([^{}]*)\}")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


class Paths:
    """The queries of one look."""

    def __init__(self) -> None:
        self._environment = _environment(Patterns())

    def find(self, path: str, value: Any) -> list[Any]:
        """What stands at a path. Raises NotUnderstood where that takes too long, or lies too deep."""
        return self._all(self._environment.compile(spelt(path)), value)

    def fill(self, text: str, value: Any, *, quoted: bool = False) -> str:
        """A text with what stands at its paths in their place: "" where nothing stands at any of them. `quoted`: it is
        an address, which needs all of them; but for what it begins with, they are parts of it."""
        found = [next(filter(None, map(data.text, self.find(path, value))), "") for path in _in(text)]
        if not (all if quoted else any)(found):
            return ""
        parts = iter(found)
        return _BRACES.sub(
            lambda braces: quote(next(parts), safe="/") if quoted and braces.start() else next(parts), text
        )

    def reached(self, path: str, value: Any) -> tuple[str, Any]:
        """How far a path leads that leads to nothing: the last of its steps that finds something, and what that is."""
        query = self._environment.compile(spelt(path))
        for length in range(len(query.segments) - 1, 0, -1):
            shorter = JSONPathQuery(env=self._environment, segments=query.segments[:length])
            if found := self._all(shorter, value):
                return _PLAIN.sub(r".\1", str(shorter)), found[0]
        return "$", value

    def _all(self, query: JSONPathQuery, value: Any) -> list[Any]:
        try:
            return [node.value for node in islice(query.finditer(value), _MOST)]
        except (JSONPathError, RecursionError) as error:
            raise NotUnderstood(
                f"{query} cannot be looked for: {error or 'too deep'}", hint="name a shorter way to it"
            ) from None


def spelt(path: str) -> str:
    """The path as RFC 9535 has it: of `properties.title`, `$['properties']['title']`."""
    return path if path.startswith("$") else "$" + "".join(map(_step, _STEP.findall(path)))


def is_text(field: str) -> bool:
    """Whether a field is a text with paths in braces, rather than a path."""
    return "{" in field and not field.startswith("$")


def _step(step: str) -> str:
    if step == "*":
        return "[*]"
    if step.startswith(("[", "..")):
        return step
    name = step.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{name}']"


def _in(text: str) -> list[str]:
    return _BRACES.findall(text)


class _Matching(FilterFunction):
    """The functions `match` and `search` (RFC 9535 §2.4.6 and §2.4.7) within the time that patterns have."""

    arg_types: ClassVar = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, patterns: Patterns, *, whole: bool) -> None:
        self._patterns, self._form = patterns, r"\A(?:{})\Z" if whole else "{}"

    def __call__(self, text: object, pattern: object) -> bool:
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        try:
            return self._patterns.found(self._form.format(pattern), text)
        except regex.error:
            return False


def _environment(patterns: Patterns) -> JSONPathEnvironment:
    environment = JSONPathEnvironment()
    environment.function_extensions["match"] = _Matching(patterns, whole=True)
    environment.function_extensions["search"] = _Matching(patterns, whole=False)
    return environment


def _path(path: str) -> str:
    if not path.startswith("$") and _STEP.sub("", path).strip("."):
        raise ValueError(f'"{path}" is no JSONPath; write one like $.data[*].title, or a name')
    try:
        _environment(Patterns()).compile(spelt(path))
    except (JSONPathError, ValueError, LookupError, RecursionError) as error:
        raise ValueError(f'"{path}" is no JSONPath: {str(error).splitlines()[0]}') from None
    if _QUOTED.sub("", path).count("..") > 1:
        raise ValueError(f'"{path}" has ".." more than once, which takes too long: name the way to it')
    return path


def _field(field: str) -> str:
    for path in _in(field) if is_text(field) else [field]:
        _path(path)
    if is_text(field) and not all(_in(field) or [""]):
        raise ValueError(f'"{field}" has braces without a path: write {{name}}')
    return field


#: A path, and a path or a text with paths in braces; "" is neither.
Path = Annotated[str, AfterValidator(_path)]
Field = Annotated[str, AfterValidator(_field)]
