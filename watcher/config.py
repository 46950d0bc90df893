"""watcher.toml -> watches and alert targets. Every fault is collected, with its line, and all are shown at once."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, create_model

from watcher import owned, plugins, schedule, sources, units
from watcher.document import Document
from watcher.errors import ConfigError, Fault
from watcher.fields import UNREAD
from watcher.keys import NOTIFIERS, Common, Settings, Target
from watcher.model import NOTHING, Alert, Filters, OnEdit, Watch
from watcher.sources import Source

#: Feeds that Watcher writes itself; no watch may take their names.
RESERVED = frozenset({"all", "feed", "feeds", "health", "index", "tag"})

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_FILTERS, _ALL = [each.name for each in fields(Filters)], Filters()
_COMMON = frozenset(Common.model_fields)
#: Keys that a watch has as they are written, and those that it takes from above the first table where it has none.
_OWN = ("first_run", "flood", "entries", "private", "user_agent", "browser")
_GENERAL = ("active", "jitter", "alerts", "robots")
_SECRET_KEYS = ("env", "file", "credential")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration that can be used."""

    path: Path
    settings: Settings
    watches: Mapping[str, Watch]
    alerts: Mapping[str, Alert]
    shared: frozenset[str] = frozenset()  # the addresses of more than one watch

    @property
    def idle(self) -> list[str]:
        """The alert targets that no watch names, where there are watches: nobody is told by them."""
        named = {name for watch in self.watches.values() for name in watch.alerts}
        return [name for name in self.alerts if name not in named] if self.watches else []


def load(path: Path, home: Path, also: Mapping[str, Any] | None = None) -> Config:
    """Read `path`, and the `watches.d/*.toml` beside it. `also` is taken as if one more file held it; then `path` need
    not be there. Raises ConfigError with every fault there is."""
    there = files(path)
    if not there and also is None:
        hint = "watcher init makes one, watcher add URL as well; for one that is elsewhere, cd there or say --home DIR"
        raise ConfigError(Fault(message=f"there is no {path}", hint=hint))
    document = Document()
    for file in there:
        document.read(file)
    document.merge(also or {})
    top = {key: value for key, value in document.tables.items() if key not in ("watch", "alert")}
    settings = document.rest(Settings, top, ())
    _check_targets(document, settings.alerts, ())
    _check_rhythm(document, settings, ())
    alerts = _tables(document, "alert", partial(_alert, document))
    watches = schedule.phased(_tables(document, "watch", partial(_watch, document, settings, home)))
    _check_folders(document, watches, home)
    _check_owners(document, watches, alerts, there)
    document.check()
    addresses = Counter(watch.url for watch in watches.values())
    shared = frozenset(url for url, count in addresses.items() if count > 1)
    return Config(path=path, settings=settings, watches=watches, alerts=alerts, shared=shared)


def references(path: Path) -> list[tuple[str, str]]:
    """The secrets that the configuration refers to: where each is ("env", "file", "credential"), and its name there."""
    document = Document()
    for file in files(path):
        document.read(file)
    return sorted(set(_references(document.tables)))


def files(path: Path) -> list[Path]:
    """The files that make up the configuration at `path`."""
    return [path, *sorted((path.parent / "watches.d").glob("*.toml"))] if path.is_file() else []


def stamps(path: Path) -> list[tuple[str, int, int, int]]:
    """What differs as soon as one of these files does."""
    found = ((file, file.stat()) for file in files(path))
    return [(str(file), stat.st_ino, stat.st_size, stat.st_mtime_ns) for file, stat in found]


def title_of(name: str) -> str:
    """The title of a watch that has no `label`."""
    return name.replace("-", " ").capitalize()


def schema() -> dict[str, Any]:
    """JSON Schema of watcher.toml, for editors."""
    top = Settings.model_json_schema()
    kinds: dict[str, Any] = {}
    for kind in sources.kinds():
        one = kinds[kind] = _model(kind).model_json_schema(ref_template=f"#/$defs/{kind}.{{model}}")
        one["properties"]["kind"] = {"const": kind}
        # References count from the root, wherever they stand.
        shared = {f"{kind}.{name}": part for name, part in one.pop("$defs", {}).items()}
        top["$defs"] = top.get("$defs", {}) | shared
    top["properties"] |= {
        "watch": {"type": "object", "additionalProperties": {"anyOf": list(kinds.values())}},
        "alert": {"type": "object", "additionalProperties": {"type": "object", "required": ["kind"]}},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "title": "watcher.toml"}


