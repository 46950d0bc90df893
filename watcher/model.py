"""The nouns. Nothing here imports from the package; every time is aware, and UTC unless it says otherwise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

NOTHING: Mapping[str, str] = MappingProxyType({})

#: What a source claims: a bare date where it names a day, an aware datetime where it names a time.
When: TypeAlias = date | datetime

#: A match key: its kind ("id" or "address") and its value.
Key: TypeAlias = tuple[str, str]

#: What an edited item leads to: its record and entry are brought up to date; a further entry is told; nothing.
OnEdit: TypeAlias = Literal["update", "entry", "ignore"]

#: After so many permanent redirects in a row to the same address, that one is asked.
MOVES = 3

#: What robots.txt is to us: heeded; read, and told where we do not heed it; not even read.
Robots: TypeAlias = Literal["obey", "warn", "ignore"]

#: An edit that comes again within this time is no news.
FLIPPING = timedelta(days=7)

Health: TypeAlias = Literal["ok", "failing", "blocked", "broken", "gone", "paused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a server. Only `trusted` ones, whose address the operator wrote, may reach a private host. One
    with a `program` asks that instead: its arguments, and how long it may take. One for the `browser` is answered with
    the page as its scripts make it, read as soon as something matches the CSS selector `wait_for`, if any. Without
    `robots` that is heeded unless the request is the operator's `own`: no page led to its address."""

    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    etag: str = ""
    last_modified: str = ""
    trusted: bool = False
    own: bool = False
    robots: Robots | None = None
    moved_to: str = ""  # asked first, as if a permanent redirect had led there; `url` where that fails
    program: tuple[str, ...] = ()
    timeout: timedelta | None = None
    browser: bool = False
    wait_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back: 200 with a whole body, or 304 to a request that had validators. `url` is the last address."""

    url: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # lower-case names
    body: bytes = b""
    etag: str = ""
    last_modified: str = ""
    moved_to: str = ""  # where a chain of permanent redirects led
    disallowed: bool = False  # robots.txt asks programs to stay away, and the operator's own address was asked

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


Get: TypeAlias = Callable[[Request], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which of the items that a page holds count. Patterns are tried on title, summary, tags and address."""

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    prereleases: bool = True
    versions: str = ""  # ">=2,<4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One thing to look at, with every setting in force. `options` is an instance of its kind's Options."""

    name: str
    url: str
    kind: str
    options: Any
    title: str
    zone: tzinfo
    every: timedelta = timedelta(minutes=30)
    cron: str = ""  # "30 8 * * mon-fri", instead of `every`
    active: str = ""  # "mon-fri 07:00-19:00": it is looked at in these hours only; "": at any time
    jitter: timedelta = timedelta(0)  # each look is later by a random part of this
    phase: float = 0.0  # its place among the watches of one rhythm, 0 to 1
    alerts: tuple[str, ...] = ()
    first_run: Literal["quiet", "alert"] = "quiet"
    on_edit: OnEdit = "update"
    flood: int = 20
    entries: int = 50
    private: bool = False  # whether its feed stands where nobody can guess, and in no list
    folder: Path  # where its records are
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    user_agent: str = ""
    filters: Filters = field(default_factory=Filters)
    robots: Robots | None = None
    browser: bool = False  # whether its pages are fetched through a browser
    wait_for: str = ""

    @property
    def spec(self) -> str:
        """The rule by which items are found, as text: when it differs from the stored one, the rule changed."""
        rule = f"{self.kind} {self.options.model_dump_json(exclude_defaults=True)}"
        return rule if self.filters == Filters() else f"{rule} {json.dumps(asdict(self.filters))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert target. Its secrets are read by `resolve`, when something is sent: a list of watches needs none."""

    name: str
    kind: str
    recipients: tuple[str, ...]  # "NAME ADDRESS", or "NAME" where a target has one recipient only
    domain: str  # of its sender, "" where it has none: the right side of Message-IDs
    when: tuple[str, ...] = ()  # tags, "version major|minor|patch": only items for which one holds; (): all
    digest: str = ""  # "hourly", "daily 08:00", "weekly mon 08:00": what comes between goes together
    quiet: str = ""  # "22:00-07:00": but for security releases, what comes then waits for the end
    most: int = 60  # letters an hour for each recipient
    health: bool = True  # whether it is told that a watch fails, works again, holds a batch
    resolve: Callable[[], Any]  # its Options, secrets and all; raises ConfigError for one that is not there
    send: Callable[[Any, Message, str], None]  # hands a message to one address; raises Deferred and Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an item: a release's asset, a podcast's sound. `type` is a media type, `length` bytes."""

    url: str
    type: str = ""
    length: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a source saw. Text fields are plain text but for `body`, which is Markdown; `link` is absolute."""

    link: str
    title: str
    published: When | None = None
    dated_by: str = ""  # how the date was found: "time", "text", "article" …
    summary: str = ""
    body: str = ""
    key: str = ""  # the source's own id, where it has one (a guid, a version heading)
    version: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    edition: str = ""  # what the source says of this making of it: it differs when a release is made again
    repository: str = ""  # where it is made, if its notes may be found there: the address of a repository's front page

    @property
    def digest(self) -> str:
        """SHA-256 of what a reader would notice. Neither link, date nor summary: a move, or a date learnt later, is no
        edit, and a teaser comes and goes with the design of a list."""
        seen = [self.title, self.body, self.version, *([self.edition] if self.edition else [])]
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


#: Of items, the share of the last list that is among them: 0 to 1.
Share: TypeAlias = Callable[[Sequence[Item]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An item as the store holds it. `item` is the last form, with its article; `digest` is of what the page said."""

    id: str  # urn:uuid:…, minted once
    item: Item
    digest: str
    slug: str
    seq: int
    first_seen: datetime
    revised_at: datetime  # the last visible change
    keys: frozenset[Key] = frozenset()
    revision: int = 0
    baseline: bool = False  # found by a first look, or by a changed rule on a known page
    held: bool = False
    pending: int = 0  # looks left for its article; 0: nothing is missing
    path: str = ""  # of its record, relative to the watch's folder
    written: str = ""  # SHA-256 of what we last wrote there; "" before, and for adopted records
    adopted: bool = False  # its record was there before us


