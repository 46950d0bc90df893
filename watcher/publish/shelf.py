"""The folder of feeds: where each stands, what is said at its head, and from what it was made."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from watcher import __version__, files, urls, websub
from watcher.errors import RecordError
from watcher.feeds import places
from watcher.feeds.frame import Forms
from watcher.later import later
from watcher.model import NOTHING, Feed, Watch
from watcher.publish import standing

if TYPE_CHECKING:
    from watcher.feeds import forms
else:
    forms = later("watcher.feeds.forms")

#: Tells hubs (recipient, event) of the feed at a path.
Ping: TypeAlias = Callable[[str, Sequence[tuple[str, str]]], None]

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Issue(NamedTuple):
    """A feed as it was written: whether its Atom differs from before, what could not be written in that, and what is to
    be noted of the entries."""

    changed: bool
    problems: list[RecordError]
    note: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Everything that is said in all feeds of a home, and where they lie."""

    folder: Path  # what subscribers fetch
    notes: Path  # where `Notes` are kept
    secret: bytes  # of which the paths of private feeds are made, and the ids of the feeds over all watches
    base_url: str = ""
    hubs: tuple[str, ...] = ()
    ping: Ping | None = None  # tells the hubs, which is done as soon as the files stand

    def feed(self, watch: Watch) -> Feed:
        """The head of a watch's feed. When it changed is for its writer to say."""
        path = self.path(watch)
        return Feed(
            id=urls.mint(watch.url),
            title=watch.title,
            site=watch.url,
            updated=NEVER,
            address=self.address(path),
            path=path,
            hubs=() if watch.private else self.hubs,  # a hub tells everybody what it is asked for
            zone=watch.zone,
        )

    def own(self, path: str, title: str) -> Feed:
        """The head of a feed over all watches. Its id is this home's, whatever the host and the name of the site."""
        name = f"{self._token('')}/{path}"
        return Feed(
            id=uuid.uuid5(uuid.NAMESPACE_URL, name).urn,
            title=title,
            site="",
            updated=NEVER,
            address=self.address(path),
            path=path,
            hubs=self.hubs,
        )

    def path(self, watch: Watch) -> str:
        """Of a watch's files, without a suffix."""
        return self._hidden(watch.name) if watch.private else watch.name

    def address(self, path: str) -> str:
        """Where subscribers find the Atom file of a feed, "" where nobody said."""
        return urls.absolute(f"{self.base_url.rstrip('/')}/", f"feeds/{path}.xml") if self.base_url else ""

    def write(self, feed: Feed, entries: Sequence[Forms]) -> Issue:
        """Write the files of a feed, where they differ."""
        frames = forms.frames(feed, empty=not entries)
        made = [frame.around(entry.each[n] for entry in entries) for n, frame in enumerate(frames)]
        self.style()
        changed = {
            path: files.replace(path, data, settled=False) for path, data in zip(self.files(feed), made, strict=True)
        }
        for folder in {path.parent for path, differs in changed.items() if differs}:
            files.settle(folder)
        self._tell_hubs(feed)
        faults = left_out((entry.id, entry.fault) for entry in entries if entry.fault)
        return Issue(changed[self.folder / places.atom(feed)], faults, standing.note(made, frames, entries))

    def style(self) -> None:
        from importlib.resources import files as package  # it takes 5 ms, and most looks write nothing

        files.replace(self.folder / places.STYLE, (package("watcher.feeds") / "feed.css").read_bytes())

    def files(self, feed: Feed) -> list[Path]:
        return [self.folder / name for name in (places.atom(feed), places.json(feed), places.page(feed))]

    def archived(self, path: str) -> dict[int, Path]:
        """The archive pages of a feed that are there, by their numbers."""
        found = (self.folder / path / "archive").glob("*.xml")
        return {int(each.stem): each for each in found if each.stem.isascii() and each.stem.isdigit()}

    def remove(self, name: str) -> None:
        """Take away the feed of a watch, private or not. Raises RecordError where something stands in the way."""
        for path in (name, self._hidden(name)):
            self._take_away(path)
        files.remove(self.notes / f"{name}.json")

    def remove_other(self, watch: Watch) -> None:
        """Take away what stands where a watch's feed stood before it became private, or public."""
        other = watch.name if watch.private else self._hidden(watch.name)
        if (self.folder / f"{other}.xml").exists():
            self._take_away(other)

    def _tell_hubs(self, feed: Feed) -> None:
        """That its files stand. Before it is noted that they do: whoever dies in between comes here again, and of the
        very same files nobody is told twice."""
        if self.ping and feed.hubs and feed.address:
            topics = [(places.atom(feed), feed.address), (places.json(feed), places.absolute(feed, places.json(feed)))]
            stamps = [(topic, stamp(self.folder / name)) for name, topic in topics]
            events = [websub.event(topic, there[1]) for topic, there in stamps if there]
            self.ping(feed.path, [(websub.recipient(hub), event) for hub in feed.hubs for event in events])

    def _take_away(self, path: str) -> None:
        stem = self.folder / path
        for file in (stem.with_name(f"{stem.name}.xml"), stem.with_name(f"{stem.name}.json"), stem / places.INDEX):
            files.remove(file)
        for file in self.archived(path).values():
            files.remove(file)
        for folder in (stem / "archive", stem, *([stem.parent] if "/" in path else [])):
            with suppress(OSError):  # it is not there, or somebody put something else in it
                folder.rmdir()

    def _hidden(self, name: str) -> str:
        return f"{self._token(name)}/{name}"

    def _token(self, name: str) -> str:
        return hmac.new(self.secret, f"feed {name}".encode(), hashlib.sha256).hexdigest()[:40]


