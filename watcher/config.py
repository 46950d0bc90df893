"""watcher.toml -> watches and alert targets. Every fault is collected, with its line, and all are shown at once."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, create_model

from watcher import owned, plugins, schedule, sources, units
from watcher.document import Document
from watcher.errors import ConfigError, Fault
from watcher.fields import (
    UNREAD,
    Active,
    Address,
    Contact,
    Cron,
    Digest,
    Hours,
    Jitter,
    Listener,
    Pattern,
    Rule,
    Selector,
    Several,
    Span,
    Versions,
    Zone,
)
from watcher.model import NOTHING, Alert, Filters, OnEdit, Robots, Watch

#: Feeds that Watcher writes itself; no watch may take their names.
RESERVED = frozenset({"all", "feed", "feeds", "health", "index", "tag"})

NOTIFIERS = "watcher.notify"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_FILTERS, _ALL = [each.name for each in fields(Filters)], Filters()
_SECRET_KEYS = ("env", "file", "credential")


_ROBOTS = (
    "what robots.txt is to us: obey it, warn where an address is asked all the same, or ignore it; when left out, warn"
    " for the address of a watch itself, and obey for those that a page leads to"
)


class Settings(BaseModel, extra="forbid"):
    """The keys above the first table."""

    every: Span = Field(timedelta(minutes=30), description="how often a watch is looked at: 30m, 2h, 1d")
    cron: Cron = Field("", description='instead of `every`: minute, hour, day, month, weekday: "30 8 * * mon-fri"')
    active: Active = Field(
        "",
        description='hours in which watches are looked at: "07:00-19:00", "mon-fri 07:00-19:00";'
        " a turn outside of them is put off",
    )
    jitter: Jitter = Field(timedelta(0), description="each look is later by a random part of this")
    zone: Zone = Field("UTC", description="the time zone in which days begin")
    contact: Contact = Field("", description="goes into the User-Agent, for the owners of the pages")
    base_url: Address | None = Field(None, description="the site's root, under which feeds/ is published")
    hubs: tuple[Address, ...] = Field(
        (), description="the WebSub hubs that the feeds name, and that are told of each change"
    )
    robots: Robots | None = Field(None, description=_ROBOTS)
    listen: Listener = Field("127.0.0.1:8484", description="where `watcher run` serves the feeds")
    alerts: tuple[str, ...] = Field((), description="the alert targets of watches that name none")
    keep_bodies: int = Field(3, ge=1, description="how many pages of each watch are stored, for replay and explain")
    keep_checks: int = Field(200, ge=1, description="how many checks of each watch stay in its history, at least")
    keep_items: Span | None = Field(
        None, description="what is stored of items older than this is let go, but for their ids and records: 730d"
    )


class Common(BaseModel, extra="forbid"):
    """The keys of every watch, whatever its kind."""

    kind: str = Field("list", description="what the page is")
    label: str = Field("", description="the title of its feed, and the sender of its mails")
    every: Span | None = Field(None, description="how often it is looked at, instead of the general `every`")
    cron: Cron | None = Field(None, description="the times at which it is looked at, instead of `every`")
    active: Active | None = Field(
        None, description='the hours in which it is looked at: "mon-fri 07:00-19:00"; "": any'
    )
    jitter: Jitter | None = Field(None, description="each look at it is later by a random part of this")
    zone: Zone | None = Field(None, description="the time zone in which its days begin")
    alerts: tuple[str, ...] | None = Field(None, description="the alert targets that are told of what is new")
    first_run: Literal["quiet", "alert"] = Field("quiet", description="whether the first look tells of what it finds")
    on_edit: OnEdit | None = Field(None, description="what an edited item leads to")
    flood: int = Field(20, ge=1, description="more unknown items than this at once are held")
    entries: int = Field(50, ge=1, le=5000, description="how many entries its feed has")
    private: bool = Field(
        False, description="whether its feed has an address that nobody can guess, and is in no list and no other feed"
    )
    records: str | None = Field(None, description="the folder of its records, relative to the home")
    headers: dict[str, str | dict[str, str]] = Field(default={}, description="further request headers")
    user_agent: str = Field("", description="sent instead of Watcher's own")
    robots: Robots | None = Field(None, description="the same for this watch, instead of the general `robots`")
    browser: bool = Field(
        False, description="whether its pages are read in Chromium, after their scripts (needs the extra browser)"
    )
    wait_for: Selector | None = Field(
        None, description="with `browser`: the page is read as soon as something on it matches this"
    )
    keep: Annotated[tuple[Pattern, ...], Several] = Field(
        (), description="only items with a match in title, summary, tags or address"
    )
    drop: Annotated[tuple[Pattern, ...], Several] = Field((), description="no items with such a match")
    tags: Annotated[tuple[str, ...], Several] = Field(
        (), description="only items that bear one of these tags: security, breaking …"
    )
    prereleases: bool = Field(True, description="whether alphas, betas and release candidates count")
    versions: Versions = Field("", description="only versions in this range: >=2,<4; items without a version stay")


class Target(BaseModel, extra="forbid", defer_build=True):
    """The keys of every alert target, whatever its kind."""

    when: Annotated[tuple[Rule, ...], Several] = Field(
        (), description='only items with one of these tags, or steps of version: "security", "version major"; all'
    )
    digest: Digest = Field("", description='news go together: "hourly", "daily 08:00", "weekly mon 08:00"')
    quiet: Hours = Field("", description='"22:00-07:00": what comes then waits; security releases do not')
    most: int = Field(60, ge=1, description="letters an hour for each recipient; what is more waits, and goes together")
    health: bool = Field(True, description="whether it is told that a watch fails, works again, holds a batch back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A configuration that can be used."""

    path: Path
    settings: Settings
    watches: Mapping[str, Watch]
    alerts: Mapping[str, Alert]
    shared: frozenset[str] = frozenset()  # the addresses of more than one watch


