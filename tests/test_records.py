from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path, PurePath

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from watcher import records, urls
from watcher.errors import RecordError
from watcher.model import Item, Record
from watcher.records import clean, dumps, loads, matter, of_item, path, slug

GOLDEN = (Path(__file__).parent / "golden/jy0781.md").read_bytes()
SITE = "https://home.treasury.gov/news/press-releases"
SEEN = datetime(2022, 5, 14, 1, 2, 3, 456, tzinfo=timezone(timedelta(hours=3)))

#: Any text, and more often than chance has it what YAML, Hugo and line ends make of it.
NASTY = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=[])),
        st.sampled_from(["\n---\n", "{{<", "{\\{%", "\r", "\x85", ": ", " #", "'", "- ", "\u00a0", "\0"]),
    )
).map("".join)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WHEN = st.one_of(st.dates(), st.datetimes(timezones=ZONES))
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), NASTY, WHEN, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NASTY, inner, max_size=3)),
    max_leaves=5,
)
RECORDS = st.builds(
    Record,
    title=NASTY,
    date=WHEN,
    url=NASTY,
    draft=st.booleans(),
    extra=st.dictionaries(NASTY, VALUES, max_size=3),
    body=NASTY,
)


def file(matter: str, body: str = "Text.") -> bytes:
    return f"---\n{matter}\n---\n{body}\n".encode()


def item(link: str = f"{SITE}/jy0781", **fields: object) -> Item:
    return Item(**{"link": link, "title": "A title", **fields})  # type: ignore[arg-type]


def record_of(
    one: Item, *, id: str = "", draft: bool = False, revised_at: datetime | None = None, url: str = ""
) -> Record:
    return of_item(
        one, first_seen=SEEN, site=SITE, id=id or urls.mint(one.link), draft=draft, revised_at=revised_at, url=url
    )


def name(one: Item) -> str:
    return path(slug(one, SITE), one, SEEN)


def test_the_golden_record_is_read_and_written_byte_for_byte() -> None:
    record = loads(GOLDEN, "jy0781.md")

    assert dumps(record) == GOLDEN
    assert record.date == date(2022, 5, 13)
    assert record.url == "/news/press-releases/jy0781"
    assert record.title.startswith("READOUT: At Strategic Dialogue")
    assert record.body.count("\u00a0") == 3
    assert not record.draft
    assert not record.extra


def test_the_golden_item_makes_the_golden_record() -> None:
    golden = loads(GOLDEN)

    record = record_of(item(title=golden.title, published=golden.date, body=f"{golden.body}\n"))

    assert dumps(record) == GOLDEN
    assert name(item(published=golden.date)) == "2022-05-13-jy0781.md"


@given(RECORDS)
@example(Record(title="", date=date(5, 1, 2), url="", body="---"))
def test_a_record_that_is_written_is_read_back(record: Record) -> None:
    read = loads(dumps(record))

    assert read == clean(record)
    assert read.date.isoformat() == clean(record).date.isoformat()  # times are equal whatever their zone


@given(RECORDS)
def test_a_clean_record_is_clean_and_its_bytes_repeat(record: Record) -> None:
    assert clean(clean(record)) == clean(record)
    assert dumps(loads(dumps(record))) == dumps(record)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_a_plain_title_and_body_are_changed_by_nothing(text: str) -> None:
    record = Record(title=text, date=date(2022, 5, 13), url="/x", body=f"{text}\u00a0{text}\n\n{text}")

    assert loads(dumps(record)) == record


@pytest.mark.parametrize(
    "title",
    [
        "1.10",
        "1e3",
        "0o17",
        "0x1F",
        "n",
        "Y",
        "no",
        "Off",
        "null",
        "~",
        "12:30",
        "1_000",
        "2022-05-13",
        ".5",
        "+1",
        ".inf",
        "NaN",
        "0b1",
        "1.5.0",
        "=",
    ],
)
def test_a_title_that_yaml_would_take_for_something_else_is_quoted(title: str) -> None:
    written = dumps(Record(title=title, date=date(2022, 5, 13), url="/x", extra={"version": title}))

    assert f"title: '{title}'\n".encode() in written
    assert f"version: '{title}'\n".encode() in written


