"""What an alert says: the news of one watch, as text, as HTML, and under a Message-ID that never changes."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from binascii import b2a_qp
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from html import escape
from textwrap import indent

import idna

from watcher import markdown, worddiff
from watcher.model import Delivery, Item, Message, News, Seen, When
from watcher.text import line, safe, shorten

#: Characters of a title, of a watch's name for people, of one item's text, of its diff, and of either in a digest.
TITLE, NAME, TEXT, DIFF, SHORT = 250, 100, 800, 4000, 240

#: Bytes that the items of a digest take, as they are sent: readers cut a mail at about 100 KB.
ROOM = 90_000

_PAGE = """\
<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
</head>
<body style="font-family: sans-serif; max-width: 42em">
{content}
<p><small>{footer}</small></p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One item as a letter shows it; `date` is "" where none is claimed."""

    title: str
    link: str
    date: str
    text: str
    is_diff: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    subject: str
    text: str
    html: str


def letter(
    recipient: str,
    watch_title: str,
    watch_name: str,
    site: str,
    deliveries: Sequence[tuple[Delivery, Seen]],
    *,
    now: datetime,
    zone: tzinfo,
    domain: str,
    mute: str = "",
    feed: str = "",
) -> Message:
    """The news of one watch for one recipient: an item's own letter, or a digest of several. `now` is when the rows
    were claimed, and `domain` is what Message-ID and List-Id end in. A POST to `mute` ends such letters; `feed` is the
    address of the watch's feed. Either may be ""."""
    events = [_event(delivery) for delivery, _ in deliveries]
    watch_title = shorten(line(watch_title), NAME) or watch_name
    slug = deliveries[0][1].slug if len(events) == 1 else ""
    content = _one(*deliveries[0]) if len(events) == 1 else _digest(deliveries, watch_title, site, feed)
    seen = f"{line(watch_name)}, seen {_clock(max(s.first_seen for _, s in deliveries), now, zone)}"
    first = re.sub("/edit/.*$", "/new", events[0])
    is_edit = len(events) == 1 and first != events[0]
    return Message(
        id=message_id(watch_name, slug, events, recipient, domain),
        recipient=recipient,
        watch=watch_name,
        subject=content.subject,
        text=f"{content.text}\n\n-- \n{seen}{f'. Feed: {feed}' if feed else ''}\n",
        html=_page(content, seen, feed),
        date=now,
        sender_name=watch_title,
        headers=_headers(watch_title, watch_name, domain) | _unsubscribe(mute),
        reply_to=message_id(watch_name, slug, [first], recipient, domain) if is_edit else "",
        thread=message_id(watch_name, "", [f"watch/root/{watch_name}"], "", domain),
        items=tuple(_news(*told) for told in deliveries),
    )


def health(recipient: str, watch_name: str, event: str, news: str, text: str, *, now: datetime, domain: str) -> Message:
    """A letter about a watch, not about its items; `news` begins with the watch's name ("acme works again")."""
    return Message(
        id=message_id(watch_name, "", [event], recipient, domain),
        recipient=recipient,
        watch=watch_name,
        subject=shorten(f"watcher: {line(news)}", TITLE),
        text=f"{_lines(text)}\n\n-- \n{line(watch_name)}\n",
        date=now,
        headers=_headers("Watcher", watch_name, domain),
    )


def sample(target: str, to: str, *, now: datetime, domain: str) -> Message:
    """An alert of the real layout about an invented item. Each has its own id: servers drop one that they had."""
    recipient, link = f"{target} {to}".strip(), "https://example.org/news/sample"
    body = f"This is how news will look. It was sent by `watcher test {target}`; nothing has happened."
    item = Item(link=link, title="A sample alert from Watcher", published=now.date(), body=body)
    seen = Seen(id=link, item=item, digest="", slug="sample", seq=0, first_seen=now, revised_at=now)
    event = f"{now.isoformat()}/new"
    delivery = Delivery(id=0, recipient=recipient, event=event, watch="watcher", item=link, created_at=now, due_at=now)
    told = [(delivery, seen)]
    return letter(recipient, "Watcher", "watcher", link, told, now=now, zone=UTC, domain=domain)


