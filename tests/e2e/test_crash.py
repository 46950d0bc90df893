"""Killed at any step and started again, a watcher ends where an undisturbed one does: the same records, the same feed,
everyone told. Told twice only what the mail server had taken and we had not yet noted, by the very same letter."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import urlencode

import pytest

from tests.e2e.trial import Processes, Trial
from watcher.demo import ARTICLES, Mailbox, PressOffice, Site

#: The named points. A step lies before and after each, and where a transaction is committed.
LOOK = {
    *("free_leases", "forget_hosts", "fetch", "commit", "items", "letters"),
    *(
        "record",
        "rename of record",
        "all_written",
        "shelved",
        "style",
        "feed",
        "rename of feed",
        "page",
        "rename of page",
        "note",
        "rename of note",
        "fsync of file",
        "fsync of folder",
    ),
    *("claim", "send", "DATA", "sent"),
}
FIRST_LOOK = LOOK | {"opening", "rename of database", "adopt", "rename of style"}
ACCEPT = LOOK - {"forget_hosts", "fetch", "commit", "items"} | {"accept"}

#: Steps at which what a restart finds has just changed.
LASTING = "after (commit|accept|all_written|rename of|claim|DATA|sent)"

BOTH = ("me@example.org", "you@example.org")

#: A record of the page's fifth release that was there before us.
THEIRS = """---
title: 'What they made of it'
date: 2022-05-13
draft: false
url: /news/press-releases/jy0781
---
Their own words.
"""

pytestmark = pytest.mark.timeout(600)  # hundreds of processes


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    command, root = [sys.executable, "-m", "tests.e2e.crash"], Path(__file__).parents[2]
    # No certificate is asked for here, and reading the system's takes a tenth of all the time.
    env = {**os.environ, "SSL_CERT_FILE": os.devnull}
    with ExitStack() as stack:
        servers = [Popen(command, cwd=root, env=env, stdin=PIPE, stdout=PIPE, text=True) for _ in range(2)]
        yield Processes([stack.enter_context(server) for server in servers])


@pytest.fixture
def trial(tmp_path: Path, processes: Processes) -> Iterator[Trial]:
    with Site(PressOffice()) as site:
        yield Trial(tmp_path, site, processes)


def test_a_first_look_that_tells_is_killed_at_every_step_and_nothing_is_lost(trial: Trial) -> None:
    trial.keys = 'first_run = "alert"\nrecords = "content"'
    trial.home.joinpath("content").mkdir()
    trial.home.joinpath("content/theirs.md").write_text(THEIRS)
    new = [release.title for release in trial.office.releases[:4]]

    calm = trial.run("check")
    faults = trial.faults(calm, "check")

    assert calm.points == FIRST_LOOK
    assert calm.told == {(to, title): 1 for to in BOTH for title in new}
    assert faults == {}


def test_a_later_look_is_killed_at_every_step_and_nothing_is_lost(trial: Trial) -> None:
    trial.before("check")
    new = _publish_four(trial.office)
    trial.office.edit("pf0324", title="Comment Period Extended")

    calm = trial.run("check")
    faults = trial.faults(calm, "check", calls=[-1])

    assert calm.points == LOOK
    assert calm.told == {(to, title): 1 for to in BOTH for title in new}
    assert b"Comment Period Extended" in calm.files["feeds/press.xml"]
    assert faults == {}


def test_a_quiet_first_look_that_is_killed_stays_quiet(trial: Trial) -> None:
    calm = trial.run("check")
    faults = trial.faults(calm, "check", at=LASTING, calls=[0])

    assert calm.files["feeds/press.xml"].count(b"<entry>") == 5
    assert not calm.mails
    assert faults == {}


def test_single_letters_a_told_edit_and_a_late_article_survive_a_kill_and_two_more_looks(trial: Trial) -> None:
    trial.keys = 'on_edit = "entry"'
    trial.before("check")
    trial.office.publish("Late", body="<p>What was to come.</p>")
    trial.office.behave("500", ARTICLES)
    trial.before("check")
    trial.office.behave("ok")
    trial.office.publish("Fresh")
    trial.office.edit("pf0324", title="Comment Period Extended")

    calm = trial.run("check", "check")
    faults = trial.faults(calm, "check", "check", at=LASTING)

    told = ("Late", "Fresh", "[Edited] Comment Period Extended")
    assert calm.told == {(to, title): 1 for to in BOTH for title in told}
    assert b"What was to come." in calm.files["feeds/press.xml"]
    assert faults == {}


def test_a_hub_is_told_of_each_feed_whenever_the_process_dies_between_the_feed_and_the_ping(trial: Trial) -> None:
    trial.has_hub = True

    calm = trial.run("check")  # a first look, that tells nobody else
    faults = trial.faults(calm, "check", at="(before|at COMMIT of) ping|after rename of note")
    faults |= trial.faults(calm, "check", at="after (rename of feed|send)", calls=[-1])

    forms = (f"{feed}.{form}" for feed in ("all", "health", "press") for form in ("json", "xml"))
    told = [urlencode({"hub.mode": "publish", "hub.url": f"https://watch.example/feeds/{form}"}) for form in forms]
    assert sorted(calm.pings) == [each.encode() for each in told]
    assert not calm.mails
    assert faults == {}


def test_accepting_a_held_batch_is_killed_and_nothing_is_lost(trial: Trial) -> None:
    trial.before("check")
    held = [trial.office.publish(f"Flood of {year}").title for year in range(1901, 1906)]
    trial.before("check")

    calm = trial.run("accept press", "check")
    faults = trial.faults(calm, "accept press", "check", at=f"{LASTING}|.*(accept|letters)", calls=[0])

    assert calm.points == ACCEPT
    assert calm.told == {(to, title): 1 for to in BOTH for title in held}
    assert faults == {}


def test_the_lock_of_a_killed_watcher_keeps_nobody_out(trial: Trial) -> None:
    trial.office.behave("timeout")
    with Mailbox() as mailbox, ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(trial.start, trial.home, mailbox, "check")
        _until(lambda: trial.site.requests)
        beside = trial.start(trial.home, mailbox, "check")
        os.kill(int(trial.home.joinpath("state/lock").read_text()), signal.SIGKILL)
        killed = waiting.result()

        trial.office.behave("ok")
        after = trial.start(trial.home, mailbox, "check")

    assert (beside, killed, after) == (4, -signal.SIGKILL, 0)


def test_the_crash_test_fails_when_items_and_outbox_are_committed_apart(trial: Trial) -> None:
    faults = _sabotaged(trial, "letters_apart", at="(before|after|at COMMIT of) (commit|letters)")

    everyone = [f"not told: {to} News of {day}" for to in BOTH for day in ("Friday", "Monday", "Sunday", "Tuesday")]
    assert faults == dict.fromkeys(("before letters 2", "after letters 2", "at COMMIT of commit 2"), everyone)


def test_the_crash_test_fails_when_a_letter_is_marked_as_sent_before_it_is(trial: Trial) -> None:
    faults = _sabotaged(trial, "sent_first", at="(before|after) send")

    assert faults["before send 2"] == [
        f"not told: {BOTH[1]} News of {day}" for day in ("Friday", "Monday", "Sunday", "Tuesday")
    ]
    assert faults["after send 2"] == ["0 letters told twice"]


def test_the_crash_test_fails_when_a_record_is_marked_as_written_before_it_is(trial: Trial) -> None:
    faults = _sabotaged(trial, "marked_first", at="(before|after) record")

    assert "state/records/press/2022-05-17-pf0325.md differs" in faults["before record 1"]
    assert "not told: me@example.org News of Monday" in faults["before record 1"]


def test_the_crash_test_fails_when_files_are_written_in_place(trial: Trial) -> None:
    faults = _sabotaged(trial, "in_place", at="half of record")

    assert "state/records/press/2022-05-17-pf0325.md differs" in faults["half of record 1"]


def test_the_crash_test_fails_when_a_feed_is_noted_before_its_hub_is_told(trial: Trial) -> None:
    trial.has_hub = True
    calm = trial.run("check", sabotage="noted_first")
    faults = trial.faults(calm, "check", at="after rename of note", calls=[0], sabotage="noted_first")

    assert faults == {"after rename of note 1": ["2 pings lost or invented"]}


def _sabotaged(trial: Trial, sabotage: str, at: str) -> dict[str, list[str]]:
    """What is found out about a watcher that does one thing in the wrong order."""
    trial.before("check")
    new = _publish_four(trial.office)
    calm = trial.run("check", sabotage=sabotage)
    assert calm.told == {(to, title): 1 for to in BOTH for title in new}
    return trial.faults(calm, "check", at=at, sabotage=sabotage)


def _publish_four(office: PressOffice) -> list[str]:
    return [office.publish(f"News of {day}").title for day in ("Monday", "Tuesday", "Friday", "Sunday")]


def _until(happened: Callable[[], object]) -> None:
    while not happened():
        time.sleep(0.01)
