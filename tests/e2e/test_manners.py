"""How watches behave towards hosts, over many checks. Over real HTTP, with a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import monotonic

import pytest

from tests.cli.conftest import Watcher
from tests.rawserver import Asked, RawServer, redirect, reply
from watcher import __version__
from watcher.app import App, Swept
from watcher.home import Home
from watcher.model import Failed, Found, Unchanged

FEED = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:tool</id><title>Tool</title><updated>2026-11-22T00:00:00Z</updated>
{}</feed>"""
ENTRY = """<entry><id>urn:tool:{0}</id><title>Tool {0}</title><updated>2026-11-22T00:00:00Z</updated>
<link href="https://tool.example/{0}"/></entry>"""


def feed(last: int = 3, etag: str = '"one"') -> Callable[[Asked], bytes]:
    """A feed of releases, which answers 304 to its own validator."""
    page = FEED.format("".join(ENTRY.format(n) for n in range(last, 0, -1))).encode()

    def said(asked: Asked) -> bytes:
        if asked.headers.get("if-none-match") == etag:
            return reply(status=304, etag=etag)
        return reply(page, content_type="application/atom+xml", etag=etag)

    return said


class Place:
    """A home, a server, and a clock that a check moves on by an hour."""

    def __init__(self, folder: Path, server: RawServer) -> None:
        self.home = Home(folder=folder, config=folder / "watcher.toml")
        self.server = server
        self.now = datetime(2026, 11, 22, 13, tzinfo=UTC)
        self.configure(press=server.url("/feed"))

    def configure(self, keys: str = "", **watches: str) -> None:
        tables = [f'[watch.{name}]\nurl = "{url}"\nkind = "feed"\n{keys}\n' for name, url in watches.items()]
        self.home.config.write_text("\n".join(tables))

    def check(self, *names: str) -> Swept:
        """All that is due, each check in a process of its own as far as memory goes; the last one's result."""
        self.now += timedelta(hours=1)
        with App(self.home, clock=lambda: self.now, gap=0) as app, app.locked():
            due = names or app.due(spread=False)
            swept = list(app.sweep([app.config.watches[name] for name in due]))
        assert swept
        return swept[-1]

    def asked(self) -> list[str]:
        """What the server was asked since this was asked last."""
        paths = self.server.paths.copy()
        self.server.asked.clear()
        return paths

    @property
    def notices(self) -> list[str]:
        with App(self.home) as app:
            return [each.title for each in app.store.notices()]

    @property
    def due(self) -> list[str]:
        with App(self.home, clock=lambda: self.now) as app, app.locked():
            app.due(spread=False)  # plans
            return app.store.due(self.now + timedelta(days=7))


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer({"/feed": feed()}) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, server: RawServer) -> Place:
    return Place(tmp_path, server)


def says(swept: Swept) -> list[str]:
    outcome = swept.checked.outcome
    return list(outcome.warnings) if isinstance(outcome, Found) else []


def test_a_server_is_told_who_asks_and_whom_to_write_to(place: Place, server: RawServer) -> None:
    place.home.config.write_text('contact = "me@example.org"\n' + place.home.config.read_text())
    place.check()

    assert [asked.headers["user-agent"] for asked in server.asked] == [f"watcher/{__version__} (+me@example.org)"]


# Where a page has moved to


def test_a_page_that_has_moved_is_asked_where_it_is_after_three_redirects(place: Place, server: RawServer) -> None:
    server.scripts |= {"/feed": redirect("/new", 301), "/new": feed()}

    asked = [(place.check(), place.asked())[1] for _ in range(5)]

    assert asked == [["/feed", "/new"]] * 3 + [["/new"]] * 2
    assert place.notices == ["press has moved"]


def test_a_page_that_has_moved_keeps_its_items_its_feed_and_its_validators(place: Place, server: RawServer) -> None:
    place.check()
    before = (place.home.folder / "feeds/press.xml").read_bytes()
    with RawServer({"/new": feed(etag='"two"')}) as there:
        server.scripts["/feed"] = redirect(there.url("/new"), 308)
        outcomes = [place.check().checked.outcome for _ in range(5)]
        there.scripts["/new"] = feed(4, etag='"three"')
        news = place.check().checked.outcome

    assert [type(each) for each in outcomes[-2:]] == [Unchanged] * 2
    assert {each.response.status for each in outcomes[-2:] if isinstance(each, Unchanged)} == {304}
    assert isinstance(news, Found)
    assert [change.seen.item.title for change in news.changes] == ["Tool 4"]
    after = (place.home.folder / "feeds/press.xml").read_bytes()
    assert before.partition(b"<updated>")[0] == after.partition(b"<updated>")[0]
    assert before.count(b"<entry>") + 1 == after.count(b"<entry>")


