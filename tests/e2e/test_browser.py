"""A page that is empty without its script: the press office's, from the first look to what is new."""

from __future__ import annotations

import io

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from watcher.cli.shell import Shell
from watcher.demo.scripted import SHELL
from watcher.fetch.browser import installed
from watcher.fetch.http import Fetcher
from watcher.model import Request, Response

needs_browser = pytest.mark.skipif(not installed.available(), reason="no Playwright, or no Chromium, is installed")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@needs_browser
def test_a_page_that_a_script_fills_is_watched_through_a_browser(watcher: Watcher, newsroom: Newsroom) -> None:
    added = watcher("add", newsroom.site.url + SHELL, "--name", "latest", "--wait-for", "li.release")
    if "does not start" in added.err:
        pytest.skip(added.err)
    newsroom.office.publish("The Mint Opens Its Doors", slug="mint")
    checked = watcher("check", "latest")
    checked_again = watcher("check", "latest")

    assert "Found a list of 10 items (dates: yes)" in added.out
    text = newsroom.home.config.read_text()
    assert 'wait_for = "li.release"' in text
    assert "browser = true" in text
    assert "The Mint Opens Its Doors" in checked.out + (newsroom.home.folder / "feeds/latest.xml").read_text()
    assert "1 new" in checked.out
    assert "nothing new" in checked_again.out


def test_without_a_terminal_nothing_is_asked_and_the_way_is_shown(watcher: Watcher, newsroom: Newsroom) -> None:
    ran = watcher("add", newsroom.site.url + SHELL)

    assert ran.code == 1
    assert "the page is built by a script in the browser" in ran.err
    assert f"watcher add --browser {newsroom.site.url}{SHELL}" in ran.err
    assert SHELL not in newsroom.home.config.read_text()


@needs_browser
@pytest.mark.parametrize(("answer", "browser"), [("y\n", True), ("n\n", False)])
def test_at_a_terminal_a_browser_is_offered(
    watcher: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, answer: str, browser: bool
) -> None:
    asked: list[bool] = []
    get = Fetcher.get

    def noted(self: Fetcher, request: Request) -> Response:
        asked.append(request.browser)
        return get(self, request)

    monkeypatch.setattr(Fetcher, "get", noted)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr(Shell, "interactive", True)

    ran = watcher("add", newsroom.site.url + SHELL)

    assert "Run the script, in Chromium, at each look? [Y/n]" in ran.err + ran.out
    assert (True in asked) == browser
    assert ("browser = true" in newsroom.home.config.read_text()) == browser


def test_what_to_wait_for_needs_a_browser(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.configure('wait_for = "li"\n')

    ran = watcher("check")

    assert ran.code == 2
    assert "wait_for is of use in a browser only" in ran.err
