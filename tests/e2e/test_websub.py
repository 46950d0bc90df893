"""Hubs are told of every feed that changed: after it stands, once, and by the outbox like everybody else. Over real
HTTP, to a hub on loopback that looks at once, as hubs do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import etree

from tests.conftest import Newsroom
from tests.e2e.test_feed_folder import ATOM, BASE, settle, sweep
from tests.rawserver import Asked, RawServer, hang, reply
from watcher import websub
from watcher.publish import Shelf

FEEDS = f"{BASE}feeds/"
PRESS = [f"{FEEDS}{name}" for name in ("all.json", "all.xml", "press.json", "press.xml")]


class Hub:
    """Takes pings, and reads at once what it was told of: `seen` holds each file as it was then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[tuple[str, bytes]] = []
        self.server = RawServer({"/": self.take})

    def take(self, asked: Asked) -> bytes:
        said = dict(parse_qsl(asked.body.decode(), strict_parsing=True))
        assert said.keys() == {"hub.mode", "hub.url"}
        assert said["hub.mode"] == "publish"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        file = self.folder / urlsplit(said["hub.url"]).path.removeprefix("/feeds/")
        self.seen.append((said["hub.url"], file.read_bytes()))
        return reply(status=202)

    @property
    def told(self) -> list[str]:
        """The feeds that it was told of since this was asked last."""
        topics = sorted(topic for topic, _ in self.seen)
        self.seen.clear()
        return topics


@pytest.fixture
def hub(newsroom: Newsroom) -> Iterator[Hub]:
    hub = Hub(newsroom.home.feeds)
    with hub.server:
        settle(newsroom, hubs=f'["{hub.server.url()}"]')
        yield hub


def test_a_hub_is_told_of_each_feed_that_changed_and_finds_the_change_there(newsroom: Newsroom, hub: Hub) -> None:
    sweep(newsroom)
    newsroom.deliver()
    assert hub.told == sorted([*PRESS, f"{FEEDS}health.json", f"{FEEDS}health.xml"])

    newsroom.office.publish("Spread the Word", slug="pf0999")
    sweep(newsroom)
    newsroom.deliver()

    assert all(b"Spread the Word" in data for _, data in hub.seen)
    assert hub.told == PRESS


def test_of_what_did_not_change_a_hub_hears_nothing(newsroom: Newsroom, hub: Hub) -> None:
    sweep(newsroom)
    newsroom.deliver()
    assert hub.told

    sweep(newsroom)
    with newsroom.app() as app, app.locked():
        app.publish(app.config.watches["press"], afresh=True)
        app.write_site(afresh=True)
        waiting = app.store.outbox()

    assert waiting == []


def test_the_notes_may_be_lost_between_feed_and_ping_and_nobody_is_told_twice(newsroom: Newsroom, hub: Hub) -> None:
    sweep(newsroom)
    newsroom.deliver()
    assert hub.told
    for note in (newsroom.home.state / "feeds").iterdir():
        note.unlink()

    sweep(newsroom)
    newsroom.deliver()

    assert hub.told == []


