"""Bot checks, whatever their status; and pages that only look a little like one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.rawserver import RawServer, reply
from watcher.errors import BadStatus, Blocked
from watcher.fetch import Fetcher
from watcher.fetch.blocked import recognised
from watcher.model import Request, Response

HTML = httpx.Headers({"content-type": "text/html; charset=utf-8"})
TEXT = "Treasury announced a release about sanctions on a network of shell companies. " * 40

# Trimmed to what shows and what gives them away; the scripts of the real ones are longer.
CHECKS = {
    "Just a moment...": """
        <!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title><style>*{margin:0}</style> <meta
        http-equiv="refresh" content="360"></head><body class="no-js"><div class="main-content"><noscript><span
        id="challenge-error-text">Enable JavaScript and cookies to continue</span></noscript></div>
        <script>(function(){window._cf_chl_opt={cvId:'3',cZone:"site.example"};}())</script></body></html>
    """,
    "Enable JavaScript and cookies to continue": """
        <html><head><title>site.example</title></head><body><noscript> Enable JavaScript and cookies to
        continue</noscript></body></html>
    """,
    "Checking your browser before accessing": """
        <title>site.example</title><h1><span>Checking your browser</span> before accessing
        site.example.</h1><p>This process is automatic. <p>DDoS protection by <a href="#">Cloudflare</a>
    """,
    "Attention Required! | Cloudflare": """
        <title>Attention Required! | Cloudflare</title><h1>Sorry, you have been blocked</h1> <h2>You are unable
        to access site.example</h2><p>This website is using a security service to protect itself from online
        attacks. The action you just performed triggered the security solution.<p>Cloudflare Ray ID: 8a
    """,
    "Please enable JS and disable any ad blocker": """
        <html lang="en"><head><title>site.example</title></head><body><p id="cmsg">Please enable JS and disable
        any ad blocker</p><script>var dd={'host':'geo.captcha-delivery.com'}</script> <script
        src="https://ct.captcha-delivery.com/c.js"></script></body></html>
    """,
    "captcha-delivery.com": """
        <html><head><title>site.example</title></head><body style="margin:0"><script>var
        dd={'rt':'c','host':'geo.captcha-delivery.com'}</script></body></html>
    """,
    "Access to this page has been denied": """
        <html><head><title>Access to this page has been denied</title></head><body> <h1>Press &amp; Hold to
        confirm you are a human (and not a bot).</h1><div id="px-captcha"></div>Reference ID 1-2</body>
    """,
    "Press & Hold to confirm": """
        <title>site.example</title><p>Before we continue… <p>Press &amp; Hold to confirm you are a human (and
        not a bot).
    """,
    "px-captcha": """
        <title>site.example</title><body><div id="px-captcha"></div><script src="/x/captcha.js"></script>
    """,
    "Incapsula incident ID": """
        <html style="height:100%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"></head><body> <iframe
        id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9">Request unsuccessful. Incapsula incident ID:
        1176-3</iframe></body></html>
    """,
    "_Incapsula_Resource": """
        <html><head></head><body><script src="/_Incapsula_Resource?SWJIYLWA=7"></script></body></html>
    """,
    "You don't have permission to access": """
        <HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1> You don't have permission to
        access "http&#58;&#47;&#47;site&#46;example&#47;news" on this server.<P>
        Reference&#32;&#35;18&#46;6f2c1202&#46;1763812800&#46;1a2b3c4</BODY></HTML>
    """,
    "gokuProps": """
        <html lang="en"><head><title></title></head><body><script>window.gokuProps = {"key":"AQID"};</script>
        <div id="challenge-container"></div></body></html>
    """,
    "Human Verification": """
        <html><head><title>Human Verification</title></head><body><div id="captcha-container"></div>
        <noscript><h1>JavaScript is disabled</h1></noscript></body></html>
    """,
    "Making sure you're not a bot": """
        <html><head><title>Making sure you&#39;re not a bot!</title><script id="anubis_version"
        type="application/json">"v1.19"</script></head><body><p>Loading...<p>Protected by Anubis</body></html>
    """,
    "not a robot": """
        <title>site.example</title><script src="https://js.hcaptcha.com/1/api.js" async></script><h1>One more
        step</h1><p>Please show that you are not a robot.<div class="h-captcha" data-sitekey="k"></div>
    """,
    "unusual traffic from your computer network": """
        <title>https://site.example/</title><p>Our systems have detected unusual traffic from your computer
        network. <script src="https://www.google.com/recaptcha/enterprise.js"></script>
    """,
    "Verifying you are human": """
        <title>site.example</title><h1>site.example</h1><p>Verifying you are human. This may take a few seconds.
    """,
    "Pardon Our Interruption": """
        <title>Pardon Our Interruption</title><p>As you were browsing something about your browser made us think
        you were a bot.
    """,
}

PAGES = {
    "an article about checks": f"""
        <title>Why we left</title><p>It said: Checking your browser before accessing.<p>{TEXT}
    """,
    "a long page with the title of a check": f"<title>Just a moment...</title><main><p>{TEXT}</main>",
    "a list with such a headline": "<title>News</title>"
    + "".join(f"<li><a href=/{n}>Sorry, you have been blocked, part {n}</a>" for n in range(12)),
    "a form with a captcha": f"""
        <title>Contact</title><p>{TEXT[:900]}<form><div class="g-recaptcha"></div></form> <script
        src="https://www.google.com/recaptcha/api.js"></script><p>Prove that you are not a robot.
    """,
    "a short page with a captcha": """
        <title>Releases</title><p>Release 1.2 is out.<form>Email <input><div
        class="h-captcha"></div></form><script src="https://js.hcaptcha.com/1/api.js"></script> <p>This site is
        protected by hCaptcha.
    """,
    "a page behind Cloudflare": """
        <title>Releases</title><p>Release 1.2 is out.<script>var s=document.createElement('script');
        s.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'</script>
    """,
    "a page behind Imperva": """
        <title>Releases</title><p>Release 1.2 is out.<script
        src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3"></script>
    """,
    "a page behind DataDome": """
        <title>Releases</title><p>Release 1.2 is out.<script src="https://js.datadome.co/tags.js"> </script>
    """,
    "a page that needs script": """
        <title>App</title><noscript>You need to enable JavaScript to run this app.</noscript><div
        id="root"></div>
    """,
    "a check in a comment": """
        <title>Releases</title><!-- Checking your browser before accessing --><p>Release 1.2 is out.
    """,
    "a check in a script": """
        <title>Releases</title><script>'Verifying you are human'</script><p>Release 1.2 is out.
    """,
    "an ordinary refusal": """
        <title>403 Forbidden</title><h1>Forbidden</h1><p>You don't have permission to access this resource.
    """,
    "junk": "\0\1\2<<<>>&&&",
    "": "",
}


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(user_agent="watcher-test", clock=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as fetcher:
        yield fetcher


def ask(fetcher: Fetcher, server: RawServer) -> Response:
    return fetcher.get(Request(url=server.url(), trusted=True))


@pytest.mark.parametrize("words", CHECKS)
def test_a_bot_check_is_recognised_by_its_words(words: str) -> None:
    found = recognised(HTML, CHECKS[words].encode())

    assert found.startswith(words)


@pytest.mark.parametrize("page", PAGES)
def test_an_ordinary_page_is_no_bot_check(page: str) -> None:
    assert recognised(HTML, PAGES[page].encode()) == ""


@pytest.mark.parametrize("header", ["cf-mitigated", "x-vercel-mitigated", "x-amzn-waf-action"])
def test_a_header_that_says_so_makes_a_bot_check(header: str) -> None:
    headers = httpx.Headers({"content-type": "application/json", header: "challenge"})

    assert recognised(headers, b"{}") == f"{header}: challenge"


@pytest.mark.parametrize("header", [("cf-mitigated", "none"), ("cf-ray", "challenge"), ("server", "cloudflare")])
def test_a_header_of_the_same_makers_alone_is_no_bot_check(header: tuple[str, str]) -> None:
    assert recognised(httpx.Headers([header]), b"<p>Release 1.2 is out.") == ""


@pytest.mark.parametrize("kind", ["application/rss+xml", "text/plain", "application/json", "text/markdown"])
def test_only_html_is_searched_for_words(kind: str) -> None:
    body = b"<rss><title>Just a moment...</title>Checking your browser before accessing</rss>"

    assert recognised(httpx.Headers({"content-type": kind}), body) == ""
    assert recognised(httpx.Headers({}), body) != ""


@pytest.mark.parametrize("status", [200, 202, 403, 429, 503])
def test_a_bot_check_is_blocked_whatever_its_status(fetcher: Fetcher, status: int) -> None:
    script = reply(CHECKS["Checking your browser before accessing"].encode(), status=status)

    with RawServer({"/": script}) as server, pytest.raises(Blocked) as caught:
        ask(fetcher, server)

    words = f'{status}, but it looks like a bot check ("Checking your browser before accessing")'
    assert str(caught.value) == f"{words} at {server.host}"
    assert caught.value.health == "blocked"
    assert caught.value.hint


def test_an_ordinary_refusal_is_a_bad_status(fetcher: Fetcher) -> None:
    with (
        RawServer({"/": reply(PAGES["an ordinary refusal"].encode(), status=403)}) as server,
        pytest.raises(BadStatus, match="403 Forbidden"),
    ):
        ask(fetcher, server)


def test_a_page_that_mentions_a_check_is_an_answer(fetcher: Fetcher) -> None:
    page = PAGES["an article about checks"].encode()

    with RawServer({"/": reply(page)}) as server:
        response = ask(fetcher, server)

    assert response.body == page


@pytest.mark.parametrize("tag", [b"<div>", b"<script>", b"<noscript>", b"<!--", b"<a "])
def test_a_page_of_many_open_tags_is_no_bot_check(tag: bytes) -> None:
    assert recognised(HTML, b"<p>Release 1.2 is out." + tag * 15_000) == ""
