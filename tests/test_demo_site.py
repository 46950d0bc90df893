"""The bundled press office, over real sockets: what it publishes, how it looks, how it fails."""

from __future__ import annotations

import hashlib
import http.client
import re
import smtplib
import socket
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
from bs4 import BeautifulSoup

from watcher.demo import ARTICLES, LISTING, Mailbox, PressOffice, Project, Site, project
from watcher.demo.office import Design
from watcher.demo.publisher import Mood

DESIGNS: tuple[Design, ...] = get_args(Design)
JY0781 = f"{LISTING}/jy0781"

#: The links of the releases on one page, in each design.
RELEASES: dict[Design, str] = {
    "drupal": "div.content--2col__body > div h3.featured-stories__headline > a",
    "uswds": "main div h3.featured-stories__headline > a",  # lxml takes the list to be closed; a browser does not
    "cards": "div.news-grid > article h2 > a",
    "table": "table tbody tr td:nth-of-type(2) a",
}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.body, "lxml")


def get(site: Site, path: str = LISTING, headers: dict[str, str] | None = None, *, timeout: float = 5) -> Reply:
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=timeout)
    try:
        return ask(connection, path, headers)
    finally:
        connection.close()


def ask(connection: http.client.HTTPConnection, path: str, headers: dict[str, str] | None = None) -> Reply:
    connection.request("GET", path, headers=headers or {})
    response = connection.getresponse()
    names = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, names, response.read())


def links(reply: Reply, design: Design = "drupal") -> list[str]:
    return [str(link["href"]) for link in reply.soup.select(RELEASES[design])]


def titles(reply: Reply, design: Design = "drupal") -> list[str]:
    return [link.get_text() for link in reply.soup.select(RELEASES[design])]


@pytest.fixture
def office() -> PressOffice:
    return PressOffice()


@pytest.fixture
def site(office: PressOffice) -> Iterator[Site]:
    with Site(office) as site:
        yield site


# --- what is published


@pytest.mark.parametrize("design", DESIGNS)
def test_each_design_lists_the_same_releases_ten_on_a_page(site: Site, office: PressOffice, design: Design) -> None:
    office.redesign(design)
    first = 1 if design == "uswds" else 0

    pages = [links(get(site, f"{LISTING}?page={number}"), design) for number in (first, first + 1, first + 2)]

    assert [len(page) for page in pages] == [10, 10, 4]
    assert [link.rstrip("/") for page in pages for link in page] == [release.path for release in office.releases]
    assert links(get(site), design) == pages[0]


@pytest.mark.parametrize(
    ("design", "pager"),
    [
        ("drupal", "li.pager__item--next a"),
        ("uswds", "nav.pager[data-news-pager] a"),
        ("cards", "a[rel=next]"),
        ("table", "li.pager__item--next a"),
    ],
)
def test_the_pager_of_each_design_leads_to_the_second_page(
    site: Site, office: PressOffice, design: Design, pager: str
) -> None:
    office.redesign(design)

    link = get(site).soup.select(pager)[0]["href"]

    path = f"{LISTING}{link}" if str(link).startswith("?") else str(link)
    assert [part.rstrip("/") for part in links(get(site, path), design)] == [
        release.path for release in office.releases[10:20]
    ]


def test_the_golden_release_is_on_the_first_page_with_its_date_category_and_title(site: Site) -> None:
    item = next(row for row in get(site).soup.select("div.content--2col__body > div") if "jy0781" in str(row))

    when = item.select_one("span.date-format > time.datetime")
    assert when is not None
    assert (when["datetime"], when.get_text()) == ("2022-05-13T12:00:00Z", "May 13, 2022")
    assert [link["href"] for link in item.select("span.subcategory > a")] == [f"{LISTING}/readouts"]
    assert item.select("h3")[0].get_text().startswith("READOUT: At Strategic Dialogue on Illicit Finance, United")


