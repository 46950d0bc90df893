"""The one store class: each method is one transaction. All of them may be called from any thread."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, true

from watcher.model import Delivery, Key, Known, Letter, Notice, Outcome, Response, Seen, Standing, Turn
from watcher.store import commit, items, outbox, pings, watches
from watcher.store import notices as news
from watcher.store.commit import Keep, Look
from watcher.store.database import Database
from watcher.store.items import Fate, Place, Revision
from watcher.store.outbox import Compose, Queue, Telling, Told
from watcher.store.schema import open_database
from watcher.store.tables import awaited, recorded, waits
from watcher.store.tables import items as table
from watcher.store.tables import outbox as rows
from watcher.store.together import A, R, Together, Work
from watcher.store.watches import Check
from watcher.times import rfc3339


def open_store(url: str, *, create: bool = True) -> Store:
    """The store at `sqlite:////PATH/watcher.db` or `postgresql://…`, made where there is none (unless `create` is
    false) and brought up to date where it is older. A StoreError with a remedy where it cannot be used."""
    return Store(open_database(url, create=create))


class Store:
    """Every method is one transaction: all of it happened, or nothing. A StoreError where the database fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.keep = Keep()  # of what looks at watches leave
        self._together = Together(database) if database.is_file else None
        self._in_batches = False

    def close(self) -> None:
        self._database.close()

    def _write(self, work: Work[A, R], argument: A) -> R:
        """`work`, in one transaction with what other threads have to write. Not on a server: there whoever takes the
        turns of several watches may wait for another process that does."""
        if self._together:
            return self._together.run(work, argument)
        with self._database.write() as connection:
            return work(connection, [argument])[0]

    @contextmanager
    def in_batches(self) -> Iterator[None]:
        """Inside, looks that came upon nothing are committed many at a time, the last of them at its end. A process
        that dies forgets some, and they are made again. For one thread; what is inside may use many."""
        if not self._together:
            yield
            return
        self._in_batches = True
        try:
            yield
        finally:
            self._in_batches = False
            self._together.finish()

    # Watches

    def known(self, watch: str) -> Known:
        """What is remembered of a watch; of one that was never seen, its name."""
        with self._database.read() as connection:
            return watches.known(connection, watch)

    def known_of(self, watches_: Collection[str]) -> dict[str, Known]:
        """The same of many, by name."""
        with self._database.read() as connection:
            return watches.known_of(connection, watches_)

    def all_known(self) -> list[Known]:
        """Every watch that was ever seen, configured or not, by name."""
        with self._database.read() as connection:
            return watches.all_known(connection)

    def standing(self) -> list[Standing]:
        """How each of them fares: cheaper, where there are thousands."""
        with self._database.read() as connection:
            return watches.standing(connection)

    def resting(self) -> list[Known]:
        """Those that are not looked at until their owner says so."""
        with self._database.read() as connection:
            return watches.resting(connection)

    def names(self) -> list[str]:
        """The names of all these."""
        with self._database.read() as connection:
            return watches.names(connection)

    def due(self, now: datetime) -> list[str]:
        """The watches whose time has come; those that were never looked at first, then the longest due."""
        with self._database.read() as connection:
            return watches.due(connection, now)

    def next_due(self, watches_: Collection[str]) -> datetime | None:
        """When the first of these is due that is looked at."""
        with self._database.read() as connection:
            return watches.next_due(connection, watches_)

    def last_look(self) -> datetime | None:
        """When the last check began, of all there were."""
        with self._database.read() as connection:
            return watches.last_look(connection)

    def plan(self, due: Mapping[str, datetime | None], standing: Iterable[Standing], now: datetime) -> None:
        """Gives watches their due times, unless they are no longer what they were in `standing`: a check has ended
        meanwhile. What was never seen has a row from now on."""
        with self._database.write() as connection:
            watches.plan(connection, due, standing, now)

    def seen(self, watch: str, keys: Iterable[Key]) -> list[Seen]:
        """The items that the last good look listed, and all that carry one of `keys`; the oldest first."""
        with self._database.read() as connection:
            return items.having(connection, watch, watches.known(connection, watch).listed, keys)

    def pending(self, watch: str) -> list[Seen]:
        """Items whose article is awaited."""
        with self._database.read() as connection:
            return items.where(connection, watch, awaited)

    def find_items(self, watch: str, ids: Collection[str]) -> list[Seen]:
        with self._database.read() as connection:
            return items.by_id(connection, watch, ids)

    def last_body(self, watch: str) -> Response | None:
        """The last response that a look understood: its address, its content type, its body."""
        with self._database.read() as connection:
            return watches.last_body(connection, watch)

    def bodies(self, watch: str) -> list[tuple[datetime, Response]]:
        """The stored responses, each with the time of its look, the oldest first."""
        with self._database.read() as connection:
            return watches.kept(connection, watch)[::-1]

    def commit(
        self,
        known: Known,
        outcome: Outcome,
        *,
        spec: str,
        due_at: datetime,
        fresh_until: datetime | None = None,
        pause: int | None = None,
        now: datetime,
        took: timedelta,
        tell: Sequence[Telling] = (),
        notices: Sequence[Notice] = (),
    ) -> bool:
        """What a look that began at `now` led to: items, letters (recipient, event, item id), validators, log.

        False, and nothing is written, where another look was faster: `known` is not what is stored any more. (True at
        once for what goes into a batch.)
        `seq` and a free `path` are given here; `changes` come in page order, top first.
        """
        look = Look(
            known=known,
            outcome=outcome,
            spec=spec,
            due_at=due_at,
            fresh_until=fresh_until,
            pause=pause,
            now=now,
            took=took,
            body=commit.packed(outcome),
            tell=tell,
            notices=notices,
            keep=self.keep,
        )
        if look.quiet and self._in_batches and self._together:
            self._together.put_off(commit.commit_quiet, look)
            return True
        return self._write(commit.commit_quiet if look.quiet else _commit, look)

    def shelved(self, watch: str, mark: str) -> None:
        """What its records and its feed were, when it was published just now."""
        self._write(watches.shelve, (watch, mark))

    def pause(self, watch: str, on: bool, now: datetime) -> None:
        """Stops the looks at a watch, or resumes them, due at once; also where its page was gone."""
        with self._database.write() as connection:
            watches.pause(connection, watch, on, now)

    def stopped(self) -> dict[str, str]:
        """The watches whose pages are gone for good, each with the rule under which it was."""
        with self._database.read() as connection:
            return watches.stopped(connection)

    def due_now(self, watch: str, now: datetime) -> None:
        with self._database.write() as connection:
            watches.due_now(connection, watch, now)

    def forget(self, watch: str) -> None:
        """Removes all that is known of a watch, and its letters that were not sent."""
        with self._database.write() as connection:
            watches.forget(connection, watch)
            news.forget(connection, watch)
            outbox.forget(connection, watch)

    def recall(self, recalled: Iterable[tuple[Known, Sequence[Seen]]]) -> None:
        """Takes watches with their items into a database that knows of none: all of them, or nothing."""
        with self._database.write() as connection:
            for known, seens in recalled:
                watches.recall(connection, known)
                items.recall(connection, known.name, seens)

    # Items and their records

    def purge(self, watch: str, before: datetime, limit: int) -> int:
        """Lets go of what was stored of items that have stood as they are since before then: of each its id and keys
        stay, so that it never comes back, and what its entry needs. What the last good look listed stays whole, and
        what waits for anything. How many that were, `limit` at most."""
        with self._database.write() as connection:
            return items.purge(connection, watch, watches.known(connection, watch).listed, before, limit)

    def adopt(self, watch: str, seens: Iterable[Seen], edited: Iterable[Seen] = ()) -> None:
        """Takes records that were there before us, or that their owner brought back, as known; the oldest first. Of
        items that are `edited`, as such records tell, the form, its digest and its number are stored."""
        with self._database.write() as connection:
            items.adopt(connection, watch, seens)
            items.edited(connection, watch, edited)

    def paths(self, watch: str) -> dict[str, str]:
        """Record path -> item id, of each item that has one, written or not, but for deleted ones."""
        with self._database.read() as connection:
            return items.paths(connection, watch, true())

    def written_paths(self, watch: str) -> dict[str, str]:
        """Record path -> item id, of each record that we wrote or adopted, and that its owner did not delete."""
        with self._database.read() as connection:
            return items.paths(connection, watch, recorded)

    def written_hashes(self, watch: str) -> dict[str, tuple[str, str]]:
        """Record path -> item id, and the SHA-256 of what we last wrote there ("": nothing)."""
        with self._database.read() as connection:
            return items.hashes(connection, watch)

    def stale(self, watch: str) -> list[Seen]:
        """Items whose record is to be written, the oldest first."""
        with self._database.read() as connection:
            return items.stale(connection, watch)

    def unpublished(self) -> list[str]:
        """The watches that have records to be written."""
        with self._database.read() as connection:
            return items.stale_watches(connection)

    def latest(self, watch: str, limit: int | None = None, offset: int = 0, *, seqs: range | None = None) -> list[Seen]:
        """Items for the feed, those whose last visible change is newest first: their records stand, none is a draft.
        With `seqs` only those with a number in it."""
        with self._database.read() as connection:
            return items.latest(connection, watch, limit, offset, seqs)

    def latest_of_all(self, limit: int, *, without: Collection[str] = ()) -> list[tuple[str, Seen]]:
        """The same of all watches but these, each with its watch's name. An id comes once for each watch."""
        with self._database.read() as connection:
            return items.latest_of_all(connection, limit, without)

    def places(self, watch: str) -> list[Place]:
        """Where each item of a watch stands, deleted ones as well, by `seq`. As cheap as it can be."""
        with self._database.read() as connection:
            return items.places(connection, watch)

    def marks(self, watch: str, ids: Collection[str]) -> dict[str, str]:
        """What differs as soon as anything does that one of these items says, by its id: to be compared, for a tenth of
        what it costs to have the items."""
        with self._database.read() as connection:
            return items.marks(connection, watch, ids)

    def items(
        self, watch: str | None = None, *, since: datetime | None = None, limit: int | None = None
    ) -> list[tuple[str, Seen]]:
        """Items of one watch or of all, each with its watch's name, the newest first_seen first."""
        with self._database.read() as connection:
            return items.newest(connection, watch, since, limit)

    def held(self, watch: str) -> list[Seen]:
        """Items that wait for their owner's word, but for those whose draft was deleted: that was the word."""
        with self._database.read() as connection:
            return items.where(connection, watch, waits)

    def fate(self, watch: str, item: str) -> Fate:
        """Why an item was judged as it was, and what its owner made of it."""
        with self._database.read() as connection:
            return items.fate(connection, watch, item)

    def held_counts(self) -> dict[str, int]:
        """How many such each watch has, of those that have any."""
        with self._database.read() as connection:
            return items.counts(connection, waits)

    def awaited_counts(self) -> dict[str, int]:
        """How many items of each watch wait for their articles, of those that have any."""
        with self._database.read() as connection:
            return items.counts(connection, awaited)

    def newest_titles(self) -> dict[str, str]:
        """The title of the item that each watch found last."""
        with self._database.read() as connection:
            return items.newest_titles(connection)

    def written(self, watch: str, item: str, sha256: str, *, of: Seen | None = None) -> None:
        """Its record stands, with these bytes. Where they were made `of` a state that a later commit or accept has
        changed, the record is still to be written again."""
        with self._database.write() as connection:
            items.written(connection, watch, item, sha256, of)

    def all_written(self, watch: str, records: Sequence[tuple[Seen, str]]) -> None:
        """The same of many, each with the SHA-256 of its bytes, and made of the state with which it comes."""
        self._write(items.all_written, (watch, records))

    def left_alone(self, watch: str, item: str) -> None:
        """What its owner made of its record stays as it is, also where a file stood there before we wrote."""
        with self._database.write() as connection:
            items.left_alone(connection, watch, item)

    def deleted(self, watch: str, ids: Collection[str]) -> None:
        """Its owner deleted these records: they stay deleted, and nobody is told of them."""
        with self._database.write() as connection:
            items.delete(connection, watch, ids)
            outbox.void(connection, (rows.c.watch == watch) & rows.c.item.in_(ids), "its record was deleted")

    def accept(self, watch: str, ids: Collection[str], *, tell: Sequence[Telling], now: datetime) -> list[str]:
        """Publishes held items, and tells of them. The ids of those that were held."""
        journal = func.coalesce(table.c.why, "") + f"\n{rfc3339(now)} accepted: its owner set it free"
        change = {"revised_at": now, "stale": table.c.pending == 0, "why": journal}
        with self._database.write() as connection:
            mine = items.unhold(connection, watch, ids, change)
            outbox.add(connection, watch, [row for row in tell if row[2] in set(mine)], now)
        return mine

    def swallow(self, watch: str, ids: Collection[str]) -> list[str]:
        """Takes held items as known: told to nobody, in no feed, their records drafts for good. No article of theirs is
        awaited."""
        change = {"swallowed": True, "pending": 0, "stale": table.c.stale | awaited}
        with self._database.write() as connection:
            return items.unhold(connection, watch, ids, change)

    def revisions(self, watch: str, item: str | None = None, limit: int | None = 50) -> list[Revision]:
        """The last edits, newest first."""
        with self._database.read() as connection:
            return items.changes(connection, watch, item, limit)

    def turns(self, watch: str, ids: Collection[str]) -> Mapping[str, Sequence[Turn]]:
        """The last edits of each of these items, newest first, as what turned into what."""
        with self._database.read() as connection:
            return items.turns(connection, watch, ids)

    # The outbox

    def ping(self, watch: str, tell: Sequence[tuple[str, str]], now: datetime) -> None:
        """Tells hubs (recipient, event TOPIC/STATE) what state a feed is in: once of each, and only of the last."""
        with self._database.write() as connection:
            pings.add(connection, watch, tell, now)

    def waiting(self, now: datetime) -> list[str]:
        """The recipients for whom `claim` has something now."""
        with self._database.read() as connection:
            return outbox.waiting(connection, now)

    def claim(
        self,
        recipient: str,
        now: datetime,
        *,
        lease: timedelta,
        compose: Compose,
        together: int = outbox.DIGEST,
        most: int = 0,
    ) -> Letter | None:
        """The recipient's next letter, ours until `now + lease`: one that was begun before, under its id and with its
        very bytes, or else a new one. `compose` is pure: it runs inside the transaction. From `together` rows on a
        letter holds them all; where the recipient had `most` letters within the hour, there is none."""
        with self._database.write() as connection:
            return outbox.claim(connection, recipient, now, lease, compose, together=together, most=most)

    def sent(self, letter: Letter, now: datetime) -> None:
        with self._database.write() as connection:
            outbox.sent(connection, letter, now)

    def deferred(self, letter: Letter, error: str, due_at: datetime) -> None:
        """Not now: the same letter is to be claimed again from `due_at` on."""
        with self._database.write() as connection:
            outbox.deferred(connection, letter, error, due_at)

    def rejected(self, letter: Letter, error: str) -> None:
        """Never: its rows are dead until their owner says otherwise. Those after them go on."""
        with self._database.write() as connection:
            outbox.rejected(connection, letter, error)

    def outbox(self, *, sent: bool = False) -> list[Delivery]:
        """Rows that wait or are dead, and on request those that were sent; the oldest first."""
        with self._database.read() as connection:
            return outbox.deliveries(connection, sent)

    def about(self, item: str) -> list[Told]:
        """Every row about an item, of whatever watch: who was told, who is to be, who is not."""
        with self._database.read() as connection:
            return outbox.about(connection, item)

    def queue(self, now: datetime) -> Queue:
        """How many rows wait or are dead, and how late the oldest is."""
        with self._database.read() as connection:
            return outbox.queue(connection, now)

    def retry(self, ids: Collection[int] | None, now: datetime) -> int:
        """Makes rows due, dead ones too; None means all. How many that were, the others of their letters included."""
        with self._database.write() as connection:
            return outbox.retry(connection, ids, now)

    def hold_back(self, why: str) -> int:
        """Keeps all that waits until its owner says `retry` or `drop`; `why` is shown to them. How many rows."""
        with self._database.write() as connection:
            return outbox.hold_back(connection, why)

    def put_off(self, ids: Collection[int], until: datetime) -> None:
        """Makes rows that wait due then, whenever they were due."""
        with self._database.write() as connection:
            outbox.put_off(connection, ids, until)

    def told(self, event: str) -> set[str]:
        """The recipients who were told of an event, or of one that is called EVENT/…, or who still will be."""
        with self._database.read() as connection:
            return outbox.told(connection, event)

    def drop(self, ids: Collection[int]) -> int:
        """Takes rows out of the outbox for good, unless they were sent, and the same news of other watches with them.
        How many of `ids` that were."""
        with self._database.write() as connection:
            return outbox.drop(connection, ids)

    def free_leases(self) -> None:
        """For the holder of the home's lock, at its start: whoever held a lease is dead."""
        with self._database.write() as connection:
            outbox.free_leases(connection)

    # News of the watches themselves, and who hears nothing of one

    def notices(self, limit: int = 50) -> list[Notice]:
        """The last of all watches, newest first."""
        with self._database.read() as connection:
            return news.latest(connection, limit)

    def mute(self, recipient: str, watch: str, on: bool, now: datetime) -> None:
        """The recipient hears nothing of the watch from now on, what waits included; or hears of it again. By whatever
        target: who is muted at an address stays so when that target has another name."""
        with self._database.write() as connection:
            news.mute(connection, recipient, watch, on, now)
            if on:
                theirs = news.same_person(rows.c.recipient, recipient) & (rows.c.watch == watch)
                outbox.void(connection, theirs, "the watch was muted")

    def muted(self) -> list[tuple[str, str]]:
        """Who (recipient) hears nothing of which watch."""
        with self._database.read() as connection:
            return news.muted(connection)

    # Hosts and the log

    def holds(self) -> dict[str, datetime]:
        """Until when hosts asked to be left alone, also where that time is over."""
        with self._database.read() as connection:
            return watches.holds(connection)

    def hold(self, host: str, until: datetime) -> None:
        with self._database.write() as connection:
            watches.hold(connection, host, until)

    def robots(self, origin: str) -> tuple[str, datetime] | None:
        """The robots.txt of an origin as it was kept, and when."""
        with self._database.read() as connection:
            return watches.robots(connection, origin)

    def keep_robots(self, origin: str, text: str, at: datetime) -> None:
        with self._database.write() as connection:
            watches.keep_robots(connection, origin, text, at)

    def forget_hosts(self, before: datetime) -> None:
        """Let go of what was last heard of hosts by then, and holds no more."""
        with self._database.write() as connection:
            watches.forget_hosts(connection, before)

    def checks(self, watch: str, limit: int = 20) -> list[Check]:
        """The last looks at a watch, newest first."""
        with self._database.read() as connection:
            return watches.log(connection, watch, limit)


def _commit(connection: Connection, looks: Sequence[Look]) -> list[bool]:
    return [commit.commit(connection, look) for look in looks]
