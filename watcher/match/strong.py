"""Pairs by strong keys: an id of the source's own, an address with what tells its items apart, an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from watcher import urls
from watcher.match.names import at_path, crowding, lookup, minted
from watcher.match.pairs import Pairs, without
from watcher.model import Item, Key, Seen
from watcher.text import fold


def strong_pairs(found: Sequence[Item], seen: Sequence[Seen], page: str) -> Pairs:
    pairs: Pairs = {}
    owner = {key: s for s in seen for key in s.keys}
    misleads = _misleading(found, seen, page, counting=_count_places(found, owner))
    for kind in ("id", "exact", "address"):
        claimed = {s.id for s in pairs.values()}
        moved = {i: s for i, s in pairs.items() if urls.identity(found[i].link) != urls.identity(s.item.link)}
        crowded = crowding(found, without(seen, moved))  # what a stronger key has found elsewhere crowds no address
        for i, item in enumerate(found):
            for key in lookup(item, page):
                known = owner.get(key)
                if i in pairs or key[0] != kind or known is None or known.id in claimed:
                    continue
                if kind == "id" and misleads(item, known.item):
                    continue
                # An address that several items share is no proof: only the one that kept its title may claim by it.
                if kind == "address" and crowded[key[1]] > 1 and not _kept_its_title(item, known):
                    continue
                pairs[i] = known
                claimed.add(known.id)
    pairs |= _by_id(found, seen, pairs)
    return pairs | _by_query(found, seen, pairs)


def _by_id(found: Sequence[Item], seen: Sequence[Seen], pairs: Pairs) -> Pairs:
    """What would be given an id that is in use is the item that has it, unless that one stands elsewhere."""
    free = {s.id: s for s in without(seen, pairs)}
    more: Pairs = {}
    for i, item in enumerate(found):
        known = free.get(minted(item)[1])
        if i not in pairs and known:
            more[i] = free.pop(known.id)
    return more


def _by_query(found: Sequence[Item], seen: Sequence[Seen], pairs: Pairs) -> Pairs:
    """Items whose address only says more than it did, or less: how a reader came, say. Title and day are the same."""
    rest, claimed = without(seen, pairs), set[str]()
    titled = {at_path(s.item): s for s in rest}
    said = {(at_path(s.item)[::2], s.digest): s for s in rest}  # its article may have given it a longer title
    more: Pairs = {}
    for i, item in enumerate(found):
        known = None if i in pairs else titled.get(at_path(item)) or said.get((at_path(item)[::2], item.digest))
        if known and known.id not in claimed and urls.says_more(item.link, known.item.link):
            more[i] = known
            claimed.add(known.id)
    return more


def _kept_its_title(item: Item, known: Seen) -> bool:
    """Whether its title is the known one's, or what the list said of that one: its article may have a longer title."""
    return fold(known.item.title) == fold(item.title) or known.digest == item.digest


def _misleading(
    found: Sequence[Item], seen: Sequence[Seen], page: str, *, counting: bool
) -> Callable[[Item, Item], bool]:
    """Whether an id is no proof that an item is the known one that had it. What it says has to be the same once the
    matches are stored: else a page that is seen again would change them."""
    here = {urls.identity(item.link) for item in found}
    stood = {was for s in seen if (was := _told(s.item))[0] != urls.identity(page)}
    told, keyless = ({_told(item) for item in found if each or not item.key} for each in (True, False))

    def misleads(item: Item, known: Item) -> bool:
        (address, _), was = _told(item), _told(known)
        # Ids that count the places of a list are nobody's: where all else differs, and the place is that of another, or
        # another is at its own.
        if _differ(item, known) and (counting or was[0] in here or _told(item) in stood):
            return True
        # Another item stands where the known one stood, and bears its title.
        return _told(item) != was and was in (told if address != was[0] else keyless)

    return misleads


def _told(item: Item) -> tuple[str, str]:
    return urls.identity(item.link), fold(item.title)


def _count_places(found: Sequence[Item], owner: Mapping[Key, Seen]) -> bool:
    """Whether the ids of a source say where an item stands, and not what it is: several of them are now those of items
    that differ in address and title from the known ones."""
    claims = [(item, owner[key].item) for item in found if item.key and (key := ("id", item.key)) in owner]
    return sum(_differ(item, was) for item, was in claims) > 1


def _differ(item: Item, known: Item) -> bool:
    """Whether neither address nor title is the same."""
    return urls.identity(item.link) != urls.identity(known.link) and fold(item.title) != fold(known.title)
