from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import PAGE, Memory, item, undated
from watcher.model import Item

LIST = [item(n) for n in range(20, 10, -1)]


def known(**settings: object) -> Memory:
    memory = Memory(**settings)
    memory.look(LIST)
    return memory


@pytest.mark.parametrize(
    ("what", "spell"),
    [
        ("https instead of http", lambda link: link.replace("https://", "http://")),
        ("www", lambda link: link.replace("//press", "//www.press")),
        ("a trailing slash", lambda link: link + "/"),
        ("tracking parameters", lambda link: link + "?utm_source=feed&utm_medium=rss"),
        ("a fragment", lambda link: link + "#main"),
    ],
)
def test_another_spelling_of_an_address_is_the_same_item(what: str, spell: object) -> None:
    memory = known()

    again = [replace(each, link=spell(each.link)) for each in LIST]  # type: ignore[operator]

    assert memory.told(again) == [], what
    assert len(memory.seen) == 10


def test_an_edited_title_keeps_the_id() -> None:
    memory = known()
    ids = memory.known.listed

    verdict = memory.look([replace(LIST[0], title="Treasury Corrects Its Announcement"), *LIST[1:]])

    assert [change.kind for change in verdict.changes] == ["edited"]
    assert verdict.listed == ids


def test_a_redesign_with_new_addresses_keeps_every_id() -> None:
    memory = known()
    ids = memory.known.listed

    moved = [replace(each, link=f"https://press.example.org/2026/releases/{n}.html") for n, each in enumerate(LIST)]

    assert memory.told(moved) == []
    assert memory.known.listed == ids
    assert memory.told(LIST) == []  # and back: the old addresses are keys still


def test_a_release_published_during_a_redesign_is_told_once() -> None:
    memory = known()
    moved = [replace(each, link=f"https://press.example.org/2026/{n}.html") for n, each in enumerate(LIST)]
    fresh = item(21, link="https://press.example.org/2026/new.html")

    assert memory.told([fresh, *moved[:-1]]) == [fresh.title]
    assert memory.told([fresh, *moved[:-1]]) == []


def test_numbered_reports_are_not_taken_for_one_another_after_an_outage() -> None:
    memory = Memory()
    memory.look([undated(item(n, f"Weekly report {n}")) for n in range(20, 10, -1)])

    later = [
        undated(item(n, f"Weekly report {n}", link=f"https://press.example.org/reports/{n}")) for n in range(40, 30, -1)
    ]
    verdict = memory.look(later)

    assert {change.kind for change in verdict.changes} == {"held"}


def test_a_title_that_lost_a_word_in_a_redesign_is_found_between_its_neighbours() -> None:
    memory = known()
    ids = memory.known.listed
    moved = [replace(each, link=f"https://press.example.org/x/{n}.html") for n, each in enumerate(LIST)]
    moved[4] = replace(moved[4], title=moved[4].title.replace("the ", ""))

    memory.look(moved)

    assert memory.known.listed == ids


def test_items_of_one_address_are_told_apart_by_title_and_date() -> None:
    memory = Memory()
    page = [item(n, link=f"{PAGE}/bulletin") for n in range(5, 0, -1)]
    memory.look(page)

    fresh = item(6, link=f"{PAGE}/bulletin")

    assert len(memory.seen) == 5
    assert memory.told([fresh, *page[:-1]]) == [fresh.title]


def test_a_list_without_links_tells_each_item_once_and_lives_through_an_edited_title() -> None:
    memory = Memory()
    page = [item(n, link=PAGE) for n in range(9, 2, -1)]
    memory.look(page)

    fresh = item(10, link=PAGE)
    edited = [fresh, *page]
    edited[3] = replace(edited[3], title=edited[3].title + "s")

    assert memory.told([fresh, *page]) == [fresh.title]
    assert memory.told(edited) == []
    assert memory.told(edited) == []


def test_a_new_item_never_takes_the_place_of_one_that_left_a_list_without_links() -> None:
    memory = Memory()
    page = [item(n, link=PAGE) for n in range(9, 2, -1)]
    memory.look(page)

    fresh = item(10, link=PAGE)

    assert memory.told([fresh, *page[:-1]]) == [fresh.title]


