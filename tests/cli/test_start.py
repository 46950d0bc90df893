"""The first minutes: init, add, preview."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from watcher.cli.proposal import named
from watcher.cli.toml import NEW_HOME
from watcher.demo import LISTING
from watcher.errors import RecordError

SELECTORS = ("--item", "div.content--2col__body > div", "--title", "h3 a", "--date", "span.date-format time")


@pytest.fixture
def user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home directory of whoever types."""
    folder = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def empty(user: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and one stands in it."""
    folder = user / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def listings(newsroom: Newsroom) -> int:
    """How often the page was asked for."""
    return sum(request.path == LISTING for request in newsroom.site.requests)


def test_init_makes_a_home_here_and_never_over_another(bare: Watcher, empty: Path) -> None:
    first, second = bare("init"), bare("init")

    assert first.code == 0
    assert (empty / "watcher.toml").read_text() == NEW_HOME
    assert {path.name for path in empty.iterdir()} == {"watcher.toml", "state", "feeds"}
    assert bare("config", "check").out == "watcher.toml: 0 watches, 0 alert targets, no fault\n"
    assert (second.code, second.out) == (2, "")
    assert second.err.startswith("error: watcher.toml is there already\n")


def test_init_makes_the_home_that_is_named(
    bare: Watcher, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare("--home", str(tmp_path / "named"), "init")
    monkeypatch.setenv("WATCHER_HOME", str(tmp_path / "said"))
    bare("init")

    assert (tmp_path / "named/watcher.toml").exists()
    assert (tmp_path / "said/watcher.toml").exists()
    assert list(empty.iterdir()) == []


def test_init_makes_the_home_of_the_configuration_that_is_named(bare: Watcher, empty: Path, tmp_path: Path) -> None:
    ran = bare("--config", str(tmp_path / "one/press.toml"), "init")

    assert ran.code == 0
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"press.toml", "state", "feeds"}
    assert list(empty.iterdir()) == []


def test_add_shows_what_is_there_saves_it_and_sends_nothing(watcher: Watcher, newsroom: Newsroom) -> None:
    comments = f"{newsroom.home.config.read_text()}\n# the end\n"
    newsroom.home.config.write_text(comments)

    ran = watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more", "--alert", "me")

    assert ran.code == 0
    assert ran.out.startswith("Found 10 items (dates: yes).\n   1  2022-05-17  Office of Public Finance Opens")
    assert "      … 5 more items (watcher preview more shows all)\n" in ran.out
    assert 'Added as "more", checked every 30 min.\n  Config   watcher.toml  (6 lines)\n' in ran.out
    assert "  Feed     feeds/more.xml  (10 entries, ready to subscribe)\n" in ran.out
    assert "  Records  state/records/more/  (10 Markdown files)\n" in ran.out
    text = newsroom.home.config.read_text()
    assert text.startswith(comments)
    assert tomllib.loads(text)["watch"]["more"] == {
        "url": newsroom.site.listing,
        "item": SELECTORS[1],
        "title": "h3 a",
        "date": "span.date-format time",
        "alerts": ["me"],
    }
    assert watcher("check", "more").out.startswith("more  ok        nothing new")
    assert newsroom.mails == []


def test_add_asks_for_a_page_once_and_keeps_what_it_showed(watcher: Watcher, newsroom: Newsroom) -> None:
    watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more", "--article", "div.field--name-field-news-body")

    assert listings(newsroom) == 1
    assert len(newsroom.site.requests) == 11
    assert b"Mexico" in (newsroom.home.folder / "state/records/more/2022-05-13-jy0781.md").read_bytes()


def test_without_a_home_add_makes_the_users_own(bare: Watcher, newsroom: Newsroom, user: Path, empty: Path) -> None:
    ran = bare("add", f"{newsroom.site.listing}/jy0781", "--select", "h1")

    home = user / ".local/share/watcher"
    assert ran.code == 0
    assert f"  Config   {home}/watcher.toml" in ran.out
    assert (home / "watcher.toml").read_text().startswith(NEW_HOME)
    assert (home / "feeds/127-0-0-1-jy0781.xml").exists()
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("404", "error: 404 Not Found from "),
        ("500", "error: 500 Internal Server Error from "),
        ("nolist", 'error: "div.content--2col__body > div" matched nothing on '),
        ("botcheck200", 'error: 200, but it looks like a bot check ("Just a moment...") at '),
    ],
)
def test_a_page_that_cannot_be_read_is_not_added(mood: str, said: str, watcher: Watcher, newsroom: Newsroom) -> None:
    before, url = newsroom.home.config.read_text(), newsroom.site.listing
    if mood == "404":
        url += "/nothing"
    else:
        newsroom.office.behave(mood)  # type: ignore[arg-type]

    ran = watcher("add", url, *SELECTORS, "--name", "more")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(said)
    assert "; nothing was added\n" in ran.err
    assert newsroom.home.config.read_text() == before
    assert not newsroom.home.feeds.exists()


def test_a_first_look_that_fails_leaves_nothing_half_added(
    watcher: Watcher, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = newsroom.home.config.read_text()
    watcher("list")  # makes the database

    def listing(folder: Path) -> None:  # a disk that fails is not to be had
        raise RecordError(folder, "cannot be listed: input/output error")

    monkeypatch.setattr("watcher.files.listing", listing)
    ran = watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more")

    assert ran.code == 1
    assert "input/output error; nothing was added\n" in ran.err
    assert newsroom.home.config.read_text() == before
    monkeypatch.undo()
    with newsroom.app() as app:
        assert app.store.all_known() == []


def test_a_watch_whose_records_cannot_be_written_is_added_and_that_is_said(
    watcher: Watcher, newsroom: Newsroom
) -> None:
    newsroom.home.state.mkdir()
    (newsroom.home.state / "records").write_text("a file is in the way")

    ran = watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more")

    assert ran.code == 1
    assert 'Added as "more"' in ran.out
    assert "more/2022-05-17-pf0324.md: cannot be read: not a directory\n" in ran.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["example.org/news", *SELECTORS], '"example.org/news" is no address'),
        (["{url}"], "press watches this page already"),
        (["{url}", "--name", "press", "--item", "li"], 'there is a watch "press" already'),
        (["{url}", "--name", "more", "--item", "li["], '"item" in [watch.more]: "li[" is no CSS selector'),
        (["{url}", "--name", "More", "--item", "li"], '"More" is no name'),
        (["{url}", "--name", "all", "--item", "li"], '"all" is a name of Watcher\'s own'),
        (["{url}", "--name", "more", "--item", "li", "--alert", "you"], "there is no [alert.you]"),
        (["{url}", "--name", "more", "--kind", "page", "--item", "li"], 'unknown key "item" in [watch.more]'),
    ],
)
def test_what_cannot_be_added_is_a_misuse_and_nobody_is_asked(
    args: list[str], said: str, watcher: Watcher, newsroom: Newsroom
) -> None:
    before = newsroom.home.config.read_text()

    ran = watcher("add", *(arg.format(url=newsroom.site.listing) for arg in args))

    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert newsroom.home.config.read_text() == before
    assert newsroom.site.requests == []


def test_add_says_where_a_page_has_moved_to_and_which_address_it_keeps(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.office.behave("redirect301")
    moved = f"{newsroom.site.url}{newsroom.office.moved}"

    ran = watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more")

    assert ran.err.endswith(f"That page has moved for good, to {moved}\n")
    assert f'  Address  {newsroom.site.listing}  (as given; to ask where it is now, write url = "{moved}")\n' in ran.out
    assert tomllib.loads(newsroom.home.config.read_text())["watch"]["more"]["url"] == newsroom.site.listing


def test_add_says_nothing_of_a_page_that_is_elsewhere_for_now(watcher: Watcher, newsroom: Newsroom) -> None:
    newsroom.office.behave("redirect")

    ran = watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more")

    assert "moved" not in ran.err
    assert "  Address  " not in ran.out


def test_beside_a_running_watcher_add_leaves_the_first_look_to_it(watcher: Watcher, newsroom: Newsroom) -> None:
    with newsroom.app() as app, app.locked():
        ran = watcher("add", newsroom.site.listing, *SELECTORS, "--name", "more")

    assert ran.code == 0
    assert ran.out.endswith("The watcher that is running takes the first look.\n")
    assert "more" in tomllib.loads(newsroom.home.config.read_text())["watch"]
    assert watcher("check", "more").out.startswith("more  known     10 items known from now on\n")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://home.treasury.gov/news/press-releases", "treasury-press-releases"),
        ("https://www.federalreserve.gov/newsevents/pressreleases.htm", "federalreserve-pressreleases"),
        ("https://www.bankofexample.co.uk/news/", "bankofexample-news"),
        ("https://feed.example/", "feed-2"),
        ("https://example.org/%E6%96%B0%E8%81%9E", "example"),
        ("http://localhost:8000/a_b", "localhost-a-b"),
        ("https://www.example.org/news/index.html", "example-news"),
        ("https://www.example.org/news/2026/11?page=1", "example-news"),
        ("https://docs.example.org/en-gb/5.1/releases/", "example-releases"),
        ("https://example.org/blog/feed.xml", "example-blog"),
        ("https://example.org/2026", "example"),
        ("https://github.com/owner/project/releases", "github-project"),
        ("https://gitlab.com/owner/project/-/tags", "gitlab-project"),
    ],
)
def test_a_name_is_made_of_the_address(url: str, name: str) -> None:
    assert named(url, {"feed"}) == name


def test_preview_shows_all_and_saves_nothing(bare: Watcher, newsroom: Newsroom, user: Path, empty: Path) -> None:
    ran = bare("preview", newsroom.site.listing, *SELECTORS)

    rows = ran.out.splitlines()
    assert ran.code == 0
    assert rows[0] == "Found 10 items (dates: yes)."
    assert rows[10].startswith("  10  2022-05-06  READOUT: Director Okafor")
    assert ran.err.startswith(f"Looked at {newsroom.site.listing}: 200, ")
    assert list(empty.iterdir()) == []
    assert list(user.iterdir()) == [empty]


@pytest.mark.parametrize("name", ["press", "{url}"])
def test_preview_of_a_watch_uses_its_own_rule(name: str, watcher: Watcher, newsroom: Newsroom) -> None:
    items = watcher("preview", "--json", name.format(url=newsroom.site.listing)).document

    assert len(items) == 10
    assert items[4] == {
        "title": newsroom.office.releases[4].title,
        "link": f"{newsroom.site.listing}/jy0781",
        "date": "2022-05-13",
        "summary": "",
    }
    assert not newsroom.home.database.exists()


def test_preview_of_a_page_shows_its_text(watcher: Watcher, newsroom: Newsroom) -> None:
    ran = watcher("preview", f"{newsroom.site.listing}/jy0781", "--select", "h1.page-title, h2")

    assert ran.out.startswith("Found a text of ")
    assert newsroom.office.releases[4].title in ran.out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "folder is a directory"),
        ("folder/page.html", "no such file: folder/page.html"),
        ("pgae.html", "no such file: pgae.html"),
        ("folder/page", "no such file: folder/page"),
        ("pipe", "pipe is no regular file"),
        ("/dev/null", "/dev/null is no regular file"),
        ("nothing.html", "nothing.html is empty"),
        (
            "file:///a%20b.html",
            '"file:///a%20b.html" is no web address\n       give the file by its name: watcher preview',
        ),
        ("pres" * 100, f'no watch "{"pres" * 100}"'),
    ],
)
@pytest.mark.parametrize("options", [[], ["--kind", "page"]])
def test_preview_says_what_is_wrong_with_the_name_of_a_file(
    options: list[str], name: str, said: str, watcher: Watcher, newsroom: Newsroom
) -> None:
    (newsroom.home.folder / "folder").mkdir()
    (newsroom.home.folder / "nothing.html").write_bytes(b"\n")
    os.mkfifo(newsroom.home.folder / "pipe")

    ran = watcher("preview", name, *options)

    assert (ran.code, ran.out) == (2, "")
    assert said.replace("no watch", "") in ran.err.replace("no watch", "").replace(" is no address", "")


def test_a_watch_is_looked_at_where_a_directory_has_its_name(watcher: Watcher, newsroom: Newsroom) -> None:
    (newsroom.home.folder / "press").mkdir()

    assert watcher("preview", "press").out.startswith("Found 10 items")


@pytest.mark.parametrize("given", ["page.html", "file:page.html"])
def test_a_file_that_is_to_be_added_can_be_looked_into(given: str, watcher: Watcher, newsroom: Newsroom) -> None:
    (newsroom.home.folder / "page.html").write_text("<p>Text")

    ran = watcher("add", given)

    assert ran.code == 2
    assert ran.err.endswith("a file can only be looked into: watcher preview page.html\n")
