"""/healthz, /readyz and /metrics, asked over HTTP, beside a real home."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from tests.conftest import DRUPAL, Newsroom
from watcher.app import App
from watcher.metrics import Metrics
from watcher.web import health
from watcher.web.feeds import feeds_app
from watcher.web.health import health_routes
from watcher.web.server import serve


class Watched:
    """What is asked, and what it is asked about; `ticked` is how long ago the work loop ticked."""

    def __init__(self, app: App) -> None:
        self.app, self.metrics, self.ticked = app, Metrics(), 0.5
        site = feeds_app(app.home.feeds)
        site.routes.extend(health_routes(app, self.metrics, lambda: self.ticked))
        self.server = serve(site, "127.0.0.1", 0)
        self.server.start()

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.server.url + path, trust_env=False, timeout=20)

    @property
    def values(self) -> dict[str, float]:
        """What /metrics says, as `name{label}`."""
        families = text_string_to_metric_families(self.get("/metrics").text)
        samples = [sample for family in families for sample in family.samples]
        return {f"{each.name}{{{','.join(each.labels.values())}}}": each.value for each in samples}


@pytest.fixture
def watched(newsroom: Newsroom) -> Iterator[Watched]:
    with newsroom.app() as app:
        app.warm()
        watched = Watched(app)
        yield watched
        watched.server.stop()


def test_it_is_well_as_long_as_the_work_loop_ticks(watched: Watched) -> None:
    well = watched.get("/healthz")
    watched.ticked = 90.0
    stalled = watched.get("/healthz")

    assert (well.status_code, well.text) == (200, "ok")
    assert (stalled.status_code, stalled.text) == (503, "the work loop has not ticked for 90 s\n")


def test_it_is_ready_when_the_state_can_be_read(watched: Watched) -> None:
    ready = watched.get("/readyz")

    assert (ready.status_code, ready.json()) == (200, {"ready": True, "watches": 1, "tick_age_seconds": 0.5})
    assert ready.headers["cache-control"] == "no-store"


def test_all_three_answer_while_another_process_writes_to_the_database(watched: Watched) -> None:
    with closing(sqlite3.connect(watched.app.home.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        codes = [watched.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")]

    assert codes == [200, 200, 200]


def test_while_the_state_cannot_be_read_it_is_alive_not_ready_and_counts_on(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = Event()
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(watched.app.store, "queue", lambda now: end.wait(20))

    alive, ready, values = watched.get("/healthz"), watched.get("/readyz"), watched.values
    end.set()

    assert (alive.status_code, ready.status_code) == (200, 503)
    assert ready.json()["error"] == "the state cannot be read"
    assert values["watcher_store_up{}"] == 0
    assert values["watcher_checks_total{found}"] == 0
    assert "watcher_watches_overdue{}" not in values


def test_metrics_say_what_the_state_holds(watched: Watched, newsroom: Newsroom) -> None:
    fresh = watched.values
    newsroom.check()
    newsroom.office.publish("A Release", slug="pf0999")
    newsroom.home.config.write_text(newsroom.home.config.read_text().replace(newsroom.mailbox.address, "127.0.0.1:1"))
    newsroom.check()
    newsroom.now += timedelta(hours=2)
    later = watched.values

    age = "watcher_last_good_check_age_seconds{press}"
    assert (fresh[age], later[age]) == (float("inf"), 7200)
    assert (fresh["watcher_watches{new}"], later["watcher_watches{new}"], later["watcher_watches{ok}"]) == (1, 0, 1)
    assert (fresh["watcher_watches_overdue{}"], later["watcher_watches_overdue{}"]) == (0, 1)
    assert (fresh["watcher_outbox_deliveries{waiting}"], later["watcher_outbox_deliveries{waiting}"]) == (0, 1)
    assert (fresh["watcher_outbox_oldest_age_seconds{}"], later["watcher_outbox_oldest_age_seconds{}"]) == (0, 7200)
    assert (later["watcher_tick_age_seconds{}"], later["watcher_store_up{}"]) == (0.5, 1)


def test_metrics_count_what_this_process_did(watched: Watched, newsroom: Newsroom) -> None:
    newsroom.check()
    newsroom.office.publish("A Release", slug="pf0999")
    swept = newsroom.check()
    newsroom.office.behave("500")
    failed = newsroom.check()

    for one in (swept, failed):
        watched.metrics.checked(one.checked.outcome, timedelta(seconds=0.2))
    values = watched.values

    checks = [values[f"watcher_checks_total{{{outcome}}}"] for outcome in ("found", "unchanged", "failed")]
    assert checks == [1, 0, 1]
    assert values["watcher_items_total{new}"] == 1
    assert (values["watcher_check_duration_seconds_count{}"], values["watcher_check_duration_seconds_sum{}"]) == (
        2,
        0.4,
    )


def test_a_private_watch_is_counted_but_named_only_to_this_machine(newsroom: Newsroom) -> None:
    newsroom.configure(f"{DRUPAL}private = true\n")
    with newsroom.app() as app:
        here = health._state(app)

    named = Metrics().page(here, 0, names=True).decode()
    unnamed = Metrics().page(here, 0, names=False).decode()

    assert 'watch="press"' in named
    assert "press" not in unnamed
    assert 'watcher_watches{health="new"} 1.0' in unnamed


@pytest.mark.parametrize(
    ("asked", "here"),
    [("127.0.0.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("192.0.2.7", False), ("2001:db8::1", False)],
)
def test_it_is_the_address_that_was_asked_that_says_who_asks(asked: str, here: bool) -> None:
    scope = {"type": "http", "server": (asked, 8484), "headers": []}

    assert health._by_loopback(Request(scope)) is here
