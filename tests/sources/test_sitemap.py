"""The kind `sitemap`: of addresses, of news, of sitemaps; packed, plain, broken and hostile."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.errors import BadStatus, CheckError, NothingFound, NotUnderstood, TooLarge, Truncated, Unreachable
from watcher.model import Get, Item, Request, Response
from watcher.sources import sitemap
from watcher.sources.sitemap import Options

HOME = "https://agency.example"
URL = f"{HOME}/sitemap.xml"

PLAIN = f"""<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/sitemap.xsl"?>
<!-- made by hand -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url><loc>{HOME}/</loc><lastmod>2026-11-20</lastmod></url>
  <url>
    <loc>{HOME}/news/bridge-is_open.html</loc><lastmod>2026-11-21T08:30:00+01:00</lastmod>
    <xhtml:link rel="alternate" hreflang="de" href="{HOME}/de/bruecke"/>
    <changefreq>daily</changefreq><priority>0.8</priority>
  </url>
  <url><loc> /news/2026/4711 </loc></url>
  <url><loc>{HOME}/map?id=1&view=2&amp;x=3</loc><lastmod>2026-11-19</lastmod>
    <image:image><image:loc>{HOME}/a.png</image:loc><image:title>A map of wells</image:title></image:image></url>
  <url><loc>mailto:office@agency.example</loc></url>
</urlset>
"""

NEWS = f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
  xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
  <url><loc>{HOME}/1</loc><lastmod>2026-11-21</lastmod>
    <n:news><n:publication><n:name>Agency</n:name><n:language>en</n:language></n:publication>
    <n:publication_date>2026-11-20T10:00:00Z</n:publication_date><n:title>Wells &amp; tides</n:title></n:news></url>
</urlset>"""

INDEX = f"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
  <sitemap><loc>{HOME}/pages.xml</loc><lastmod>2024-01-01</lastmod></sitemap>
  <sitemap><loc>{HOME}/2026-11.xml</loc><lastmod>2026-11-21</lastmod></sitemap>
  <sitemap><loc>{HOME}/2026-10.xml</loc><lastmod>2026-10-31T23:00:00Z</lastmod></sitemap>
  <sitemap><loc>{HOME}/undated.xml</loc></sitemap>
