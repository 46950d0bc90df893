"""Pages that list nothing: each is told apart from the others, and from those that only look a little like it."""

from __future__ import annotations

import re

import pytest

from watcher.detect.empty import why
from watcher.detect.tree import read
from watcher.errors import Blocked, CheckError, NothingFound, NotUnderstood

URL = "https://agency.example/news/2026/tide-tables"
TEXT = "The survey has measured the level of the water at forty stations along the coast and its rivers. " * 5
MENU = '<header><nav><a href="/">Home</a> <a href="/about">About</a> <a href="/login">Log in</a></nav></header>'
NOTE = "<noscript>Please enable JavaScript to see the comments.</noscript>"
COUNTING = '<script>var _c = [];</script><noscript><iframe src="https://count.example/x" width="0"></iframe></noscript>'
FOOTER = '<footer><form action="/letter">Newsletter <input type="email"><div class="g-recaptcha"></div></form></footer>'

SCRIPTS = {
    "a root and a note": """
        <title>News</title><noscript>You need to enable JavaScript to run this app.</noscript>
        <div id="root"></div><script src="/static/main.js"></script>
    """,
    "a note in French, and nothing else": """
        <title>Actualités</title><body><noscript>Activez JavaScript pour utiliser ce site.</noscript>
        <script type="module" src="/app.js"></script>
    """,
    "an element of the site's own": "<title>News</title><app-root></app-root><script src=/main.js></script>",
    "something that turns": f"""
        {MENU}<main><h1>Press releases</h1><div id="list"><p>Loading…</p></div><ul id="items"></ul></main>
        <script src="/list.js"></script>
    """,
    "a note that all can see": """
        <h1>Releases</h1><p>This page requires JavaScript.</p><script>load()</script><div id="out"></div>
    """,
    "a template that was not filled": """
        <h1>News</h1><ul><li ng-repeat="n in news"><a href="#">{{ n.title }}</a> {{ n.date }}</li></ul>
        <script src="/angular.js"></script>
    """,
}
LOGINS = {
    "a form": f"""
        {MENU}<main><h1>Welcome</h1><form method="post"><label>User <input name="u"></label>
        <label>Password <input type="password"></label><button>Sign in</button></form></main>
    """,
    "a form of another language": """
        <title>Portal</title><form><p>Kennung <input type="text"><p>Kennwort <input type=PASSWORD>
        <a href="/forgotten">Kennwort vergessen?</a></form><p>Fragen beantwortet die Auskunft.
    """,
    "a name first": """
        <title>Sign in to Agency</title><form><input type="email" name="login"><button>Next</button></form>
    """,
    "a form without a <form>": '<h1>Connexion</h1><input type="text"><input type="password"><button>OK</button>',
}
CHECKS = {
    "Just a moment...": "<title>Just a moment...</title><h1>agency.example</h1><p>Wait while your browser is checked.",
    "Verifying you are human": "<h1>agency.example</h1><p>Verifying you are human. This may take a few seconds.",
    "not a robot": """
        <script src="https://js.hcaptcha.com/1/api.js"></script><p>Please show that you are not a robot.
    """,
}
NOTHING = {
    "No press releases found": f"{MENU}<main><h1>Press</h1><p>No press releases found.</p></main>{COUNTING}",
    "There are currently no": "<h1>Events</h1><div>There are currently no events. Please come back later.</div>",
    "Nothing here yet": "<h2>Releases</h2><p>Nothing here yet",
    "0 results": "<form>Search <input></form><span>0 results</span>",
    "Keine Pressemitteilungen": "<h1>Presse</h1><p>Keine Pressemitteilungen gefunden.",
    "Es liegen zurzeit keine": "<h1>Presse</h1><p>Es liegen zurzeit keine Meldungen vor.",
    "Aucun communiqué": "<h1>Presse</h1><p>Aucun communiqué pour le moment.",
    "Il n’y a pas": "<h1>Actualités</h1><p>Il n’y a pas encore d’actualités.",
    "No se encontraron": "<h1>Noticias</h1><p>No se encontraron resultados.",
    "Non ci sono notizie": "<h1>Notizie</h1><p>Non ci sono notizie.",
    "Nenhum resultado": "<h1>Notícias</h1><p>Nenhum resultado encontrado.",
    "Geen berichten": "<h1>Nieuws</h1><p>Geen berichten gevonden.",
    "Brak aktualności": "<h1>Aktualności</h1><p>Brak aktualności.",
    "Inga nyheter": "<h1>Nyheter</h1><p>Inga nyheter just nu.",
    "Žádné novinky": "<h1>Novinky</h1><p>Žádné novinky.",
    "Ничего не найдено": "<h1>Новости</h1><p>Ничего не найдено.",
    "記事はありません": "<h1>ニュース</h1><p>記事はありません。",
    "暂无": "<h1>新闻</h1><p>暂无数据",
    "게시물이 없습니다": "<h1>소식</h1><p>게시물이 없습니다.",
}
ONES = {
    "Release 1.0": '<h1>Releases</h1><ul><li><h2><a href="/r/1.0">Release 1.0</a></h2><p>The first one.</li></ul>',
    "Tide tables": f"""
        {MENU}<main><h1>News</h1><article><time datetime="2026-01-02">2 January</time>
        <a href="/news/9">Tide tables</a><p>What it is about.</p><a href="/news/9">Read more</a></article></main>{NOTE}
    """,
}
ARTICLES = {
    "marked as one": f"{MENU}<main><article><h1>Tide tables</h1><p>{TEXT}</p></article></main>{NOTE}{FOOTER}",
    "paragraphs": f'<h1>Tide tables</h1><p>{TEXT}<p>{TEXT}<p>See <a href="/about">the agency</a>.{COUNTING}',
    "said to be one": f"""
        <meta property="og:type" content="article"><h1>Tide tables</h1><div>{TEXT}</div><div id="comments"></div>
        <script src=/comments.js></script>{NOTE}
    """,
    "about checks and empty lists": f"""
        <h1>Tide tables</h1><p>{TEXT}<p>It said: Checking your browser before accessing. No results found.
        <p>Enter your password, loading {{{{ title }}}}, enable JavaScript.<script>x()</script><p>{TEXT * 3}
    """,
    "with a form to sign in": f"""
        <h1>Tide tables</h1><article><p>{TEXT}</article><form>Sign in <input type="password"></form>
    """,
}
NO_LISTS = {
    "rows without links": "<h1>Levels</h1><table>"
    + "".join(f"<tr><td>Station {n}<td>{n} m<td>{'rising' if n % 2 else 'falling'}" for n in range(40))
    + f"</table>{NOTE}{FOOTER}",
    "several articles": "".join(f"<article><h2>Note {n}</h2><p>{TEXT[:150]}</article>" for n in range(4)) + NOTE,
}


