"""The kind `changelog`: one item for each heading of a version, whatever the notes are written in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from watcher.errors import CheckError, NothingFound, NotUnderstood
from watcher.match import distinct
from watcher.model import Item, Response
from watcher.sources import changelog
from watcher.sources.changelog import Options

URL = "https://tool.example/project/CHANGELOG.md"

MARKDOWN = """# Changelog for Tool

- [1.2.3](#123)
- [1.2.2](#122)

<!-- For the next release:
## 9.9.9
-->
## [Unreleased]

- Something to come.

<a name="1.2.3"></a>
## [1.2.3] - 2026-01-02

### Added

- A [guide](docs/guide.md), a [plan], the [same][plan]; not `[plan]` ([#12]).

```text
## 3.3.3
[plan]
```

---

<a name="1.2.2"></a>
## v1.2.2 (January 2nd, 2025) [YANKED]

* Faster.

1.2.1 / 2024-12-24
==================

  * Slower.

**1.2.0**

- In bold.

## 2026.11.1: "Falcon"

[plan]: /plan "Our plan"
[#12]: https://forge.example/tool/12
[1.2.3]: https://forge.example/tool/compare/1.2.2...1.2.3
"""

RST = """=========
Changelog
=========

.. contents::

.. towncrier release notes start

Version 3.2.0
-------------

Unreleased

- To come.

.. _v3-1:

Tool 3.1.0 (2026-01-02)
-----------------------

Features
~~~~~~~~

- Added ``x`` and :class:`~tool.Reader`; see `the docs
  <https://tool.example/a>`_. (:issue:`12`)

  - Nested *words*
- Run::

      tool --all
        more

Text_ is a_b.

.. versionadded:: 3.1
   The rest.

.. code-block:: python

   x = 1

.. _Text: https://tool.example/text

Tool 3.0.0
----------

Released 2025-01-02

* A
"""

DEBIAN = """tool (1:1.2-3) unstable; urgency=high

  [ Ada Field ]
  * Read *this* file, which is long
    and goes on (Closes: #123)
    - more of it

 -- Ada Field <ada@agency.example>  Fri, 02 Jan 2026 10:00:00 +0100

tool (1:1.2-2) UNRELEASED; urgency=low

  * To come.

tool (1.2-3) unstable; urgency=low

  * Begin.

 -- Ada Field <ada@agency.example>  Thu, 02 Jan 2025 10:00:00 +0000
"""

NEWS = """GNU tool NEWS                                    -*- outline -*-

* Noteworthy changes in release ?.? (????-??-??) [?]

* Noteworthy changes in release 9.5 (2026-03-28) [stable]

** Bug fixes

  tool reads *all* of it.
  [bug introduced in 9.0]

* Noteworthy changes in release 9.4 (2025-03-28) [stable]

  tool writes.
"""

PERL = """Revision history for Perl module Tool-Box

1.02  2026-01-02 10:11:12 Europe/Berlin
    - Fixed a thing
      that was broken
    - another

1.01  TBD
    - to come

1.00  2025-12-01
    - first
"""

RUBY = """=== 1.2.3 / 2026-01-02

* 1 enhancement:

  * Did it

=== 1.2.2 / 2026-01-01

* Began
"""

SPHINX = """<html><head><title>Release notes — Tool 3.1 documentation</title></head><body>
<nav><h3>Version 9.9</h3></nav><main><section id="notes"><h1>Release notes<a href="#notes">¶</a></h1>
<section id="v3-2"><h2>3.2.0 (unreleased)</h2><p>To come.</p></section>
<section id="v3-1"><h2>3.1.0<a class="headerlink" href="#v3-1">¶</a></h2><p>Released 2 January 2026</p>
<section id="f"><h3>Features</h3><ul><li>Did <a href="x.html">it</a></li></ul></section></section>
<section id="v3-0"><h2>3.0.0</h2><p>Old.</p></section></section></main><footer>Nobody</footer></body></html>"""

FLAT = """<html><body><article><h1>Release notes</h1>
<h2 id="120">1.2.0 - 2026-01-02<a class="hash-link" href="#120">\u200b</a></h2><p>a</p><h3>Fixed</h3><p>b</p>
<h2 id="110">Tool 1.1.0</h2><p>c</p><h2 id="help">Help</h2><p>Ask.</p></article></body></html>"""

TERMS = """<html><body><h1>Tool</h1><dl><dt id="a">1.2 (2026-01-02)</dt><dd>x</dd><dd>y</dd>
<dt><a name="b"></a>1.1</dt><dd>z</dd></dl><p>The end.</p></body></html>"""

CARDS = """<html><body><h1>Tool history</h1>
<div><div><a name="r2"></a><h2>Version 2</h2><time>2 May 2026</time></div><div><p>two</p></div></div>
<div><div><h2>Version 1.9</h2></div><div><p>one</p></div></div></body></html>"""

OPTIONS = Options(url=URL)


def answer(text: str, url: str = URL, kind: str = "text/plain; charset=utf-8") -> Response:
    return Response(url=url, headers={"content-type": kind}, body=text.encode())


def site() -> dict[str, Response]:
    return {URL: answer(MARKDOWN)}


def found(text: str, url: str = URL, kind: str = "text/plain; charset=utf-8") -> list[Item]:
    return list(changelog.find(Options(url=url), lambda _: answer(text, url, kind)))


def page(text: str) -> list[Item]:
    return found(text, "https://tool.example/docs/notes.html", "text/html; charset=utf-8")


def versions(text: str, url: str = URL) -> list[str]:
    return [item.version for item in found(text, url)]


def test_markdown_gives_an_item_for_each_version_and_none_for_what_is_to_come() -> None:
    items = found(MARKDOWN)

    assert [(item.title, item.version, item.published) for item in items] == [
        ("Tool 1.2.3", "1.2.3", date(2026, 1, 2)),
        ("Tool 1.2.2 [YANKED]", "1.2.2", date(2025, 1, 2)),
        ("Tool 1.2.1", "1.2.1", date(2024, 12, 24)),
        ("Tool 1.2.0", "1.2.0", None),
        ('Tool 2026.11.1 "Falcon"', "2026.11.1", None),
    ]
    assert [item.key for item in items] == [item.version for item in items]
    assert {item.link for item in items} == {URL}
    assert distinct(items) == items


def test_links_that_the_file_defines_at_its_end_are_whole_in_each_body() -> None:
    body = found(MARKDOWN)[0].body

    plan = "https://tool.example/plan"
    assert body == (
        "### Added\n\n- A [guide](https://tool.example/project/docs/guide.md), a [plan](" + plan + "),"
        " the [same](" + plan + "); not `[plan]` ([#12](https://forge.example/tool/12)).\n\n"
        "```text\n## 3.3.3\n[plan]\n```"
    )


def test_tags_of_html_in_markdown_become_links_or_go() -> None:
    notes = '## 1.0\n\n<details><summary>More</summary>\n\n<a href="x">x</a> <img src="y.png"> <!-- not this -->`<a>`\n'

    body = found(notes)[0].body

    assert body == "More\n\n[x](https://tool.example/project/x) ![](https://tool.example/project/y.png) `<a>`"


def test_restructured_text_is_written_as_markdown() -> None:
    new, old = found(RST, "https://tool.example/CHANGES.rst")

    assert (new.title, new.version, new.published) == ("Tool 3.1.0", "3.1.0", date(2026, 1, 2))
    assert (old.version, old.published, old.body) == ("3.0.0", date(2025, 1, 2), "Released 2025-01-02\n\n- A")
    assert new.body == (
        "### Features\n\n"
        "- Added `x` and `tool.Reader`; see [the docs](https://tool.example/a). (issue 12)\n\n"
        "  - Nested *words*\n"
        "- Run:\n\n  ```\n  tool --all\n    more\n  ```\n\n"
        "[Text](https://tool.example/text) is a_b.\n\n"
        "Added in version 3.1\n\nThe rest.\n\n```python\nx = 1\n```"
    )


def test_a_debian_changelog_gives_version_author_and_time_and_keeps_the_epoch() -> None:
    new, old = found(DEBIAN, "https://tool.example/changelog")

    assert (new.title, new.key, new.author) == ("tool 1:1.2-3", "1:1.2-3", "Ada Field")
    assert new.published == datetime(2026, 1, 2, 9, tzinfo=UTC)
    assert (
        new.body
        == "[ Ada Field ]\n\n- Read \\*this\\* file, which is long\n  and goes on (Closes: #123)\n  - more of it"
    )
    assert (old.key, old.version) == ("1.2-3", "1.2-3")


def test_gnu_news_is_read_with_its_stars_as_headings() -> None:
    new, old = found(NEWS, "https://tool.example/NEWS")

    assert (new.title, new.version, new.published) == ("GNU tool 9.5 [stable]", "9.5", date(2026, 3, 28))
    assert new.body == "### Bug fixes\n\ntool reads \\*all\\* of it.\n[bug introduced in 9.0]"
    assert (old.version, old.body) == ("9.4", "tool writes.")


def test_changes_of_perl_and_history_of_ruby_are_read() -> None:
    perl, ruby = found(PERL, "https://tool.example/Changes"), found(RUBY, "https://tool.example/History.txt")

    assert [item.title for item in perl] == ["Tool-Box 1.02", "Tool-Box 1.00"]
    assert perl[0].body == "- Fixed a thing\n  that was broken\n- another"
    assert perl[1].published == date(2025, 12, 1)
    assert [(item.version, item.published) for item in ruby] == [
        ("1.2.3", date(2026, 1, 2)),
        ("1.2.2", date(2026, 1, 1)),
    ]
    assert ruby[0].body == "- 1 enhancement:\n\n  - Did it"


def test_a_page_in_sections_is_read_with_their_anchors() -> None:
    new, old = page(SPHINX)

    assert (new.title, new.published) == ("Tool 3.1.0", date(2026, 1, 2))
    assert new.link == "https://tool.example/docs/notes.html#v3-1"
    assert new.body == ("Released 2 January 2026\n\n## Features\n\n- Did [it](https://tool.example/docs/x.html)")
    assert (old.version, old.body) == ("3.0.0", "Old.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FLAT, [("1.2.0", "#120", "a\n\n## Fixed\n\nb"), ("1.1.0", "#110", "c")]),
        (TERMS, [("1.2", "#a", "x\n\ny"), ("1.1", "#b", "z")]),
        (CARDS, [("2", "#r2", "2 May 2026\n\ntwo"), ("1.9", "", "one")]),
    ],
)
def test_a_page_is_read_however_its_sections_are_marked_up(text: str, expected: list[tuple[str, str, str]]) -> None:
    items = page(text)

    assert [(i.version, i.link.removeprefix("https://tool.example/docs/notes.html"), i.body) for i in items] == expected


@pytest.mark.parametrize(
    ("heading", "version", "title"),
    [
        ("v1.2.3", "1.2.3", "v1.2.3"),
        ("Version 1.2.3", "1.2.3", "Version 1.2.3"),
        ("Release v2 (2026-01-02)", "2", "Release v2"),
        ("[1.2.3](https://forge.example/c/(a)...b) (2026-01-02)", "1.2.3", "1.2.3"),
        ("tool-1.2.3, released on 2 January 2026", "1.2.3", "tool 1.2.3"),
        ("2026-01-02: 1.2.3", "1.2.3", "1.2.3"),
        ("1.2.3-2026-01-02", "1.2.3", "1.2.3"),
        ("[1.2.3]: 2026-01-02T10:00:00Z", "1.2.3", "1.2.3"),
        ("1.2.3 (January 2026)", "1.2.3", "1.2.3"),
        ("<small>1.2.3 *(2026-01-02)*</small>", "1.2.3", "1.2.3"),
        ("1.2.3: 2026-01-02 – Falcon", "1.2.3", "1.2.3: Falcon"),
        ("2.0 Beta 3 (2026-01-02)", "2.0-beta3", "2.0 Beta 3"),
        ("2.0.0-next.1", "2.0.0-next.1", "2.0.0-next.1"),
        ("1.2.3 Bugfix release", "1.2.3", "1.2.3 Bugfix release"),
        ("Changes between 3.0.1 and 3.0.2 [2 Jan 2026]", "3.0.2", "Changes 3.0.2"),
        ("@scope/pkg@1.2.3", "1.2.3", "@scope/pkg@1.2.3"),
        ("2026.11.1", "2026.11.1", "2026.11.1"),
    ],
)
def test_a_heading_of_a_version_is_an_item_whose_title_holds_no_date(heading: str, version: str, title: str) -> None:
    items = found(f"## {heading}\n\n- x\n")

    assert [(item.version, item.title) for item in items] == [(version, title)]


@pytest.mark.parametrize(
    "heading",
    [
        *("Added", "2026", "1.x", "12", "Step 2", "127.0.0.1", "10.0.1.2/24", "Table of contents", "1.0 - 2.0"),
        *("Python 3.11 support", "Support for Node 20.1", "Migrating from 1.x to 2.0", "Upgrading to 2.0"),
        *("Unreleased", "[Unreleased] - yyyy-mm-dd", "Unreleased - 2.0", "main", "HEAD", "Next (2.0)"),
        *("2.0.0 (unreleased)", "2.0.0-dev", "2.0 (TBD)", "2.0 - in development", "2.0 (released: TBD)"),
    ],
)
def test_a_heading_that_names_no_released_version_is_no_item(heading: str) -> None:
    assert versions(f"## {heading}\n\n- x\n\n## 0.9\n\n- y\n") == ["0.9"]


def test_a_heading_with_a_version_among_the_notes_of_one_stays_in_them() -> None:
    items = found("# Tool\n\n## 1.2.3\n\n### Python 3.12\n\n- x\n\n### 3.11 support\n\n- y\n\n## 1.2.2\n")

    assert [item.version for item in items] == ["1.2.3", "1.2.2"]
    assert "### Python 3.12" in items[0].body
    assert "### 3.11 support" in items[0].body


def test_a_version_that_groups_others_is_an_item_only_with_notes_of_its_own() -> None:
    notes = "## 2.0\n\nOwn words.\n\n### 2.0.1\n\na\n\n### 2.0.0\n\nb\n\n## 1.0\n\n### 1.0.1\n\nc\n"

    items = found(notes)

    assert [(item.version, item.body) for item in items] == [
        ("2.0", "Own words."),
        ("2.0.1", "a"),
        ("2.0.0", "b"),
        ("1.0.1", "c"),
    ]


def test_sections_of_the_notes_may_stand_as_high_as_their_version() -> None:
    items = found("# 1.1.0\n\n### 1.0.1\n\n### Bug Fixes\n\n* x\n\n### Features\n\n* y\n\n## License\n\nMIT\n")

    assert items[-1].body == "### Bug Fixes\n\n* x\n\n### Features\n\n* y"


def test_releases_that_are_called_by_their_day_are_items_without_a_version() -> None:
    items = found("# Releases\n\n## 2026-11-01\n\n- a\n\n## October 5, 2026\n\n# 2025\n\n## 2025-10-01\n")

    assert [(item.key, item.version) for item in items] == [
        ("2026-11-01", ""),
        ("October 5, 2026", ""),
        ("2025-10-01", ""),
    ]
    assert items[1].published == date(2026, 10, 5)


def test_a_day_that_groups_versions_is_theirs() -> None:
    items = found("## 2026-11-01\n\n### pkg-a@1.0.0\n\na\n\n### pkg-b@1.0.0\n\nb\n")

    assert [(item.key, item.published) for item in items] == [
        ("pkg-a 1.0.0", date(2026, 11, 1)),
        ("pkg-b 1.0.0", date(2026, 11, 1)),
    ]


def test_notes_that_speak_of_tags_are_no_page() -> None:
    assert versions("## 1.0\n\n- Reads `<html><body>` now\n\n## 0.9\n") == ["1.0", "0.9"]


def test_no_two_items_are_of_one_version_and_the_first_stands() -> None:
    items = found("## 1.0\n\nfirst\n\n## v1.0\n\nsecond\n\n## 0.9\n")

    assert [(item.version, item.body) for item in items] == [("1.0", "first"), ("0.9", "")]
    assert distinct(items) == items


def test_a_date_that_is_added_later_is_no_edit_and_other_notes_are_one() -> None:
    before, dated, edited = (
        found(f"# Tool\n\n## {text}\n")[0] for text in ("1.0\n\na", "1.0 - 2026-01-02\n\na", "1.0\n\nb")
    )

    assert dated.digest == before.digest
    assert edited.digest != before.digest
    assert before.key == dated.key == edited.key


def test_the_version_in_the_title_of_a_page_is_not_in_those_of_its_items() -> None:
    later = page(SPHINX.replace("Tool 3.1 documentation", "Tool 3.2 documentation"))

    assert [item.title for item in later] == ["Tool 3.1.0", "Tool 3.0.0"]


def test_a_text_without_headings_of_versions_is_no_empty_answer() -> None:
    with pytest.raises(NothingFound, match=r"no heading of .*CHANGELOG\.md") as error:
        found("# Changelog\n\n## Unreleased\n\n- 1.2.3 is to come\n")

    assert "kind" in error.value.hint


@pytest.mark.parametrize("text", [MARKDOWN, MARKDOWN + "- Reads <body>\n", RST, DEBIAN, NEWS, PERL, RUBY])
def test_notes_in_plain_text_are_recognised(text: str) -> None:
    assert changelog.recognise(answer(text)) == OPTIONS


@pytest.mark.parametrize(
    "response",
    [
        answer(SPHINX, kind="text/html"),
        answer(SPHINX, kind="text/plain"),
        answer(f"<!-- a page -->\n<!DOCTYPE html>\n<pre>\n{MARKDOWN}"),
        answer("# Guide\n\n## 1.1 Scope\n\nx\n\n## 1.2. Terms\n\ny\n"),
        answer("1.1.  Scope\n\n   x\n\n1.2.  Terms\n\n   y\n"),
        answer("# Changelog\n\n## 1.0.0\n\n- one only\n"),
        answer(MARKDOWN, kind="application/json"),
        answer(MARKDOWN, "https://tool.example/guide", kind=""),
        answer("%PDF-1.7\n## 1.0\n## 1.1\n"),
    ],
)
def test_what_is_a_page_or_has_no_two_versions_is_not_recognised(response: Response) -> None:
    assert changelog.recognise(response) is None


def test_a_file_without_a_type_is_recognised_by_its_name() -> None:
    url = "https://tool.example/raw/CHANGES.md"

    assert changelog.recognise(replace(answer(MARKDOWN, url), headers={})) == Options(url=url)


@pytest.mark.parametrize(
    "text",
    [
        "## 1.0\n\n" + "`" * 100_000,
        "## 1.0\n\n" + "[" * 100_000,
        "## 1.0\n\n" + "a" * 1_000_000,
        "## " + "1.1-" * 25_000 + "\n\n## 1.0\n",
        "1.0\n---\n\n" + ".. a::\n  " * 10_000,
        "## 1.0\n" + "## Added\n\n- x\n" * 20_000,
    ],
    ids=["ticks", "brackets", "one line", "long heading", "directives", "headings"],
)
@pytest.mark.timeout(20)
def test_hostile_text_is_read_all_the_same(text: str) -> None:
    assert versions(text, "https://tool.example/NOTES") == ["1.0"]


def test_more_headings_than_any_project_has_are_refused() -> None:
    with pytest.raises(NotUnderstood, match="more than 5,000 headings"):
        found("".join(f"## 1.0.{n}\n\n" for n in range(20_000)))


@pytest.mark.parametrize("body", [b"", b"\0\0\0", b"\xff\xfe\x00", b"%PDF-1.7", b"PK\x03\x04", b"<html>"])
def test_what_is_no_text_ends_as_a_failed_check(body: bytes) -> None:
    with pytest.raises(CheckError):
        changelog.find(OPTIONS, lambda _: replace(answer(""), body=body))
