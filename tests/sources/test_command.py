"""The kind `command`: a program's output, read as another kind would; off where others could say what is run."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.conftest import Newsroom
from watcher.config import Config, load
from watcher.errors import ConfigError, NothingFound, NotUnderstood
from watcher.model import Failed, Found, Item, Request, Response
from watcher.sources import command
from watcher.sources.command import Options

URL = "https://tool.example/prices"
PRICES = ("/usr/local/bin/prices", "--all")
OPTIONS = Options(url=URL, command=PRICES)

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Tool</title><id>tag:tool.example,2020:tool</id>
<entry><title>Tool 1.1</title><id>1.1</id><link href="https://tool.example/1.1"/></entry>
<entry><title>Tool 1.0</title><id>1.0</id><link href="https://tool.example/1.0"/></entry></feed>"""
LIST = '<ul><li><a href="/1">One</a></li><li><a href="/2">Two</a></li></ul><a rel="next" href="/p2">Next</a>'


def site() -> dict[str, Response]:
    return {URL: answer("Basic 10 €\nFamily 15 €\n")}


def answer(output: str, media: str = "text/plain") -> Response:
    return Response(url=URL, headers={"content-type": media}, body=output.encode())


class Asked(list[Request]):
    """`get` that answers with this output, and takes note of what it was asked."""

    def __init__(self, output: str, media: str = "text/plain") -> None:
        self.answer = answer(output, media)

    def __call__(self, request: Request) -> Response:
        self.append(request)
        return self.answer


def options(**given: object) -> Options:
    return Options.model_validate({"url": URL, "command": list(PRICES), **given})


def test_the_program_is_what_is_asked_and_its_output_is_a_page() -> None:
    get = Asked("Basic 10 €\n  Family   15 €\n")

    (item,) = command.find(options(timeout="2m"), get)

    assert get == [Request(url=URL, program=PRICES, timeout=timedelta(minutes=2))]
    assert (item.link, item.title, item.body) == (URL, Path(PRICES[0]).name, "Basic 10 €\nFamily 15 €")


def test_the_output_may_be_a_feed() -> None:
    items = list(command.find(options(output="feed"), Asked(ATOM)))

    assert [(each.title, each.link) for each in items] == [
        ("Tool 1.1", "https://tool.example/1.1"),
        ("Tool 1.0", "https://tool.example/1.0"),
    ]


def test_the_kind_of_the_output_has_its_own_options_and_its_own_errors() -> None:
    items = list(command.find(options(output="list", options={"item": "li"}), Asked(LIST, "text/html")))

    assert [each.link for each in items] == ["https://tool.example/1", "https://tool.example/2"]
    with pytest.raises(NothingFound):
        list(command.find(options(options={"ignore": [".+"]}), Asked("x")))
    with pytest.raises(NotUnderstood, match="is no feed"):
        list(command.find(options(output="feed"), Asked("x")))


def test_a_program_runs_once_and_has_no_further_pages() -> None:
    given = options(output="list", options={"item": "li", "pages": 5})
    get = Asked(LIST, "text/html")

    assert len(list(command.find(given, get))) == 2
    assert len(list(command.revisit(given, get, lambda items: 0.0))) == 2
    assert [request.program for request in get] == [PRICES, PRICES]


def test_an_article_of_an_item_is_asked_of_the_web() -> None:
    given = options(output="list", options={"item": "li", "article": "main"})
    get = Asked("<main><p>Told at length.</p></main>", "text/html")

    item = command.complete(given, Item(link="https://tool.example/1", title="One"), get)

    assert get == [Request(url="https://tool.example/1")]
    assert item.body == "Told at length."
    assert command.complete(OPTIONS, item, get) is item


