"""Two texts compared line by line: the very diff of difflib, as long as that ends."""

from __future__ import annotations

from difflib import unified_diff

from hypothesis import given
from hypothesis.strategies import integers, lists, sampled_from

from watcher.diff import fenced, patched
from watcher.linediff import unified

_TEXTS = lists(sampled_from("abcdefgh"), max_size=30)


@given(_TEXTS, _TEXTS)
def test_the_diff_is_that_of_difflib_to_the_letter(was: list[str], now: list[str]) -> None:
    theirs = list(unified_diff(was, now, lineterm="", n=2))[2:]

    assert list(unified(was, now)) == theirs


def test_a_long_text_with_a_few_edits_has_the_diff_of_difflib() -> None:
    was = [f"line {n % 700}" for n in range(5000)]
    now = [*was[:40], "new", *was[40:3000], *was[3010:4500], "other", *was[4501:]]

    assert list(unified(was, now)) == list(unified_diff(was, now, lineterm="", n=2))[2:]


@given(_TEXTS, _TEXTS, integers(0, 300))
def test_a_diff_that_was_cut_short_makes_the_later_text_of_the_earlier(
    was: list[str], now: list[str], steps: int
) -> None:
    again = patched(was, fenced("\n".join(unified(was, now, steps))))

    assert again == (now if was != now else None)


def test_what_lies_between_the_same_head_and_foot_is_replaced_where_it_would_take_too_long() -> None:
    was, now = [*"abcd", "one", "two", *"vwxyz"], [*"abcd", "two", "one", *"vwxyz"]

    cut_short = list(unified(was, now, steps=3))

    assert cut_short == ["@@ -3,6 +3,6 @@", " c", " d", "-one", "-two", "+two", "+one", " v", " w"]


def test_lines_that_all_stand_in_hundreds_of_places_are_not_compared_with_each_other() -> None:
    was = [f"row {n % 110}" for n in range(60_000)]
    now = [*was[:10], "new", *was[10:59_990], "new", *was[59_990:]]

    assert sum(line.startswith("-") for line in unified(was, now)) == 59_980
