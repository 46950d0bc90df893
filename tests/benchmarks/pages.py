"""The pages of press offices that the benchmarks watch: 54 KB, 30 items, the same bytes for the same seed, page and
number of news; nothing on them is anybody's text."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from random import Random

SIZE = 54 * 1024
ITEMS = 30

#: From this number on pages have 50 items, and are the larger for it.
LONG, LONGER = 100_000, 50
TYPE = "text/html; charset=utf-8"

#: So many sets of words are made; pages of one set differ by their number, which stands in each of their addresses.
SETS = 16

_PAGE, _NONCE, _CLOCK, _FILL = b"\0page\0", b"\0nonce\0", b"\0clock\0", b"/*fill*/"
_NEWEST = date(2026, 11, 20)

_WORDS = """
bridge harbour survey budget library forest tariff vaccine census railway reservoir archive grant permit
opens extends reviews publishes adopts withdraws funds renews suspends concludes appoints consults
annual regional national coastal joint interim revised public rural third seventh emergency
Transport Health Budget Environment Culture Research Harbours Education
"""
_NOUNS, _VERBS, _KINDS, _TOPICS = (line.split() for line in _WORDS.strip().splitlines())
_FILLER = "The office said on the day that further papers will follow once the board has met and the figures are known"


def page(number: int, news: int = 0, *, seed: int = 0, nonce: str = "", clock: str = "") -> bytes:
    """Page `number` after `news` more items than at first: each comes in at the top, and the oldest goes. `nonce` and
    `clock` are what differs at each fetch of a page that jitters."""
    own = b"%07d" % number
    head, middle, tail = (
        own.join(parts) for parts in _template(seed, number % SETS, news, LONGER if number >= LONG else ITEMS)
    )
    return b"".join((head, f"{nonce:0>16}".encode()[:16], middle, f"{clock:0>24}".encode()[:24], tail))


def title(number: int, item: int, *, seed: int = 0) -> str:
    """The title of an item; the oldest that a page ever had is item 0."""
    return words(seed, number % SETS, item)[0]


@lru_cache(maxsize=1024)
def _template(seed: int, kind: int, news: int, count: int) -> list[list[bytes]]:
    """What stands before, between and after the nonce and the clock, each cut where the page's number belongs."""
    items = "\n".join(_item(seed, kind, each) for each in reversed(range(news, news + count)))
    made = f"{_HEAD.replace('{nav}', _nav())}\n{items}\n{_FOOT}".encode()
    sent = len(made) + (7 - len(_PAGE)) * made.count(_PAGE) + (16 - len(_NONCE)) + (24 - len(_CLOCK))
    made = made.replace(_FILL, _fill(max(SIZE - sent, 0) + len(_FILL)))
    return [part.split(_PAGE) for part in re.split(b"%b|%b" % (_NONCE, _CLOCK), made)]


def _fill(size: int) -> bytes:
    """Style rules of exactly so many bytes: what a page has of what nobody reads."""
    rules = "".join(f".u-{n:04d}{{margin:{n % 9}px;padding:{n % 7}px}}\n" for n in range(size // 30 + 1)).encode()
    cut = rules[:size].rfind(b"}") + 1
    return rules[:cut] + b" " * (size - cut)


def words(seed: int, kind: int, item: int) -> tuple[str, str, str, date]:
    """Title, teaser, topic and day of an item."""
    chance = Random(f"{seed}/{kind}/{item}")
    noun, other = chance.sample(_NOUNS, 2)
    name = f"Office {chance.choice(_VERBS)} the {chance.choice(_KINDS)} {noun}, paper {item + 100}"
    filler = _FILLER.split()
    chance.shuffle(filler)
    teaser = f"The {other} and the {noun}: {' '.join(filler).lower()}. {_FILLER}."
    return name, teaser, chance.choice(_TOPICS), _NEWEST + timedelta(days=2 * (item - ITEMS))


def _item(seed: int, kind: int, item: int) -> str:
    name, teaser, topic, day = words(seed, kind, item)
    address = f"/office/\0page\0/news/{day:%Y/%m}/{'-'.join(name.lower().replace(',', '').split())}"
    return f"""\
        <article class="card card--news card--horizontal" data-id="{item}">
          <div class="card__media"><a href="{address}" tabindex="-1" aria-hidden="true">
            <img class="card__image" src="/media/\0page\0/{item}/320.jpg" alt="" width="320" height="180">
          </a></div>
          <div class="card__body">
            <p class="card__meta"><span class="tag tag--{topic.lower()}">{topic}</span>
              <time class="card__date" datetime="{day:%Y-%m-%d}">{day.day} {day:%B %Y}</time></p>
            <h3 class="card__title"><a class="card__link" href="{address}">{name}</a></h3>
            <p class="card__teaser">{teaser}</p>
          </div>
        </article>"""


def _nav() -> str:
    entries = (
        f'          <li class="menu__item"><a class="menu__link" href="/office/\0page\0/{topic.lower()}/{name}/">'
        f"{topic}: {name.replace('-', ' ')}</a></li>"
        for topic in _TOPICS
        for name in ("what-we-do", "people", "papers", "forms", "contact")
    )
    return "\n".join(entries)


_HEAD = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>News of office \0page\0</title>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="csrf-token" content="\0nonce\0">
  <link rel="stylesheet" href="/assets/site.css">
  <link rel="icon" href="/favicon.ico">
  <style>
/*fill*/
  </style>
  <script src="/assets/site.js" defer></script>
</head>
<body class="page page--listing">
  <a class="skip" href="#content">Skip to content</a>
  <header class="site-header" role="banner">
    <a class="site-header__home" href="/office/\0page\0/">Office \0page\0</a>
    <form class="search" action="/search" role="search"><input type="search" name="q" aria-label="Search"></form>
    <nav class="menu" aria-label="Main">
      <ul class="menu__list">
{nav}
      </ul>
    </nav>
  </header>
  <main id="content">
    <h1>News</h1>
    <p class="lead">What the office has to say, newest first.</p>
    <section class="listing" aria-label="News">"""

_FOOT = """\
    </section>
    <nav class="pager" aria-label="Pages">
      <span class="pager__here">1</span> <a href="?page=2">2</a> <a href="?page=3">3</a> <a href="?page=2">Next</a>
    </nav>
  </main>
  <aside class="side">
    <h2>Services</h2>
    <ul><li><a href="/forms/">All forms</a></li><li><a href="/offices/">All offices</a></li></ul>
  </aside>
  <footer class="site-footer">
    <ul><li><a href="/imprint/">Imprint</a></li><li><a href="/privacy/">Privacy</a></li></ul>
    <p class="site-footer__made">Page made at \0clock\0</p>
  </footer>
</body>
</html>
"""
