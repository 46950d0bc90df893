"""Recognising a bot check by its page, which is served instead of the one that was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from watcher.errors import NotUnderstood
from watcher.later import later
from watcher.text import line

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = later("lxml.etree")

_PAGE = 128 * 1024  # bytes; a check brings its scripts along, but is no large page
_TEXT = 1500  # characters that a reader sees: one that only mentions these words says more
_CAPTCHA_TEXT = 600
_LINKS = 10
_LINK = re.compile(rb"<a\s", re.IGNORECASE)

_TITLES = re.compile(
    r"just a moment(\.\.\.|…)|one moment, please(\.\.\.|…)|please wait(\.\.\.|…) \| cloudflare"
    r"|attention required!( \| cloudflare)?|ddos-guard|vercel security checkpoint|human verification|robot check"
    r"|bot verification|security (check|verification)|are you (a robot|human)\??|you are being redirected(\.\.\.|…)"
    r"|access to this page has been denied\.?|sucuri website firewall.*|access denied - sucuri.*"
    r"|access denied \| .* used cloudflare to restrict access",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"checking your browser before accessing|checking if the site connection is secure"
    r"|enable javascript and cookies to continue"
    r"|needs to review the security of your connection before proceeding|performing security verification"
    r"|please complete the security check to access|sorry, you have been blocked|making sure you're not a bot"
    r"|verify(ing)? (that )?you are (a )?human|(verify|confirm) (that )?you('re| are) not a (ro)?bot"
    r"|press & hold to confirm|please enable js and disable any ad ?blocker|pardon our interruption"
    r"|incapsula incident id|you don't have permission to access .{1,300}reference #\s?[\w.]+"
    r"|unusual traffic from your (computer )?network|automated access to this page (was|is) denied"
    r"|enter the characters you see below|we're verifying your browser|ddos protection by (cloudflare|ddos-guard)",
    re.IGNORECASE,
)
# What only the page of a check holds. Their scripts for ordinary pages have other names: /cdn-cgi/challenge-platform/.
_MARKUP = re.compile(rb"captcha-delivery\.com|_cf_chl_opt|px-captcha|gokuProps|anubis_challenge")
_IF_EMPTY = re.compile(rb"_Incapsula_Resource")  # on ordinary pages too
_CAPTCHA = re.compile(rb"hcaptcha\.com/|recaptcha/(api|enterprise)\.js|challenges\.cloudflare\.com/turnstile", re.I)
_CAPTCHA_WORDS = re.compile(
    r"\bcaptcha\b|(not|are you) an? (ro)?bot|(you are|you're|are you) (a )?human|security check", re.IGNORECASE
)


def recognised(body: bytes) -> str:
    """The words that give the page of a bot check away, "" where it is another page."""
    # Most pages are told apart here, unparsed.
    if not body or len(body) > _PAGE or len(_LINK.findall(body)) > _LINKS:
        return ""
    page = _parsed(body)
    if page is None:
        return ""
    text = " ".join(" ".join(_visible(page)).split())
    if len(text) > _TEXT:
        return ""
    title, text = line(page.findtext(".//title") or ""), line(text).replace("’", "'")
    if match := _TITLES.fullmatch(title) or _WORDS.search(f"{title} {text}"):
        return match.group()
    return _in_markup(body, text)


def _in_markup(body: bytes, text: str) -> str:
    if mark := _MARKUP.search(body) or (not text and _IF_EMPTY.search(body)):
        return mark.group().decode("ascii")
    if len(text) <= _CAPTCHA_TEXT and _CAPTCHA.search(body) and (match := _CAPTCHA_WORDS.search(text)):
        return match.group()
    return ""


def _parsed(body: bytes) -> etree._Element | None:
    from watcher.html.markup import refuse_excess  # its package brings Beautiful Soup along

    try:
        refuse_excess(body.decode("latin-1"))
        return etree.fromstring(body, etree.HTMLParser(remove_comments=True, remove_pis=True))
    except (NotUnderstood, etree.LxmlError, ValueError):
        return None


def _visible(page: etree._Element) -> Iterator[str]:
    # noscript counts: its words are often all that a check says.
    for element in page.iter():
        if element.tag not in ("script", "style", "title", "template"):
            yield element.text or ""
        yield element.tail or ""