def test_headers_that_may_be_secret_do_not_go_where_a_page_has_moved_to(place: Place, server: RawServer) -> None:
    with RawServer({"/new": feed()}) as there:
        server.scripts["/feed"] = redirect(there.url("/new"), 308)
        place.configure('headers = { x-key = "secret" }', press=server.url("/feed"))
        for _ in range(5):
            place.check()

    assert len(server.asked) == 3
    assert all("x-key" in asked.headers for asked in server.asked)
    assert len(there.asked) == 5
    assert not any("x-key" in asked.headers for asked in there.asked)


def test_the_old_address_is_asked_where_the_new_one_fails_and_without_its_validators(
    place: Place, server: RawServer
) -> None:
    server.scripts |= {"/feed": redirect("/new", 301), "/new": feed()}
    for _ in range(4):
        place.check()
    place.asked()
    server.scripts |= {"/feed": feed(4), "/new": reply(status=404)}

    outcome = place.check().checked.outcome

    assert isinstance(outcome, Found)
    assert [change.seen.item.title for change in outcome.changes] == ["Tool 4"]
    assert place.asked() == ["/new", "/feed"]
    place.check()
    assert place.asked() == ["/feed"]


@pytest.mark.parametrize("places", ["12121212", "11011011"])
def test_a_redirect_that_ends_or_changes_before_the_third_is_followed_each_time(
    place: Place, server: RawServer, places: str
) -> None:
    server.scripts |= {"/1": feed(), "/2": feed()}
    for where in places:
        server.scripts["/feed"] = redirect(f"/{where}", 301) if where != "0" else feed()
        place.check()
        assert place.asked()[0] == "/feed"

    assert place.notices == []


def test_another_url_in_the_configuration_is_asked_at_once(place: Place, server: RawServer) -> None:
    server.scripts |= {"/feed": redirect("/new", 301), "/new": feed(), "/other": feed()}
    for _ in range(4):
        place.check()
    place.asked()

    place.configure(press=server.url("/other"))
    place.check()

    assert place.asked() == ["/other"]


# What is gone


def test_a_page_that_is_gone_is_asked_twice_and_then_no_more_until_its_owner_says_so(
    place: Place, server: RawServer, bare: Watcher
) -> None:
    server.scripts["/feed"] = reply(status=410)
    first, second = place.check(), place.check()

    assert place.due == []
    assert [isinstance(each.checked.outcome, Failed) for each in (first, second)] == [True, True]
    assert place.notices == ["press is gone, and is not looked at any more (410)"]
    place.asked()
    ran = bare("--home", str(place.home.folder), "check")
    assert "press: gone" in ran.err
    assert place.asked() == []
    said = bare("--home", str(place.home.folder), "show", "press").out
    assert "never, for its page is gone: watcher resume press" in said

    server.scripts["/feed"] = feed()
    bare("--home", str(place.home.folder), "resume", "press")
    assert place.due == ["press"]
    assert isinstance(place.check("press").checked.outcome, Found)
    assert place.due == ["press"]


def test_a_page_that_was_gone_is_asked_where_its_owner_says_it_is(
    place: Place, server: RawServer, bare: Watcher
) -> None:
    place.check()
    server.scripts |= {"/feed": reply(status=410), "/new": feed()}
    for _ in range(2):
        place.check()
    assert place.due == []

    place.configure(press=server.url("/new"))

    assert "never" not in bare("--home", str(place.home.folder), "show", "press").out
    assert place.due == ["press"]
    assert isinstance(place.check().checked.outcome, Found)


def test_one_that_is_gone_before_anything_was_known_of_it_stays_so_over_restarts(
    place: Place, server: RawServer
) -> None:
    server.scripts["/feed"] = reply(status=410)
    for _ in range(2):
        place.check()

    assert [place.due for _ in range(3)] == [[]] * 3


# What robots.txt says


@pytest.mark.usefixtures("far_away")
def test_that_robots_txt_would_rather_not_is_said_once_and_asked_once_a_day(place: Place, server: RawServer) -> None:
    server.scripts["/robots.txt"] = reply(b"User-agent: *\nDisallow: /feed\n")

    said = [says(place.check()) for _ in range(3)]
    server.scripts["/feed"] = feed(4, etag='"two"')
    said.append(says(place.check()))

    assert [len(each) for each in said] == [1, 0, 0, 0]
    assert said[0][0].startswith(f"robots.txt asks programs not to read {server.url('/feed')}; it is your own address")
    assert place.asked() == ["/robots.txt", *["/feed"] * 4]


