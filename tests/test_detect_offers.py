"""The feeds that a page offers, the best first."""

from __future__ import annotations

import pytest

from watcher import urls
from watcher.detect.offers import WELL_KNOWN, interface, of_comments, offers
from watcher.detect.tree import read

PAGE = "https://agency.example/news/"


def link(href: str, title: str = "", kind: str = "application/rss+xml", rel: str = "alternate") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def offered(head: str = "", body: str = "", url: str = PAGE) -> list[str]:
    """What a page offers, without the part that all addresses share."""
    html = f"<html><head>{head}</head><body>{body}<p>Text</p></body></html>"
    found = offers(read(html.encode(), "text/html; charset=utf-8", url))
    return [address.removeprefix("https://agency.example") for address in found]


# In its head


@pytest.mark.parametrize(
    ("kind", "href"),
    [
        ("application/rss+xml", "/x"),
        ("application/atom+xml", "/x"),
        ("application/rdf+xml", "/x"),
        ("application/feed+json", "/x"),
        ("Application/RSS+XML; charset=utf-8", "/x"),
        ("application/json", "/feed.json"),
        ("text/xml", "/rss"),
    ],
)
def test_an_alternate_of_a_feeds_type_is_offered(kind: str, href: str) -> None:
    assert offered(link(href, kind=kind)) == [href]


@pytest.mark.parametrize(
    "head",
    [
        link("/wp-json/v2/pages/7", kind="application/json"),
        link("/oembed?format=json", kind="application/json+oembed"),
        link("/news.xml", kind="text/xml"),
        link("/de/", kind="text/html"),
        link("/feed", rel="stylesheet"),
        link("", "Feed"),
        link("javascript:feed()"),
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate" type="application/rss+xml">',
        "<!-- " + link("/feed") + " -->",
    ],
)
def test_another_link_of_the_head_is_no_offer(head: str) -> None:
    assert offered(head) == []


def test_rel_feed_and_further_words_count_in_any_case() -> None:
    assert offered(link("/a", rel="feed") + link("/b", rel="ALTERNATE home")) == ["/a", "/b"]


def test_links_are_relative_to_the_pages_base_and_made_whole() -> None:
    assert offered('<base href="/press/">' + link("feed.xml?utm_source=page")) == ["/press/feed.xml"]


def test_a_feed_address_with_its_own_scheme_is_a_web_address() -> None:
    assert offered(link("feed://agency.example/a") + link("feed:https://agency.example/b")) == ["/a", "/b"]


def test_a_feed_is_offered_once_however_often_it_is_named() -> None:
    head = link("/feed/") + link("http://www.agency.example/feed")

    assert offered(head, '<a href="/feed">RSS</a>') == ["/feed/"]


def test_a_page_does_not_offer_itself() -> None:
    assert offered(link("/news/"), '<a href="#feed">Feed</a>') == []


# The order


@pytest.mark.parametrize("page", ["/news/", "/news", "/news/index.html", "/news/?page=2"])
def test_what_lies_below_the_page_comes_before_what_names_it_and_the_sites_own(page: str) -> None:
    head = link("/feed") + link("/newsletter/feed") + link("/rss/news.xml") + link("/news/feed") + link("/news.atom")

    found = offered(head, url=f"https://agency.example{page}")

    assert found == ["/news/feed", "/news.atom", "/rss/news.xml", "/feed", "/newsletter/feed"]


def test_of_a_home_page_the_first_feed_is_the_first() -> None:
    head = link("/posts/feed") + link("https://feeds.example/agency") + link("/feed")

    assert offered(head, url="https://agency.example/") == ["/posts/feed", "/feed", "https://feeds.example/agency"]


@pytest.mark.parametrize(
    ("title", "href"),
    [
        ("Agency » Comments Feed", "/news/feed/c"),
        ("Agency » Kommentar-Feed", "/news/feed/c"),
        ("Agency » Flux des commentaires", "/news/feed/c"),
        ("Agency » Лента комментариев", "/news/feed/c"),
        ("", "/news/comments/feed/"),
    ],
)
def test_a_feed_of_comments_comes_last_of_all(title: str, href: str) -> None:
    assert offered(link(href, title) + link("/feed"), '<a href="/rss">RSS</a>') == ["/feed", "/rss", href]


def test_commentary_is_no_comment() -> None:
    assert offered(link("/commentary/feed") + link("/feed")) == ["/commentary/feed", "/feed"]