def load(path: Path, home: Path, also: Mapping[str, Any] | None = None) -> Config:
    """Read `path`, and the `watches.d/*.toml` beside it. `also` is taken as if one more file held it; then `path` need
    not be there. Raises ConfigError with every fault there is."""
    there = files(path)
    if not there and also is None:
        raise ConfigError(Fault(message=f"there is no {path}", hint="watcher init makes one, watcher add URL as well"))
    document = Document()
    for file in there:
        document.read(file)
    document.merge(also or {})
    top = {key: value for key, value in document.tables.items() if key not in ("watch", "alert")}
    settings = document.validate(Settings, top, ()) or Settings()
    _check_targets(document, settings.alerts, ())
    _check_rhythm(document, settings, ())
    alerts = _tables(document, "alert", partial(_alert, document))
    watches = schedule.phased(_tables(document, "watch", partial(_watch, document, settings, home)))
    _check_folders(document, watches)
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
    group = document.tables.get(what, {})
    for name, table in group.items() if isinstance(group, dict) else ():
        if not isinstance(table, dict):
            document.fault(f'"{name}" is no table; write [{what}.{name}]', (what, name))
        elif not _NAME.fullmatch(name) or (what == "watch" and name in RESERVED):
            why = "is a name of Watcher's own" if name in RESERVED else "is no name: small letters, digits and - only"
            document.fault(f'"{name}" {why}', (what, name))
        elif (one := make(name, table)) is not None:
            made[name] = one
    return made


def _model(kind: str) -> type[BaseModel]:
    """The keys of a watch of this kind: those of every watch, and the kind's own."""
    return create_model(f"watch of kind {kind}", __base__=(sources.load(kind).Options, Common))


def _watch(document: Document, settings: Settings, home: Path, name: str, table: dict[str, Any]) -> Watch | None:
    path = ("watch", name)
    kind = table.get("kind", "list")
    try:
        source = sources.load(kind)
    except (KeyError, TypeError):
        document.fault(f'there is no kind "{kind}"', (*path, "kind"), f"kinds: {', '.join(sources.kinds())}")
        return None
    own = {key: value for key, value in table.items() if key in Common.model_fields}
    rest = {key: _told(document, (*path, key), value) for key, value in table.items() if key not in Common.model_fields}
    common = document.validate(Common, own, path)
    options = document.validate(source.Options, rest, path, also=Common)
    if common is None or options is None:
        return None
    if common.wait_for and not common.browser:
        document.fault("wait_for is of use in a browser only", (*path, "wait_for"), "add browser = true")
    _check_targets(document, common.alerts or (), path)
    _check_rhythm(document, common, path)
    on_edit: OnEdit = source.on_edit(options) if hasattr(source, "on_edit") else getattr(source, "ON_EDIT", "update")
    return Watch(
        name=name,
        url=options.url,
        kind=kind,
        options=options,
        title=common.label or name.replace("-", " ").capitalize(),
        zone=ZoneInfo(common.zone or settings.zone),
        every=common.every or settings.every,
        cron=settings.cron if common.cron is None and not common.every else common.cron or "",
        active=settings.active if common.active is None else common.active,
        jitter=settings.jitter if common.jitter is None else common.jitter,
        alerts=settings.alerts if common.alerts is None else common.alerts,
        first_run=common.first_run,
        on_edit=common.on_edit or on_edit,
        flood=common.flood,
        entries=common.entries,
        private=common.private,
        folder=home / (common.records or f"state/records/{name}"),
        headers={key: _told(document, (*path, "headers", key), value) for key, value in common.headers.items()}
        or NOTHING,
        user_agent=common.user_agent,
        robots=common.robots or settings.robots,
        browser=common.browser,
        wait_for=common.wait_for or "",
        filters=_filters(common),
    )


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


def _check_folders(document: Document, watches: Mapping[str, Watch]) -> None:
    """Two watches in one folder would take each other's records for their own."""
    taken: dict[str, str] = {}
    realpath = cache(os.path.realpath)
    for name, watch in watches.items():
        other = taken.setdefault(_real(str(watch.folder), realpath), name)
        if other != name:
            document.fault(f"records: {other} has this folder already", ("watch", name, "records"), "give each its own")


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
    # A table that is there and faulty has its own faults.
    there = document.tables.get("alert", {})
    for name in names:
        if name not in there:
            document.fault(f"there is no [alert.{name}]", (*path, "alerts"), f"targets: {', '.join(there) or 'none'}")


def _alert(document: Document, name: str, table: dict[str, Any]) -> Alert | None:
    path = ("alert", name)
    kind = table.get("kind", "")
    try:
        notifier = plugins.load(NOTIFIERS, kind)
    except (KeyError, TypeError):
        document.fault(
            f'there is no alert kind "{kind}"', (*path, "kind"), f"kinds: {', '.join(plugins.kinds(NOTIFIERS))}"
        )
        return None
    common = {key: value for key, value in table.items() if key in Target.model_fields}
    own = {key: value for key, value in table.items() if key != "kind" and key not in common}
    target = document.validate(Target, common, path)
    shapes = {key: _shape(value) for key, value in own.items()}
    options = document.validate(notifier.Options, shapes, path, also=Target)
    if target is None or options is None:
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