def test_the_sources_own_id_outlives_address_and_title() -> None:
    memory = Memory()
    memory.look([item(n, key=f"guid-{n}") for n in range(9, 2, -1)])
    ids = memory.known.listed

    verdict = memory.look(
        [item(n, f"Corrected {n}", link=f"https://cdn.example.org/{n}", key=f"guid-{n}") for n in range(9, 2, -1)]
    )

    assert verdict.listed == ids


def test_a_release_shown_in_a_menu_as_well_is_one_item() -> None:
    memory = Memory()
    teaser = replace(LIST[0], title=LIST[0].title[:20], published=None)

    memory.look([*LIST, teaser])

    assert len(memory.seen) == 10


def test_a_changelogs_versions_are_items_of_one_page() -> None:
    memory = Memory()
    page = [Item(link=PAGE, title=f"Release {v}", key=v, version=v) for v in ("1.2", "1.1", "1.0")]
    memory.look(page)

    fresh = Item(link=PAGE, title="Release 1.3", key="1.3", version="1.3")

    assert memory.told([fresh]) == ["Release 1.3"]
    assert len(memory.seen) == 4


items = st.builds(
    Item,
    link=st.sampled_from([f"{PAGE}/{n}" for n in range(6)] + [PAGE]),
    title=st.sampled_from(["a", "b", "b b", "c"]),
    published=st.sampled_from([None, date(2026, 1, 1), date(2026, 1, 2)]),
    key=st.sampled_from(["", "", "k1", "k2"]),
)


@given(st.lists(st.lists(items, max_size=7), max_size=4))
def test_matching_is_one_to_one_and_a_page_seen_again_changes_nothing(pages: list[list[Item]]) -> None:
    memory = Memory()

    for page in pages:
        verdict = memory.look(page)
        assert len(set(verdict.listed)) == len(verdict.listed)
        assert memory.look(page).changes == ()


@pytest.mark.parametrize(
    ("known", "page"),
    [
        ([("1", "a", "k1")], [("0", "b", "k1"), ("1", "b", "")]),
        ([("0", "a", "k2"), ("1", "a", "k1")], [("0", "b", "k1"), ("1", "b", "k2")]),
        ([("0", "a", "k2"), ("2", "a", "k1")], [("1", "b", "k1"), ("2", "b", "k2")]),
        ([("0", "b", "k1")], [("1", "b", ""), ("0", "a", ""), ("1", "a", "k1")]),
    ],
)
def test_an_id_that_goes_to_another_item_is_misleading_at_the_next_look_as_well(
    known: list[tuple[str, str, str]], page: list[tuple[str, str, str]]
) -> None:
    memory = Memory()
    first, second = (
        [Item(link=f"{PAGE}/{n}", title=title, key=key) for n, title, key in each] for each in (known, page)
    )

    memory.look(first)
    memory.look(second)

    assert memory.look(second).changes == ()


def test_an_address_that_a_known_item_has_left_is_not_shared_any_more() -> None:
    memory = Memory()
    pages = [[("2", "b b"), ("0", "a"), ("2", "a")], [("1", "b b"), ("1", "a")], [("2", "b b"), ("1", "b b")]]

    for page in pages:
        found = [Item(link=f"{PAGE}/{n}", title=title) for n, title in page]
        memory.look(found)

    assert memory.look(found).changes == ()


def test_numbered_items_of_one_address_are_not_taken_for_a_title_cut_short() -> None:
    memory = Memory()

    memory.look([undated(item(n, f"Report {n}", link=f"{PAGE}/reports")) for n in (12, 1, 2)])

    assert len(memory.seen) == 3


def test_a_list_of_thousands_at_one_address_is_told_apart() -> None:
    memory = Memory()

    memory.look([undated(item(n, f"Report {n}", link=f"{PAGE}/reports")) for n in range(3000)])

    assert len(memory.seen) == 3000


def test_ids_that_count_places_are_nobodys_and_no_archived_item_becomes_another() -> None:
    memory = Memory()
    stories = [item(n, key=f"s{10 - n}") for n in range(10, 0, -1)]
    memory.look(stories)

    moved = [item(12, key="s0"), item(11, key="s1"), *(item(n, key=f"s{12 - n}") for n in range(10, 2, -1))]
    verdict = memory.look(moved)

    assert [change.seen.item.title for change in verdict.changes if change.event] == [
        moved[0].title,
        moved[1].title,
    ]
    assert {seen.item.title for seen in memory.seen.values()} == {each.title for each in [*stories, *moved]}


