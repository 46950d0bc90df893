from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import NotUnderstood
from watcher.html import base, document, language, text_of


def shown(body: bytes | str, content_type: str = "text/html") -> str:
    return text_of(document(body.encode() if isinstance(body, str) else body, content_type))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<p>é</p>".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("<meta charset=iso-8859-1><p>é</p>".encode(), 'text/html; charset="utf-8"'),
        (b"\xef\xbb\xbf" + "<p>é</p>".encode(), "text/html; charset=iso-8859-1"),
        ("\ufeff<p>é</p>".encode("utf-16-le"), ""),
        ("<p>é</p>".encode("utf-16-be"), "text/html; charset=utf-16be"),
        ("<meta charset='macintosh'><p>é</p>".encode("mac-roman"), ""),
        ('<meta http-equiv=Content-Type content="text/html; charset=macintosh"><p>é</p>'.encode("mac-roman"), ""),
        ("<?xml version='1.0' encoding='iso-8859-1'?><html><p>é</p>".encode("latin-1"), ""),
        ("<!-- <meta charset=iso-8859-1> --><p>é</p>".encode(), ""),
        ("<meta charset=utf-16><p>é</p>".encode(), ""),
        ("<p>é</p>".encode(), ""),
        ("<p>é</p>".encode("cp1252"), ""),
        ("<p>é</p>".encode("cp1252"), "text/html; charset=utf-7"),
        ("<meta charset=utf-7><p>é</p>".encode(), ""),
        ("<meta charset=klingon><p>é</p>".encode(), "text/html; charset=base64"),
    ],
)
def test_the_charset_is_decided_by_mark_header_page_and_bytes(body: bytes, content_type: str) -> None:
    assert shown(body, content_type) == "é"


def test_utf_7_is_read_as_the_ascii_that_it_is() -> None:
    assert shown("<meta charset=utf-7><p>+ADw-script+AD4-</p>") == "+ADw-script+AD4-"


@pytest.mark.parametrize(
    ("label", "charset"),
    [("latin1", "cp1252"), ("gb2312", "gb18030"), ("x-sjis", "cp932"), ("ks_c_5601-1987", "cp949")],
)
def test_a_label_means_what_browsers_take_it_for(label: str, charset: str) -> None:
    text = {"cp1252": "“é”", "gb18030": "中文", "cp932": "日本①", "cp949": "한국"}[charset]

    assert shown(f"<p>{text}</p>".encode(charset), f"text/html; charset={label}") == text


def test_a_byte_that_fits_no_charset_is_replaced() -> None:
    assert shown(b"<p>a\xffb</p>", "text/html; charset=utf-8") == "a\ufffdb"


def test_quotes_that_were_written_as_windows_numbers_are_quotes() -> None:
    assert shown("<p>Treasury&#146;s &#x93;x&#148;</p>") == "Treasury’s “x”"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"%PDF-1.7\n%...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"\xff\xd8\xff\xe0 JFIF", "a picture"),
        (b"PK\x03\x04\x14\0\x06\0", "a ZIP archive, or an office document,"),
        (b"\x7fELF\2\1\1\0\0", "application/x-executable"),
    ],
)
def test_a_file_that_is_no_page_is_called_what_it_is(body: bytes, name: str) -> None:
    with pytest.raises(NotUnderstood, match=f"^{name} is no page"):
        document(body, "application/x-executable")


def test_nesting_beyond_reason_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="nests more than"):
        document(b"<b>" * 100_000, "text/html")


def test_nesting_beyond_what_python_can_call_is_read() -> None:
    assert shown("<div>" * 4_000 + "deep" + "</div>" * 4_000) == "deep"


def test_a_text_of_more_than_ten_megabytes_is_read_to_its_end() -> None:
    assert shown("<p>" + "x" * 10_100_000 + "</p><p>end</p>").endswith("\nend")


def test_plain_text_keeps_its_lines_and_its_angles() -> None:
    assert shown("One <b>\r\nTwo &amp; 3", "text/plain; charset=utf-8") == "One <b>\nTwo &amp; 3"
    assert shown("https://example.org/") == "https://example.org/"


