"""The kind `page`: what of an answer is text, what of a change is news."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from watcher.errors import NothingFound, NotUnderstood
from watcher.model import Item, Response
from watcher.sources import page
from watcher.sources.page import Options

URL = "https://agency.example/rates"
OPTIONS = Options(url=URL, select=("main",))

RATES = """<title>Key rates</title><body>
<nav><a href="/">Home</a></nav>
<main><h1>Key rates</h1>
<table><tr><th>Kind<th>Rate</tr><tr><td>Deposit</td><td><p>2.00</p></td></tr><tr><td>Lending<td>2.40</tr></table>
<ul><li>First</li><li>Second</li></ul></main>
<aside>Weather: fair</aside></body>"""


def site() -> dict[str, Response]:
    return {URL: answer(RATES)}


def answer(body: str | bytes, media: str = "text/html; charset=utf-8") -> Response:
    return Response(url=URL, headers={"content-type": media}, body=body.encode() if isinstance(body, str) else body)


def found(body: str | bytes, media: str = "text/html; charset=utf-8", **options: object) -> Item:
    (item,) = page.find(Options.model_validate({"url": URL, **options}), lambda _: answer(body, media))
    return item


def text(body: str | bytes, media: str = "text/html; charset=utf-8", **options: object) -> list[str]:
    return found(body, media, **options).body.split("\n")


# What is text


def test_a_row_of_a_table_is_a_line_and_so_is_each_block() -> None:
    assert text(RATES, select="main") == [
        "Key rates",
        "Kind | Rate",
        "Deposit | 2.00",
        "Lending | 2.40",
        "First",
        "Second",
    ]


def test_a_table_that_lays_a_page_out_keeps_its_blocks_apart() -> None:
    story = "A long story of this town and its river. " * 8

    assert text(
        f"<table><tr><td><p>Menu</p><p>News</p></td><td><h2>Today</h2><p>{story}</p>"
        "<table><tr><td>Tide</td><td>09:10</td></tr></table></td></tr></table>"
    ) == ["Menu", "News", "Today", story.strip(), "Tide | 09:10"]
    assert text(
        "<table><tr><td>Menu</td><td><table><tr><td>Tide</td><td>09:10</td></tr></table></td></tr></table>"
    ) == [
        "Menu",
        "Tide | 09:10",
    ]


def test_several_parts_come_in_page_order_and_nested_ones_once() -> None:
    body = "<body><p class=b>One</p><div class=a>Two <p class=b>Three</p></div><p>Four</p></body>"

    assert text(body, select=[".a", ".b"]) == ["One", "Two", "Three"]
    assert text(body, select=".a, .gone") == ["Two", "Three"]


def test_lines_within_pre_stay_lines_whatever_part_of_it_is_named() -> None:
    body = "<body><pre>a <code>one\n  two</code></pre><p><code>three\nfour</code></p></body>"

    assert text(body) == ["a one", "two", "three four"]
    assert text(body, select="code") == ["one", "two", "three four"]


def test_a_text_that_is_too_long_to_be_compared_is_refused() -> None:
    assert len(found("a " * 900_000, "text/plain").body) == 1_799_999
    with pytest.raises(NotUnderstood, match="longer than 2,000,000 characters"):
        found("a line\n" * 400_000, "text/plain")


def test_what_is_ignored_by_selector_is_no_text_and_by_pattern_ends_at_its_line() -> None:
    body = "<body><nav>Home</nav><p>Rate 2.00</p><p>As of today</p><div class=ad>Buy</div><p>End</p></body>"

    assert text(body, ignore=[{"select": "nav, .ad"}, "^As of.*$"]) == ["Rate 2.00", "End"]


def test_a_part_that_is_not_there_is_nothing_found_and_so_is_one_that_is_all_ignored() -> None:
    with pytest.raises(NothingFound, match='"main" matched nothing on https://agency'):
        found("<p>Moved</p>", select="main")
    with pytest.raises(NothingFound, match='"body" holds no text'):
        found("<p>Moved</p>", ignore=["Moved"])


def test_a_slow_pattern_is_stopped() -> None:
    with pytest.raises(NotUnderstood, match="took more than 1 s"):
        found(f"<p>{'a' * 5000}!</p>", ignore=["(a+)+$"])


def test_the_title_is_the_pages_own_and_no_pictures() -> None:
    picture = "<svg><title>Logo</title></svg>"

    assert found(f"<body>{picture}<p>x</p>").title == "agency.example"
    assert found(f"<head><title>\n Key  rates</title></head><body>{picture}<p>x</p>").title == "Key rates"


# What is no change


def rendering(nonce: str, *, space: str, shuffled: bool) -> str:
    """The same page as its server makes it another time."""
    form = f'<input type="hidden" name="csrf" value="{nonce}"><input name="q">'
    link = f'href="/buy?session={nonce}" class="buy" id="b{nonce}"'
    if shuffled:
        form = f'<input name="q"><input value="{nonce}" name="csrf" type="hidden">'
        link = f'id="b{nonce}" class="buy" href="/buy?session={nonce}"'
    return (
        f'<title>Prices</title><meta name="csrf-token" content="{nonce}">'
        f'<style nonce="{nonce}">p {{ top: {len(space)}px }}</style><body class="v{nonce}">'
        f'<script nonce="{nonce}">var made = "{nonce}"</script><!-- {nonce} -->{space}<p>{space}Basic{space}plan</p>'
        f"{space}<p>10\u00ad €{space}</p><noscript>{nonce}</noscript><template>{nonce}</template>"
        f'<p hidden>{nonce}</p><form action="/a/{nonce}">{form}<a {link}>Buy</a></form></body>'
    )


def test_tokens_attributes_comments_and_white_space_are_no_change() -> None:
    one = found(rendering("k3jx", space=" ", shuffled=False))
    other = found(rendering("9fq2", space="\n\t\u200b \u00a0", shuffled=True))

    assert one.digest == other.digest
    assert one.body.split("\n") == ["Basic plan", "10 €", "Buy"]


def test_another_word_is_a_change() -> None:
    page_ = rendering("k3jx", space=" ", shuffled=False)

    assert found(page_).digest != found(page_.replace("Basic", "Simple")).digest


# Other answers


def test_json_is_a_line_for_each_value_whatever_the_order_of_its_keys() -> None:
    value = {"name": "tool", "versions": [{"number": "1.0", "files": [], "yanked": False}, {"number": "1.1"}]}
    turned = dict(reversed(value.items()))

    lines = text(json.dumps(value), "application/json")

    assert lines == ["name: tool", "versions[].number: 1.0", "versions[].yanked: false", "versions[].number: 1.1"]
    assert text(json.dumps(turned, indent=4), "text/plain") == lines


def test_json_that_nests_deeply_is_read_or_refused() -> None:
    assert text("[" * 500 + '"deep"' + "]" * 500, "application/json")[0].endswith("[][]: deep")
    with pytest.raises(NothingFound):
        found("{}", "application/json")


def test_xml_is_a_line_for_each_element_that_says_something() -> None:
    rates = '<Rates xmlns="https://agency.example/ns"><Day time="2026-11-20">{}<note>Fixed</note> at noon</Day></Rates>'
    one, other = '<Rate currency="USD" rate="1.08"/>', "<Rate\n  rate='1.08'  currency='USD'></Rate>"

    lines = text(rates.format(one), "application/xml")

    assert lines == ["Day time=2026-11-20", "Rate currency=USD rate=1.08", "note: Fixed", "at noon"]
    assert text(f"<?xml version='1.0'?>{rates.format(other)}", "text/xml; charset=utf-8") == lines


def test_xhtml_is_a_page() -> None:
    xhtml = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Rates</title></head><body><p>2.00</p></body></html>'
    )

    item = found(f'<?xml version="1.0"?>{xhtml}', "application/xhtml+xml")

    assert (item.title, item.body) == ("Rates", "2.00")
    assert found(xhtml, "application/xml").body == "2.00"


def test_an_entity_of_a_document_is_not_read_and_what_follows_it_is() -> None:
    document = '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]><a>&f; x&nbsp;y</a>'

    assert text(document, "application/xml") == ["a: x y"]


def test_entities_that_grow_are_not_read() -> None:
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))

    with pytest.raises(NothingFound):
        found(f'<!DOCTYPE a [<!ENTITY e0 "ha">{bomb}]><a>&e9;</a>', "application/xml")


def test_plain_text_keeps_its_lines_and_what_looks_like_markup() -> None:
    assert text("a < b\n\n  <b>  and  b\r\nend", "text/plain") == ["a < b", "<b> and b", "end"]
    assert text("name,price\nBasic,10\n", "text/csv; charset=utf-8") == ["name,price", "Basic,10"]


def test_a_selector_finds_nothing_in_what_is_no_html() -> None:
    with pytest.raises(NothingFound, match='"main" matched nothing'):
        found('{"a": 1}', "application/json", select="main")


# What is news


def stored(body: str, title: str = "Rates") -> Item:
    return Item(link=URL, title=title, body=body, key="page")


def stable(first: str, second: str, known: str) -> str:
    return page.stable(Options(url=URL), stored(first), stored(second), stored(known)).body


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        ("Rate 2.00\nNow 12:31:07", "Rate 2.00\nNow 12:31:08", "Rate 2.00\nNow 09:00:00"),
        ("Ada says yes\nRate 2.00", "Bob says no\nRate 2.00", "Eve\nsays\nwhat\nRate 2.00"),
        ("Rate 2.00\nAn offer", "Rate 2.00", "Rate 2.00"),
        ("Rate 2.00", "Rate 2.00\nAn offer", "Rate 2.00"),
        ("Rate 2.15", "Rate 2.00", "Rate 2.00"),
        ("A\nB\nC", "B\nA\nC", "A\nB\nC"),
    ],
)
def test_what_two_fetches_do_not_agree_on_is_no_change(first: str, second: str, known: str) -> None:
    assert stable(first, second, known) == known


@pytest.mark.parametrize(
    ("known", "now"),
    [
        ("Posted 3 minutes ago by Ada", "Posted 2 hours ago by Ada"),
        ("Updated just now", "Updated 5 min ago"),
        ("vor 3 Minuten", "vor einer Stunde"),
        ("Publié il y a 2 jours", "Publié il y a 3 jours"),
        ("Page generated in 0.123 s", "Page generated in 0.124 s"),
        ("Current time: 12:31", "Current time: 12:32"),
        (
            "It is now Friday, 20 Nov 2026, 23:59 UTC (server time)",
            "It is now Saturday, 21 Nov 2026, 0:00 UTC (server time)",
        ),
        ("Last refreshed 12:31:07", "Last refreshed 12:40:10"),
        ("1,234 visitors today", "1,235 visitors today"),
    ],
)
def test_a_clock_that_has_moved_on_is_no_change(known: str, now: str) -> None:
    assert stable(f"{now}\nRate 2.00", f"{now}\nRate 2.00", f"{known}\nRate 2.00") == f"{known}\nRate 2.00"


@pytest.mark.parametrize(
    ("known", "now"),
    [
        ("Open 9:00-17:00", "Open 10:00-17:00"),
        ("Time: 14:30", "Time: 15:00"),
        ("Record: 9.58 s", "Record: 9.57 s"),
        ("Current rate: 2.40", "Current rate: 2.15"),
        ("Now 15 €", "Now 12 €"),
        ("Last updated: 20 November 2026", "Last updated: 21 November 2026"),
        ("12,000 visitors came to the fair", "13,000 visitors came to the fair"),
        ("3 minutes of silence", "4 minutes of silence"),
        ("Version 1.2", "Version 1.3"),
    ],
)
def test_a_number_that_is_no_clock_is_a_change(known: str, now: str) -> None:
    assert stable(now, now, known) == now


def test_a_change_beside_what_never_holds_still_is_told_without_that() -> None:
    known = "Lending 2.40\nNow 09:00:00\nWithdrawn\nEnd"

    assert (
        stable("Lending 2.15\nAdded\nNow 12:31:07\nEnd", "Lending 2.15\nAdded\nNow 12:31:08\nEnd", known)
        == "Lending 2.15\nAdded\nNow 09:00:00\nEnd"
    )
    assert stable("Now 12:31:07\nEnd", "Now 12:31:08\nEnd", known) == "Now 09:00:00\nEnd"


def test_an_order_that_is_drawn_anew_each_time_is_no_change() -> None:
    known = "Top\nAda\nBob\nCy\nDee\nEve"

    assert stable("Top\nEve\nCy\nAda\nBob\nDee", "Top\nBob\nDee\nEve\nAda\nCy", known) == known


def test_what_came_and_went_in_an_order_that_is_drawn_anew_is_told_alone() -> None:
    known = "Top\nAda\nBob\nCy\nDee"

    assert stable("Top\nDee\nNew\nAda\nBob", "Top\nBob\nNew\nDee\nAda", known) == "Top\nAda\nNew\nBob\nDee"


def test_an_order_that_two_fetches_agree_on_is_told() -> None:
    assert stable("C\nB\nA", "C\nB\nA", "A\nB\nC") == "C\nB\nA"


def test_what_is_stable_is_the_second_fetch() -> None:
    assert stable("A\nB", "A\nB", "") == "A\nB"
    assert stable("", "A\nB", "A") == "A"


def test_the_title_alone_is_a_change_only_where_the_whole_page_is_looked_at() -> None:
    was, now = stored("Rate 2.00"), stored("Rate 2.00", "(1) Rates")
    edited = stored("Rate 2.15", "(1) Rates")

    assert page.stable(Options(url=URL), now, now, was).title == "(1) Rates"
    assert page.stable(OPTIONS, now, now, was).digest == was.digest
    assert page.stable(OPTIONS, edited, edited, was) == edited
    assert page.stable(Options(url=URL), stored("Rate 2.00", "(2) Rates"), now, was).digest == was.digest


def test_only_added_shows_what_came_and_nothing_else() -> None:
    options = Options(url=URL, only="added")
    was = stored("A\nB\nC", "Old")

    assert page.against(options, was, stored("B\nX\nC\nC", "New")) == stored("B\nC", "New")
    assert page.against(Options(url=URL), was, stored("X")) == was


@pytest.mark.parametrize("now", ["A\nC", "C\nB\nA", "A"])
def test_what_goes_or_moves_is_no_news_where_only_the_added_is(now: str) -> None:
    options, after = Options(url=URL, only="added"), stored(now)

    assert page.against(options, stored("A\nB\nC"), after).digest == after.digest


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"select": "li["}, "no CSS selector"),
        ({"select": ["li", "li["]}, "no CSS selector"),
        ({"select": []}, "at least 1 item"),
        ({"ignore": ["("]}, "no regular expression"),
        ({"ignore": [{"select": "li["}]}, "no CSS selector"),
        ({"ignore": [{"selct": "li"}]}, "Extra inputs are not permitted"),
        ({"only": "removed"}, "'added'"),
        ({"compare": 0}, "greater than or equal to 1"),
    ],
)
def test_what_an_option_cannot_mean_is_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Options.model_validate({"url": URL, **options})
