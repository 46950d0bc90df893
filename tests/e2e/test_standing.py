"""What stands in the files of a feed is not made again, and that is never to be seen: they are always what they would
be if all of them were made anew."""

from __future__ import annotations

import json
import os
import random
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from watcher.app import App
from watcher.feeds import forms
from watcher.home import Home
from watcher.model import Request, Response
from watcher.publish import publish, write_site

NAME = "office"


@dataclass
class History:
    """A home, and what befalls it."""

    folder: Path
    dice: random.Random
    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)
    watch: dict[str, object] = field(default_factory=lambda: {"entries": 7, "zone": "Europe/Vienna"})
    base_url: str = "https://watch.example/"
    items: list[dict[str, object]] = field(default_factory=list)

    def publishes(self) -> None:
        number, day = len(self.items), self.now - timedelta(days=self.dice.randrange(9))
        self.items.append(
            {
                "id": f"guid-{number}",
                "url": f"https://office.example/{number}",
                "title": f"Of <{number}> & more",
                "content_text": "Words — of it. " * self.dice.randrange(3),
                "date_published": (day.date() if number % 3 else day).isoformat(),
                "tags": self.dice.sample(["Trade", "Food & Drink", "C++"], self.dice.randrange(3)),
            }
        )

    def edits(self) -> None:
        self.dice.choice(self.items)["content_text"] = f"Corrected at {self.now}"

    def moves(self) -> None:
        for item in self.items:
            item["url"] = str(item["url"]).replace("//", "//www.")

    def retitles(self) -> None:
        self.watch["label"] = f"Office at {self.now}"

    def resizes(self) -> None:
        self.watch["entries"] = self.dice.randint(1, 70)

    def relocates(self) -> None:
        self.watch["zone"] = self.dice.choice(["Pacific/Kiritimati", "Pacific/Pago_Pago"])

    def hides(self) -> None:
        self.watch["private"] = not self.watch.get("private", False)

    def loses_its_address(self) -> None:
        self.base_url = "" if self.base_url else "https://watch.example/"

    def is_rewritten_by_hand(self) -> None:
        self._record("title:", f"lastmod: {self.now:%Y-%m-%d}\ntitle:")

    def loses_its_tags(self) -> None:
        self._record("\ntags:", "\nlabels:")

    def becomes_a_draft(self) -> None:
        self._record("draft: false", "draft: true")

    def is_set_free(self) -> None:
        self._record("draft: true", "draft: false")

    def breaks(self) -> None:
        self._record("date:", "date")

    def is_deleted(self) -> None:
        if len(records := self._records()) > 1:
            self.dice.choice(records).unlink()

    def is_damaged(self) -> None:
        file = self.dice.choice(self._files())
        data = file.read_bytes()
        at = self.dice.randrange(len(data))
        file.write_bytes(self.dice.choice([data[:at], data + b"more", b"", data[:at] + b"?" + data[at + 1 :]]))

    def is_damaged_unseen(self) -> None:
        file = self.dice.choice([each for each in self._files() if NAME in str(each)])
        said, data = file.stat(), bytearray(file.read_bytes())
        data[self.dice.randrange(len(data))] ^= 1
        file.write_bytes(data)
        os.utime(file, ns=(said.st_atime_ns, said.st_mtime_ns))

    def is_swapped(self) -> None:
        one, other = self.dice.choices([each for each in self._files() if each.suffix == ".xml"], k=2)
        one.write_bytes(other.read_bytes())

    def is_lost(self) -> None:
        self.dice.choice(self._files()).unlink()

    def loses_a_note(self) -> None:
        note = self.dice.choice(list((self.folder / "state/feeds").iterdir()))
        note.unlink()

    def has_a_strange_note(self) -> None:
        note = self.dice.choice(list((self.folder / "state/feeds").glob("*.json")))
        said = json.loads(note.read_bytes())
        for name in said:
            if name.endswith(": entries"):
                said[name]["entries"] = self.dice.choice([[], {mark: [1, 2] for mark in said[name]["entries"]}, 5])
        note.write_text(json.dumps(said))

    def _records(self) -> list[Path]:
        return sorted((self.folder / "state/records" / NAME).glob("*.md"))

    def _files(self) -> list[Path]:
        # At those of other feeds nobody looks where nothing changes that is public.
        name, feeds = NAME if self.watch.get("private") else "", self.folder / "feeds"
        return sorted(each for each in feeds.rglob("*.*") if each.is_file() and name in str(each.relative_to(feeds)))

    def _record(self, old: str, new: str) -> None:
        having = [path for path in self._records() if old in path.read_text()]
        for path in self.dice.sample(having, min(len(having), self.dice.randint(1, 3))):
            path.write_text(path.read_text().replace(old, new, 1))


