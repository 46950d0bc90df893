"""TOML files that remember where each key stands, and collect what is wrong with them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from watcher.errors import ConfigError, Fault
from watcher.keys import elsewhere, names

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
#: What tomllib says of quotes that are open at the end of the file, and which they are: the last of their kind.
_OPEN = {"Unterminated string": '"""', "Expected \"'''\"": "'''", 'Expected "\'"': "'"}
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")

M = TypeVar("M", bound=BaseModel)
Path_ = tuple[str, ...]


@dataclass
class Document:
    """Tables of one or more files as one, the place of each key, and the faults found so far."""

    tables: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_whole: bool = True  # every file could be read: what is not here is nowhere
    _texts: list[tuple[str, str]] = field(default_factory=list)

    def read(self, file: Path) -> None:
        """Take in one more file. What is wrong with it becomes a fault."""
        try:
            text = file.read_text(encoding="utf-8-sig")
            tables = tomllib.loads(f"{text}\n")  # a quote that is open at the very end has a line, as all others have
        except (OSError, UnicodeDecodeError) as error:
            self._unread(Fault(message=f"{file} cannot be read: {error}"))
        except tomllib.TOMLDecodeError as error:
            self._unread(_syntax(file.name, text, error))
        else:
            self.__dict__.pop("places", None)
            self._texts.append((file.name, text))
            self.merge(tables)

    @cached_property
    def places(self) -> dict[Path_, tuple[str, int]]:
        """Of each table and key its file and line. Nobody asks where nothing is wrong."""
        return {path: (name, number) for name, text in self._texts for path, number in _lines(text).items()}

    def merge(self, tables: Mapping[str, Any]) -> None:
        """Take in further tables. One that is there already is a fault."""
        for key, value in tables.items():
            known = self.tables.get(key)
            if isinstance(known, dict) and isinstance(value, dict):
                for twin in known.keys() & value.keys():
                    self.fault(f"[{key}.{twin}] stands in two files", (key, twin))
                known |= value
            elif key in self.tables:
                self.fault(f'"{key}" stands in two files', (key,))
            else:
                self.tables[key] = value

    def fault(self, message: str, path: Path_, hint: str = "") -> None:
        """Note what is wrong with the key at `path`."""
        within = (path[:n] for n in range(len(path), 0, -1))
        inside = (p for p in self.places if p[: len(path)] == path)  # a table that has no line of its own
        file, number = next((self.places[p] for p in (*within, *inside) if p in self.places), ("", 0))
        self.faults.append(Fault(message=message, hint=hint, file=file, line=number))

    def validate(
        self, model: type[M], table: dict[str, Any], path: Path_, also: type[BaseModel] | None = None
    ) -> M | None:
        """The table at `path` as `model`; None, with its faults noted, where it is none. `also` has further keys
        that may stand there, and are looked at elsewhere."""
        try:
            return model.model_validate(table)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                self._invalid(dict(each), path, names(model) + (names(also) if also else []))
            return None

    def rest(self, model: type[M], table: dict[str, Any], path: Path_) -> M:
        """The same for a model that needs no key; what is wrong is noted and left out, so that what it goes together
        with can be looked at."""
        try:
            return model.model_validate(table)
        except ValidationError as error:
            self.validate(model, table, path)
            wrong = {each["loc"][0] for each in error.errors(include_url=False)}
            return model.model_validate({key: value for key, value in table.items() if key not in wrong})

    def check(self) -> None:
        """Raise ConfigError if anything was wrong."""
        if self.faults:
            raise ConfigError(*sorted(self.faults, key=lambda f: (f.file, f.line)))

    def _unread(self, fault: Fault) -> None:
        self.is_whole = False
        self.faults.append(fault)

    def _invalid(self, error: dict[str, Any], path: Path_, known: Sequence[str]) -> None:
        # Positions in a list, and the branches of a union, are no keys of the file.
        keys = tuple(str(part) for part in error["loc"] if isinstance(part, str) and "[" not in part)
        where = f" in [{'.'.join(path)}]" if path else ""
        key = keys[0] if keys else ""
        match error["type"]:
            case "extra_forbidden" if not path and isinstance(error["input"], dict):
                hint = _near(key, TABLES) or "tables are [watch.NAME] and [alert.NAME]"
                self.fault(f"unknown table [{key}]", (key,), hint)
            case "extra_forbidden":
                place = elsewhere(key, path[0] if path else "") if len(keys) == 1 else ""
                hint = place or _near(keys[-1], known) or f"known keys: {', '.join(known)}"
                self.fault(f'unknown key "{keys[-1]}"{where}', (*path, *keys), hint)
            case "list_type" | "tuple_type":
                self.fault(f'"{key}"{where} is a list: write {key} = ["…"]', (*path, *keys), _not_a_table(path, key))
            case "missing":
                self.fault(f'"{key}" is missing{where}', path)
            case _:
                words = str(error["msg"]).removeprefix("Value error, ")
                what = f'"{key}"{where}' if key else f"[{'.'.join(path)}]"  # no key: two of them do not go together
                self.fault(f"{what}: {words[:1].lower()}{words[1:]}", (*path, *keys))


#: The groups of tables that there are.
TABLES = ("watch", "alert")


def _not_a_table(path: Path_, key: str) -> str:
    return "a target's table is [alert.NAME]" if key == "alerts" and not path else ""


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f'did you mean "{near[0]}"?' if near else ""


def _syntax(file: str, text: str, error: tomllib.TOMLDecodeError) -> Fault:
    found = re.search(r"line (\d+)", str(error))
    rows = text.splitlines()
    number = int(found[1]) if found else len(rows)
    row = rows[number - 1] if 0 < number <= len(rows) else ""
    words = re.sub(r" \(at .*\)$", "", str(error))
    if repr("\n") in words:
        words = "a quote is not closed on this line"
    elif quotes := next((each for sign, each in _OPEN.items() if sign in words), ""):
        words, number = f"{quotes} is opened here, and closed nowhere", text.count("\n", 0, text.rfind(quotes)) + 1
    hint = ""
    if re.search(r'"[^"]*\\', row):
        hint = "a backslash in a \"double-quoted\" string: write regular expressions in 'single quotes'"
    return Fault(message=f"not TOML: {words[:1].lower()}{words[1:]}", hint=hint, file=file, line=number)


def _lines(text: str) -> dict[Path_, int]:
    """The line (from 1) of each table and key, by its path: tomllib reads values, and forgets where they stood."""
    places: dict[Path_, int] = {}
    table: Path_ = ()
    for number, row in enumerate(text.splitlines(), start=1):
        if found := _TABLE.match(row):
            table = _parts(found[1])
            places.setdefault(table, number)
        elif found := _KEY.match(row):
            places.setdefault((*table, *_parts(found[1])), number)
    return places


def _parts(dotted: str) -> Path_:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
