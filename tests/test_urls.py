from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watcher import urls

PAGE = "https://example.org/news/press-releases/jy0781"
HOSTS = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]\.(org|gov|example)", fullmatch=True)
PATHS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("/.%~ ?&=#;:@")), max_size=30)


@given(HOSTS, PATHS)
def test_a_canonical_address_is_canonical(host: str, path: str) -> None:
    address = urls.absolute(f"https://{host}/a/b", f"/{path.lstrip('/')}")

    assert address
    assert urls.canonical(address) == address
    assert address.isascii()
    assert "#" not in address


@given(st.text())
def test_no_link_makes_joining_fail(link: str) -> None:
    address = urls.absolute(PAGE, link)

    assert address == "" or urlsplit(address).scheme in ("http", "https")


@pytest.mark.parametrize(
    "spelling",
    [
        "http://example.org/news/press-releases/jy0781",
        "https://www.example.org/news/press-releases/jy0781",
        "https://EXAMPLE.org:443/news/press-releases/jy0781/",
        "https://example.org./news/press-releases/jy0781",
        "https://user:secret@example.org/news/press-releases/jy0781",
        "https://example.org/news/press-releases/jy0781?utm_source=mail&gclid=1#top",
        "https://example.org/news/x/../press-releases/./jy0781",
        "https://example.org/news/press%2Dreleases/jy%30781",
        " https://example.org/news/press-releases/jy0781?",
    ],
)
def test_spellings_of_one_address_are_one(spelling: str) -> None:
    assert urls.identity(spelling) == urls.identity(PAGE)
    assert urls.mint(spelling) == urls.mint(PAGE)
    assert urls.path_of(spelling) == "/news/press-releases/jy0781"


@pytest.mark.parametrize(
    "other",
    [
        "https://example.com/news/press-releases/jy0781",
        "https://news.example.org/news/press-releases/jy0781",
        "https://example.org:8080/news/press-releases/jy0781",
        "https://example.org/news/press-releases/JY0781",
        "https://example.org/news/press-releases/jy0781?id=1",
        "https://example.org/news/press-releases%2Fjy0781",
    ],
)
def test_other_addresses_are_others(other: str) -> None:
    assert urls.identity(other) != urls.identity(PAGE)


@given(HOSTS, PATHS)
def test_what_identifies_an_address_survives_scheme_www_slash_tracking_and_fragment(host: str, path: str) -> None:
    address = urls.canonical(f"https://{host}/{path.partition('?')[0].partition('#')[0]}")

    spelt = f"http://www.{address.removeprefix('https://')}/?utm_medium=feed#x"

    assert urls.identity(spelt) == urls.identity(address)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://Example.org:80", "http://example.org/"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("http://example.org:08080/a", "http://example.org:8080/a"),
        ("https://example.org/été?q=a b&&x=%zz", "https://example.org/%C3%A9t%C3%A9?q=a%20b&x=%25zz"),
        ("https://example.org/%7euser/%c3%a9", "https://example.org/~user/%C3%A9"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://i❤.example/", "https://xn--i-7iq.example/"),
        ("https://[::1]:8443/a//b/..", "https://[::1]:8443/a//"),
        ("https://example.org/?pk=5&spm=x&utm_id=1", "https://example.org/?pk=5&spm=x"),
        ("https://example.org/../..", "https://example.org/"),
    ],
)
def test_addresses_are_kept_in_one_form(url: str, expected: str) -> None:
    assert urls.canonical(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news",
        "mailto:a@b.example",
        "javascript:x",
        "http://",
        "http://a..b/",
        "http://a b/",
        "http://[",
        "http://h:99999/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        urls.canonical(url)

    assert urls.host_of(url) == ""


def test_links_are_seen_from_their_page() -> None:
    assert urls.absolute(PAGE, "jy0782/?utm_source=x") == "https://example.org/news/press-releases/jy0782/"
    assert urls.absolute(PAGE, "//cdn.example/x") == "https://cdn.example/x"
    assert urls.absolute(PAGE, "tel:+1") == ""


def test_a_link_for_readers_keeps_its_fragment() -> None:
    assert urls.anchored(PAGE, "#v2.4.1 (x)") == f"{PAGE}#v2.4.1%20(x)"


def test_the_path_of_a_home_page_is_a_slash() -> None:
    assert urls.path_of("https://example.org") == "/"
    assert urls.path_of("https://example.org?p=1") == "/?p=1"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (PAGE, "jy0781"),
        (f"{PAGE}/", "jy0781"),
        ("https://example.org/a/b.html?x=1", "b"),
        ("https://example.org/%C3%A9t%C3%A9.aspx", "été"),
        ("https://example.org/report.pdf", "report"),
        ("https://example.org/v1.10", "v1.10"),
        ("https://example.org/", ""),
    ],
)
def test_the_last_part_of_an_address_is_plain_text(url: str, expected: str) -> None:
    assert urls.last_part(url) == expected


def test_an_id_is_the_same_in_every_home_for_ever() -> None:
    assert urls.mint(PAGE) == "urn:uuid:0fe6e4e0-0323-52c0-a0f7-45e6aa055065"
    assert urls.mint(PAGE, "2.4.1") != urls.mint(PAGE)


@given(st.text(st.characters(exclude_categories=[])))
@example("\ud800")
def test_any_native_key_makes_an_id(key: str) -> None:
    assert urls.mint(PAGE, key).startswith("urn:uuid:")


@pytest.mark.parametrize("host", ["localhost", "a.localhost.", "127.0.0.1", "127.8.8.8", "[::1]", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert urls.is_loopback(host)


@pytest.mark.parametrize("host", ["example.org", "10.0.0.1", "128.0.0.1", "localhost.example", ""])
def test_other_machines_are_not_this_one(host: str) -> None:
    assert not urls.is_loopback(host)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert urls.origin("HTTPS://Example.org/a") == "https://example.org:443" == urls.origin("https://example.org:443/b")
    assert urls.origin("http://example.org/") != urls.origin("https://example.org/")
