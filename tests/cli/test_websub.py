"""What people are told of the hubs."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tests.cli.conftest import Watcher
from tests.conftest import Newsroom
from tests.e2e.test_feed_folder import settle
from tests.e2e.test_websub import FEEDS, PRESS
from tests.rawserver import RawServer, reply


def test_the_outbox_shows_which_feed_waits_and_what_the_hub_said(newsroom: Newsroom, watcher: Watcher) -> None:
    with RawServer({"/": reply(b"down for repair", status=503)}) as hub:
        settle(newsroom, hubs=f'["{hub.url()}"]')

        ran = watcher("check")
        shown = watcher("outbox").out

    assert ran.code == 3
    assert "503 Service Unavailable: down for repair" in ran.err
    assert f"{FEEDS}press.xml" in shown
    assert hub.url() in shown
    assert "answered 503 Service Unavailable: down for repair" in shown


def test_one_sweep_tells_the_hub_of_the_feeds_over_all_watches_too_and_counts_no_mail(
    newsroom: Newsroom, watcher: Watcher
) -> None:
    with RawServer({"/": reply(status=204)}) as hub:
        settle(newsroom, hubs=f'["{hub.url()}"]')

        ran = watcher("check")

    told = {dict(parse_qsl(asked.body.decode()))["hub.url"] for asked in hub.asked}
    assert ran.code == 0
    assert {*PRESS} < told
    assert "mail" not in ran.out
    assert "alert" not in ran.out