def test_the_golden_article_holds_the_text_of_the_record_to_the_byte(site: Site) -> None:
    soup = get(site, JY0781).soup

    *paragraphs, end = soup.select("div.field--name-field-news-body > p")
    body = "\n\n".join(paragraph.get_text() for paragraph in paragraphs)
    when = soup.select_one("div.field--name-field-news-publication-date > time")
    assert len(paragraphs) == 3
    assert body.count("\N{NO-BREAK SPACE}") == 3
    assert (
        hashlib.sha256(body.encode()).hexdigest() == "cc58afeeaf096c28faf3e81b7bb6a78c0ecfc2578b666645409af9be892974c9"
    )
    assert str(end) == '<p class="text-align-center">###</p>'
    assert str(when) == '<time class="datetime" datetime="2022-05-13T12:00:00Z">May 13, 2022</time>'


def test_an_article_sets_the_traps_of_its_family(site: Site) -> None:
    soup = get(site, JY0781).soup

    title = soup.select("h2.uswds-page-title > span")[0].get_text()
    assert title.endswith("Agree to Work on Anti-Corruption, Revitalize Illicit Finance Cooperation")
    assert soup.select("meta[property='og:title']")[0]["content"] == title
    assert [heading.get_text() for heading in soup.select("h1")] == ["Office of Public Finance"]
    assert soup.select("time")[0].find_parent("div", class_="mm-news-row") is not None


def test_the_later_design_has_a_self_closed_list_and_links_that_end_in_a_slash(site: Site, office: PressOffice) -> None:
    office.redesign("uswds")

    page = get(site)

    assert re.search(rb"<div class=content--2col__body data-news-list [^>]*/>", page.body)
    assert all(link.endswith("/") for link in links(page, "uswds"))
    assert get(site, links(page, "uswds")[0]).status == 200


def test_a_category_lists_only_its_own_releases(site: Site, office: PressOffice) -> None:
    found = links(get(site, f"{LISTING}/statements-remarks"))

    assert found == [release.path for release in office.releases if release.category == "Statements & Remarks"]
    assert 0 < len(found) < 10


def test_a_published_release_comes_first_and_pushes_the_tenth_to_the_next_page(site: Site, office: PressOffice) -> None:
    before = links(get(site))

    release = office.publish("Savings & <Loans>", body="<p>Text.</p>")

    after = get(site)
    assert links(after) == [release.path, *before[:9]]
    assert titles(after)[0] == "Savings & <Loans>"
    assert links(get(site, f"{LISTING}?page=1"))[0] == before[9]
    assert get(site, release.path).soup.select("div.field--name-field-news-body > p")[0].get_text() == "Text."


def test_a_release_stands_by_its_date_and_shows_the_time_that_it_was_given(site: Site, office: PressOffice) -> None:
    office.publish("Old", slug="old", published=date(2020, 1, 2))
    office.publish("New", slug="new", published=datetime(2026, 11, 22, 0, 5, 6, 7, tzinfo=UTC))

    assert office.releases[-1].slug == "old"
    when = get(site).soup.select("span.date-format > time")[0]
    assert (when["datetime"], when.get_text()) == ("2026-11-22T00:05:06+00:00", "November 22, 2026, 12:05 AM")


def test_a_slug_is_published_once(office: PressOffice) -> None:
    with pytest.raises(ValueError, match="jy0781 is already published"):
        office.publish("Again", slug="jy0781")


def test_an_edit_changes_title_and_text_where_they_stand(site: Site, office: PressOffice) -> None:
    before = links(get(site))

    office.edit("jy0781", title="Corrected", body="<p>Other.</p>")

    assert links(get(site)) == before
    assert titles(get(site))[before.index(JY0781)] == "Corrected"
    assert "Other." in get(site, JY0781).soup.get_text()


def test_a_withdrawn_release_is_gone_and_an_older_one_slides_up(site: Site, office: PressOffice) -> None:
    eleventh = office.releases[10].path

    office.withdraw("jy0781")

    assert get(site, JY0781).status == 404
    assert links(get(site))[-1] == eleventh


def test_every_start_gives_the_same_pages() -> None:
    def tour() -> list[bytes]:
        office = PressOffice()
        with Site(office) as site:
            pages = [get(site).body, get(site, JY0781).body]
            office.publish("News")
            return [*pages, get(site).body]

    assert tour() == tour()


# --- what changes between two looks, and what does not


