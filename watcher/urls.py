"""Addresses: what is the same address, and the ids made of it."""

from __future__ import annotations

import ipaddress
import re
import uuid
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

# Parameters that say how a reader came, never what the page is.
_TRACKING = re.compile(
    r"(?i)(utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|hsa_\w+|_hs\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid"
    r"|mc_[ce]id|mkt_tok|vero_id|oly_\w+_id|wickedid|_ga|_gl|cmpid|ref_src|__cf_chl_\w+)"
)
_PORTS = {"http": 80, "https": 443}
_SAFE = "!$&'()*+,;=:@/~-._%"


def absolute(base: str, link: str) -> str:
    """`link` as seen on the page `base`, or "" where it leads to no page (mailto, javascript, a broken address)."""
    try:
        url = urljoin(base, link.strip())
        parts = urlsplit(url)
        if parts.scheme.lower() not in _PORTS or not parts.hostname:
            return ""
        return canonical(url)
    except ValueError:
        return ""


def canonical(url: str) -> str:
    """The address as it is kept and linked: ASCII (RFC 3986), lower-case host, no default port, no tracking
    parameters, no fragment. Raises ValueError for what is no address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if not host.isascii():
        host = host.encode("idna").decode()
    if ":" in host:
        host = f"[{host}]"
    scheme = parts.scheme.lower()
    if parts.port and parts.port != _PORTS.get(scheme):
        host = f"{host}:{parts.port}"
    query = "&".join(p for p in parts.query.split("&") if p and not _TRACKING.fullmatch(p.partition("=")[0]))
    path = quote(parts.path, safe=_SAFE) or "/"
    return urlunsplit((scheme, host, path, quote(query, safe=_SAFE + "?"), ""))


def identity(url: str) -> str:
    """What two spellings of one address share: no scheme, `www.`, trailing slash, tracking parameters, fragment."""
    parts = urlsplit(canonical(url))
    return f"{parts.netloc.removeprefix('www.')}{_path(parts.path, parts.query)}"


def path_of(url: str) -> str:
    """Path and query of the canonical address, as the `url` of a record has them."""
    parts = urlsplit(canonical(url))
    return _path(parts.path, parts.query) or "/"


def host_of(url: str) -> str:
    """The host (and port) that an address belongs to, without `www.`; "" for what is no address."""
    try:
        return urlsplit(canonical(url)).netloc.removeprefix("www.")
    except ValueError:
        return ""


def last_part(url: str) -> str:
    """The last part of the path, decoded and without a page's suffix: what a slug is made of."""
    part = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    return re.sub(r"(?i)\.(x?html?|php|aspx?|jsp|cfm|md)$", "", part)


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
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def mint(address: str, key: str = "") -> str:
    """The id of an item, or of a feed: a version 5 UUID (RFC 9562 §5.5) of its address as `identity` has it, with
    its native key where several share the address. The same in every home, for ever."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{identity(address)}#{key}" if key else identity(address)).urn


def _path(path: str, query: str) -> str:
    return path.rstrip("/") + (f"?{query}" if query else "")