EVENTS = [event for name, event in vars(History).items() if not name.startswith("_") and callable(event)]


@pytest.mark.parametrize("seed", range(4))
def test_the_files_are_always_what_they_would_be_if_made_anew(tmp_path: Path, seed: int) -> None:
    history = History(tmp_path / "home", random.Random(seed))
    history.folder.mkdir()
    for _ in range(history.dice.choice([3, 60])):
        history.publishes()
    goes_on(history)

    differ, events = {}, history.dice.sample(EVENTS, len(EVENTS))
    for step in range(0, len(events), 2):
        for event in events[step : step + 2]:
            event(history)
        history.retitles()  # else nobody would look at every file
        there, new = goes_on(history), anew(history, tmp_path / str(step))
        if names := {name for name in there.keys() | new.keys() if there.get(name) != new.get(name)}:
            differ[step] = [*(event.__name__ for event in events[step : step + 2]), *names]

    assert differ == {}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def goes_on(history: History) -> dict[str, bytes]:
    """A check of it, and what stands in the folder of feeds."""
    history.now += timedelta(hours=1)
    configure(history)
    with app_of(history) as app, app.locked():
        app.check(app.config.watches[NAME], partial(answering, history))
        app.write_site()
    return files(history.folder / "feeds")


def anew(history: History, folder: Path) -> dict[str, bytes]:
    """What stands there when all is made from nothing."""
    shutil.copytree(history.folder / "feeds", folder / "feeds")
    with app_of(history) as app:
        shelf = replace(app.shelf, folder=folder / "feeds", notes=folder / "notes", ping=None)
        watch = app.config.watches[NAME]
        publish(app.route(watch), app.store, shelf, history.now, afresh=True)
        write_site([watch], app.store, shelf, afresh=True)
    return files(folder / "feeds")


def app_of(history: History) -> App:
    return App(Home(folder=history.folder, config=history.folder / "watcher.toml"), clock=lambda: history.now)


def configure(history: History) -> None:
    said = {"url": "https://office.example/feed.json", "kind": "feed", "flood": 99, **history.watch}
    keys = "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items())
    base_url = f"base_url = {json.dumps(history.base_url)}\n" if history.base_url else ""
    (history.folder / "watcher.toml").write_text(f"{base_url}[watch.{NAME}]\n{keys}")


def answering(history: History, request: Request) -> Response:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Office", "items": history.items[::-1]}
    return Response(url=request.url, headers={"content-type": "application/feed+json"}, body=json.dumps(feed).encode())


def test_of_a_feed_only_what_is_new_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history, made = History(tmp_path, random.Random(0), watch={"entries": 100}), list[str]()
    for _ in range(90):
        history.publishes()
    goes_on(history)
    inner = forms.forms
    monkeypatch.setattr(forms, "forms", lambda entry, *rest: made.append(entry.title) or inner(entry, *rest))  # type: ignore[func-returns-value]

    history.publishes()
    goes_on(history)

    assert set(made) == {"Of <90> & more"}