def test_clock_and_visitor_counter_differ_at_each_request_and_the_items_do_not(site: Site) -> None:
    first, second = get(site), get(site)

    for part in ("span.clock", "span.visitors"):
        assert first.soup.select(part)[0].get_text() != second.soup.select(part)[0].get_text()
    assert str(first.soup.select("main")) == str(second.soup.select("main"))
    assert not first.headers.keys() & {"etag", "last-modified"}


def test_without_its_clock_the_listing_keeps_its_bytes_and_answers_304_until_it_changes(
    site: Site, office: PressOffice
) -> None:
    office.clock = False
    first, second = get(site), get(site)
    known = {"if-none-match": first.headers["etag"]}

    assert first.body == second.body
    assert not first.headers["etag"].startswith("W/")
    assert get(site, headers=known)[::2] == (304, b"")
    office.publish("News")
    assert get(site, headers=known).status == 200


def test_an_article_is_304_by_either_validator_until_something_changes(site: Site, office: PressOffice) -> None:
    page = get(site, JY0781)
    by_tag = {"if-none-match": page.headers["etag"]}
    by_time = {"if-modified-since": page.headers["last-modified"]}

    assert [get(site, JY0781, known).status for known in (by_tag, by_time)] == [304, 304]
    office.edit("jy0781", title="Corrected")
    assert [get(site, JY0781, known).status for known in (by_tag, by_time)] == [200, 200]


