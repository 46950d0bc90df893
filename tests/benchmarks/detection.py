"""How well the items of real pages are found: `make eval SET=FOLDER`, or
`python -m tests.benchmarks.detection FOLDER [--perturb names|tags|both] [NAMES]`.

FOLDER holds `cases/NAME/` (or NAME/) with `page.html`, `expected.json` ({"items": [{"link", "title", "date"}],
"unlabelled": [{"link"}]}) and `meta.json` ({"page_url"}); NAMES is a file of the cases to look at, one a line.
`--perturb` takes from each page its classes, ids and roles, its semantic tags and <time>, or both: what is then still
found does not rest on what things are called.
`--print FILE URL` writes what is found in one file as JSON.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, median
from typing import Any

import lxml.html
from lxml import etree

from watcher import detect, html, times, urls
from watcher.model import Item
from watcher.text import fold

PERTURBED = ("names", "tags", "both")
_SEMANTIC = frozenset(("article", "section", "nav", "main", "header", "footer", "aside"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One case: shares from 0 to 1, None where the page has no titles or dates to judge by."""

    name: str
    kind: str
    f1: float
    exact: bool
    titles: float | None
    dates: float | None
    seconds: float


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--print"]:
        items = found(Path(arguments[1]).read_bytes(), arguments[2])
        print(json.dumps([_told(item) for item in items], ensure_ascii=False))
        return 0
    folder, *rest = arguments
    how = rest[1] if rest[:1] == ["--perturb"] else ""
    named = rest[2:] if how else rest
    names = Path(named[0]).read_text().split() if named else None
    results = [judged(case, how) for case in cases(Path(folder)) if names is None or case.name in names]
    if not results:
        print(f"no cases in {folder}: cases/NAME/page.html, with expected.json and meta.json", file=sys.stderr)
        return 2
    for line in report(results):
        print(line)
    return 0


def cases(folder: Path) -> list[Path]:
    inner = folder / "cases"
    return sorted(page.parent for page in (inner if inner.is_dir() else folder).glob("*/page.html"))


def judged(case: Path, how: str = "") -> Result:
    """What detection makes of one case, as it is or perturbed."""
    meta, expected = (json.loads((case / name).read_text()) for name in ("meta.json", "expected.json"))
    body = (case / "page.html").read_bytes()
    body = perturbed(body, how) if how else body
    began = time.process_time()
    items = found(body, meta["page_url"])
    seconds = time.process_time() - began
    base = meta.get("base_url") or meta["page_url"]
    wanted = {_key(each["link"], base): each for each in reversed(expected["items"])}
    ignored = {_key(each["link"], base) for each in expected.get("unlabelled", ())} - set(wanted)
    seen = {_key(item.link, base): item for item in reversed(items)}
    hits = [key for key in seen if key in wanted]
    extra = [key for key in seen if key not in wanted and key not in ignored]
    return Result(
        name=case.name,
        kind=meta.get("kind", ""),
        f1=2 * len(hits) / (len(hits) + len(extra) + len(wanted)),
        exact=len(hits) == len(wanted) and not extra,
        titles=_share([_same_title(seen[k].title, wanted[k]["title"]) for k in hits if _titled(wanted[k])]),
        dates=_share([_same_day(seen[k], wanted[k]["date"]) for k in hits if wanted[k].get("date_on_page")]),
        seconds=seconds,
    )


def perturbed(body: bytes, how: str) -> bytes:
    """The page without its names, without its semantic tags, or without both."""
    root = lxml.html.document_fromstring(html.markup(body, "text/html"))
    for each in root.iter(etree.Element):
        if how in ("names", "both"):
            for name in {"class", "id", "role", "rel", "itemprop"} & set(each.keys()):
                del each.attrib[name]
        if how in ("tags", "both"):
            if each.tag == "time" and "datetime" in each.keys():  # noqa: SIM118 (an element is no dict)
                del each.attrib["datetime"]
            each.tag = "div" if each.tag in _SEMANTIC else "span" if each.tag == "time" else each.tag
    return etree.tostring(root, encoding="utf-8", method="html")


def found(body: bytes, url: str) -> Sequence[Item]:
    """The items of the best proposal; none where the page lists nothing."""
    proposals = detect.proposals(detect.read(body, "text/html", url))
    return proposals[0].items if proposals else ()


def report(results: list[Result]) -> list[str]:
    """A line for each case that is not right, one for each kind, and the whole."""
    wrong = [r for r in results if not r.exact or {r.titles, r.dates} - {None, 1.0}]
    lines = [_line(r.name, [r]) for r in wrong]
    lines += [_line(kind, [r for r in results if r.kind == kind]) for kind in sorted({r.kind for r in results})]
    spent = sorted(r.seconds * 1000 for r in results)
    ninth = spent[int(len(spent) * 0.9)]
    times_ = f"ms a page: median {median(spent):.0f}, 90 % {ninth:.0f}, worst {spent[-1]:.0f}"
    return [*lines, _line("all", results), times_]


def _line(name: str, results: list[Result]) -> str:
    titles = [r.titles for r in results if r.titles is not None]
    dates = [r.dates for r in results if r.dates is not None]
    shares = [fmean(r.f1 for r in results), fmean(r.exact for r in results), fmean(titles or [1]), fmean(dates or [1])]
    return f"{name:<45} {len(results):>3}  " + "  ".join(
        f"{what} {share:.3f}" for what, share in zip(("F1", "exact", "titles", "dates"), shares, strict=True)
    )


def _told(item: Item) -> dict[str, str | None]:
    day = times.day(item.published).isoformat() if item.published else None
    return {"link": item.link, "title": item.title, "date": day}


def _key(link: str, base: str) -> str:
    url = urls.absolute(base, link)
    return re.sub(r"/index\.(html?|php)$", "", urls.identity(url)) if url else link


def _titled(wanted: dict[str, Any]) -> bool:
    return bool(fold(wanted.get("title") or "")) and wanted.get("title_on_page", True)


def _same_title(found: str, wanted: str) -> bool:
    short, long = sorted((fold(found).replace(" ", ""), fold(wanted).replace(" ", "")), key=len)
    return short == long or (len(short) >= 8 and len(short) * 2 >= len(long) and long.startswith(short))


def _same_day(item: Item, wanted: str) -> bool:
    # Feeds, which the expected days are from, are often in another zone than the page.
    return item.published is not None and abs((times.day(item.published) - date.fromisoformat(wanted[:10])).days) <= 1


def _share(right: list[bool]) -> float | None:
    return fmean(right) if right else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
