"""The keys of watcher.toml: above the first table, of every watch, of every alert target; and where a key belongs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from watcher import plugins
from watcher.fields import (
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
from watcher.model import OnEdit, Robots

#: Where kinds of watches and of alert targets are found.
SOURCES, NOTIFIERS = "watcher.sources", "watcher.notify"

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
    keep_bodies: int = Field(
        3, ge=1, le=10_000, description="how many pages of each watch are stored, for replay and explain"
    )
    keep_checks: int = Field(
        200, ge=1, le=1_000_000, description="how many checks of each watch stay in its history, at least"
    )
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
    records: str | None = Field(
        None, description="the folder of its records, relative to the home: its own, in no other watch's"
    )
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


def elsewhere(key: str, group: str) -> str:
    """Where a key belongs that stands in a table which has none of that name, as a hint; "" where it belongs nowhere.
    `group` is "watch", "alert" or, above the first table, ""."""
    places = ["above the first table"] if group and key in names(Settings) else []
    for its, common, point in (("watch", Common, SOURCES), ("alert", Target, NOTIFIERS)):
        kinds = sorted(_kinds(point, key))
        if key in names(common) or kinds == plugins.kinds(point):
            places.append(f"in [{its}.NAME]")
        elif kinds:
            places.append(f"in [{its}.NAME] of kind {' or '.join(kinds)}")
    return f"it belongs {', or '.join(places)}" if places else ""


def names(model: type[BaseModel]) -> list[str]:
    """The keys of a model as they are written."""
    return [info.alias or name for name, info in model.model_fields.items()]


def _kinds(point: str, key: str) -> Iterator[str]:
    for kind in plugins.kinds(point):
        with suppress(ImportError):  # somebody else's, which is told where it is used
            if key in names(plugins.load(point, kind).Options):
                yield kind