# By its links


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/x">RSS</a>',
        '<a href="/x">Subscribe to our RSS feed</a>',
        '<a href="/x">Atom</a>',
        '<a href="/x"><img alt="RSS" src="/i.png"></a>',
        '<a href="/x" title="News feed"><svg><path d="M0 0"/></svg></a>',
        '<a href="/x" aria-label="Feed"></a>',
    ],
)
def test_a_link_that_says_feed_is_offered(body: str) -> None:
    assert offered(body=body) == ["/x"]


@pytest.mark.parametrize(
    "href",
    [
        *("/rss", "/rss.xml", "/news-rss.php", "/a.rss", "/a.atom", "/index.rdf", "/feeds/all", "/feed/?cat=5"),
        *("/blog_feed.xml", "/feed.json", "/?feed=rss2", "/list?format=atom"),
    ],
)
def test_a_link_whose_address_says_feed_is_offered(href: str) -> None:
    assert offered(body=f'<a href="{href}">Subscribe</a>') == [href]


@pytest.mark.parametrize(
    "body",
    [
        '<a href="/feedback">Feedback</a>',
        '<a href="/topics/animal-feed">Animal feed</a>',
        '<a href="/topics/atom-energy">Atomic energy</a>',
        '<a href="/2024/1">What readers of RSS feeds told us in this summer of long reports</a>',
        '<a href="https://reader.example/add/feed/https://agency.example/feed">Add to Reader</a>',
        '<a href="https://check.example/feed?url=https%3A%2F%2Fagency.example%2Ffeed">Valid RSS</a>',
        '<a href="mailto:rss@agency.example">RSS</a>',
        '<a name="rss">RSS</a>',
        '<p hidden><a href="/rss">RSS</a></p><a href="/1">One</a><a href="/2">Two</a>',
    ],
)
def test_a_link_that_only_looks_like_it_is_no_offer(body: str) -> None:
    assert offered(body=body) == []


def test_what_the_head_offers_comes_before_what_is_linked() -> None:
    assert offered(link("/x"), '<a href="/news/feed">RSS</a>') == ["/x", "/news/feed"]


# Around


@pytest.mark.parametrize("url", ["", "page.html", "https://agency.example/a[b](c)+*?d"])
def test_a_page_at_any_address_is_read(url: str) -> None:
    assert offered(link("https://agency.example/feed"), url=url) == ["/feed"]


def test_a_page_without_any_offers_nothing() -> None:
    assert offered() == []
    assert offers(read(b"", "text/html", PAGE)) == []


def test_well_known_places_are_relative_to_a_page() -> None:
    assert urls.absolute(PAGE, WELL_KNOWN[0]) == "https://agency.example/news/feed/"
    assert len(set(WELL_KNOWN)) == len(WELL_KNOWN) == 7


def test_feeds_of_comments_can_be_left_out() -> None:
    head = link("/comments", "Comments") + link("/news.xml", "News")

    assert offers(read(f"{head}<p>Text".encode(), "text/html", PAGE), comments=False) == [
        "https://agency.example/news.xml"
    ]


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        (b"<rss><channel><title>Comments on: Tide tables</title>", True),
        (b'<feed><title type="text">Kommentare zu Gezeiten</title>', True),
        (b'{"title": "Comments for the agency"}', True),
        (b"<rss><channel><title>Agency news</title><description>and comments</description>", False),
        (b"<rss><channel/></rss>", False),
    ],
)
def test_a_feed_of_comments_says_so_in_its_title(body: bytes, is_one: bool) -> None:
    assert of_comments(body) is is_one


def test_of_very_many_offers_only_the_first_are_looked_at() -> None:
    assert len(offered("".join(link(f"/{n}.rss") for n in range(500)))) == 100


# The interface of what made the page

API = '<link rel="https://api.w.org/" href="https://agency.example/blog/wp-json/">'
WORDPRESS = '<meta name="generator" content="WordPress 6.5">'
DRUPAL = '<meta name="Generator" content="Drupal 10 (https://www.drupal.org)">'


def made(head: str = "", body: str = "", headers: dict[str, str] | None = None, classes: str = "") -> str:
    """The address of the page's interface, without the part that all addresses share."""
    html = f'<html><head>{head}</head><body class="{classes}">{body}<p>Text</p></body></html>'
    found = interface(read(html.encode(), "text/html; charset=utf-8", PAGE), headers or {})
    return found.removeprefix("https://agency.example")


def alternate(href: str) -> str:
    return link(f"https://agency.example/blog/wp-json/{href}", kind="application/json")