@pytest.mark.parametrize("key", ["watch", "top"])
def test_robots_txt_is_obeyed_where_that_is_wanted(place: Place, server: RawServer, key: str) -> None:
    server.scripts["/robots.txt"] = reply(b"User-agent: *\nDisallow: /feed\n")
    place.configure('robots = "obey"' if key == "watch" else "", press=server.url("/feed"))
    if key == "top":
        place.home.config.write_text('robots = "obey"\n' + place.home.config.read_text())

    outcome = place.check().checked.outcome

    assert isinstance(outcome, Failed)
    assert outcome.error == f"robots.txt of {server.host} asks programs not to read /feed"
    assert place.asked() == ["/robots.txt"]


def test_what_a_page_leads_to_and_robots_txt_forbids_is_done_without_and_nothing_waits_for_it(
    place: Place, server: RawServer
) -> None:
    rows = "".join(f'<li><a href="/forbidden/{n}">Release {n}</a>' for n in range(3))
    front = f'<!doctype html><ul>{rows}</ul><a rel="next" href="/forbidden/page-2">Older</a>'.encode()
    server.scripts |= {"/robots.txt": reply(b"User-agent: *\nDisallow: /forbidden\n"), "/": reply(front)}
    keys = 'kind = "list"\nitem = "li"\narticle = true\npages = 2\nrobots = "obey"\n'
    place.home.config.write_text(f'[watch.press]\nurl = "{server.url("/")}"\n{keys}')

    outcome = place.check().checked.outcome

    assert isinstance(outcome, Found)
    assert [change.seen.pending for change in outcome.changes] == [0] * 3
    assert place.asked() == ["/robots.txt", "/"]
    assert len(list((place.home.folder / "state/records/press").glob("*.md"))) == 3


# Many watches


def test_two_watches_of_one_address_are_one_request_and_each_finds_what_is_new(place: Place, server: RawServer) -> None:
    place.configure(one=server.url("/feed"), two=server.url("/feed"))
    place.check()
    assert place.asked() == ["/feed"]
    place.check()
    assert [asked.headers.get("if-none-match") for asked in server.asked] == ['"one"']
    place.asked()
    server.scripts["/feed"] = feed(4, etag='"two"')
    place.check()
    assert place.asked() == ["/feed"]

    with App(place.home) as app:
        assert [len(app.store.items(name)) for name in ("one", "two")] == [4, 4]


@pytest.mark.usefixtures("far_away")
def test_two_hundred_watches_of_one_host_never_meet_there_and_keep_their_distance(
    place: Place, server: RawServer
) -> None:
    times: list[float] = []
    script = feed(1)  # of a few; what is not there costs the test less

    def noted(asked: Asked) -> bytes:
        times.append(monotonic())
        asked.server.closing.wait(0.001)
        answer = script(asked) if int(asked.path[1:] or 0) < 20 else reply(status=404)
        times.append(monotonic())
        return answer

    paths = [f"/{n}" for n in range(200)]
    server.scripts |= dict.fromkeys(paths, noted)
    place.now += timedelta(hours=1)
    place.configure(**{f"w{path[1:]}": server.url(path) for path in paths})

    with App(place.home, clock=lambda: place.now, gap=0.01) as app, app.locked():
        swept = list(app.sweep(list(app.config.watches.values())))

    assert [isinstance(each.checked.outcome, Failed) for each in swept] == [False] * 20 + [True] * 180
    assert sorted(server.paths) == sorted([*paths, "/robots.txt"])
    assert times == sorted(times)
    assert min(begun - ended for ended, begun in zip(times[1::2], times[2::2], strict=False)) >= 0.01


def test_a_page_that_changes_again_in_the_second_in_which_it_was_fetched_is_read_again(place: Place) -> None:
    releases, changed = [3], format_datetime(place.now + timedelta(hours=1), usegmt=True)

    def said(asked: Asked) -> bytes:
        now = format_datetime(place.now, usegmt=True)
        if asked.headers.get("if-modified-since") == changed:
            return reply(status=304, last_modified=changed, date=now)
        return feed(releases[-1])(asked).replace(b'etag: "one"', f"last-modified: {changed}\r\ndate: {now}".encode())

    place.server.scripts["/feed"] = said
    place.check()
    releases.append(4)  # the last change, and its date is the same

    second, third = place.check().checked, place.check().checked

    assert [change.seen.item.title for change in second.changes] == ["Tool 4"]
    assert isinstance(third.outcome, Unchanged)
    assert third.outcome.response.status == 304