def test_other_titles_stay_on_one_line_without_need_of_quotes() -> None:
    title = f"2022 Report “on” it's 🎉 {'word ' * 60}end"

    assert f"title: {title}\n".encode() in dumps(Record(title=title, date=date(2022, 5, 13), url="/x"))


def test_a_title_loses_line_breaks_and_controls() -> None:
    record = Record(title=" a\nb\x85c\u2028d\x00\x1b e\ud800 ", date=date(2022, 5, 13), url="/x")

    assert loads(dumps(record)).title == "a b c d e"


def test_the_keys_stand_in_the_order_of_the_format() -> None:
    record = Record(title="T", date=date(2022, 5, 13), url="/x", draft=True, extra={"zeta": 1, "alpha": ["b", "c"]})

    assert dumps(record) == b"---\ntitle: T\ndate: 2022-05-13\ndraft: true\nurl: /x\nzeta: 1\nalpha:\n- b\n- c\n---\n"


def test_dates_are_written_as_hugo_reads_them() -> None:
    local = timezone(timedelta(hours=-4))
    dates = [datetime(2022, 5, 13, 14, 50, 47, 5, tzinfo=local), datetime(2022, 5, 13, tzinfo=UTC), date(33, 5, 13)]

    written = [dumps(Record(title="T", date=when, url="/x", extra={"lastmod": when})) for when in dates]

    for data, text in zip(written, ["2022-05-13T14:50:47-04:00", "2022-05-13T00:00:00Z", "0033-05-13"], strict=True):
        assert f"\ndate: {text}\n".encode() in data
        assert f"\nlastmod: {text}\n".encode() in data


def test_a_shortcode_of_hugo_is_disarmed_and_read_back() -> None:
    body = "Write {{< figure >}} or {{% note %}}, not {\\{< x, {{{% or { {<."

    written = dumps(Record(title="T", date=date(2022, 5, 13), url="/x", body=body))

    assert b"{{<" not in written
    assert b"{{%" not in written
    assert loads(written).body == body


def test_an_owners_shortcode_is_read_as_it_stands() -> None:
    assert loads(file("title: T\ndate: 2022-05-13\nurl: /x", "{{< figure >}}")).body == "{{< figure >}}"


def test_what_owners_write_is_read() -> None:
    record = loads(
        file(
            "title: 1.10\npress_release_number: SB0368\ndate: 2022-05-13T14:50:47-04:00\nurl: /x\n"
            "weight: 3\nmenu: {main: {parent: news}}\nauthors: [a, b]\nodd: !custom {k: v}\nmoved: 2022-13-45\n# why"
        )
    )

    assert record.title == "1.10"
    assert record.date.isoformat() == "2022-05-13T14:50:47-04:00"
    assert not record.draft
    assert list(record.extra) == ["press_release_number", "weight", "menu", "authors", "odd", "moved"]
    assert record.extra["menu"] == {"main": {"parent": "news"}}
    assert record.extra["odd"] == {"k": "v"}


