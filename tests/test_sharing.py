"""One request for all who ask the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from watcher.errors import FetchError
from watcher.model import Request, Response
from watcher.sharing import MANY, Sharing

PAGE = "https://press.example.org/"


class Server:
    """Counts what it is asked, and says 304 to who has its page."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.failures = 0
        self.go = threading.Event()
        self.go.set()
        self.begun = threading.Event()

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        self.begun.set()
        self.go.wait(10)
        if self.failures:
            self.failures -= 1
            raise FetchError("500")
        status = 304 if request.etag == "now" else 200
        return Response(url=request.url, status=status, body=b"%d" % len(self.asked))


@pytest.fixture
def server() -> Server:
    return Server()


def ask(sharing: Sharing, **more: Any) -> Response:
    return sharing.of_one()(Request(**{"url": PAGE} | more))


def test_who_asks_while_another_waits_for_the_same_answer_gets_that(server: Server) -> None:
    sharing = Sharing(server)
    server.go.clear()

    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(ask, sharing) for _ in range(4)]
        server.begun.wait(10)
        server.go.set()
        answers = {each.result(10).body for each in waiting}

    assert answers == {b"1"}
    assert len(server.asked) == 1


def test_an_answer_serves_who_comes_soon_after_and_nobody_who_wants_a_newer_one(server: Server) -> None:
    sharing = Sharing(server)
    ask(sharing)

    assert ask(sharing).body == b"1"
    assert sharing.of_one(0.0)(Request(url=PAGE)).body == b"2"


@pytest.mark.parametrize(
    "more", [{"url": f"{PAGE}2"}, {"headers": {"x-key": "secret"}}, {"browser": True}, {"trusted": True}]
)
def test_another_request_has_another_answer(server: Server, more: dict[str, Any]) -> None:
    sharing = Sharing(server)
    ask(sharing)

    assert ask(sharing, **more).body == b"2"


@pytest.mark.parametrize(
    ("first", "second", "asked"), [("", "old", 1), ("old", "", 1), ("now", "now", 1), ("now", "", 2), ("", "now", 1)]
)
def test_a_whole_page_serves_all_and_a_304_those_who_have_that_page(
    server: Server, first: str, second: str, asked: int
) -> None:
    sharing = Sharing(server)
    ask(sharing, etag=first)
    response = ask(sharing, etag=second)

    assert len(server.asked) == asked
    assert response.status == 200 or second == "now"


def test_a_look_that_asks_twice_gets_two_answers(server: Server) -> None:
    sharing = Sharing(server)
    one, other = sharing.of_one(), sharing.of_one()

    assert [one(Request(url=PAGE)).body for _ in range(3)] == [b"1", b"2", b"3"]
    assert [other(Request(url=PAGE)).body for _ in range(2)] == [b"3", b"4"]


def test_who_waited_for_a_failure_asks_again(server: Server) -> None:
    sharing = Sharing(server)
    server.failures = 1
    with pytest.raises(FetchError):
        ask(sharing)

    assert ask(sharing).body == b"2"


def test_programs_are_run_for_each_who_asks(server: Server) -> None:
    sharing = Sharing(server)

    assert [ask(sharing, program=("date",)).body for _ in range(2)] == [b"1", b"2"]


def test_only_so_many_answers_are_kept(server: Server) -> None:
    sharing = Sharing(server)
    for n in range(MANY * 3):
        ask(sharing, url=f"{PAGE}{n}")

    assert len(sharing._lines) == MANY