class Turn(NamedTuple):
    """An edit: when, and the digests before and after."""

    at: datetime
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store remembers of a watch. `version` is the row's, for compare-and-swap; 0 means never seen."""

    name: str
    version: int = 0
    spec: str = ""
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    checked_at: datetime | None = None  # the last good check
    changed_at: datetime | None = None
    due_at: datetime | None = None
    fresh_until: datetime | None = None  # before then its server does not want to be asked
    pause: int | None = None  # seconds between two looks that its last page asked for
    failures: int = 0
    health: Health = "ok"
    since: datetime | None = None  # when this health began
    error: str = ""
    hint: str = ""  # what to do about the error
    moved_to: str = ""  # where permanent redirects led at the last good check
    moves: int = 0  # so often in a row, counted up to MOVES
    disallowed: bool = False  # robots.txt asks programs to stay away, as of the last good check that read the page
    stopped: str = ""  # the rule under which its page was gone for good, and is not asked for any more
    listed: tuple[str, ...] = ()  # ids in page order, as of the last good check that read the page
    oldest: date | None = None  # the oldest claimed date of the baseline
    # What may save a check some work, and is no knowledge of its own.
    pending: bool = field(default=False, compare=False)  # whether the article of an item is awaited
    stale: bool = field(default=False, compare=False)  # whether records are to be written
    jitter: str = field(default="", compare=False)  # what of its page is noise, and on which day that was learnt
    shelved: str = field(default="", compare=False)  # what its records and its feed were when it was last published

    @property
    def first_look(self) -> bool:
        return self.checked_at is None

    @property
    def asked_at(self) -> str:
        """Where its page is asked for instead: redirected there so often, it is believed to stay there; "" if not."""
        return self.moved_to if self.moves >= MOVES else ""

    @property
    def rests(self) -> bool:
        """Whether nobody looks at it until its owner says so."""
        return self.health == "paused" or bool(self.stopped)