def judged(page: str | bytes, url: str = URL) -> CheckError:
    body = page.encode() if isinstance(page, str) else page
    return why(read(body, "text/html", url), body)


def said(error: CheckError) -> str:
    return str(error).removesuffix(URL).rstrip(": ")


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ("<h1>Notices</h1><p>There are no notices at the moment.</p>", "add --repair W"),
        ("", "look at it in a browser"),
        (next(iter(SCRIPTS.values())), "browser = true"),
        (next(iter(LOGINS.values())), "cookie"),
    ],
)
def test_of_a_page_that_is_watched_the_advice_is_none_for_add(body: str, advice: str) -> None:
    error = why(read(body.encode(), "text/html", URL), body.encode(), watched=True)

    assert advice in error.hint
    assert not re.search("--(kind|item|browser)", error.hint)


@pytest.mark.parametrize("page", SCRIPTS)
def test_a_page_that_a_script_builds_says_so(page: str) -> None:
    error = judged(SCRIPTS[page])

    assert isinstance(error, NothingFound)
    assert said(error) == "the page is built by a script in the browser, and holds no items without it"
    assert "feed" in error.hint


@pytest.mark.parametrize("page", LOGINS)
def test_a_page_that_is_a_login_says_so(page: str) -> None:
    error = judged(LOGINS[page])

    assert isinstance(error, NothingFound)
    assert said(error) == "the page asks for a login"
    assert "headers" in error.hint


@pytest.mark.parametrize("words", CHECKS)
def test_a_bot_check_is_blocked_with_its_words(words: str) -> None:
    error = judged(CHECKS[words])

    assert isinstance(error, Blocked)
    assert said(error) == f'a bot check ("{words}") stands in place of'
    assert "feed" in error.hint


@pytest.mark.parametrize("words", NOTHING)
def test_a_list_that_says_it_is_empty_is_quoted(words: str) -> None:
    error = judged(NOTHING[words])

    assert said(error).startswith(f'the page says that it lists nothing ("{words}')
    assert "--kind page" in error.hint


@pytest.mark.parametrize(
    "page", ["<h1>Press</h1>", "<h1>Press</h1><ul></ul>", f"{MENU}<main><h1>Press</h1><div></div></main>{COUNTING}"]
)
def test_a_heading_with_nothing_below_it_is_an_empty_list(page: str) -> None:
    error = judged(page)

    assert said(error) == 'nothing stands below the heading "Press"'
    assert "--item CSS" in error.hint


@pytest.mark.parametrize("page", ["", "<!-- -->", MENU, "<p> </p>"])
def test_a_page_without_any_text_is_empty(page: str) -> None:
    error = judged(page)

    assert "empty" in said(error) or "plain text" in said(error)


@pytest.mark.parametrize("title", ONES)
def test_a_page_with_one_item_names_it(title: str) -> None:
    error = judged(ONES[title], "https://agency.example/list/")

    assert str(error).startswith(f'there is only one item ("{title}"), too few to see what repeats: ')
    assert "--item CSS" in error.hint