class Notes:
    """Of what each file was made, and each entry of a feed, so that only what is not right any more is made again.
    Without them, or with `afresh`, everything is made once more, and written where it differs: they may be lost."""

    def __init__(self, path: Path, *, afresh: bool = False) -> None:
        self.path = path
        self._said = {} if afresh else _load(path)
        self._kept: dict[str, Any] = {}

    def stands(self, name: str, made_of: str, made: Iterable[Path]) -> bool:
        """Whether these files are there as they were left, made of the very same."""
        self._kept[name] = _digest(made_of, made)
        if self._said.get(name) != self._kept[name]:
            return False
        if entries := self._said.get(f"{name}: entries"):
            self._kept[f"{name}: entries"] = entries
        return True

    def standing(self, name: str, made: Iterable[Path]) -> standing.Standing:
        """The entries in the files of a feed, as far as they are still those that were made."""
        return standing.Standing(made, self._said.get(f"{name}: entries"))

    def made(
        self, name: str, made_of: str, made: Iterable[Path], *, whole: bool = True, entries: Mapping[str, Any] = NOTHING
    ) -> None:
        """They were made, just now. What is not `whole` will be tried again."""
        self._kept[name] = _digest(made_of, made) + ("" if whole else " and is to be tried again")
        if entries:
            self._kept[f"{name}: entries"] = entries

    def keep(self) -> None:
        files.replace(self.path, json.dumps(self._kept).encode(), mode=0o600, lasting=False)


def mark(watch: Watch, shelf: Shelf, there: Mapping[str, files.Stamp] | None) -> str:
    """What differs as soon as anything does of which a watch's feed is made, or that it is made into: `there` are its
    records and their stamps. What is committed to the state is not in it."""
    path = shelf.path(watch)
    made = [stamp(f"{shelf.folder}/{path}{end}") for end in (".xml", ".json", f"/{places.INDEX}")]
    made += _stamps(f"{shelf.folder}/{path}/archive")
    said = (__version__, path, watch.url, watch.title, watch.entries, str(watch.zone), shelf.base_url, shelf.hubs)
    return hashlib.sha256(repr((said, made, there or {})).encode("utf-8", "surrogatepass")).hexdigest()


def _stamps(folder: str) -> list[Any]:
    """Of the archive pages in a folder, if there is one; by name."""
    try:
        with os.scandir(folder) as found:
            return sorted((each.name, stamp(each.path)) for each in found)
    except OSError:
        return []


def left_out(found: Iterable[tuple[str, str]]) -> list[RecordError]:
    return [RecordError(id_, f"left out of the feed: {why}") for id_, why in found]


def stamp(path: Path | str) -> tuple[int, int] | None:
    """What differs as soon as a file does; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 (a Path would take longer than the question)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _digest(made_of: str, made: Iterable[Path]) -> str:
    stamps = [stamp(path) for path in made]
    return hashlib.sha256(f"{stamps} {made_of}".encode("utf-8", "surrogatepass")).hexdigest()


def _load(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(files.read(path) or b"{}")
    except ValueError:  # it may be lost at any time
        return {}
    return said if isinstance(said, dict) else {}