def test_a_page_is_packed_only_for_who_asks(site: Site, office: PressOffice) -> None:
    plain, packed = get(site, JY0781), get(site, JY0781, {"accept-encoding": "gzip, deflate"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert zlib.decompress(packed.body, 31) == plain.body
    assert packed.headers["etag"] != plain.headers["etag"]


def test_one_connection_carries_many_answers(site: Site, office: PressOffice) -> None:
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=5)
    connection.connect()
    wire = connection.sock

    page = ask(connection, JY0781)
    same = ask(connection, JY0781, {"if-none-match": page.headers["etag"]})
    lost = ask(connection, "/nowhere")

    assert [reply.status for reply in (page, same, lost)] == [200, 304, 404]
    assert "content-length" not in same.headers
    assert connection.sock is wire
    connection.close()


def test_a_head_request_gets_the_head_and_no_body(site: Site) -> None:
    length = get(site, JY0781).headers["content-length"]
    host, port = site.url.removeprefix("http://").split(":")

    with socket.create_connection((host, int(port)), timeout=5) as client, client.makefile("rb") as answer:
        client.sendall(f"HEAD {JY0781} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        whole = answer.read()

    assert whole.endswith(f"content-length: {length}\r\n\r\n".encode())


def test_requests_are_remembered_in_their_order(site: Site) -> None:
    get(site, f"{LISTING}?page=1", {"User-Agent": "test"})
    get(site, JY0781)

    assert [(asked.method, asked.path) for asked in site.requests] == [("GET", f"{LISTING}?page=1"), ("GET", JY0781)]
    assert site.requests[0].headers["user-agent"] == "test"


# --- moods


@pytest.mark.parametrize(
    ("mood", "status", "says"),
    [
        ("403", 403, b"403 Forbidden"),
        ("500", 500, b"500 Internal Server Error"),
        ("503", 503, b"503 Service Unavailable"),
        ("botcheck", 403, b"Checking your browser before accessing"),
        ("botcheck200", 200, b"Checking your browser before accessing"),
        ("nolist", 200, b"mm-news-row"),
    ],
)
def test_a_mood_answers_with_its_status_and_no_release(
    site: Site, office: PressOffice, mood: Mood, status: int, says: bytes
) -> None:
    office.behave(mood)

    reply = get(site)

    assert reply.status == status
    assert says in reply.body
    assert links(reply) == []


def test_503_says_when_to_come_back(site: Site, office: PressOffice) -> None:
    office.behave("503", seconds=120)

    assert get(site).headers["retry-after"] == "120"


def test_an_empty_answer_is_a_200_without_a_body(site: Site, office: PressOffice) -> None:
    office.behave("empty")

    reply = get(site)

    assert (reply.status, reply.headers["content-length"], reply.body) == (200, "0", b"")


def test_304_is_said_to_those_who_know_nothing(site: Site, office: PressOffice) -> None:
    office.behave("unasked304")

    assert get(site)[::2] == (304, b"")


def test_a_truncated_answer_is_whole_to_http_and_half_to_gzip(site: Site, office: PressOffice) -> None:
    office.behave("truncated")

    reply = get(site)

    unpacking = zlib.decompressobj(31)
    assert reply.headers["content-encoding"] == "gzip"
    assert int(reply.headers["content-length"]) == len(reply.body)
    assert b"<!DOCTYPE html>" in unpacking.decompress(reply.body)
    assert not unpacking.eof


@pytest.mark.parametrize(("mood", "status"), [("redirect", 302), ("redirect301", 301)])
def test_a_redirect_leads_to_the_same_page_elsewhere(site: Site, office: PressOffice, mood: Mood, status: int) -> None:
    expected = links(get(site, f"{LISTING}?page=1"))
    office.behave(mood)

    reply = get(site, f"{LISTING}?page=1")

    assert (reply.status, reply.headers["location"]) == (status, "/newsroom/press-releases?page=1")
    assert links(get(site, reply.headers["location"])) == expected


def test_slow_answers_after_its_time_and_timeout_never(site: Site, office: PressOffice) -> None:
    office.behave("slow", seconds=0.3)
    with pytest.raises(TimeoutError):
        get(site, timeout=0.1)
    assert get(site).status == 200

    office.behave("timeout")
    with pytest.raises(TimeoutError):
        get(site, timeout=0.4)


def test_a_mood_holds_where_it_was_asked_for(site: Site, office: PressOffice) -> None:
    other = office.releases[0].path
    office.behave("500", ARTICLES)
    office.behave("403", JY0781)

    assert [get(site, path).status for path in (LISTING, LISTING + "/", JY0781, other)] == [200, 200, 403, 500]
    office.behave("500", LISTING)
    office.behave("ok", ARTICLES)
    assert [get(site, path).status for path in (LISTING, LISTING + "/", JY0781, other)] == [500, 500, 200, 200]
    office.behave("ok")
    assert [get(site, path).status for path in (LISTING, LISTING + "/", JY0781, other)] == [200] * 4


# --- the project

#: The links of the versions on one page, in each design.
VERSIONS: dict[project.Design, str] = {
    "forge": "section h2 > a",
    "docs": "main h2 > a:first-child",
    "downloads": "table.releases td:first-child > a:first-child",
}


def versions(reply: Reply, design: project.Design) -> list[tuple[str, str]]:
    """Address and title of each version on a page."""
    return [(str(link["href"]).rstrip("/"), link.get_text()) for link in reply.soup.select(VERSIONS[design])]


@pytest.fixture
def lumen() -> Project:
    return Project()


@pytest.fixture
def forge(lumen: Project) -> Iterator[Site]:
    with Site(lumen) as site:
        yield site


@pytest.mark.parametrize("design", VERSIONS)
def test_each_design_lists_the_same_versions_ten_on_a_page(forge: Site, lumen: Project, design: project.Design) -> None:
    lumen.redesign(design)

    pages = [versions(get(forge, f"{project.RELEASES}{query}"), design) for query in ("", "?page=2", "?page=1")]

    assert [len(page) for page in pages] == [10, 3, 10]
    assert pages[0] + pages[1] == [(version.path, version.title) for version in lumen.releases]
    assert get(forge, project.RELEASES).soup.select("a[rel=next]")[0]["href"] == "?page=2"
    assert all(get(forge, path).status == 200 for path, _ in pages[1])


def test_a_version_is_on_the_page_with_its_badge_as_soon_as_it_is_released(forge: Site, lumen: Project) -> None:
    def badges() -> dict[str, str]:
        sections = get(forge, project.RELEASES).soup.select("section:has(.Label)")
        return {part.select("h2")[0].get_text(): part.select(".Label")[0].get_text() for part in sections}

    before = badges()
    lumen.publish("2.4.3")
    lumen.publish("2.5.0-rc.2", prerelease=True)

    assert [title for title, badge in before.items() if badge == "Latest"] == ["Lumen 2.4.2"]
    after = badges()
    assert list(after)[:2] == ["Lumen 2.5.0-rc.2", "Lumen 2.4.3"]
    assert [title for title, badge in after.items() if badge == "Latest"] == ["Lumen 2.4.3"]
    assert after["Lumen 2.5.0-rc.2"] == after["Lumen 2.5.0 RC 1"] == "Pre-release"


def test_a_version_is_released_once_and_edited_where_it_stands(forge: Site, lumen: Project) -> None:
    before = versions(get(forge, project.RELEASES), "forge")

    lumen.edit("2.4.1", notes="<p>Other notes.</p>")

    assert versions(get(forge, project.RELEASES), "forge") == before
    assert "Other notes." in get(forge, f"{project.RELEASES}/tag/v2.4.1").soup.get_text()
    with pytest.raises(ValueError, match=re.escape("v2.4.1 is already published")):
        lumen.publish("2.4.1")


def test_a_forge_sets_the_traps_of_its_family(forge: Site, lumen: Project) -> None:
    first = get(forge, project.RELEASES).soup.select("section")[1]

    links = [str(link["href"]) for link in first.select("a")]
    assert links.index("/lumen/tree/v2.4.2") < links.index(f"{project.RELEASES}/tag/v2.4.2")
    assert "/lumen/compare/v2.4.1...v2.4.2" in links
    assert len(first.select("details relative-time")) == 3
    assert [link.get_text() for link in get(forge, project.RELEASES).soup.select("aside .tags a")][1] == "v2.4.2"


@pytest.mark.parametrize(("mood", "status"), [("nolist", 200), ("500", 500), ("redirect", 302)])
def test_a_project_has_the_moods_of_an_office(forge: Site, lumen: Project, mood: Mood, status: int) -> None:
    whole = versions(get(forge, project.RELEASES), "forge")
    lumen.behave(mood)

    reply = get(forge, project.RELEASES)

    assert (reply.status, versions(reply, "forge")) == (status, [])
    if mood == "redirect":
        assert versions(get(forge, reply.headers["location"]), "forge") == whole


# --- closing


@pytest.mark.timeout(10)
@pytest.mark.parametrize("mood", ["slow", "timeout"])
def test_closing_ends_an_answer_under_way_and_an_idle_connection_and_leaves_no_thread(
    office: PressOffice, mood: Mood
) -> None:
    before = set(threading.enumerate())
    with Site(office) as site:
        idle = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=5)
        assert ask(idle, LISTING).status == 200
        office.behave(mood, seconds=60)
        waiting = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=60)
        waiting.request("GET", LISTING)
        while len(site.requests) < 2:
            threading.Event().wait(0.01)

    with pytest.raises(ConnectionError):
        waiting.getresponse()
    assert set(threading.enumerate()) == before
    idle.close()
    waiting.close()


