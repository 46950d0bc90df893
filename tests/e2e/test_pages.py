"""What people see who open the folder of feeds in a browser: a page, at any width, light or dark, with no script in it,
that asks nothing of another host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from tests.conftest import Newsroom
from tests.e2e.test_feed_folder import settle, sweep
from watcher.feeds.forms import forms
from watcher.fetch.browser import installed
from watcher.model import Entry
from watcher.web.feeds import feeds_app
from watcher.web.server import serve

needs_browser = pytest.mark.skipif(not installed.available(), reason="no Playwright, or no Chromium, is installed")

WHEN = datetime(2026, 11, 22, tzinfo=UTC)
BODIES = {
    "A wide table": f"<table><tr>{'<td>European Central Bank</td>' * 12}</tr></table>",
    "A long line": f"<pre>{'tool --option ' * 40}</pre>",
    "L" + "o" * 200 + "ng": f"<p>https://tool.example/{'a/' * 200}</p>",
    "A picture": '<p><img src="https://tool.example/picture.png" alt="A chart"/></p>',
    "عنوان باللغة العربية": '<p id="arabic">نص البيان</p>',
}

#: How far the page is wider than the window, whether scripts are in it, paper and ink, and at what share of the width
#: an Arabic text begins.
LOOK = """() => {
  const root = document.documentElement, range = document.createRange();
  const style = getComputedStyle(document.body || root);
  const red = colour => Number(colour.match(/\\d+/)[0]);
  const arabic = [...document.getElementsByTagName("p")].find(p => /^\\u0646/.test(p.textContent));
  if (arabic) range.selectNodeContents(arabic);
  return {
    wider: root.scrollWidth - window.innerWidth,
    scripts: document.getElementsByTagName("script").length,
    dark: red(style.backgroundColor) < red(style.color),
    right: arabic ? arabic.getBoundingClientRect().right - range.getBoundingClientRect().right : 0,
  };
}"""


@pytest.fixture
def address(newsroom: Newsroom) -> Iterator[str]:
    settle(newsroom)
    sweep(newsroom)
    entries = [
        Entry(
            id=f"urn:uuid:00000000-0000-0000-0000-00000000000{n}",
            title=title,
            link=f"https://tool.example/{n}",
            published=WHEN,
            updated=WHEN,
            html=f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>',
        )
        for n, (title, body) in enumerate(BODIES.items())
    ]
    with newsroom.app() as app:
        feed = app.shelf.own("odd", "What sources write")
        app.shelf.write(feed, [forms(each, feed) for each in entries])
    server = serve(feeds_app(newsroom.home.feeds), "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


@needs_browser
def test_every_page_fits_its_window_light_and_dark_and_runs_and_asks_nothing(address: str) -> None:
    seen, asked = {}, list[str]()
    with _chromium() as browser:
        page = browser.new_page()
        page.on("requestfinished", lambda request: asked.append(request.url))
        for path in ("index.html", "press/", "press.xml", "odd/", "odd.xml"):
            page.goto(f"{address}/feeds/{path}")
            for width, scheme in product((1280, 390), ("light", "dark")):
                page.set_viewport_size({"width": width, "height": 800})
                page.emulate_media(color_scheme=scheme)
                seen[path, width, scheme] = page.evaluate(LOOK)

    assert all(url.startswith(address) for url in asked)
    assert {(look["wider"], look["scripts"]) for look in seen.values()} == {(0, 0)}
    assert [look["dark"] for look in seen.values()] == [scheme == "dark" for *_, scheme in seen]
    assert {abs(look["right"]) < 2 for look in seen.values()} == {True}  # it begins where such texts begin


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.executable(), args=["--no-sandbox"])
        yield browser
        browser.close()