def test_line_ends_of_windows_and_a_byte_order_mark_are_read() -> None:
    data = b"\xef\xbb\xbf" + GOLDEN.replace(b"\n", b"\r\n")

    assert loads(data) == loads(GOLDEN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-05-13 14:50:47", "2022-05-13T14:50:47+00:00"),
        ("2022-05-13 14:50:47.5 -04:00", "2022-05-13T14:50:47-04:00"),
        ("'2022-05-13T14:50:47-04:00'", "2022-05-13T14:50:47-04:00"),
        ('"2022-05-13"', "2022-05-13"),
    ],
)
def test_dates_are_read_as_owners_write_them(text: str, expected: str) -> None:
    assert loads(file(f"title: T\ndate: {text}\nurl: /x")).date.isoformat() == expected


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no front matter"),
        (b"Just text.\n---\ntitle: T\n---\n", "no front matter"),
        (b"+++\ntitle = 1\n+++\n", "no front matter"),
        (b"---\ntitle: T\nurl: /x\n", "no end"),
        (b"---\n---\ntext", "no keys"),
        (b"---\n- a\n---\n", "no keys"),
        (file("title: a: b"), "no YAML"),
        (file("title: [a"), "no YAML"),
        (file("title: a\x07"), "no YAML"),
        (file("title: T\ndate: 2022-05-13\nurl: /x\ncontent: c"), '"content"'),
        (file("title: T\ndate: 2022-05-13\nurl: /x\nhandler: h"), '"handler"'),
        (file("title: T\ndate: 2022-05-13\nurl: /x\ntitle: U"), '"title" stands there twice'),
        (file("title: T\ndate: 2022-05-13\nurl: /x\na: {b: 1, b: 2}"), '"b" stands there twice'),
        (file("date: 2022-05-13\nurl: /x"), "no title"),
        (file("title:\ndate: 2022-05-13\nurl: /x"), "no title"),
        (file("title: [T]\ndate: 2022-05-13\nurl: /x"), "title is no text"),
        (file("title: T\nurl: /x"), "no date"),
        (file("title: T\ndate: soon\nurl: /x"), "soon is no date"),
        (file("title: T\ndate: 2022-13-45\nurl: /x"), "2022-13-45 is no date"),
        (file("title: T\ndate: 5\nurl: /x"), "5 is no date"),
        (file("title: T\ndate: 2022-05-13"), "no url"),
        (file("title: T\ndate: 2022-05-13\nurl: ''"), "no url"),
        (file("title: T\ndate: 2022-05-13\nurl: /x\ndraft: maybe"), "draft is maybe"),
        (file("title: T\ndate: 2022-05-13\nurl: /x\nn: !!int x"), "x"),
        (file(f"title:\n {'- ' * 1_900}x"), "nested too deep"),
        (file(f"title:\n {'- ' * 5_000}x"), "nested too deep"),
        (b"---\ntitle: \xff\n---\n", "byte 11 is not UTF-8"),
    ],
)
def test_every_fault_of_a_file_is_one_record_error(data: bytes, says: str) -> None:
    with pytest.raises(RecordError) as error:
        loads(data, "2022-05-13-x.md")

    assert str(error.value).startswith("2022-05-13-x.md: ")
    assert says in str(error.value)
    assert error.value.hint


@given(st.one_of(st.binary(), NASTY.map(lambda text: file(text.encode("utf-8", "ignore").decode()))))
def test_no_file_makes_reading_fail_in_another_way(data: bytes) -> None:
    with contextlib.suppress(RecordError):
        loads(data)


def test_an_item_without_a_date_bears_the_moment_it_was_first_seen() -> None:
    assert record_of(item()).date == datetime(2022, 5, 13, 22, 2, 3, tzinfo=UTC)
    assert name(item()) == "2022-05-13-jy0781.md"


def test_a_record_says_no_more_than_its_url_leaves_open() -> None:
    record = record_of(item("https://www.home.treasury.gov/news/press-releases/jy0781/?utm_source=x"))

    assert record.url == "/news/press-releases/jy0781"
    assert not record.extra


def test_an_item_on_another_host_carries_its_link_and_id() -> None:
    one = item("https://ofac.treasury.gov/recent-actions/20260629")

    record = record_of(one)

    assert record.url == "/recent-actions/20260629"
    assert record.extra == {"id": urls.mint(one.link), "link": one.link}


def test_an_item_with_a_key_of_its_own_carries_its_id() -> None:
    one = item("https://home.treasury.gov/changelog", key="2.4.1", version="2.4.1")

    record = record_of(one, id=urls.mint(one.link, one.key))

    assert record.extra == {"id": urls.mint(one.link, "2.4.1"), "version": "2.4.1"}
    assert name(one) == "2022-05-13-2.4.1.md"


def test_a_move_changes_the_link_and_never_the_url() -> None:
    moved = item(f"{SITE}/2026/jy0781")

    record = record_of(moved, id=urls.mint(f"{SITE}/jy0781"), url="/news/press-releases/jy0781")

    assert record.url == "/news/press-releases/jy0781"
    assert record.extra == {"link": moved.link}


