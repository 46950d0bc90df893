"""What differs between two fetches with the same items."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watcher.jitter import learnt, parse

NOW = datetime(2026, 11, 22, 13, 16, tzinfo=UTC)

PAGE = """<html><head><meta name="csrf" content="{token}"><script>var t = {clock};</script></head>
<body data-at="{clock}"><p class="now">It is {clock}.</p>
<ul>{items}</ul><p>Visitors: {clock}</p></body></html>"""


def page(clock: int, *titles: str, token: str = "a1") -> bytes:
    items = "".join(f'<li><a href="/{title.lower()}">{title}</a><time>2026-11-{9 - n:02}</time>' for n, title in
                    enumerate(titles))  # fmt: skip
    return PAGE.format(clock=clock, items=items, token=token).encode()


def test_a_page_that_differs_where_it_always_does_is_known() -> None:
    jitter = learnt(page(1, "First", "Second"), page(2, "First", "Second", token="b2"))

    assert jitter is not None
    assert jitter.covers(page(123456, "First", "Second", token="c3"))


@pytest.mark.parametrize(
    "other",
    [
        page(3, "Newest", "First", "Second"),
        page(3, "Newest", "First"),
        page(3, "Second", "First"),
        page(3, "First", "Second").replace(b"2026-11-09", b"2026-11-10"),
        page(3, "First", "Second").replace(b"/first", b"/first-again"),
        page(3, "First", "Second").replace(b">First<", b">First, corrected<"),
        page(3, "First", "Second").replace(b"It is 3.", b"It is 3. <b>All is new</b>"),
        page(3, "First", "Second").replace(b"It is 3.", b"It is 3. " + b"And so it went. " * 20),
        page(3, "First", "Second").replace(b"<ul>", b'<ul class="new">'),
        page(3, "First", "Second")[:-1],
        b"",
    ],
)
def test_a_page_that_differs_elsewhere_is_to_be_read(other: bytes) -> None:
    jitter = learnt(page(1, "First", "Second"), page(2, "First", "Second"))

    assert jitter is not None
    assert not jitter.covers(other)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'<a href="/1?s=1">One', b'<a href="/1?s=2">One'),
        (b'<a href="/1">One (1)', b'<a href="/1">One (2)'),
        (b"<h2>One (1)", b"<h2>One (2)"),
        (b"<time>1 hour ago", b"<time>2 hours ago"),
        (b'<li id="1">One', b'<li id="2">One'),
        (b"<p>" + b"1" * 300, b"<p>" + b"2" * 300),
        (b'<script type="application/json">{"items": [' + b"1" * 300, b'<script type="application/json">{"items": ['),
        (b"<p>1<p>2", b"<p>1"),
        (b"<p>1" * 60, b"<p>2" * 60),
        (b"<li>One", b"<li> One\n"),
        (b"<td>1.0", b"<td>1.0&nbsp;"),
        (b"<p>12:00<li>One", b"<p>12:01<li> One"),
    ],
)
def test_what_may_tell_of_an_item_is_never_noise(before: bytes, after: bytes) -> None:
    assert learnt(before, after) is None


def test_what_was_noise_before_stays_noise() -> None:
    first = learnt(b"<p>1<b>x<i>y", b"<p>2<b>x<i>y")

    second = learnt(b"<p>2<b>x<i>y", b"<p>2<b>x<i>z", first)

    assert first is not None
    assert second is not None
    assert not first.covers(b"<p>3<b>x<i>z")
    assert second.covers(b"<p>3<b>x<i>z")


def test_it_is_believed_on_the_day_on_which_it_was_learnt() -> None:
    jitter = learnt(b"<p>1", b"<p>2")
    assert jitter is not None

    text = jitter.write(NOW)

    assert parse(text) == parse(text, NOW + timedelta(hours=1)) == jitter
    assert parse(text, NOW + timedelta(days=1)) is None
    assert parse("") is None