</sitemapindex>"""

OPTIONS = Options(url=URL)


def site() -> dict[str, Response]:
    return {URL: answer(PLAIN)}


def answer(body: str | bytes, url: str = URL) -> Response:
    return Response(url=url, body=body.encode() if isinstance(body, str) else body)


def giving(*answers: Response) -> Get:
    pages = {each.url: each for each in answers}

    def get(request: Request) -> Response:
        if request.url not in pages:
            raise BadStatus(f"404 from {request.url}", status=404)
        return pages[request.url]

    return get


def items(body: str | bytes, url: str = URL) -> list[Item]:
    return list(sitemap.find(Options(url=url), giving(answer(body, url))))


def of(*names: str) -> str:
    """A sitemap of these addresses."""
    return f"<urlset>{''.join(f'<url><loc>{HOME}/{name}</loc></url>' for name in names)}</urlset>"


def test_addresses_are_items_with_their_dates_newest_first() -> None:
    found = items(PLAIN)

    assert [(item.link, item.title, item.published, item.dated_by) for item in found] == [
        (
            f"{HOME}/news/bridge-is_open.html",
            "Bridge is open",
            datetime.fromisoformat("2026-11-21T08:30+01:00"),
            "sitemap",
        ),
        (f"{HOME}/", "agency.example", date(2026, 11, 20), "sitemap"),
        (f"{HOME}/map?id=1&view=2&x=3", "A map of wells", date(2026, 11, 19), "sitemap"),
        (f"{HOME}/news/2026/4711", "2026 4711", None, ""),
    ]


def test_news_have_their_own_titles_and_dates() -> None:
    [found] = items(NEWS)

    assert (found.title, found.published) == ("Wells & tides", datetime(2026, 11, 20, 10, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("news/a-new-map", "A new map"),
        ("news/4711/", "News 4711"),
        ("%C3%BCber-uns", "Über uns"),
        ("releases/v1.2.0", "V1.2.0"),
        ("?p=12", "agency.example p=12"),
        ("-/-", "agency.example"),
    ],
)
def test_a_title_is_made_of_the_address(path: str, title: str) -> None:
    assert [item.title for item in items(of(path))] == [title]


def test_a_list_of_addresses_is_a_sitemap() -> None:
    assert [item.title for item in items(f"\ufeff{HOME}/one\r\n\r\n{HOME}/two\r\n")] == ["One", "Two"]


def test_a_prefix_for_the_sitemaps_own_names_changes_nothing() -> None:
    body = '<s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"><s:url><s:loc>/a</s:loc></s:url></s:urlset>'

    assert [item.link for item in items(body)] == [f"{HOME}/a"]


def test_a_packed_sitemap_is_unpacked_and_all_of_its_members_are() -> None:
    first, second = PLAIN[:900].encode(), PLAIN[900:].encode()

    assert items(gzip.compress(first) + gzip.compress(second)) == items(PLAIN)


def test_a_sitemap_that_is_cut_off_gives_what_is_whole() -> None:
    found = items(of("one", "two", "three").partition("ree")[0])

    assert [item.title for item in found] == ["One", "Two"]


# Sitemaps of sitemaps


def test_of_an_index_the_sitemaps_that_changed_last_are_read() -> None:
    asked: list[str] = []
    pages = giving(
        answer(INDEX), answer(of("november"), f"{HOME}/2026-11.xml"), answer(of("october"), f"{HOME}/2026-10.xml")
    )

    def get(request: Request) -> Response:
        asked.append(request.url)
        return pages(request)

    found = list(sitemap.find(Options(url=URL, pages=3), get))

    assert asked == [URL, f"{HOME}/2026-11.xml", f"{HOME}/2026-10.xml"]
    assert [item.title for item in found] == ["November", "October"]


def test_a_sitemap_of_an_index_that_is_gone_is_passed_over() -> None:
    found = sitemap.find(OPTIONS, giving(answer(INDEX), answer(of("november"), f"{HOME}/2026-11.xml")))

    assert [item.title for item in found] == ["November"]


def test_an_index_whose_newest_sitemap_is_not_there_yet_is_read_again() -> None:
    with pytest.raises(BadStatus):
        sitemap.find(OPTIONS, giving(answer(INDEX), answer(of("october"), f"{HOME}/2026-10.xml")))


@pytest.mark.parametrize("error", [Unreachable("no answer"), BadStatus("503 from the host", status=503)])
def test_a_sitemap_of_an_index_that_fails_fails_the_look(error: CheckError) -> None:
    pages = giving(answer(INDEX), answer(of("october"), f"{HOME}/2026-10.xml"))

    def get(request: Request) -> Response:
        if request.url.endswith("11.xml"):
            raise error
        return pages(request)

    with pytest.raises(type(error)):
        list(sitemap.find(OPTIONS, get))


def test_an_index_without_dates_is_refused_since_it_does_not_change() -> None:
    index = "".join(f"<sitemap><loc>/{name}.xml</loc></sitemap>" for name in ("posts-1", "posts-2", "authors", "x"))

    with pytest.raises(NotUnderstood, match="stays the same when they do") as caught:
        items(f"<sitemapindex>{index}</sitemapindex>")

    assert caught.value.hint == f"watch one of them: {HOME}/posts-2.xml, {HOME}/posts-1.xml, {HOME}/authors.xml"


def test_robots_txt_is_refused_with_the_sitemaps_that_it_names() -> None:
    body = f"User-agent: *\nDisallow: /x\nSitemap: {HOME}/pages.xml\nsitemap: /news.xml\n"

    with pytest.raises(NotUnderstood, match="stays the same") as caught:
        items(body, f"{HOME}/robots.txt")

    assert caught.value.hint == f"watch one of them: {HOME}/news.xml, {HOME}/pages.xml"


# Nothing, and worse


@pytest.mark.parametrize("body", ["<urlset/>", "<urlset></urlset>", "<sitemapindex></sitemapindex>", "<urlset>"])
def test_a_sitemap_without_addresses_is_told(body: str) -> None:
    with pytest.raises(NothingFound, match=r"holds no addresses \(200, 0 KB\)"):
        items(body)


@pytest.mark.parametrize(
    "body",
    ["", "<html><body>Not found</body></html>", "<rss><channel/></rss>", "{}", f"{HOME}/one\nand two", b"\x00\xff"],
)
def test_what_is_no_sitemap_is_not_understood(body: str | bytes) -> None:
    with pytest.raises(NotUnderstood, match="is no sitemap"):
        items(body)


def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * (60 * 2**20))

    assert sitemap.recognise(answer(bomb)) is None
    with pytest.raises(TooLarge, match="larger than 50 MiB"):
        items(bomb)


@pytest.mark.parametrize("cut", [12, -9])
def test_a_packed_sitemap_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(Truncated, match=r"ends early|damaged"):
        items(gzip.compress(PLAIN.encode())[:cut])


def test_a_packed_sitemap_that_is_damaged_is_refused() -> None:
    packed = bytearray(gzip.compress(PLAIN.encode()))
    packed[40] ^= 0xFF

    with pytest.raises(Truncated, match=r"damaged|ends early"):
        items(bytes(packed))


def test_entities_and_files_stay_outside() -> None:
    entities = '<!ENTITY f SYSTEM "file:///etc/passwd"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">'
    body = f"<!DOCTYPE urlset [{entities}]><urlset><url><loc>{HOME}/x&f;&b;</loc></url></urlset>"

    assert [item.link for item in items(body)] == [f"{HOME}/x&f;&b;"]


def test_a_tag_with_endless_attributes_is_refused() -> None:
    body = f"<urlset><url {' '.join(f'a{n}=1' for n in range(9_000))}><loc>{HOME}/x</loc></url></urlset>"

    with pytest.raises(NotUnderstood, match="more than 20,000 bytes"):
        items(body)


def test_many_comments_before_the_root_are_passed_over_at_once() -> None:
    assert sitemap.recognise(answer("<!---->" * 500 + "<html>")) is None


def test_no_more_addresses_are_read_than_a_sitemap_may_hold() -> None:
    assert len(items(of(*map(str, range(50_100))))) == 50_000


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"<urlset>", b"<urlset><url><loc>", b"<sitemapindex><sitemap>", b"\x1f\x8b"]),
)
def test_any_bytes_give_items_or_a_check_error(body: bytes, begin: bytes) -> None:
    response = answer(begin + body)
    sitemap.recognise(response)

    try:
        found = list(sitemap.find(OPTIONS, giving(response)))
    except CheckError:
        return
    assert found
    assert all(item.title and item.link for item in found)


# Recognised by the root element


@pytest.mark.parametrize(
    "body", [PLAIN, NEWS, INDEX, gzip.compress(PLAIN.encode(), mtime=0), b"\xef\xbb\xbf" + PLAIN.encode()]
)
def test_a_sitemap_is_recognised_by_its_root(body: str | bytes) -> None:
    assert sitemap.recognise(answer(body)) == OPTIONS


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("pages", "wp-sitemap-posts-1", "wp-sitemap-posts-2", "post_tags", "news-images"), "wp-sitemap-posts-2"),
        (("posts", "google-news", "category-news"), "google-news"),
        (("a", "b"), "b"),
    ],
)
def test_of_an_index_without_dates_the_sitemap_of_news_is_watched(names: tuple[str, ...], chosen: str) -> None:
    body = "".join(f"<sitemap><loc>{HOME}/{name}.xml</loc></sitemap>" for name in names)

    assert sitemap.recognise(answer(f"<sitemapindex>{body}</sitemapindex>")) == Options(url=f"{HOME}/{chosen}.xml")


def test_of_a_robots_txt_the_sitemap_is_watched() -> None:
    robots = answer("User-agent: *\nSitemap: /sitemap.xml", f"{HOME}/robots.txt")

    assert sitemap.recognise(robots) == OPTIONS


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><urlset></html>",
        "<rss/>",
        f"{HOME}/one\n{HOME}/two",
        "<urlsets/>",
        "Sitemap: /x.xml",
        b"\x1f\x8bxxxx",
    ],
)
def test_anything_else_is_not_recognised(body: str | bytes) -> None:
    assert sitemap.recognise(answer(body)) is None