def _tables(document: Document, what: str, make: Callable[[str, Any], Any]) -> dict[str, Any]:
    """What the tables [what.NAME] describe; a faulty one is left out, its faults noted."""
    made = {}
    if not isinstance(document.tables.get(what, {}), dict):
        document.fault(f'"{what}" is no group of tables; write [{what}.NAME]', (what,))
    tables = {name: table for name, table in _group(document, what).items() if isinstance(table, dict)}
    for name in [name for name in _group(document, what) if name not in tables][:1]:  # the others stand beside it
        document.fault(f'"{name}" is no table; write [{what}.NAME] instead of [{what}]', (what, name))
    for name, table in tables.items():
        if not _NAME.fullmatch(name) or (what == "watch" and name in RESERVED):
            why = "is a name of Watcher's own" if name in RESERVED else "is no name: small letters, digits and - only"
            document.fault(f'"{name}" {why}', (what, name))
        if (one := make(name, table)) is not None:
            made[name] = one
    return made


def _group(document: Document, what: str) -> dict[str, Any]:
    group = document.tables.get(what)
    return group if isinstance(group, dict) else {}


def _model(kind: str) -> type[BaseModel]:
    """The keys of a watch of this kind: those of every watch, and the kind's own."""
    return create_model(f"watch of kind {kind}", __base__=(sources.load(kind).Options, Common))


def _watch(document: Document, settings: Settings, home: Path, name: str, table: dict[str, Any]) -> Watch | None:
    path = ("watch", name)
    common = _common(document, table, path)
    kind = table.get("kind", "list")
    source = _source(document, kind, path)
    options = _options(document, source, table, path) if source else None
    if source is None or options is None:
        return None
    return Watch(
        name=name,
        url=options.url,
        kind=kind,
        options=options,
        title=common.label or title_of(name),
        zone=ZoneInfo(common.zone or settings.zone),
        every=common.every or settings.every,
        cron=settings.cron if common.cron is None and not common.every else common.cron or "",
        on_edit=common.on_edit or _on_edit(source, options),
        folder=home / (common.records or f"state/records/{name}"),
        headers=_headers(document, common, path),
        wait_for=common.wait_for or "",
        filters=_filters(common),
        **{key: getattr(common, key) for key in _OWN},
        **{key: getattr(settings if getattr(common, key) is None else common, key) for key in _GENERAL},
    )


def _common(document: Document, table: Mapping[str, Any], path: tuple[str, ...]) -> Common:
    common = document.rest(Common, {key: value for key, value in table.items() if key in _COMMON}, path)
    if common.wait_for and not common.browser:
        document.fault("wait_for is of use in a browser only", (*path, "wait_for"), "add browser = true")
    _check_targets(document, common.alerts or (), path)
    _check_rhythm(document, common, path)
    return common


def _source(document: Document, kind: Any, path: tuple[str, ...]) -> Source | None:
    try:
        return sources.load(kind)
    except (KeyError, TypeError):
        if isinstance(kind, str):
            document.fault(f'there is no kind "{kind}"', (*path, "kind"), f"kinds: {', '.join(sources.kinds())}")
        return None