@pytest.mark.parametrize("path", ["press", "tag/größe & maß", "tag/日本"])
def test_a_hub_is_told_the_address_by_which_a_feed_calls_itself(path: str, tmp_path: Path) -> None:
    told: list[str] = []
    shelf = Shelf(
        folder=tmp_path,
        notes=tmp_path,
        secret=bytes(32),
        base_url="https://größe.example/a b/",
        hubs=("https://hub.example/",),
        ping=lambda path, tell: told.extend(websub.topic(event) for _, event in tell),
    )

    shelf.write(shelf.own(path, "A feed"), [])

    atom = etree.parse(tmp_path / f"{path}.xml").getroot()
    links = {each.get("rel"): each.get("href") for each in atom.iterfind(f"{ATOM}link")}
    said = json.loads((tmp_path / f"{path}.json").read_bytes())
    assert told == [links["self"], said["feed_url"]]
    assert links["hub"] == "https://hub.example/"
    assert said["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]


def test_a_private_feed_names_no_hub_and_none_is_told_of_it(newsroom: Newsroom, hub: Hub) -> None:
    settle(newsroom, hubs=f'["{hub.server.url()}"]', watch="private = true\n")

    sweep(newsroom)
    newsroom.deliver()

    [feed] = newsroom.home.feeds.glob("*/press.xml")
    assert b"<entry>" in feed.read_bytes()
    assert b'rel="hub"' not in feed.read_bytes()
    assert "hubs" not in json.loads(feed.with_suffix(".json").read_bytes())
    assert all("press" not in topic for topic in hub.told)


def test_without_an_address_there_is_nothing_to_tell_a_hub(newsroom: Newsroom, hub: Hub) -> None:
    config = newsroom.home.config
    config.write_text(config.read_text().replace(f'base_url = "{BASE}"\n', ""))

    sweep(newsroom)
    newsroom.deliver()

    assert hub.told == []


def test_a_dead_hub_is_asked_ever_later_and_delays_neither_mail_nor_another_hub(newsroom: Newsroom, hub: Hub) -> None:
    dead, alive = hub.server.url("/0"), hub.server.url("/1")  # the dead one comes first
    hub.server.scripts |= {"/0": reply(b"down for repair", status=503), "/1": hub.take}
    settle(newsroom, hubs=f'["{alive}", "{dead}"]')
    sweep(newsroom)
    newsroom.deliver()
    for n in range(3):
        newsroom.office.publish(f"News {n}", slug=f"pf099{n}")
        sweep(newsroom)
        newsroom.deliver()
        assert hub.told

    assert newsroom.mails == [f"News {n}" for n in range(3)]
    with newsroom.app() as app:
        waiting = [row for row in app.store.outbox() if websub.is_hub(row.recipient)]
    # One for each feed, however often it changed; only the first of them was tried, and it puts the others off.
    assert {row.recipient for row in waiting} == {websub.recipient(dead)}
    topics = Counter(websub.topic(row.event) for row in waiting)
    assert topics == dict.fromkeys([*PRESS, f"{FEEDS}health.json", f"{FEEDS}health.xml"], 1)
    assert 1 < hub.server.paths.count("/0") < 20
    before = hub.server.paths.count("/0")
    newsroom.deliver()
    assert hub.server.paths.count("/0") - before <= 1


def test_a_hub_that_answers_nothing_for_five_days_is_given_up_until_the_feed_changes(
    newsroom: Newsroom, hub: Hub
) -> None:
    hub.server.scripts["/"] = reply(b"down for repair", status=503)
    sweep(newsroom)
    with newsroom.app() as app, app.locked():
        for _ in range(20):  # ten attempts: a feed's second form waits until its first is given up
            while app.deliver():
                pass
            newsroom.now += timedelta(hours=31)
        assert {row.dead for row in app.store.outbox()} == {True}

    hub.server.scripts["/"] = hub.take
    newsroom.office.publish("Alive Again", slug="pf0999")
    sweep(newsroom)
    newsroom.deliver()

    assert hub.told == PRESS
    with newsroom.app() as app:
        assert {websub.topic(row.event) for row in app.store.outbox()} == {f"{FEEDS}health.json", f"{FEEDS}health.xml"}


def test_a_hub_that_is_in_the_configuration_no_more_hears_nothing(newsroom: Newsroom, hub: Hub) -> None:
    sweep(newsroom)
    settle(newsroom)

    sent = newsroom.deliver()

    assert hub.told == []
    assert {str(one.error) for one in sent} == {f"{hub.server.url()} is none of the hubs any more"}


def test_what_changes_while_a_ping_is_on_its_way_is_told_by_another(newsroom: Newsroom, hub: Hub) -> None:
    sweep(newsroom)
    newsroom.deliver()
    assert hub.told
    late = ["Second"]

    def take(asked: Asked) -> bytes:
        answer = hub.take(asked)  # it has read the feed, and now the feed changes
        while late:
            newsroom.office.publish(late.pop(), slug="pf0998")
            with newsroom.app() as app:
                list(app.sweep(list(app.config.watches.values())))
        return answer

    hub.server.scripts["/"] = take
    newsroom.office.publish("First", slug="pf0997")
    sweep(newsroom)
    newsroom.deliver()
    newsroom.deliver()

    for name in ("press.xml", "press.json"):
        assert b"Second" in next(data for topic, data in reversed(hub.seen) if topic == f"{FEEDS}{name}")


def test_a_hub_that_hangs_is_waited_for_only_so_long(
    newsroom: Newsroom, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.post.DEADLINE", 0.3)
    hub.server.scripts["/"] = hang()
    sweep(newsroom)

    sent = newsroom.deliver()

    assert [str(one.error) for one in sent] == [f"{hub.server.host} did not answer within 0.3 s"]