def message_id(watch: str, slug: str, events: Sequence[str], recipient: str, domain: str) -> str:
    """A Message-ID without its brackets: ASCII, at most 200 characters, and for ever the same for the same events told
    to the same recipient. `slug` is "" where there is no one item."""
    told = json.dumps([recipient, *sorted(events)])
    what = events[0].split("/")[1] if len(events) == 1 else "digest"
    hashed = hashlib.sha256(told.encode()).hexdigest()[:12]
    names = [_atom(watch, 40), _atom(slug, 60), _atom(what, 10), hashed]
    return f"{'.'.join(name for name in names if name)}@{_host(domain)}"


def _one(delivery: Delivery, seen: Seen) -> _Content:
    text = _diff(seen.item, DIFF) if _is_edit(delivery) else shorten(_text(seen.item), TEXT)
    piece = _piece(delivery, seen, text)
    head = "\n".join(part for part in (piece.title, piece.link, piece.date) if part)
    return _Content(
        subject=piece.title,
        text=f"{head}\n\n{piece.text}".rstrip(),
        html=f"{_head(piece)}\n{_body(piece)}",
    )


def _digest(deliveries: Sequence[tuple[Delivery, Seen]], title: str, site: str, feed: str) -> _Content:
    edits = sum(_is_edit(delivery) for delivery, _ in deliveries)
    counts = [f"{n} {word}" for n, word in ((len(deliveries) - edits, "new"), (edits, "edited")) if n]
    subject = shorten(f"{', '.join(counts)}: {line(title)}", TITLE)
    # Where there is no room for all, the last stand there, in their order.
    pieces = _fitting(_piece(*told, _short(*told)) for told in reversed(deliveries))[::-1]
    left = len(deliveries) - len(pieces)
    more = f"… and {left} more: {feed or site}" if left else ""
    texts = [_numbered(number, piece) for number, piece in enumerate(pieces, 1)]
    entries = "\n".join(f"<li>{_head(piece)}\n{_body(piece)}</li>" for piece in pieces)
    parts = [f"<p>{_linked(site, subject)}</p>", f"<ol>\n{entries}\n</ol>", f"<p>{escape(more)}</p>" if more else ""]
    return _Content(
        subject=subject,
        text="\n\n".join(part for part in [f"{subject}\n{site}".strip(), *texts, more] if part),
        html="\n".join(part for part in parts if part),
    )


def _fitting(pieces: Iterable[_Piece]) -> list[_Piece]:
    """The first pieces, as many as there is room for."""
    room, fitting = ROOM, list[_Piece]()
    for number, piece in enumerate(pieces, 1):
        sent = f"{_numbered(number, piece)}\n\n<li>{_head(piece)}\n{_body(piece)}</li>\n"
        room -= len(b2a_qp(sent.encode()))
        if room < 0:
            break
        fitting.append(piece)
    return fitting


def _piece(delivery: Delivery, seen: Seen, text: str) -> _Piece:
    return _Piece(
        title=shorten(line(seen.item.title), TITLE) or line(seen.item.link),
        link=line(seen.item.link),
        date=_date(seen.item.published),
        text=text,
        is_diff=_is_edit(delivery),
    )


def _news(delivery: Delivery, seen: Seen) -> News:
    return News(
        id=seen.id,
        event="edit" if _is_edit(delivery) else "new",
        title=shorten(line(seen.item.title), TITLE),
        link=line(seen.item.link),
        published=seen.item.published,
        version=line(seen.item.version),
        tags=tuple(map(line, seen.item.tags)),
    )


def _event(delivery: Delivery) -> str:
    """What it tells. The same edit may be news again, when the item has been another for long enough."""
    return f"{delivery.event}/{delivery.created_at.isoformat()}" if _is_edit(delivery) else delivery.event


