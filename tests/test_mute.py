"""The link in a mail that ends the letters of a watch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bs4 import BeautifulSoup

from watcher.app import App
from watcher.errors import StoreError
from watcher.home import Home
from watcher.seal import sealed
from watcher.sending import MUTE
from watcher.store import database
from watcher.web.feeds import feeds_app
from watcher.web.mute import mute_route
from watcher.web.server import serve

ME = "me me@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "watcher.toml").write_text('base_url = "https://watch.example/"\n')
    return Home(folder=tmp_path, config=tmp_path / "watcher.toml")


@pytest.fixture
def app(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setattr(database, "_BUSY", 0.1)  # seconds that a locked database is waited for
    with App(home) as app:
        yield app


@pytest.fixture
def web(app: App) -> Iterator[httpx.Client]:
    """What stands before the site in the world: https, and the same path."""
    site = feeds_app(app.home.feeds)
    site.routes.append(mute_route(app))
    server = serve(site, "127.0.0.1", 0)
    server.start()
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client
    server.stop()


@pytest.fixture
def link(app: App) -> str:
    """The path of the link in a letter to me."""
    return app.sender.mute_link(ME, "press").removeprefix("https://watch.example")


def test_without_https_there_is_no_link(home: Home) -> None:
    for base_url in ("", 'base_url = "http://watch.example/"\n'):
        home.config.write_text(base_url)
        with App(home) as app:
            assert app.sender.mute_link(ME, "press") == ""
    assert not home.secret.exists()


def test_a_look_at_the_page_shows_one_button_and_changes_nothing(web: httpx.Client, app: App, link: str) -> None:
    answers = [web.get(link), web.head(link), web.get(link)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert app.store.muted() == []
    page = BeautifulSoup(answers[0].text, "lxml")
    [button] = page.select("form[method=post]:not([action]) button")
    assert button.get_text() == "Send no more letters of press"
    assert len(page.select("button, input, a, script, img, link, style")) == 1
    assert "me@example.org is told of what is new on press." in page.get_text()


@pytest.mark.parametrize(
    "posted",
    [
        {"data": ONE_CLICK},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},  # multipart/form-data, as RFC 8058 allows
        {},
        {"content": b"\xff" * 100},
        {"content": b"again=1&" * 10_000},
    ],
)
def test_a_post_mutes_without_a_login(posted: dict[str, object], web: httpx.Client, app: App, link: str) -> None:
    answer = web.post(link, **posted)  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert app.store.muted() == [(ME, "press")]
    assert "me@example.org is told nothing more of press" in answer.text
    assert "<code>watcher mute press me@example.org --off</code>" in answer.text


def test_twice_is_as_good_as_once(web: httpx.Client, app: App, link: str) -> None:
    web.post(link, data=ONE_CLICK)
    again = web.post(link, data=ONE_CLICK)

    assert again.status_code == 200
    assert app.store.muted() == [(ME, "press")]


def test_the_button_of_the_page_that_follows_undoes_it(web: httpx.Client, app: App, link: str) -> None:
    [button] = BeautifulSoup(web.post(link, data=ONE_CLICK).text, "lxml").select("form[method=post] button")

    answer = web.post(link, data={str(button["name"]): str(button["value"])})

    assert answer.status_code == 200
    assert app.store.muted() == []
    assert "Send no more letters of press" in answer.text


def test_the_page_of_one_who_is_muted_says_so(web: httpx.Client, link: str) -> None:
    web.post(link, data=ONE_CLICK)

    assert "<h1>Unsubscribed</h1>" in web.get(link).text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_or_cut_link_is_refused(method: str, web: httpx.Client, app: App, link: str) -> None:
    token = link.removeprefix("/mute/")
    forged = [
        sealed(b"t" * 32, MUTE, ME, "press"),
        sealed(b"", MUTE, ME, "press"),
        sealed(app.secret, "other", ME, "press"),
        sealed(app.secret, MUTE, ME),
        token[:-1],
        token[:22],
        f"{token}A",
        token.swapcase(),
        "A",
        "%00",
        "x" * 5000,
    ]

    answers = [web.request(method, f"/mute/{each}") for each in forged]

    assert [answer.status_code for answer in answers] == [404] * len(forged)
    assert app.store.muted() == []


def test_a_link_of_another_home_is_refused(web: httpx.Client, app: App, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "watcher.toml").write_text('base_url = "https://watch.example/"\n')
    with App(Home(folder=other, config=other / "watcher.toml")) as stranger:
        link = stranger.sender.mute_link(ME, "press").removeprefix("https://watch.example")

    assert web.post(link, data=ONE_CLICK).status_code == 404
    assert app.store.muted() == []


def test_names_are_shown_and_not_run(web: httpx.Client, app: App) -> None:
    link = app.sender.mute_link("me <b>@example.org", "<script>alert(1)</script>").removeprefix("https://watch.example")

    for answer in (web.get(link), web.post(link)):
        assert "<script" not in answer.text
        assert "<b>" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; form-action 'self'")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_while_the_database_is_locked_it_says_when_to_come_again(web: httpx.Client, app: App, link: str) -> None:
    assert web.post(link, data={"again": "1"}).status_code == 200  # the database is there
    other = sqlite3.connect(app.home.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    locked = web.post(link, data=ONE_CLICK)
    other.execute("ROLLBACK")
    other.close()
    after = web.post(link, data=ONE_CLICK)

    assert (locked.status_code, locked.headers["retry-after"]) == (503, "60")
    assert "nothing was changed" in locked.text
    assert after.status_code == 200
    assert app.store.muted() == [(ME, "press")]


def test_the_secret_is_made_once_and_ours_alone(home: Home, app: App) -> None:
    first = app.sender.mute_link(ME, "press")
    with App(home) as again:
        second = again.sender.mute_link(ME, "press")

    assert first == second
    assert len(home.secret.read_bytes()) == 32
    assert home.secret.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [b"", b"s" * 31])
def test_a_secret_that_is_none_signs_nothing(cut: bytes, home: Home, app: App) -> None:
    home.state.mkdir()
    home.secret.write_bytes(cut)

    with pytest.raises(StoreError, match="secret is cut short"):
        app.sender.mute_link(ME, "press")