def test_a_site_comes_back_at_the_same_address(office: PressOffice) -> None:
    site = Site(office)
    with site:
        address = site.url
    with pytest.raises(ConnectionRefusedError):
        get(site)

    with site:
        assert site.url == address
        assert get(site).status == 200


# --- the mailbox


def letter(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "watch@example.org", "me@example.org", subject
    message.set_content("Grüße – a line\n.\nafter a dot\n")
    return message


def send(box: Mailbox, *letters: EmailMessage) -> None:
    host, port = box.address.split(":")
    with smtplib.SMTP(host, int(port), timeout=5) as server:
        for message in letters:
            server.send_message(message)


def test_the_mailbox_keeps_what_came_in_order_and_as_files(tmp_path: Path) -> None:
    with Mailbox(tmp_path / "mail") as box:
        send(box, letter("Erste – 1"), letter("Second"))

    assert [message["subject"] for message in box.messages] == ["Erste – 1", "Second"]
    assert box.messages[0].get_content() == "Grüße – a line\n.\nafter a dot\n"
    files = sorted((tmp_path / "mail").iterdir())
    assert [file.name for file in files] == ["0001.eml", "0002.eml"]
    assert b"Subject: Second\n" in files[1].read_bytes()


def test_a_mailbox_without_folder_only_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with Mailbox() as box:
        send(box, letter("Only"))

    assert len(box.messages) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(10)
def test_a_mailbox_closes_while_a_client_is_still_connected() -> None:
    before = set(threading.enumerate())
    with Mailbox() as box:
        host, port = box.address.split(":")
        client = socket.create_connection((host, int(port)), timeout=5)
        assert client.recv(100).startswith(b"220 ")

    assert set(threading.enumerate()) == before
    client.close()