def _is_edit(delivery: Delivery) -> bool:
    return "/edit/" in delivery.event


def _short(delivery: Delivery, seen: Seen) -> str:
    return _diff(seen.item, SHORT) if _is_edit(delivery) else shorten(line(_text(seen.item)), SHORT)


def _text(item: Item) -> str:
    # A body may be a megabyte; its first part always holds the few characters that are shown.
    return _lines(markdown.to_text(item.body[:20_000]) or item.summary)


def _diff(item: Item, length: int) -> str:
    """An edit's diff as it is, out of the code block that it has in its record."""
    block = re.fullmatch(r"(`{3,})\w*\n(.*)\n\1", item.body.strip(), re.DOTALL)
    return _first_lines(_lines(block[2] if block else item.body), length)


def _first_lines(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    kept = text[:length].rpartition("\n")[0] or text[:length]
    more = len(text[len(kept) :].strip("\n").split("\n"))
    return f"{kept}\n… {more} more {'line' if more == 1 else 'lines'}"


def _lines(text: str) -> str:
    """Clean text without blanks at the ends of its lines: "-- " would begin a signature."""
    return "\n".join(part.rstrip() for part in safe(text).split("\n")).strip("\n")


def _numbered(number: int, piece: _Piece) -> str:
    rest = "\n".join(part for part in (piece.date, piece.link, piece.text) if part)
    return f"{number}. {piece.title}\n{indent(rest, '   ')}"


def _head(piece: _Piece) -> str:
    date = f"<br>\n{escape(piece.date)}" if piece.date else ""
    return f"<p><strong>{_linked(piece.link, piece.title)}</strong>{date}</p>"


def _body(piece: _Piece) -> str:
    if piece.is_diff:
        return f'<pre style="white-space: pre-wrap">{worddiff.marked(piece.text)}</pre>'
    text = escape(piece.text, quote=False)
    paragraphs = [part.strip("\n").replace("\n", "<br>\n") for part in re.split(r"\n{2,}", text) if part.strip()]
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _linked(link: str, title: str) -> str:
    is_page = re.match(r"https?://", link)  # no other address gets to be clicked, whatever a source let through
    return f'<a href="{escape(link)}">{escape(title)}</a>' if is_page else escape(title)


def _page(content: _Content, seen: str, feed: str) -> str:
    footer = escape(seen) + (f". {_linked(feed, 'Feed')}" if feed else "")
    return _PAGE.format(title=escape(content.subject), content=content.html, footer=footer)


def _date(when: When | None) -> str:
    if when is None:
        return ""
    day = f"{when.day} {when:%B} {when.year}"
    return f"{day}, {when:%H:%M} {when.tzname()}" if isinstance(when, datetime) else day


def _clock(when: datetime, now: datetime, zone: tzinfo) -> str:
    """The time; with its day, where that is not the letter's."""
    when = when.astimezone(zone)
    return f"{when:%H:%M} {when.tzname()}" if when.date() == now.astimezone(zone).date() else _date(when)


def _headers(title: str, name: str, domain: str) -> dict[str, str]:
    return {
        "List-Id": f"{title} <{_atom(name, 60)}.watcher.{_host(domain)}>",
        "Auto-Submitted": "auto-generated",
    }


def _unsubscribe(mute: str) -> dict[str, str]:
    """RFC 2369 §3.2 and RFC 8058 §3.1: mail programs show a button of their own, over https only."""
    if not mute.startswith("https://"):
        return {}
    return {"List-Unsubscribe": f"<{mute}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _atom(text: str, length: int) -> str:
    """What a Message-ID can hold of a name (RFC 5322 §3.2.3)."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain)[:length].strip("-")


def _host(domain: str) -> str:
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        domain = ""
    labels = [re.sub(r"[^a-z0-9-]+", "-", label).strip("-") for label in domain.lower().split(".")]
    return ".".join(label for label in labels if label)[-70:].strip("-.") or "watcher.invalid"
