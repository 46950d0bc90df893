"""What was told after a backup was made is not told again when that is restored beside the records that tell of it; and
what came after those records is told."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.cli.conftest import Watcher
from tests.conftest import DRUPAL, Newsroom
from tests.rawserver import RawServer, reply


class Past:
    """A newsroom that can be taken back to an earlier state of its database."""

    def __init__(self, newsroom: Newsroom, folder: Path) -> None:
        self.newsroom, self._backup = newsroom, folder / "backup.tar.gz"

    def save(self) -> None:
        with self.newsroom.app() as app, self._backup.open("wb") as out:
            app.backup(out)

    def restore(self) -> None:
        with self.newsroom.app() as app:
            app.restore(self._backup, force=True)


class Rates(Past):
    """A page of interest rates, on a server of its own."""

    def __init__(self, newsroom: Newsroom, folder: Path, server: RawServer) -> None:
        super().__init__(newsroom, folder)
        self.server = server
        newsroom.configure('kind = "page"', url=server.url("/rates"))
        self.look("2.40")

    def look(self, *rates: str) -> None:
        """One check of each of these forms of the page."""
        for rate in rates:
            html = f"<title>Key rates</title>\n<body><p>Deposit 2.00</p><p>Lending {rate}</p></body>"
            self.server.scripts["/rates"] = reply(html.encode())
            self.newsroom.check()

    @property
    def told(self) -> list[str]:
        """What each mail says has gone, and what has come."""
        return [" ".join(_signed(mail)).replace("Lending ", "") for mail in self.newsroom.mailbox.messages]


@pytest.fixture
def past(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Past:
    return Past(newsroom, tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture
def rates(newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rates]:
    with RawServer({}) as server:
        yield Rates(newsroom, tmp_path_factory.mktemp("elsewhere"), server)


def _signed(mail: EmailMessage) -> list[str]:
    body = mail.get_body(("plain",))
    assert body is not None
    return [line for line in str(body.get_content()).splitlines() if line[:1] in ("-", "+") and "Lending" in line]


def test_changes_of_a_page_whose_records_stand_are_not_told_again(rates: Rates) -> None:
    rates.save()
    rates.look("2.15", "1.90")

    rates.restore()
    rates.look("1.90", "1.90")

    assert rates.told == ["-2.40 +2.15", "-2.15 +1.90"]


def test_a_change_since_the_last_record_is_told_against_what_that_tells(rates: Rates) -> None:
    rates.look("2.15")
    rates.save()
    rates.look("1.90")

    rates.restore()
    rates.look("1.75", "1.60")

    assert rates.told == ["-2.40 +2.15", "-2.15 +1.90", "-1.90 +1.75", "-1.75 +1.60"]
    assert len({mail["Message-ID"] for mail in rates.newsroom.mailbox.messages}) == 4
    assert [name[-6:-3] for name in rates.newsroom.records] == ["-r1", "-r2", "-r3", "-r4", "tes"]


@pytest.mark.parametrize("harm", ["Mine.", ""])
def test_where_a_record_no_longer_tells_the_change_the_next_form_is_taken_as_known(rates: Rates, harm: str) -> None:
    rates.save()
    rates.look("2.15", "1.90")
    record = next(rates.newsroom.home.state.glob("records/press/*-r1.md"))
    if harm:
        record.write_text(f"{record.read_text().partition('```')[0]}{harm}\n")
    else:
        record.unlink()

    rates.restore()
    rates.look("1.90", "1.75")

    assert rates.told == ["-2.40 +2.15", "-2.15 +1.90", "-1.90 +1.75"]


def test_edits_of_items_whose_records_stand_are_not_told_again_and_the_next_is(past: Past) -> None:
    newsroom = past.newsroom
    newsroom.configure(f'{DRUPAL}on_edit = "entry"\n')
    newsroom.office.publish("Known", slug="pf1000")
    newsroom.check()
    past.save()
    newsroom.office.publish("Later", slug="pf2000")
    newsroom.check()
    for slug in ("pf1000", "pf2000"):
        newsroom.office.edit(slug, title=f"Edited {slug}")
    newsroom.check()
    told = newsroom.mails

    past.restore()
    newsroom.check()
    quiet = newsroom.mails
    for slug in ("pf1000", "pf2000"):
        newsroom.office.edit(slug, title=f"Edited {slug} again")
    newsroom.check()

    assert sorted(told) == ["Later", "[Edited] Edited pf1000", "[Edited] Edited pf2000"]
    assert quiet == told
    assert sorted(newsroom.mails[3:]) == ["[Edited] Edited pf1000 again", "[Edited] Edited pf2000 again"]
    assert len({mail["Message-ID"] for mail in newsroom.mailbox.messages}) == 5
    assert sum("-r2.md" in name for name in newsroom.records) == 2


def test_a_batch_that_was_held_after_the_backup_is_held_still_and_told_when_it_is_accepted(
    watcher: Watcher, past: Past
) -> None:
    newsroom = past.newsroom
    newsroom.check()
    past.save()
    newsroom.flood()
    newsroom.check()

    past.restore()
    newsroom.check()
    quiet = newsroom.mails
    accepted = watcher("accept", "press")

    assert quiet == []
    assert "10 items of press accepted and published" in accepted.out
    assert newsroom.mails == ["10 new: Press"]


def test_a_batch_that_was_accepted_after_the_backup_is_not_told_again_where_its_records_stand(
    watcher: Watcher, past: Past, tmp_path_factory: pytest.TempPathFactory
) -> None:
    newsroom = past.newsroom
    newsroom.configure(f'{DRUPAL}records = "{tmp_path_factory.mktemp("site")}"\n')
    newsroom.check()
    newsroom.flood()
    newsroom.check()
    past.save()
    watcher("accept", "press")

    past.restore()
    newsroom.check()

    assert newsroom.mails == ["10 new: Press"]
    assert newsroom.feed.count(b"<title>Flood") == 10