def test_a_nul_far_down_a_page_is_no_character() -> None:
    assert shown("<p>" + "x " * 600 + "a\0b</p>").endswith("x ab")


def test_a_nul_near_the_start_of_a_page_is_named() -> None:
    with pytest.raises(NotUnderstood, match=r"^the page holds binary data \(NUL\) in its first 1,000 characters$"):
        document(b"<html><title>News</title><p>One\0two</p>", "text/html; charset=utf-8")


def test_an_empty_answer_is_an_empty_page() -> None:
    assert shown(b"") == ""


@given(st.one_of(st.binary(), st.text().map(lambda text: f"<div><p>{text}<b>".encode())), st.text(max_size=20))
def test_every_answer_is_a_page_or_not_understood(body: bytes, content_type: str) -> None:
    try:
        page = document(body, content_type)
    except NotUnderstood:
        return
    text = text_of(page)

    assert text == text.strip()
    assert "\n\n" not in text


def test_each_block_is_a_line_and_marks_inside_it_are_none() -> None:
    page = """<h2>A <b>T</b>reasury
        title</h2><ul><li>one<li>two &nbsp; three</ul>four<br>five<div>six<p>seven</div>
        <table><tr><td>a</td><td>b</td></tr></table>"""

    assert shown(page) == "A Treasury title\none\ntwo three\nfour\nfive\nsix\nseven\na b"


def test_what_is_not_seen_is_no_text() -> None:
    page = "<p>a<!-- b --><script>c</script><style>d</style><template>e</template></p><p hidden>f</p>"

    assert shown(page) == "a"


@pytest.mark.parametrize(
    "mark", ["hidden", "hidden=until-found", "style='display:none'", "style='color:red; DISPLAY : none !important'"]
)
def test_what_an_element_says_is_not_shown_is_no_text(mark: str) -> None:
    assert shown(f"<p>a</p><div {mark}><p>b</p></div>") == "a"


@pytest.mark.parametrize("mark", ["aria-hidden=true", "style='display:block'", "style='--display:none'", "style=''"])
def test_what_is_shown_is_text_whatever_else_is_said_of_it(mark: str) -> None:
    assert shown(f"<p>a</p><div {mark}><p>b</p></div>") == "a\nb"


def test_a_self_closed_element_goes_on_to_its_end_tag() -> None:
    page = document(b"<div class=list /><p>one</p><a href='/x/'/>two</a></div><p>three</p>", "text/html")

    assert [text_of(each) for each in page.select("div, a")] == ["one\ntwo", "two"]


def test_in_xhtml_that_is_sent_as_such_a_self_closed_element_is_empty() -> None:
    page = document(b"<div class='list' /><p>one</p>", "application/xhtml+xml")

    assert [text_of(each) for each in page.select("div")] == [""]


@pytest.mark.parametrize("page", ["<p>" * 300_000, "<br/>" * 300_000, "<!---->" * 300_000, "x < y " * 300_000])
def test_a_page_of_more_tags_than_can_be_read_is_not_understood(page: str) -> None:
    with pytest.raises(NotUnderstood, match="more than 150,000 tags"):
        document(page.encode(), "text/html")


def test_lines_of_code_stay_lines() -> None:
    assert shown("<pre>a\n  b</pre>") == "a\nb"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<p>x", "https://example.org/a/b"),
        ("<base href='/c/'>", "https://example.org/c/"),
        ("<base target=x>", "https://example.org/a/b"),
        ("<base href='http://['>", "https://example.org/a/b"),
        ("<base href='javascript:void(0)'>", "https://example.org/a/b"),
    ],
)
def test_links_are_relative_to_the_base_of_the_page(page: str, expected: str) -> None:
    assert base(document(page.encode(), ""), "https://example.org/a/b") == expected


def test_the_language_is_what_the_page_says() -> None:
    assert language(document(b"<html lang='en_GB '>", "")) == ["en-GB"]
    assert language(document(b"<html>", "")) == []
    assert language(BeautifulSoup("", "lxml")) == []