def _options(document: Document, source: Source, table: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    own = {key: _told(document, (*path, key), value) for key, value in table.items() if key not in _COMMON}
    return document.validate(source.Options, own, path, also=Common)


def _on_edit(source: Source, options: Any) -> OnEdit:
    chosen: OnEdit = source.on_edit(options) if hasattr(source, "on_edit") else getattr(source, "ON_EDIT", "update")
    return chosen


def _headers(document: Document, common: Common, path: tuple[str, ...]) -> Mapping[str, str]:
    return {key: _told(document, (*path, "headers", key), value) for key, value in common.headers.items()} or NOTHING


def _filters(common: Common) -> Filters:
    if common.model_fields_set.isdisjoint(_FILTERS):
        return _ALL  # one for all: there are thousands of watches
    return Filters(**{name: getattr(common, name) for name in _FILTERS})


def _told(document: Document, path: tuple[str, ...], value: Any) -> Any:
    """A value, or the secret that it refers to; a fault where that is not there."""
    try:
        return secret(value)
    except ConfigError as error:
        for fault in error.faults:
            document.fault(fault.message, path, fault.hint)
        return ""


def _check_folders(document: Document, watches: Mapping[str, Watch], home: Path) -> None:
    """A watch takes all records in its folder, and below, for its own: what another finds there is known to it."""
    realpath = cache(os.path.realpath)
    taken: dict[str, str] = {}
    shared = Path(realpath(home / "state/records"))
    holds_all = {str(shared), *map(str, shared.parents)}

    @cache
    def around(folder: str) -> str | None:
        """The watch in whose folder this one is, or that has it."""
        parent = os.path.dirname(folder)  # noqa: PTH120 (there are thousands)
        return taken.get(folder) or (around(parent) if parent != folder else None)

    def fault(name: str, words: str, hint: str) -> None:
        document.fault(f"records: {words}", ("watch", name, "records"), hint)

    for name, watch in watches.items():
        folder = _real(str(watch.folder), realpath)
        if folder in holds_all:
            fault(name, "the records of all watches lie in this folder", f"write state/records/{name}, or leave it out")
        elif (other := taken.setdefault(folder, name)) != name:
            fault(name, f"{other} has this folder already", "give each its own")
    for folder, name in taken.items():
        if outer := around(os.path.dirname(folder)):  # noqa: PTH120
            fault(name, f"this folder lies in that of {outer}, which would take them for its own", "give each its own")


def _real(folder: str, realpath: Callable[[str], str]) -> str:
    """The folder itself, whatever leads to it. Most lie in one and the same, which is looked up once."""
    parent, name = os.path.split(folder)
    if name in ("", "..") or os.path.islink(folder):  # noqa: PTH114 (a Path would take longer than the question)
        return realpath(folder)
    return f"{realpath(parent)}/{name}"


def _check_owners(
    document: Document, watches: Mapping[str, Watch], alerts: Mapping[str, Alert], there: Sequence[Path]
) -> None:
    """What runs programs is off where others could have written what is run."""
    kinds = [(("watch", name), watch.kind, sources.load(watch.kind)) for name, watch in watches.items()]
    kinds += [(("alert", name), alert.kind, plugins.load(NOTIFIERS, alert.kind)) for name, alert in alerts.items()]
    for path, kind, module in kinds:
        if getattr(module, "RISKY", False):
            doubts = [found for file in there if (found := owned.doubt(file))]
            for why, hint in doubts[:1]:
                document.fault(f'kind "{kind}" is off: {why}', (*path, "kind"), hint)


def _check_rhythm(document: Document, keys: Settings | Common, path: tuple[str, ...]) -> None:
    if keys.cron and "every" in keys.model_fields_set:
        document.fault("every and cron do not go together", (*path, "cron"), "remove one of them")


def _check_targets(document: Document, names: Sequence[str], path: tuple[str, ...]) -> None:
    # A table that is there and faulty has its own faults, and a file that cannot be read may hold any.
    there = _group(document, "alert")
    for name in names:
        if name not in there and document.is_whole:
            document.fault(f"there is no [alert.{name}]", (*path, "alerts"), f"targets: {', '.join(there) or 'none'}")


def _alert(document: Document, name: str, table: dict[str, Any]) -> Alert | None:
    path = ("alert", name)
    common = {key: value for key, value in table.items() if key in Target.model_fields}
    own = {key: value for key, value in table.items() if key != "kind" and key not in common}
    target = document.rest(Target, common, path)
    kind = table.get("kind", "")
    try:
        notifier = plugins.load(NOTIFIERS, kind)
    except (KeyError, TypeError):
        words = f'there is no alert kind "{kind}"' if kind else f'"kind" is missing in [alert.{name}]'
        document.fault(words, (*path, "kind"), f"kinds: {', '.join(plugins.kinds(NOTIFIERS))}")
        return None
    options = document.validate(notifier.Options, {key: _shape(value) for key, value in own.items()}, path, also=Target)
    if options is None:
        return None
    return Alert(
        name=name,
        kind=kind,
        recipients=tuple(f"{name} {address}".strip() for address in notifier.recipients(options)),
        domain=getattr(notifier, "domain", lambda options: "")(options),
        send=notifier.send,
        **target.model_dump(),
        resolve=lambda: _resolved(notifier.Options, path, own),
    )


def _resolved(model: type[BaseModel], path: tuple[str, ...], table: Mapping[str, Any]) -> BaseModel | None:
    """The options with their secrets. Raises ConfigError where one is not there, or is none that can be used."""
    document = Document()
    options = document.validate(model, {key: secret(value) for key, value in table.items()}, path)
    document.check()
    return options


def _shape(value: Any) -> Any:
    return UNREAD if _is_secret(value) else value


def _references(value: Any) -> Iterator[tuple[str, str]]:
    if _is_secret(value):
        yield from value.items()
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _references(each)


def _is_secret(value: Any) -> bool:
    if not isinstance(value, dict) or len(value) != 1:
        return False
    ((where, name),) = value.items()
    return where in _SECRET_KEYS and isinstance(name, str)


def secret(value: Any) -> Any:
    """A value, or what a reference to a secret stands for: { env = "NAME" }, { file = "PATH" } or
    { credential = "NAME" } (systemd). Raises ConfigError for one that is not there."""
    if not _is_secret(value):
        return value
    ((where, name),) = value.items()
    if where == "env":
        if name in os.environ:
            return os.environ[name]
        raise ConfigError(Fault(message=f"the environment variable {name} is not set"))
    # Whoever looks after a service, as root, has its credentials where the service gets them from.
    given = os.environ.get("CREDENTIALS_DIRECTORY") or units.CREDENTIALS
    folder = Path(given) if where == "credential" else Path()
    try:
        return (folder / name).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise ConfigError(Fault(message=f"the {where} {name} cannot be read: {why}")) from None
