"""What releases are told as, and which of them a watch is about."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_versions import TEXTS
from watcher.model import Item, When
from watcher.versions import parse, within
from watcher.versions.releases import backports, flags, kept, ordered


def release(
    version: str, body: str = "", *, title: str = "", on: When | None = None, tags: tuple[str, ...] = ()
) -> Item:
    address = f"https://tool.example/releases/{version}"
    return Item(link=address, title=title or f"Tool {version}", version=version, body=body, published=on, tags=tags)


SECURITY = [
    "Fixes CVE-2026-12345.",
    "See GHSA-xv7c-2f3g-9qpm for details.",
    "### Security\n\n- Escape names in logs",
    "### 🔒 Security fixes\n\n- Escape names",
    "Security\n--------\n\n* Escape names",
    "**Security**\n\n- Escape names",
    "- **Security:** escape names",
    "* [security] escape names",
    "Security: escape names in logs.",
    "This is a security release; upgrade now.",
    "It closes a security hole in the parser.",
    "A vulnerability in the parser was found by Ada Field.",
    "No new features. A security fix for the parser.",
]
NOT_SECURITY = [
    "There are no security fixes in this release.",
    "This is not a security release.",
    "No known vulnerabilities.",
    "A non-security update.",
    "### Security\n\nNone.",
    "Security: none",
    "Add security groups to the network module.",
    "Forms for Social Security updates were renewed.",
    "The vulnerability scanner is faster.",
    "Insecurity issues of the stock market.",
]


@pytest.mark.parametrize("body", SECURITY)
def test_a_release_that_mends_security_is_told_as_such(body: str) -> None:
    assert flags(release("1.2.3", body)) == ("security",)


@pytest.mark.parametrize("body", NOT_SECURITY)
def test_a_release_that_only_speaks_of_security_is_not(body: str) -> None:
    assert flags(release("1.2.3", body)) == ()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Tool 1.2.3: security release", ("security",)),
        ("Tool 1.2.3 (Security)", ("security",)),
        ("Tool 1.2.3, no security fixes", ()),
        ("Forms 1.2.3 for Social Security", ()),
    ],
)
def test_a_title_that_names_security_is_enough(title: str, expected: tuple[str, ...]) -> None:
    assert flags(release("1.2.3", title=title)) == expected


def test_news_without_a_version_are_about_security_only_by_an_id() -> None:
    news = Item(
        link="https://agency.example/1",
        title="Homeland security update",
        summary="A security issue, a vulnerable coast.",
        body="### Security\n\nBREAKING CHANGE in the office.",
    )
    advisory = Item(link="https://agency.example/2", title="Router warning", body="Known as cve-2026-0001.")

    assert flags(news) == ()
    assert flags(advisory) == ("security",)


BREAKING = [
    "BREAKING CHANGE: the old format is gone.",
    "### Breaking changes\n\n- The old format is gone",
    "## ⚠ BREAKING CHANGES\n\n* the old format is gone",
    "**Breaking change:** the old format is gone.",
    "- [breaking] the old format is gone",
    "Breaking:\n\n- the old format is gone",
    "- feat!: new format",
    "* fix(parser)!: refuse the old format",
    "## Backwards incompatible changes\n\nThe old format is gone.",
]
NOT_BREAKING = [
    "No breaking changes.",
    "## Breaking changes\n\n- None",
    "Line-breaking was mended: it was breaking changes of long words.",
    "Wow! fix: names are read",
    "feat: new format!",
]


@pytest.mark.parametrize("body", BREAKING)
def test_a_release_that_breaks_something_is_told_as_such(body: str) -> None:
    assert flags(release("1.2.3", body)) == ("breaking",)


@pytest.mark.parametrize("body", NOT_BREAKING)
def test_a_release_that_breaks_nothing_is_not(body: str) -> None:
    assert flags(release("1.2.3", body)) == ()


def test_the_first_stable_release_of_a_line_is_breaking() -> None:
    first = ["v2.0.0", "3.0", "tool-4.0.0", "10.0.0.Final"]
    others = ["0.0.0", "2.0.1", "2.1.0", "1.2.0", "5", "2.0.0-1", "2026.0", "2.0.0.0", "no.version"]

    assert [text for text in (*first, *others) if flags(release(text))] == first
    assert flags(release("2.0.0-rc1")) == ("pre-release",)


def test_a_pre_release_is_one_by_its_version_or_by_its_source() -> None:
    items = [release("2.1b1"), release("2.1", tags=("pre-release",)), release("2.1"), release("aurora")]

    assert [flags(item) for item in items] == [("pre-release",), ("pre-release",), (), ()]


def test_a_release_may_be_several_things_at_once() -> None:
    assert flags(release("2.0.0", "Fixes CVE-2026-12345")) == ("security", "breaking")
    assert flags(release("2.1.0-rc1", "feat!: x\n\n## Security\n\nEscape")) == ("security", "breaking", "pre-release")


def test_items_come_newest_version_first_and_unreadable_ones_last() -> None:
    items = [release(text) for text in ("1.9", "aurora", "1.10", "2.0rc1", "", "2.0")]

    assert [item.version for item in ordered(items)] == ["2.0", "2.0rc1", "1.10", "1.9", "aurora", ""]


def test_an_older_line_that_is_released_later_is_a_backport() -> None:
    items = [
        release("4.2.16", on=date(2026, 9, 3)),
        release("5.1.1", on=date(2026, 9, 3)),
        release("5.1", on=date(2026, 8, 7)),
        release("4.2.15", on=date(2026, 8, 6)),
        release("4.2.14", on=None),
    ]

    assert backports(items) == {0}


def test_times_and_days_are_compared_as_days() -> None:
    items = [
        release("1.9.1", on=datetime(2026, 9, 3, 18, tzinfo=UTC)),
        release("2.0", on=date(2026, 9, 3)),
        release("1.9.2", on=datetime(2026, 9, 4, 0, 1, tzinfo=UTC)),
    ]

    assert backports(items) == {2}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2.0rc1", "1.9"),  # an early one is no line yet
        ("2.0", "2.1rc1"),
        ("3.12-slim", "3.12-alpine"),  # one release in two variants
        ("web@2.0.0", "core@1.4.0"),  # two packages of one repository
        ("aurora", "1.0"),
        ("1.9", "1.10"),
    ],
)
def test_what_follows_a_lower_or_another_version_is_no_backport(earlier: str, later: str) -> None:
    items = [release(later, on=date(2026, 9, 3)), release(earlier, on=date(2026, 8, 3))]

    assert backports(items) == set()


def test_a_tag_with_a_mark_is_of_the_same_package_as_one_without() -> None:
    items = [release("1.9.1", on=date(2026, 9, 3)), release("v2.0", on=date(2026, 8, 3))]

    assert backports(items) == {0}


def test_versions_outside_the_range_are_left_out_and_unreadable_ones_stay() -> None:
    items = [release(text) for text in ("1.9", "2.0", "3.9.1", "4.0", "aurora", "")]

    assert [item.version for item in kept(items, True, ">=2,<4")] == ["2.0", "3.9.1", "aurora", ""]
    assert kept(items, True, None) == items


@pytest.mark.parametrize(
    "title", ["We raised $2.5 million", "Growth of 2.5 %", "Costs: 3.1 million", "The 3.11.2026 meeting"]
)
def test_amounts_and_days_in_a_title_are_no_versions(title: str) -> None:
    news = release("", title=title)

    assert kept([news], True, ">=1000,<1001") == [news]


@pytest.mark.parametrize(
    "title", ["Tool 2.5", "Tool v2", "2.5.1 is out: 30 % faster", "Tool 12.4.2027.1", "Tool 2.5-rc1"]
)
def test_a_version_in_a_title_counts_where_there_is_no_other(title: str) -> None:
    assert kept([release("", title=title)], True, ">=1000,<1001") == []


def test_an_unreadable_version_that_its_source_calls_early_is_left_out() -> None:
    early = release("aurora", tags=("pre-release",))

    assert kept([early], False, None) == []
    assert kept([early], True, ">=2") == [early]


@given(st.lists(st.tuples(TEXTS, st.booleans()), max_size=12), st.sampled_from([None, ">=1,<4", "!=2.*"]))
def test_pre_releases_never_leak_through(texts: list[tuple[str, bool]], versions: str | None) -> None:
    items = [release(text, title="x", tags=("pre-release",) if early else ()) for text, early in texts]

    stable = kept(items, False, versions)

    assert not any("pre-release" in flags(item) for item in stable)
    assert all("pre-release" in flags(item) for item in kept(items, True, versions) if item not in stable)
    assert all(versions is None or (found := parse(item.version)) is None or within(found, versions) for item in stable)