class Standing(NamedTuple):
    """How a watch fares, without what its next look needs. `checked_at` is its last good check."""

    name: str
    health: Health = "ok"
    since: datetime | None = None
    failures: int = 0
    checked_at: datetime | None = None
    due_at: datetime | None = None
    fresh_until: datetime | None = None
    error: str = ""
    hint: str | None = None  # what to do about the error
    stopped: str | None = None

    @property
    def rests(self) -> bool:
        """Whether nobody looks at it until its owner says so."""
        return self.health == "paused" or bool(self.stopped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """News of a watch itself. `event` comes again as long as it holds, and is kept once; one that has an `after` is of
    use only where that was."""

    event: str  # WATCH/health/SINCE, WATCH/held/ITEM, …
    at: datetime
    title: str
    text: str
    after: str = ""
    ends: bool = False  # whether it ends what `after` began: of use only to those who were told of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a look did to one item, ready to be committed.

    new      told, when a record and an entry of it stand
    stock    known from now on and recorded, but told to nobody: the baseline, and what slid up from an older page
    held     a draft, until its owner accepts it
    edited   the text that a reader sees differs; `seen` is what it was
    touched  the same to a reader: a new address, a date learnt later, an article that came (`item.body`)
    """

    kind: Literal["new", "stock", "held", "edited", "touched"]
    seen: Seen  # as it is to be stored; for an edit its revision is already raised
    was: Item | None = None
    keys: frozenset[Key] = frozenset()  # to be added
    note: str = ""  # an edit's unified diff
    why: str = ""  # the line of its journal: when, and why it was judged so; "": nothing worth a line
    event: str = ""  # what its recipients are told, once: ITEM/new or ITEM/edit/FORMS; "": nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A look that read the page."""

    response: Response
    changes: tuple[Change, ...] = ()
    listed: tuple[str, ...] = ()
    count: int = 0
    oldest: date | None = None
    warnings: tuple[str, ...] = ()
    settled: bool = True  # False: two fetches made at once differ, and the next look is to read the page in any case
    jitter: str = ""  # what of the page is noise, see jitter.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A look that found the very page it knew: 304, or the same bytes. Articles may have come all the same."""

    response: Response
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A look that failed: health and words for the watch. `retry_at` is the host's wish."""

    error: str
    hint: str = ""
    health: Health = "failing"
    status: int = 0
    retry_at: datetime | None = None
    final: bool = False  # its page is gone for good: nobody asks again until its owner says so


Outcome: TypeAlias = Found | Unchanged | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One front-matter file: title, date, draft, url, what else it holds in its order, then the Markdown body."""

    title: str
    date: When
    url: str
    draft: bool = False
    extra: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a feed. `html` is sanitised, with absolute links; `summary` is plain text."""

    id: str
    title: str
    link: str
    published: datetime
    updated: datetime
    summary: str = ""
    html: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What stands above the entries. `address` is the feed's own, "" where there is no `base_url`."""

    id: str
    title: str
    site: str  # the watched page
    updated: datetime
    address: str = ""
    author: str = ""
    path: str = ""  # of its files in the folder of feeds, without a suffix: "press", "tag/security"; "": it has but one
    hubs: tuple[str, ...] = ()  # WebSub hubs that are told of its changes
    archives: int = 0  # how many archive pages it has
    zone: tzinfo = UTC  # in which people read its days


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One outbox row: `event` about `item` for `recipient` ("TARGET ADDRESS", or "TARGET")."""

    id: int
    recipient: str
    event: str  # ITEM/new, ITEM/edit/FORMS, WATCH/health/SINCE
    watch: str
    item: str
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    letter: str = ""
    sent_at: datetime | None = None
    error: str = ""
    dead: bool = False  # refused for good, or given up


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One item that a message is about, for programs."""

    id: str  # urn:uuid:…
    event: Literal["new", "edit"]
    title: str
    link: str
    published: When | None = None
    version: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One alert, the same bytes at every attempt. `id` is the Message-ID without its angle brackets."""

    id: str
    recipient: str
    watch: str
    subject: str
    text: str
    html: str = ""
    date: datetime
    sender_name: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    reply_to: str = ""  # the id of the message this one answers
    thread: str = ""  # the id that all messages of its watch refer to; none bears it
    items: tuple[News, ...] = ()  # none where it is about the watch itself


#: A row for the outbox: recipient, event, item ("" where it is about the watch), and when it is due.
Tell: TypeAlias = tuple[str, str, str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Outbox rows sent together under one id."""

    message: Message
    deliveries: Sequence[Delivery] = field(default_factory=tuple)


def address_of(recipient: str) -> str:
    """Who a recipient ("TARGET ADDRESS", or "TARGET") is, whichever target tells them; with no address, the target."""
    return recipient.partition(" ")[2] or recipient
