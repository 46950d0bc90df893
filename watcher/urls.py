"""Addresses: what is the same address, and the ids made of it."""

from __future__ import annotations

import ipaddress
import re
import uuid
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna

from watcher.text import safe

# Parameters that say how a reader came, never what the page is.
_TRACKING = re.compile(
    r"(?i)(utm_\w+|mtm_\w+|(pk|piwik)_(campaign|kwd|keyword|source|medium|content|cid)|hsa_\w+|_{1,2}hs\w+|fbclid|gclid|gclsrc"
    r"|gad_\w+|dclid|gbraid|wbraid|srsltid|msclkid|yclid|ttclid|twclid|igshid|li_fat_id|mc_[ce]id|mkt_tok|vero_id|oly_\w+_id"
    r"|wickedid|_ga|_gl|cmpid|ref_src|at_(campaign|medium|custom\d)|__cf_chl_\w+)"
)
_PORTS = {"http": 80, "https": 443}
_SAFE = "!$&'()*+,;=:@/~-._%"
_HOST = re.compile(r"[a-z0-9_~-]+(\.[a-z0-9_~-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})?")
# Most addresses are written so already.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::(?!80/|443/)[1-9]\d{1,3})?/(?:[\w~-][\w.~-]*/)*(?:[\w~-][\w.~-]*)?",
    re.ASCII,
)
_LINK = re.compile(r"https?://([a-z0-9._~-]+|\[[0-9a-f:.]+\])(:\d+)?/[^\s]*")


def absolute(base: str, link: str) -> str:
    """`link` as seen on the page `base`, or "" where it leads to no page (mailto, javascript, a broken address)."""
    try:
        return canonical(urljoin(base, link.strip()))
    except ValueError:
        return ""


def anchored(base: str, link: str) -> str:
    """`absolute` with its fragment, and a URI by the letter (RFC 3986): what a reader follows or a validator reads,
    where `absolute` is what is fetched and compared."""
    url = absolute(base, link)
    if not _LINK.fullmatch(url):
        return ""
    fragment = quote(urlsplit(link.strip()).fragment, safe=_SAFE + "?", errors="replace")
    return re.sub("%(?![0-9A-Fa-f]{2})", "%25", f"{url}#{fragment}" if fragment else url)


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """The address as it is kept and linked: ASCII (RFC 3986), lower-case host, no default port, no user, no tracking
    parameters, no fragment, every character written in one way only. Raises ValueError for what is no web address."""
    if _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError(f"{url} is no web address")
    host = _host(parts.hostname or "")
    if parts.port is not None and parts.port != _PORTS[scheme]:
        host = f"{host}:{parts.port}"
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0]))
    return urlunsplit((scheme, host, _without_dots(_escaped(parts.path)), _escaped(query, also="?"), ""))


@lru_cache(maxsize=4096)
def identity(url: str) -> str:
    """What two spellings of one address share: no scheme, `www.`, trailing slash, tracking parameters, fragment."""
    parts = urlsplit(canonical(url))
    return f"{parts.netloc.removeprefix('www.')}{_path(parts.path, parts.query)}"


def says_more(one: str, other: str) -> bool:
    """Whether the query of one address is a part of the other's."""
    asked, known = ({*identity(url).partition("?")[2].split("&")} - {""} for url in (one, other))
    return asked < known or known < asked


def path_of(url: str) -> str:
    """Path and query of the canonical address, as the `url` of a record has them."""
    parts = urlsplit(canonical(url))
    path = _path(parts.path, parts.query)
    return path if path.startswith("/") else f"/{path}"


def host_of(url: str) -> str:
    """The host (and port) that an address belongs to, without `www.`; "" for what is no address."""
    try:
        return urlsplit(canonical(url)).netloc.removeprefix("www.")
    except ValueError:
        return ""


def last_part(url: str) -> str:
    """The last part of the path, decoded and without a page's suffix: what a slug is made of."""
    part = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    return re.sub(r"(?i)\.([xs]?html?|php|aspx?|jspx?|cfm|do|md|pdf)$", "", part)


def origin(url: str) -> str:
    """Scheme, host and port: what a secret header may travel to."""
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme.lower())
    return f"{parts.scheme.lower()}://{(parts.hostname or '').lower()}:{port}"


def is_loopback(host: str) -> bool:
    """Whether a host name or literal means this machine."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    except ValueError:
        return False


def mint(address: str, key: str = "") -> str:
    """The id of an item, or of a feed: a version 5 UUID (RFC 9562 §5.5) of its address as `identity` has it, with
    its native key where several share the address. The same in every home, for ever."""
    name = f"{identity(address)}#{safe(key)}" if key else identity(address)
    return uuid.uuid5(uuid.NAMESPACE_URL, name).urn


def _path(path: str, query: str) -> str:
    return path.rstrip("/") + (f"?{query}" if query else "")


def _host(name: str) -> str:
    host = name.rstrip(".")
    if not host.isascii():
        host = _ascii(host)
    if not _HOST.fullmatch(host):
        raise ValueError(f'"{name}" is no host name')
    return f"[{host}]" if ":" in host else host


def _ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:  # browsers take names that IDNA 2008 has no place for, such as i❤.example
        return host.encode("idna").decode()


def _escaped(text: str, also: str = "") -> str:
    """Percent-encoded where it must be and nowhere else, in capitals (RFC 3986 §6.2.2)."""
    return _ESCAPE.sub(_one_escape, quote(text, safe=_SAFE + also))


def _one_escape(match: re.Match[str]) -> str:
    if not match[1]:
        return "%25"
    char = chr(int(match[1], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else match[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4: `/a/../b` is `/b`."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[max(1, len(parts) - 1) :]
        elif part != ".":
            parts.append(part)
    if path.endswith(("/.", "/..")):
        parts.append("")
    return "/".join(parts) or "/"
