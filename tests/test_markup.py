"""What of a page's text is rewritten before it is parsed, and what is refused."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from lxml.html import document_fromstring

from watcher.errors import NotUnderstood
from watcher.html.markup import opened, refuse_excess

TAGS = [
    "<",
    ">",
    "/",
    "/>",
    "<p",
    "<div ",
    "</div>",
    "<br",
    "<svg",
    "</svg>",
    "<script",
    "</script>",
    "<!--",
    "-->",
    "=",
]
TAGS += ['"', "'", " ", "a", "x=y", "<!", "<title>", "\n"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<div/>", "<div>"),
        ("<DIV />", "<DIV >"),
        ('<div class="a"/>', '<div class="a">'),
        ('<div a="x>y"/>', '<div a="x>y">'),
        ("<div a='/>' />", "<div a='/>' >"),
        ('<div a = "/>"/>', '<div a = "/>">'),
        ("<x-list/><o:p/>", "<x-list><o:p>"),
        ("<linked/>", "<linked>"),
        ("<br/><IMG src=a /><p/>", "<br/><IMG src=a /><p>"),
        ('<p a"/>', '<p a">'),
        ('<script src="x" />"<p/>"</script><p/>', '<script src="x" >"<p/>"</script><p>'),
        ("<svg><path/></svg><p/>", "<svg><path/></svg><p>"),
        ("<svg/><p/>", "<svg/><p>"),
        ("<math><mi/></math><p/>", "<math><mi/></math><p>"),
        ("<style>a<b/></style ><i/>", "<style>a<b/></style ><i>"),
        ("<title>a <b/></title><i/>", "<title>a <b/></title><i>"),
        ("<!-- <p/> --><p/>", "<!-- <p/> --><p>"),
        ("<!--><p/>", "<!--><p>"),
        ("<!-- a --!><p/>", "<!-- a --!><p>"),
        ("<!doctype html><?x <p/> ?><p/>", "<!doctype html><?x <p/> ?><p>"),
    ],
)
def test_a_slash_that_closes_nothing_is_taken_out(before: str, after: str) -> None:
    assert opened(before) == after


@pytest.mark.parametrize(
    "page",
    [
        "<a href=/x/>text</a>",
        "<a href= />text</a>",
        "<a href=/x/ class=b>text</a>",
        "<br/><BR /><img src=a alt='' /><linK/><hr/>",
        '<img alt="<div/>">',
        "<div/ class=a>",
        "a < b /> c",
        "<p",
        "<p /",
        "<svg><g/>",
        "<!-- <p/>",
        "<script>'<p/>'",
    ],
)
def test_another_slash_stays(page: str) -> None:
    assert opened(page) == page


@pytest.mark.parametrize(
    "page",
    ["<div class=list />in</div>out", "<a href=/x/>in</a>out", '<a href="/x/"/>in</a>out', "<i a='>'/>in</i>out"],
)
def test_both_parsers_read_the_rewritten_page_as_browsers_do(page: str) -> None:
    mended = opened(f"<body>{page}")

    soup, tree = BeautifulSoup(mended, "lxml").body, document_fromstring(mended).find("body")

    assert soup is not None
    assert tree is not None
    assert [soup.contents[0].get_text(), str(soup.contents[1])] == ["in", "out"]
    assert [etree.tostring(tree[0], method="text", with_tail=False), tree[0].tail] == [b"in", "out"]
    assert soup.a is None or soup.a["href"] == tree[0].get("href") == "/x/"


@given(st.lists(st.sampled_from(TAGS)).map("".join))
def test_nothing_but_slashes_is_taken_out_and_nothing_the_second_time(page: str) -> None:
    mended = opened(page)

    assert mended.replace("/", "") == page.replace("/", "")
    assert opened(mended) == mended


@pytest.mark.parametrize(
    "unit",
    ["<", '<a "', '<a x="', "<div/>", "<!--", "<!-", "<a", "/>", "<a/", "<svg>", "<script>", "<title>", "= ", "</"],
)
@pytest.mark.parametrize("before", ["", "<p/>", "<svg>", "<script>", "<!--", "<p "])
def test_a_long_page_is_read_in_one_go(before: str, unit: str) -> None:
    page = before + unit * 200_000

    assert opened(page).replace("/", "") == page.replace("/", "")


@pytest.mark.parametrize("page", ["<p {}>", "<p/><svg {}>", "<script {}></script>", "<p {}", "<svg><title/><g {}>"])
def test_an_element_of_more_attributes_than_can_be_read_is_refused(page: str) -> None:
    with pytest.raises(NotUnderstood, match="more than 1,000 attributes"):
        refuse_excess(page.format(" ".join(f"a{n}=b" for n in range(1_200))))


@pytest.mark.parametrize(
    "page",
    [
        '<p class="{}">'.format("name " * 5_000),
        "<p data-x='{}'>".format('{"a": "b"}, ' * 5_000),
        "<p {}>".format(" ".join(f"attribute-{n}=b" for n in range(900))),
        "<script>{}</script>".format("a = b; " * 5_000),
        "<p>{}".format("word " * 5_000),
    ],
)
def test_a_long_attribute_text_or_script_is_no_excess(page: str) -> None:
    refuse_excess(page)