PACTS = [
    item(23, "Minister unterzeichnet Datenschutzabkommen mit Dänemark und Schweden"),
    item(22, "Ministerin besucht die neue Leitstelle der Küstenwache in Bremerhaven"),
    item(21, "Kabinett beschließt den Entwurf eines Gesetzes über Häfen und Fähren"),
    item(20, "Bericht über die Arbeit der Aufsicht im dritten Quartal liegt vor"),
]


def tile(known: Item, words: int = 2, link: str = "") -> Item:
    """As a redesign shows it: the title cut short, at another address."""
    title = " ".join(known.title.split()[:words])
    return replace(known, title=f"{title} …", link=link or known.link.replace("/news/press-releases/jy00", "/de/p/"))


def test_titles_that_a_redesign_cuts_short_are_known_at_their_new_addresses_and_are_no_edits() -> None:
    memory = Memory()
    memory.look(PACTS)
    ids = memory.known.listed
    tiles = [tile(each, words) for each, words in zip(PACTS, (2, 3, 4, 4), strict=True)]

    verdict = memory.look(tiles)

    assert {change.kind for change in verdict.changes} == {"touched"}
    assert verdict.listed == ids
    assert [memory.seen[id_].item.title for id_ in ids] == [each.title for each in PACTS]
    assert memory.look(tiles).changes == ()
    assert {change.kind for change in memory.look(PACTS).changes} == {"touched"}


@pytest.mark.parametrize(
    ("why", "news"),
    [
        ("another day", tile(item(24, "Minister unterzeichnet den Vertrag"), link="https://press.example.org/de/p/9")),
        (
            "another beginning",
            tile(item(23, "Minister unterbricht die Reise"), link="https://press.example.org/de/p/9"),
        ),
        ("too little", tile(item(23, "Minister"), 1, link="https://press.example.org/de/p/9")),
        ("within a word", replace(tile(PACTS[0]), title="Minister unterzeichnet Daten…")),
        ("no ellipsis", replace(tile(PACTS[0]), title="Minister unterzeichnet")),
    ],
)
def test_a_title_cut_short_is_not_taken_for_another_release(why: str, news: Item) -> None:
    memory = Memory()
    memory.look(PACTS)
    tiles = [tile(each, 4) for each in PACTS[1:]]

    verdict = memory.look([news, *tiles])

    assert [change.seen.item.title for change in verdict.changes if change.kind == "new"] == [news.title], why


def test_two_releases_of_one_day_that_are_cut_to_one_title_are_not_taken_for_one() -> None:
    memory = Memory()
    memory.look(PACTS)
    twin = tile(
        replace(PACTS[0], title="Minister unterzeichnet Vertrag mit Polen"), link="https://press.example.org/de/p/9"
    )

    verdict = memory.look([twin, *(tile(each) for each in PACTS)])

    assert len(set(verdict.listed)) == 5
    assert [change.seen.item.link for change in verdict.changes if change.kind == "new"] == [
        twin.link,
        tile(PACTS[0]).link,
    ]


def test_a_beginning_that_two_known_titles_of_the_day_have_is_neithers() -> None:
    memory = Memory()
    other = replace(PACTS[0], title="Minister unterzeichnet Vertrag mit Polen", link=f"{PAGE}/jy0099")
    memory.look([other, *PACTS])
    ids = memory.known.listed

    verdict = memory.look([tile(each) for each in PACTS])

    assert verdict.listed[0] not in ids


def test_an_item_whose_article_has_its_whole_title_keeps_its_address_beside_another_that_has_it_too() -> None:
    memory = Memory()
    short = [tile(each, link=each.link) for each in PACTS]
    memory.look(short)
    ids = memory.known.listed
    memory.seen = {id_: replace(memory.seen[id_], item=each) for id_, each in zip(ids, PACTS, strict=True)}

    verdict = memory.look([replace(short[0], title="Watch it live", published=None), *short])

    assert verdict.listed[1:] == ids