def test_what_an_item_has_beyond_the_four_keys_follows_in_one_order() -> None:
    one = item("https://other.example/x", version="1.10", author="A. N. Other", tags=("n", "two"))

    record = record_of(one, draft=True, revised_at=SEEN)

    assert record.draft
    assert list(record.extra) == ["id", "link", "version", "author", "tags", "lastmod"]
    assert b"version: '1.10'\nauthor: A. N. Other\ntags:\n- 'n'\n- two\nlastmod: 2022-05-13T22:02:03Z\n" in dumps(
        record
    )


def test_a_summary_stands_in_for_a_body_as_plain_text() -> None:
    assert record_of(item(summary="1. First, *not* a list.")).body == "1\\. First, \\*not\\* a list."
    assert record_of(item(summary="S", body="B")).body == "B"


def test_an_item_without_a_title_is_called_by_its_address() -> None:
    assert record_of(item(title=" \n")).title == "jy0781"
    assert record_of(item("https://home.treasury.gov/", title="")).title == "https://home.treasury.gov/"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (item(), "jy0781"),
        (item("https://ofac.treasury.gov/recent-actions/20260629_33"), "20260629_33"),
        (item("https://example.org/Press/JY0781.html"), "jy0781"),
        (item("https://example.org/a/index.php"), "a-title"),
        (item("https://example.org/default.aspx?id=5"), "a-title"),
        (item("https://example.org/release?id=5"), "a-title"),
        (item("https://example.org/release-2022?lang=en"), "release-2022"),
        (item("https://example.org/news/7"), "a-title"),
        (item("https://example.org/news/781"), "781"),
        (item("https://example.org/"), "a-title"),
        (item("https://example.org/", title="!!!"), "item"),
        (item("https://example.org/changelog", version="v2.4.1"), "v2.4.1"),
        (item(f"{SITE}/", key="second"), "a-title"),
        (item(f"{SITE}/", key="second", version="1.10"), "1.10"),
        (item(key="a guid"), "jy0781"),
    ],
)
def test_a_slug_is_what_tells_the_item_from_others(one: Item, expected: str) -> None:
    assert slug(one, SITE) == expected


def test_a_year_has_four_digits_in_a_name() -> None:
    assert name(item(published=date(33, 4, 3))) == "0033-04-03-jy0781.md"


@given(NASTY, NASTY, NASTY)
def test_the_name_of_a_record_never_leaves_its_folder(part: str, title: str, version: str) -> None:
    link = urls.absolute("https://example.org/news/", f"/news/{part}") or "https://example.org/"

    found = name(item(link, title=title, version=version))

    assert PurePath("folder", found).parent == PurePath("folder")
    assert found.startswith("2022-05-13-")
    assert len(found.encode()) < 120


@given(NASTY, NASTY, NASTY, st.lists(NASTY, max_size=2))
def test_every_item_has_a_record(title: str, summary: str, body: str, tags: list[str]) -> None:
    record = record_of(item(title=title, summary=summary, body=body, tags=tuple(tags), author=title, version=title))

    assert records.loads(dumps(record)) == record


# Front matter

SIMPLE = st.one_of(st.from_regex(matter._PLAIN, fullmatch=True), st.text("azyno :/.,-#'é\u00a0", max_size=6))
SCALARS = st.one_of(SIMPLE, st.text(max_size=5), st.dates(), st.datetimes(timezones=st.just(UTC)), st.booleans())
KEYS = st.sampled_from(["title", "date", "tags", "no", "yes", "on", "lastmod"])


@given(st.dictionaries(KEYS, st.one_of(SCALARS, st.lists(SCALARS, max_size=3)), min_size=1, max_size=3))
def test_plain_front_matter_is_written_as_pyyaml_writes_it(keys: dict[str, object]) -> None:
    written = matter.write(keys, "")

    whole = yaml.dump(keys, Dumper=matter._Dumper, sort_keys=False, width=2**31 - 1, allow_unicode=True)
    assert written == f"---\n{whole.strip()}\n---\n"
