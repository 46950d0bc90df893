"""keep_items: what is old is let go, never comes back, and its record and entry stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import DRUPAL, Newsroom
from watcher.store import Keep


@pytest.fixture
def newsroom(newsroom: Newsroom) -> Newsroom:
    """Ten items known, of which only jy0781 is still listed; a year has passed."""
    newsroom.check()
    newsroom.configure(f"{DRUPAL}flood = 100\n")
    for slug in {each.slug for each in newsroom.office.releases} - {"jy0781"}:
        newsroom.office.withdraw(slug)
    newsroom.now += timedelta(days=365)
    newsroom.check()
    newsroom.home.config.write_text('keep_items = "30d"\n' + newsroom.home.config.read_text())
    return newsroom


def let_go(newsroom: Newsroom) -> dict[str, bool]:
    """The items by slug, each with whether it was let go."""
    with newsroom.app() as app:
        app.let_go()
        found = [seen for _, seen in app.store.items("press")]
        return {seen.slug: app.store.fate("press", seen.id).purged for seen in found}


def test_what_is_old_and_not_listed_any_more_is_let_go_and_its_record_and_entry_stay(newsroom: Newsroom) -> None:
    records, feed = newsroom.records, newsroom.feed

    gone = let_go(newsroom)
    with newsroom.app() as app, app.locked():
        app.publish(app.config.watches["press"], afresh=True)

    assert gone.pop("jy0781") is False
    assert len(gone) == 9
    assert set(gone.values()) == {True}
    assert (newsroom.records, newsroom.feed) == (records, feed)


def test_what_was_let_go_never_comes_back_as_news(newsroom: Newsroom) -> None:
    with newsroom.app() as app:
        before = {seen.id for _, seen in app.store.items("press")}
        titles = {seen.slug: seen.item for _, seen in app.store.items("press")}
    let_go(newsroom)
    for slug, item in titles.items():
        if slug != "jy0781":
            newsroom.office.publish(item.title, slug=slug, published=item.published)

    newsroom.check()

    with newsroom.app() as app:
        assert {seen.id for _, seen in app.store.items("press")} == before
    assert newsroom.mails == []


def test_by_default_nothing_is_let_go_and_a_run_lets_go_of_so_much_at_most(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.app.PURGED", 4)
    part = let_go(newsroom)
    rest = let_go(newsroom)
    newsroom.configure(DRUPAL)
    with newsroom.app() as app:
        assert app.config.settings.keep_items is None

    assert (sum(part.values()), sum(rest.values())) == (4, 8)


def test_so_many_pages_are_stored_as_keep_bodies_says(newsroom: Newsroom) -> None:
    newsroom.home.config.write_text("keep_bodies = 1\n" + newsroom.home.config.read_text())
    newsroom.office.publish("A Release", slug="pf0999")

    with newsroom.app() as app, app.locked():
        app.warm()
        app.check(app.config.watches["press"])

        assert app.store.keep == Keep(bodies=1, checks=200)
        assert len(app.store.bodies("press")) == 1


def test_a_robots_txt_that_nobody_asked_for_in_a_week_is_let_go(newsroom: Newsroom) -> None:
    with newsroom.app() as app:
        for days in (8, 6):
            app.store.keep_robots(f"https://{days}.example:443", "", newsroom.now - timedelta(days=days))

        app.let_go()

        assert [app.store.robots(f"https://{days}.example:443") is None for days in (8, 6)] == [True, False]