def test_edits_are_what_they_are_to_the_kind_of_the_output() -> None:
    was, now = Item(link=URL, title="t", body="A\nB"), Item(link=URL, title="t", body="B")

    assert command.on_edit(OPTIONS) == "entry"
    assert command.on_edit(options(output="feed")) == "update"
    assert command.against(OPTIONS, was, now) == was
    assert command.against(options(options={"only": "added"}), was, now) == now
    assert command.against(options(output="feed"), was, now) == was


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"command": []}, "at least 1 item"),
        ({"command": [" "]}, "it names no program"),
        ({"command": ["a\0"]}, "it names no program"),
        ({"command": "prices --all"}, "valid tuple"),
        ({"output": "command"}, "'page', 'feed'"),
        ({"timeout": "11m"}, "at most 10m"),
        ({"timeout": 30}, "is no duration"),
        ({"options": {"selct": "main"}}, '"selct": unknown key'),
        ({"options": {"select": "li["}}, '"select": "li\\[" is no CSS selector'),
        ({"options": {"url": "https://other.example/", "ignore": ["("]}}, '"ignore": "\\(" is no regular expression'),
    ],
)
def test_what_an_option_cannot_mean_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        options(**given)


# The configuration


WATCH = f"""[watch.prices]
kind = "command"
url = "{URL}"
command = ["prices", "--all"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    found = tmp_path / "watcher.toml"
    found.write_text(WATCH)
    found.chmod(0o644)
    return found


def loaded(file: Path) -> Config:
    return load(file, file.parent)


def fault(file: Path) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        loaded(file)
    (found,) = caught.value.faults
    return str(found), found.hint


def test_a_configuration_that_is_its_owners_alone_may_name_programs(file: Path) -> None:
    watch = loaded(file).watches["prices"]

    assert (watch.kind, watch.url, watch.on_edit) == ("command", URL, "entry")
    assert watch.options.command == ("prices", "--all")


def test_programs_are_off_where_others_can_write_the_configuration(file: Path) -> None:
    file.chmod(0o664)

    assert fault(file) == (
        f'kind "command" is off: {file} can be written by others (mode 664)  (watcher.toml:2)',
        f"chmod go-w {file}",
    )
    file.write_text(WATCH.replace('"command"', '"page"').replace("command =", "select ="))
    assert loaded(file).watches["prices"].kind == "page"


def test_programs_are_off_where_others_can_put_another_file_in_its_place(file: Path) -> None:
    file.parent.chmod(0o777)

    assert f"{file.parent} can be written by others (mode 777)" in fault(file)[0]


def test_any_file_of_the_configuration_counts(file: Path) -> None:
    more = file.parent / "watches.d" / "more.toml"
    more.parent.mkdir(mode=0o755)
    more.write_text('[watch.other]\nurl = "https://agency.example/"\n')
    more.chmod(0o646)
    assert f"{more} can be written by others (mode 646)" in fault(file)[0]

    more.chmod(0o644)
    more.parent.chmod(0o775)
    assert f"{more.parent} can be written by others (mode 775)" in fault(file)[0]

    more.parent.chmod(0o755)
    assert list(loaded(file).watches) == ["prices", "other"]


def test_a_linked_configuration_is_judged_where_it_is(file: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "watcher.toml").symlink_to(file)
    assert list(loaded(home / "watcher.toml").watches) == ["prices"]

    file.chmod(0o666)

    assert fault(home / "watcher.toml")[1] == f"chmod go-w {file}"


def test_a_fault_in_the_options_of_the_output_is_told_with_its_line(file: Path) -> None:
    file.write_text(f"{WATCH}options = {{ selct = 'main' }}\n")

    assert fault(file)[0] == '"options" in [watch.prices]: "selct": unknown key  (watcher.toml:5)'


# As a whole


def test_what_a_program_says_is_told_as_its_changes(newsroom: Newsroom, tmp_path: Path) -> None:
    prices = tmp_path / "prices.txt"
    code = f"print(open({str(prices)!r}).read())"
    newsroom.configure(f"kind = 'command'\ncommand = ['{sys.executable}', '-c', {code!r}]", url=URL)
    newsroom.home.config.chmod(0o644)
    newsroom.home.folder.chmod(0o755)

    prices.write_text("Basic 10 €\nFamily 15 €\n")
    newsroom.check()
    prices.write_text("Basic 12 €\nFamily 15 €\n")
    outcome = newsroom.check().checked.outcome
    prices.unlink()
    failed = newsroom.check().checked.outcome

    assert isinstance(outcome, Found)
    assert [mail["Subject"] for mail in newsroom.mailbox.messages] == [f"[Edited] {Path(sys.executable).name}"]
    assert b"-Basic 10" in next(iter(newsroom.records.values()))
    assert isinstance(failed, Failed)
    assert "ended with exit code 1: FileNotFoundError" in failed.error
