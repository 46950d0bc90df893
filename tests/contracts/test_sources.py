"""What every kind of source keeps to. `tests/sources/test_KIND.py` has an example of it: its OPTIONS, and the site
that they are for, as addresses and their answers."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import NOW, Memory, watch
from watcher import pipeline, sources, urls
from watcher.errors import BadStatus, CheckError, FetchError
from watcher.keys import Common
from watcher.match import distinct
from watcher.model import Change, Failed, Found, Get, Item, Outcome, Request, Response, Unchanged, Watch
from watcher.routing import Route
from watcher.store import Store, open_store

KINDS = sources.kinds()

Site = Mapping[str, Response]


class Example:
    """One kind with its example."""

    def __init__(self, kind: str) -> None:
        example = import_module(f"tests.sources.test_{kind}")
        self.kind, self.source = kind, sources.load(kind)
        self.options: Any = example.OPTIONS
        self.site: Site = example.site()

    @property
    def watch(self) -> Watch:
        on_edit = getattr(self.source, "ON_EDIT", "update")
        return watch(kind=self.kind, url=self.options.url, options=self.options, on_edit=on_edit)

    @property
    def front(self) -> Response:
        """The answer to the first request."""
        asked: list[Response] = []

        def get(request: Request) -> Response:
            asked.append(answered(self.site, request))
            return asked[-1]

        self.find(get)
        return asked[0]

    def find(self, get: Get) -> list[Item]:
        return distinct(self.source.find(self.options, get))

    def instead(self, front: Response, *, only: bool = False) -> Get:
        """A site whose front page answers otherwise; `only`: and nothing else answers at all."""
        asked: list[Request] = []

        def get(request: Request) -> Response:
            asked.append(request)
            if len(asked) == 1:
                return front
            if only:
                raise FetchError(f"{request.url} is not there")
            return answered(self.site, request)

        return get


@pytest.fixture(params=KINDS)
def example(request: pytest.FixtureRequest) -> Example:
    return Example(request.param)


def answered(site: Site, request: Request) -> Response:
    found = {urls.identity(url): response for url, response in site.items()}
    if response := site.get(request.url) or found.get(urls.identity(request.url)):
        return response
    raise BadStatus(f"{request.url}: 404 Not Found", status=404)


def test_no_key_of_a_kind_is_one_of_every_watch(example: Example) -> None:
    assert not type(example.options).model_fields.keys() & Common.model_fields.keys()


def test_what_is_found_twice_is_the_same(example: Example) -> None:
    once, again = (example.find(lambda request: answered(example.site, request)) for _ in range(2))

    assert once == again
    assert once


def test_items_are_whole(example: Example) -> None:
    items = example.find(lambda request: answered(example.site, request))

    for item in items:
        assert urls.absolute("", item.link), item
        assert item.title == " ".join(item.title.split()) != "", item
        assert not isinstance(item.published, datetime) or item.published.tzinfo, item
        assert bool(item.published) == bool(item.dated_by), item
    assert len({item.key for item in items if item.key}) == len([item for item in items if item.key])


def test_the_front_page_alone_gives_the_items_that_it_holds(example: Example) -> None:
    whole = example.find(lambda request: answered(example.site, request))

    alone = example.find(example.instead(example.front, only=True))

    assert [(item.link, item.key) for item in alone] == [(item.link, item.key) for item in whole[: len(alone)]]
    assert alone


def test_a_list_in_another_order_is_no_news(example: Example) -> None:
    items = example.find(lambda request: answered(example.site, request))
    memory = Memory(url=example.options.url)
    memory.look(items)

    assert [change.kind for change in memory.look(items[::-1]).changes] == []


def test_an_edited_item_is_the_same_item(example: Example) -> None:
    items = example.find(lambda request: answered(example.site, request))
    memory = Memory(url=example.options.url)
    memory.look(items)
    edited = replace(items[0], body=f"{items[0].body}\n\nCorrected.", title=f"{items[0].title} (corrected)")

    changes = memory.look([edited, *items[1:]]).changes

    assert [change.kind for change in changes] == ["edited"]


def test_a_restart_tells_nothing_again(example: Example, tmp_path: Path) -> None:
    for n in range(3):
        with closing(open_store(f"sqlite:///{tmp_path / 'watcher.db'}")) as store:
            outcome = looked(example, store, lambda request: answered(example.site, request), NOW + n * timedelta(1))

        assert [change.kind for change in changes(outcome) if change.event or n] == []


def test_a_look_asks_for_nothing_but_by_get(example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a source did I/O of its own")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(subprocess, "Popen", refused)

    assert example.find(lambda request: answered(example.site, request))


def test_a_rule_that_fails_keeps_the_validators_and_finds_the_change_when_it_is_mended(
    example: Example, tmp_path: Path
) -> None:
    good, asked = replace(example.front, etag='"good"'), list[str]()
    broken = replace(good, etag='"broken"', body=b"<html><title>Sorry</title><p>We are being rebuilt.", headers={})

    def noting(front: Response) -> Get:
        inner = example.instead(front)

        def get(request: Request) -> Response:
            asked.append(request.etag)
            return inner(request)

        return get

    with closing(open_store(f"sqlite:///{tmp_path / 'watcher.db'}")) as store:
        looked(example, store, noting(good), NOW)
        failed = looked(example, store, noting(broken), NOW + timedelta(days=1))
        begun = len(asked)
        mended = looked(
            example, store, noting(replace(good, etag='"mended"', body=good.body + b" ")), NOW + timedelta(2)
        )

    if example.kind in ("page", "command"):
        pytest.skip("any text is a page")
    assert isinstance(failed, Failed)
    assert asked[begun] == '"good"'
    assert isinstance(mended, Found)


HOSTILE = {
    "nothing": b"",
    "blanks": b" \n" * 1000,
    "NUL": b"\x00" * 5000,
    "noise": bytes(range(256)) * 40,
    "an error page": b"<!doctype html><html><head><title>500</title></head><body><h1>Internal error</h1></body></html>",
    "deep JSON": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a number": b"1e999",
    "null": b"null",
    "an empty list": b"[]",
    "an empty object": b"{}",
    "a list of wrong things": b'[null, 1, "x", [], {}, true]',
    "deep HTML": b"<div>" * 50_000,
    "comments": b"<!--" * 50_000,
    "entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "a foreign file": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "surrogates": b'{"title": "\\ud800", "items": [{"title": "\\udfff", "url": "\\ud800"}]}',
    "one long line": b"1.0.0 " * 200_000,
    "many headings": b"## 1.0\n" * 50_000,
    "a broken PDF": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog",
    "a broken gzip": b"\x1f\x8b\x08\x00" + b"\xff" * 500,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_is_refused_in_words_or_read_for_what_it_is(example: Example, body: bytes) -> None:
    endure(example, replace(example.front, body=body))


def test_an_answer_that_is_cut_off_anywhere_is_refused_or_read_as_far_as_it_goes(example: Example) -> None:
    front = example.front

    for end in range(0, len(front.body), max(1, len(front.body) // 40)):
        endure(example, replace(front, body=front.body[:end]))


def test_json_with_anything_in_the_place_of_anything_is_endured(example: Example) -> None:
    try:
        value = json.loads(example.front.body)
    except ValueError:
        pytest.skip("it is no JSON")

    for odd in (
        None,
        [],
        {},
        True,
        -1,
        1e300,
        10**30,
        "",
        "x" * 5000,
        "http://[",
        "\ud800",
        "9999-99-99",
        [None],
        {"a": 1},
    ):
        for changed in _with(odd, value):
            endure(example, replace(example.front, body=json.dumps(changed).encode()))


def endure(example: Example, front: Response) -> None:
    """Whatever the front page answers: items that are whole, or a CheckError."""
    try:
        items = example.find(example.instead(front))
    except CheckError:
        return
    for item in items:
        assert item.title.strip()
        assert urls.absolute("", item.link)
        assert item.digest


def looked(example: Example, store: Store, get: Get, now: datetime) -> Outcome:
    return pipeline.check(Route(watch=example.watch), example.source, store, get, now).outcome


def changes(outcome: Outcome) -> Sequence[Change]:
    assert isinstance(outcome, Found | Unchanged), outcome
    return outcome.changes


def _with(odd: Any, value: Any) -> Iterator[Any]:
    """The value with each of its parts replaced in turn; of a list only the first."""
    yield odd
    pairs: list[tuple[Any, Any]] = []
    build: Callable[[Any, Any], Any]
    if isinstance(value, dict):
        pairs, build = list(value.items()), lambda key, part: {**value, key: part}
    elif isinstance(value, list):
        pairs, build = list(enumerate(value))[:1], lambda n, part: [*value[:n], part, *value[n + 1 :]]
    for key, part in pairs:
        for changed in _with(odd, part):
            yield build(key, changed)