@pytest.mark.parametrize(
    ("head", "headers", "address"),
    [
        (API, {}, "/blog/wp-json/wp/v2/posts"),
        (
            "",
            {"link": '</wp.css>; rel=preload, </blog/wp-json/>; rel="https://api.w.org/"'},
            "/blog/wp-json/wp/v2/posts",
        ),
        (API.replace("wp-json/", "?rest_route=/"), {}, "/blog/?rest_route=/wp/v2/posts"),
        (WORDPRESS, {}, "/wp-json/wp/v2/posts"),
        (API + WORDPRESS, {}, "/blog/wp-json/wp/v2/posts"),
        ('<meta name=generator content="Page Builder 3; WordPress">', {}, "/wp-json/wp/v2/posts"),
    ],
)
def test_a_page_of_wordpress_leads_to_the_posts_of_its_site(head: str, headers: dict[str, str], address: str) -> None:
    assert made(head, headers=headers) == address


@pytest.mark.parametrize(
    ("head", "classes", "address"),
    [
        (alternate("wp/v2/categories/7"), "", "posts?categories=7"),
        (alternate("wp/v2/tags/5"), "archive tag", "posts?tags=5"),
        (alternate("wp/v2/topic/3"), "tax-topic", "posts?topic=3"),
        ("", "archive category category-water category-7", "posts?categories=7"),
        ("", "archive tag tag-tides tag-5 wp-custom", "posts?tags=5"),
        ("", "archive post-type-archive post-type-archive-press-note", "press-note"),
        (alternate("wp/v2/pages/12"), "page page-id-12", "posts"),
        ("", "blog category-list mycategory-7", "posts"),
    ],
)
def test_a_page_of_one_term_or_type_leads_to_its_posts(head: str, classes: str, address: str) -> None:
    assert made(API + head, classes=classes) == f"/blog/wp-json/wp/v2/{address}"


def test_a_term_is_asked_for_where_the_interface_is_a_parameter() -> None:
    head = API.replace("wp-json/", "?rest_route=/") + alternate("wp/v2/categories/7")

    assert made(head) == "/blog/?rest_route=/wp/v2/posts&categories=7"


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (DRUPAL, {}),
        ("", {"x-generator": "Drupal 11 (https://www.drupal.org)"}),
        ("", {"x-drupal-cache": "HIT"}),
        ("", {"x-drupal-dynamic-cache": "MISS"}),
    ],
)
def test_a_page_of_drupal_leads_to_its_interface(head: str, headers: dict[str, str]) -> None:
    assert made(head, headers=headers) == "/jsonapi"


@pytest.mark.parametrize("said", ["Drupal 7 (http://drupal.org)", "Drupal 6", "drupal 7"])
def test_an_old_drupal_has_none(said: str) -> None:
    assert made(f'<meta name="Generator" content="{said}">', headers={"x-drupal-cache": "HIT"}) == ""
    assert made(headers={"x-generator": said, "x-drupal-cache": "HIT"}) == ""


def test_the_type_that_the_page_shows_most_of_is_asked_for() -> None:
    notes = "".join('<div class="node node--type-press-note node--view-mode-teaser"></div>' for _ in range(3))
    pages = '<div class="node node--type-page"></div>'

    assert made(DRUPAL, pages + notes + pages) == "/jsonapi/node/press_note"
    assert made(DRUPAL, pages, classes="page-node-type-page") == "/jsonapi"


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ('{"path": {"baseUrl": "/", "pathPrefix": "de/"}}', "/de/jsonapi"),
        ('{"path": {"baseUrl": "/sub/", "pathPrefix": ""}}', "/sub/jsonapi"),
        ('{"path": {"baseUrl": "/sub/"}}', "/sub/jsonapi"),
        ('{"path": [1]}', "/jsonapi"),
        ("{}", "/jsonapi"),
        ("[" * 9_999, "/jsonapi"),
    ],
)
def test_the_pages_settings_say_where_its_site_begins(settings: str, address: str) -> None:
    script = f'<script type="application/json" data-drupal-selector="drupal-settings-json">{settings}</script>'

    assert made(DRUPAL, script) == address


@pytest.mark.parametrize(
    "head",
    ["", '<meta name=generator content="Hugo 0.120">', "<!--" + WORDPRESS + "-->", '<meta name=x content="WordPress">'],
)
def test_another_page_leads_nowhere(head: str) -> None:
    assert made(head, '<p class="node--type-a">WordPress, Drupal 10</p>' * 2) == ""
