"""What keep, drop, tags, prereleases and versions let through."""

from __future__ import annotations

import pytest

from watcher.errors import NotUnderstood
from watcher.filters import chosen
from watcher.model import Filters, Item

PAGE = "https://tool.example/releases"


def release(title: str, **more: object) -> Item:
    return Item(link=f"{PAGE}/{title.replace(' ', '-')}", title=title, **more)  # type: ignore[arg-type]


RATES = release("Monetary policy decision", summary="Rates stay")
STAFF = release("A new head of human resources", tags=("Staff",))
CVE = release("Tool 2.4.1", version="2.4.1", body="Fixes CVE-2026-1234.")
BETA = release("Tool 3.0.0-beta.1", version="3.0.0-beta.1")
ALL = [RATES, STAFF, CVE, BETA]


def titles(filters: Filters) -> list[str]:
    return [item.title for item in chosen(filters, ALL)]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(), [RATES, STAFF, CVE, BETA]),
        (Filters(keep=("(?i)MONETARY", "beta")), [RATES, BETA]),
        (Filters(keep=("Rates stay",)), [RATES]),
        (Filters(keep=("^Staff$",)), []),
        (Filters(keep=("(?m)^Staff$",)), [STAFF]),
        (Filters(keep=("/releases/Tool",)), [CVE, BETA]),
        (Filters(drop=("human", "policy")), [CVE, BETA]),
        (Filters(keep=("Tool",), drop=("beta",)), [CVE]),
        (Filters(tags=("staff", "SECURITY")), [STAFF, CVE]),
        (Filters(prereleases=False), [RATES, STAFF, CVE]),
        (Filters(versions=">=2,<3"), [RATES, STAFF, CVE]),
    ],
)
def test_a_filter_lets_through_what_it_says(filters: Filters, left: list[Item]) -> None:
    assert titles(filters) == [item.title for item in left]


def test_what_an_item_is_becomes_its_tags() -> None:
    assert [item.tags for item in chosen(Filters(), [CVE, BETA])] == [("security",), ("pre-release",)]


def test_a_pattern_that_takes_too_long_names_itself() -> None:
    hostile = release("a" * 60 + "!")

    with pytest.raises(NotUnderstood, match=r"'\(a\|aa\)\+\$' took more than 1 s"):
        chosen(Filters(keep=("(a|aa)+$",)), [hostile])


@pytest.mark.parametrize(
    ("title", "early"),
    [
        ("Tool 2.4.1 is out", False),
        ("Tool 3.0.0-rc1 is out", True),
        ("Release v4-beta2", True),
        ("Tool 5.0 Beta 2", True),
        ("Meet us at stand 4", False),
        ("A budget of 2.5 billion", False),
        ("Tool 5.0", False),
    ],
)
def test_a_title_names_the_version_of_an_item_that_has_none(title: str, early: bool) -> None:
    assert chosen(Filters(prereleases=False), [release(title)]) == ([] if early else [release(title)])
    assert len(chosen(Filters(versions=">=3"), [release("Tool 2.4.1 is out"), release("Tool 3.1 is out")])) == 1