@pytest.mark.parametrize("page", ARTICLES)
def test_an_article_is_named_whatever_stands_around_it(page: str) -> None:
    error = judged(ARTICLES[page])

    assert said(error) == 'the page is one article ("Tide tables"), and no list'
    assert "--kind page" in error.hint


@pytest.mark.parametrize(
    ("links", "listing"),
    [
        ('<a href="/">Home</a><a href="/news/">News</a>', "https://agency.example/news/"),
        ('<a href="/news">News</a><a href="/news/2026/">2026</a>', "https://agency.example/news/2026/"),
        ('<a href="/new">Other</a><a href="https://tool.example/news/">Elsewhere</a>', ""),
        ('<a href="?print=1">Print</a><a href="/news/2026/tide-tables">This</a>', ""),
    ],
)
def test_an_article_names_the_list_above_it_where_it_links_to_one(links: str, listing: str) -> None:
    error = judged(f"<nav>{links}</nav>{ARTICLES['paragraphs']}")

    assert error.hint.startswith(f"give the address of the list: {listing};" if listing else "give the address of a")


@pytest.mark.parametrize("page", NO_LISTS)
def test_another_page_is_only_without_a_list(page: str) -> None:
    error = judged(NO_LISTS[page])

    assert str(error) == f"no list of items found on {URL}"
    assert "--item CSS" in error.hint


@pytest.mark.parametrize(
    ("body", "error", "words", "hint"),
    [
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', NotUnderstood, "a feed", "--kind feed"),
        (
            b'\xef\xbb\xbf<!-- made by us --><feed xmlns="http://www.w3.org/2005/Atom"/>',
            NotUnderstood,
            "a feed",
            "feed",
        ),
        (b'<?xml version="1.0"?><urlset><url/></urlset>', NotUnderstood, "XML (<urlset>)", "lists"),
        (b' {"items": ["<a href=/1>One</a>"]}', NotUnderstood, "JSON", "shows"),
        (b"[1, 2]", NotUnderstood, "JSON", "shows"),
        (b"Version 1\n- all new\n", NothingFound, "plain text", "--kind page"),
    ],
)
def test_what_is_no_page_is_called_what_it_is(body: bytes, error: type[CheckError], words: str, hint: str) -> None:
    found = judged(body)

    assert type(found) is error
    assert words in str(found)
    assert hint in found.hint


@pytest.mark.parametrize(
    "page",
    [
        '<meta http-equiv="refresh" content="0; url=/aktuell/">',
        "<META HTTP-EQUIV=Refresh CONTENT=\"5;URL='https://agency.example/aktuell/'\"><p>We have moved.",
        '<frameset cols="20%,80%"><frame src="/aktuell/"></frameset>',
        '<title>News</title><iframe src="/aktuell/" width="100%" height="900"></iframe>',
    ],
)
def test_a_page_that_leads_on_says_where(page: str) -> None:
    assert judged(page).hint.endswith(": https://agency.example/aktuell/")


@pytest.mark.parametrize(
    "page",
    [
        f'<meta http-equiv="refresh" content="300"><h1>Tide tables</h1><p>{TEXT}',
        f'<meta http-equiv="refresh" content="0; url={URL}"><h1>Tide tables</h1><p>{TEXT}',
        f'<h1>Tide tables</h1><p>{TEXT}<iframe src="https://video.example/1"></iframe>',
    ],
)
def test_a_page_that_only_asks_to_be_read_again_or_holds_a_frame_leads_nowhere(page: str) -> None:
    assert "one article" in str(judged(page))


@pytest.mark.parametrize(
    "forms", ["<form><input type=password></form>" * 3_000, "<form>" * 300 + "<input type=password>"]
)
def test_a_login_is_seen_however_many_forms_there_are(forms: str) -> None:
    assert "asks for a login" in str(judged(forms))


@pytest.mark.parametrize("start", ["<!--x-->", "<?x?>", "<!DOCTYPE x>"])
def test_a_thousand_comments_before_no_element_are_read_once(start: str) -> None:
    # Each way to share them out among the parts of a pattern would be one try more: two to the power of 1,000.
    assert isinstance(judged(start * 1_000 + "!"), NothingFound)


def test_a_refresh_whose_seconds_never_end_leads_nowhere() -> None:
    page = f'<meta http-equiv="refresh" content="{"1" * 50_000}{" " * 50_000}"><h1>News</h1>'

    assert "nothing stands below" in str(judged(page))


@pytest.mark.parametrize("body", [b"", b" \n", b"\xef\xbb\xbf\n"])
def test_an_answer_without_a_character_is_empty_and_no_text(body: bytes) -> None:
    assert str(judged(body)) == f"the page is empty: {URL}"
