"""Items that wait for their articles: which are asked for first, and for which a look counts."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from typing import Any

from tests.contracts.world import seen
from tests.fakes import NOW, watch
from watcher.completing import ARTICLES_A_LOOK, FAILURES_A_LOOK, TRIES, late
from watcher.errors import BadStatus, NothingFound
from watcher.model import Get, Item, Request, Response, Seen

FORBIDDEN = BadStatus("403 Forbidden from press.example", status=403)
NO_PART = NothingFound("no such part")


class Press:
    """A kind of source, and its pages: the articles that are `there`, and what is raised for the others."""

    Options: type[Any] = object

    def __init__(self, there: Container[str] | Callable[[str], bool] = (), error: Exception = FORBIDDEN) -> None:
        self.there, self.error = there, error
        self.asked: list[str] = []
        self.why: dict[str, str] = {}

    def find(self, options: Any, get: Get) -> Iterable[Item]:
        return ()

    def complete(self, options: Any, item: Item, get: Get) -> Item:
        name = get(Request(url=item.link)).url.rpartition("/")[2]
        self.asked.append(name)
        if not (self.there(name) if callable(self.there) else name in self.there):
            raise self.error
        return replace(item, body="It came.")

    def look(self, queue: Iterable[Seen]) -> list[Seen]:
        """What waits after a look, or is done with."""
        self.asked.clear()
        after = {each.slug: each for each in queue}
        waits = [each for each in after.values() if each.pending]
        for change in late(waits, watch(), self, lambda request: Response(url=request.url), NOW):
            after[change.seen.slug] = change.seen
            self.why[change.seen.slug] = change.why
        return list(after.values())


def stock(count: int) -> list[Seen]:
    return [seen(f"old-{n}", baseline=True, pending=TRIES) for n in range(count)]


def news(count: int) -> list[Seen]:
    return [seen(f"new-{n}", pending=TRIES) for n in range(count)]


def test_a_look_at_which_none_can_be_had_counts_for_those_that_were_not_asked_for() -> None:
    press, queue = Press(), [*stock(30), *news(2)]

    for left in (2, 1, 0):
        queue = press.look(queue)

        assert len(press.asked) == FAILURES_A_LOOK
        assert {each.pending for each in queue} == {left}


def test_news_is_asked_for_before_what_was_there_at_the_first_look() -> None:
    press = Press(there=lambda name: True)

    press.look([*stock(2), *news(2)])

    assert press.asked == ["new-0", "new-1", "old-0", "old-1"]


def test_a_few_dead_pages_do_not_speak_for_all_that_can_be_had() -> None:
    queue = news(20)
    press = Press(there={each.slug for each in queue[FAILURES_A_LOOK:]})

    queue = press.look(press.look(queue))

    assert [each.slug for each in queue if each.item.body] == [f"new-{n}" for n in range(FAILURES_A_LOOK, 20)]


def test_a_look_counts_for_no_old_stock_that_was_not_asked_for_while_other_articles_come() -> None:
    press = Press(there={"old-0"})

    queue = press.look(stock(10))

    assert [each.pending for each in queue] == [0, 2, 2, 2, 3, 3, 3, 3, 3, 3]


def test_a_look_counts_for_news_that_was_not_asked_for_whatever_came_before() -> None:
    press = Press(there={"new-0"})

    queue = press.look(news(10))

    assert [each.pending for each in queue] == [0, *[2] * 9]


def test_a_look_counts_for_none_that_is_beyond_what_one_look_asks_for() -> None:
    press = Press(error=NO_PART)

    queue = press.look(news(ARTICLES_A_LOOK + 5))

    assert [each.pending for each in queue] == [2] * ARTICLES_A_LOOK + [3] * 5
    assert len(press.why) == ARTICLES_A_LOOK


def test_the_journal_of_an_item_that_was_not_asked_for_says_why_the_others_failed() -> None:
    press = Press()

    press.look(news(10))

    assert press.why["new-9"].endswith("article: it cannot be had (403 Forbidden from press.example); 2 looks left")
