"""A page as such: its first text is kept quietly, and each change of it is told once, as a diff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from lxml import etree

from tests.conftest import Newsroom
from tests.rawserver import RawServer, reply
from watcher.app import Swept
from watcher.model import Failed, Found

FIRST = "2026-11-22-key-rates.md"
REVISION = "2026-11-22-key-rates-r1.md"


class Rates:
    """A page of interest rates on a server of its own, and a newsroom that watches it."""

    def __init__(self, newsroom: Newsroom, server: RawServer) -> None:
        self.newsroom, self.server = newsroom, server
        self.watch()
        self.show("<p>Deposit 2.00</p><p>Lending 2.40</p>")

    def watch(self, *keys: str) -> None:
        """The keys of the watch beyond kind and address."""
        self.newsroom.configure("\n".join(['kind = "page"', *keys]), url=self.server.url("/rates"))

    def show(self, main: str, around: str = "<p>Deposit rates around the world</p>") -> None:
        """What the page says from now on."""
        html = f"<title>Key rates</title>\n<body>{around}<main>{main}</main></body>"
        self.server.scripts["/rates"] = reply(html.encode())

    @property
    def mails(self) -> list[EmailMessage]:
        return self.newsroom.mailbox.messages


@pytest.fixture
def rates(newsroom: Newsroom) -> Iterator[Rates]:
    with RawServer({}) as server:
        yield Rates(newsroom, server)


def kinds(swept: Swept) -> list[str]:
    assert isinstance(swept.checked.outcome, Found), swept.checked.outcome
    return [change.kind for change in swept.checked.outcome.changes]


def failed(swept: Swept) -> Failed:
    assert isinstance(swept.checked.outcome, Failed), swept.checked.outcome
    return swept.checked.outcome


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def entries(feed: bytes) -> list[tuple[str, str]]:
    """Title and visible text of each entry."""
    atom = "{http://www.w3.org/2005/Atom}"
    found = etree.fromstring(feed).iterfind(f"{atom}entry")
    return [
        (each.findtext(f"{atom}title") or "", str(each.xpath("string(*[local-name() = 'content'])"))) for each in found
    ]


def test_a_first_look_is_a_quiet_record_of_the_text(rates: Rates) -> None:
    swept = rates.newsroom.check()

    assert kinds(swept) == ["stock"]
    assert list(rates.newsroom.records) == [FIRST]
    record = rates.newsroom.records[FIRST].decode()
    assert "title: Key rates\n" in record
    assert "url: /rates\n" in record
    assert all(line in record for line in ("Deposit rates around the world", "Deposit 2.00", "Lending 2.40"))
    assert [title for title, _ in entries(rates.newsroom.feed)] == ["Key rates"]
    assert rates.mails == []


def test_a_change_is_one_record_with_the_diff_one_entry_and_one_mail_that_answers_the_first(rates: Rates) -> None:
    rates.watch('first_run = "alert"')
    rates.newsroom.check()
    first = rates.newsroom.records[FIRST]

    rates.show("<p>Deposit 2.00</p><p>Lending 2.15</p>")
    rates.newsroom.check()
    rates.newsroom.check()

    assert list(rates.newsroom.records) == [REVISION, FIRST]
    assert rates.newsroom.records[FIRST] == first
    record = rates.newsroom.records[REVISION].decode()
    assert "title: '[Edited] Key rates'\n" in record
    diff = " Deposit rates around the world\n Deposit 2.00\n-Lending 2.40\n+Lending 2.15\n"
    assert record.endswith(f"{diff}```\n")
    assert [title for title, _ in entries(rates.newsroom.feed)] == ["[Edited] Key rates", "Key rates"]
    assert "-Lending 2.40\n+Lending 2.15" in entries(rates.newsroom.feed)[0][1]
    told, edited = rates.mails
    assert (told["Subject"], edited["Subject"]) == ("Key rates", "[Edited] Key rates")
    assert edited["In-Reply-To"] == told["Message-ID"]
    assert edited["References"].split() == [told["References"], told["Message-ID"]]
    assert "-Lending 2.40\n+Lending 2.15\n" in text(edited)


def test_each_further_change_is_a_record_and_a_mail_of_its_own(rates: Rates) -> None:
    rates.newsroom.check()

    for rate in ("2.15", "1.90"):
        rates.show(f"<p>Deposit 2.00</p><p>Lending {rate}</p>")
        rates.newsroom.check()

    assert list(rates.newsroom.records) == [REVISION, REVISION.replace("r1", "r2"), FIRST]
    assert "-Lending 2.15\n+Lending 1.90" in text(rates.mails[1])
    assert len(rates.mails) == 2
    assert len({mail["Message-ID"] for mail in rates.mails}) == 2
    assert len(set(_ids(rates.newsroom.feed))) == 3


def test_a_change_that_is_taken_back_is_told_as_a_change(rates: Rates) -> None:
    rates.newsroom.check()

    for rate in ("2.15", "2.40"):
        rates.show(f"<p>Deposit 2.00</p><p>Lending {rate}</p>")
        rates.newsroom.check()

    assert "-Lending 2.15\n+Lending 2.40" in text(rates.mails[1])


def test_a_page_that_goes_to_and_fro_tells_each_way_once_a_week(rates: Rates) -> None:
    rates.newsroom.check()
    told = []

    for n in range(8):
        rates.show(f"<p>Deposit 2.00</p><p>Lending {('2.15', '2.40')[n % 2]}</p>")
        rates.newsroom.check()
        told.append(len(rates.mails))
    rates.newsroom.now += timedelta(days=7)
    rates.show("<p>Deposit 2.00</p><p>Lending 2.15</p>")
    rates.newsroom.check()

    assert told == [1] + [2] * 7
    assert len(rates.mails) == 3
    assert [title for title, _ in entries(rates.newsroom.feed)] == ["[Edited] Key rates"] * 3 + ["Key rates"]


def test_what_is_back_to_one_of_the_last_texts_is_no_news_where_they_are_compared(rates: Rates) -> None:
    rates.watch("compare = 3")
    rates.newsroom.check()

    for rate in ("2.15", "2.40", "1.90", "2.15", "2.00"):
        rates.show(f"<p>Deposit 2.00</p><p>Lending {rate}</p>")
        rates.newsroom.check()

    assert ["Lending 2.15" in text(rates.mails[0]), "Lending 1.90" in text(rates.mails[1])] == [True, True]
    assert "-Lending 2.15\n+Lending 2.00" in text(rates.mails[2])
    assert len(rates.mails) == 3


def test_only_what_was_added_is_told_where_that_is_asked_for(rates: Rates) -> None:
    rates.watch('only = "added"')
    rates.newsroom.check()

    for more in ("<p>Deposit 2.00</p>", "<p>Deposit 2.00</p><p>Margin 0.15</p>"):
        rates.show(more)
        rates.newsroom.check()

    assert len(rates.mails) == 1
    assert "\n Deposit 2.00\n+Margin 0.15\n" in text(rates.mails[0])
    assert "Lending" not in text(rates.mails[0])


def test_a_clock_on_a_page_is_never_news_and_what_changes_beside_it_is(rates: Rates) -> None:
    ticks = iter(range(100))

    def show(rate: str) -> None:
        rates.server.scripts["/rates"] = lambda asked: reply(
            f"<title>Key rates</title><body><p>Lending {rate}</p><p>Visitor {next(ticks)}</p>".encode()
        )

    show("2.40")
    rates.newsroom.check()
    show("2.40")
    quiet = [kinds(rates.newsroom.check()) for _ in range(3)]
    show("2.15")
    rates.newsroom.check()

    assert quiet == [[], [], []]
    assert "-Lending 2.40\n+Lending 2.15" in text(rates.mails[0])
    assert "Visitor 1" not in text(rates.mails[0])


def test_a_change_that_the_second_fetch_does_not_show_is_told_once_it_lasts(rates: Rates) -> None:
    answers = iter(["2.40", "2.15", "2.40"])
    rates.server.scripts["/rates"] = lambda asked: reply(
        f"<title>Key rates</title><p>Lending {next(answers, '2.15')}</p>".encode()
    )
    rates.newsroom.check()
    rates.newsroom.check()
    at_first = len(rates.mails)

    rates.newsroom.check()
    rates.newsroom.check()

    assert at_first == 0
    assert ["-Lending 2.40\n+Lending 2.15" in text(mail) for mail in rates.mails] == [True]


def test_what_is_ignored_and_white_space_are_no_change(rates: Rates) -> None:
    rates.watch(r"ignore = ['Last updated: .*', 'visitor \d+']")
    rates.show("<p>Lending 2.40</p><p>Last updated: 9:00</p>", around="<p>You are visitor 17.</p>")
    rates.newsroom.check()
    feed = rates.newsroom.feed

    rates.show("<p>\n  Lending\t 2.40 </p>\n\n<p>Last updated: 9:30</p>", around="<div>You are visitor 18.</div>")
    swept = rates.newsroom.check()

    assert kinds(swept) == []
    assert (list(rates.newsroom.records), rates.newsroom.feed, rates.mails) == ([FIRST], feed, [])


def test_only_the_selected_part_counts(rates: Rates) -> None:
    rates.watch('select = "main"')
    rates.newsroom.check()
    assert b"around the world" not in rates.newsroom.records[FIRST]

    rates.show("<p>Deposit 2.00</p><p>Lending 2.40</p>", around="<p>Something else altogether</p>")
    assert kinds(rates.newsroom.check()) == []
    rates.show("<p>Deposit 2.00</p><p>Lending 2.15</p>")
    rates.newsroom.check()

    assert [mail["Subject"] for mail in rates.mails] == ["[Edited] Key rates"]


@pytest.mark.parametrize("page", ["<p>We are moving house</p>", "<main> <script>1</script> </main>"])
def test_a_part_that_is_gone_or_empty_is_a_failure_and_loses_nothing(rates: Rates, page: str) -> None:
    rates.watch('select = "main"')
    rates.newsroom.check()
    feed, records = rates.newsroom.feed, rates.newsroom.records

    rates.server.scripts["/rates"] = reply(page.encode())
    outcome = failed(rates.newsroom.check())
    assert outcome.health == "broken"
    assert '"main" ' in outcome.error
    assert (rates.newsroom.feed, rates.newsroom.records, rates.mails) == (feed, records, [])

    rates.show("<p>Deposit 2.00</p><p>Lending 2.15</p>")
    rates.newsroom.check()
    assert [mail["Subject"] for mail in rates.mails] == ["[Edited] Key rates"]
    assert "-Lending 2.40\n+Lending 2.15" in text(rates.mails[0])


def test_another_selector_is_no_change_of_the_page(rates: Rates) -> None:
    rates.newsroom.check()

    rates.watch('select = "main"')
    swept = rates.newsroom.check()

    assert "new" not in kinds(swept)
    assert rates.mails == []
    rates.show("<p>Deposit 2.00</p><p>Lending 2.15</p>")
    rates.newsroom.check()
    assert len(rates.mails) == 1
    assert "around the world" not in text(rates.mails[0])


def test_a_pattern_that_would_run_for_ever_is_stopped_and_fails_its_own_watch_only(rates: Rates) -> None:
    calm = ["[watch.calm]", 'kind = "page"', f'url = "{rates.server.url("/rates")}"', 'alerts = ["me"]']
    rates.watch("ignore = ['(a+)+$']", *calm)
    sweep(rates.newsroom)

    rates.show(f"<p>{'a' * 5000}!</p>")
    swept = sweep(rates.newsroom)

    outcome = failed(swept["press"])
    assert "the pattern '(a+)+$' took more than 1 s" in outcome.error
    assert "simplify it" in outcome.hint
    assert kinds(swept["calm"]) == ["new", "touched"]
    assert [mail["List-Id"].partition(" ")[0] for mail in rates.mails] == ["Calm"]


def test_a_page_is_the_same_to_a_database_rebuilt_from_its_records(rates: Rates) -> None:
    rates.newsroom.check()
    rates.show("<p>Deposit 2.00</p><p>Lending 2.15</p>")
    rates.newsroom.check()
    before, records = set(_ids(rates.newsroom.feed)), rates.newsroom.records
    for path in rates.newsroom.home.state.glob("watcher.db*"):
        path.unlink()

    with rates.newsroom.app() as app:
        assert app.rebuild() == 2
    rates.newsroom.check()

    assert set(_ids(rates.newsroom.feed)) == before
    assert rates.newsroom.records == records
    assert len(rates.mails) == 1
    rates.show("<p>Deposit 2.00</p><p>Lending 1.90</p>")
    rates.newsroom.check()
    assert len(rates.mails) == 2
    assert "-Lending 2.15\n+Lending 1.90" in text(rates.mails[1])


def sweep(newsroom: Newsroom) -> dict[str, Swept]:
    """One check of every watch there is, and one delivery."""
    newsroom.now += timedelta(minutes=30)
    with newsroom.app() as app, app.locked():
        swept = {each.checked.watch.name: each for each in app.sweep(list(app.config.watches.values()))}
        app.deliver()
    return swept


def _ids(feed: bytes) -> list[str]:
    atom = "{http://www.w3.org/2005/Atom}"
    return [str(each.text) for each in etree.fromstring(feed).iterfind(f"{atom}entry/{atom}id")]
