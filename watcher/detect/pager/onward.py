"""What links to the next page of a list say, and what they say when they lead somewhere else."""

from __future__ import annotations

import re
from functools import lru_cache

from watcher.text import fold

ARROWS = frozenset("›»→>⟩❯≫▶►⇒⟶⇨〉》")


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(text).split())


#: Further down the list, whichever way its pages are counted.
_OLDER = _words(
    "older earlier ältere älter älteren anciens anciennes antérieurs antérieures antiguas antiguos antigas"
    " antigos vecchi vecchie oudere starsze starší staršie äldre ældre eldre vanhemmat vanhempia régebbi"
    " régebbiek vechi старые ранние старіші стари παλαιότερα παλιότερα eski الأقدم أقدم ישנים ישנות starije"
    " starejše 古い記事 以前の記事 senesni vecākas cũ"
)
_NEXT = _words(
    "next forward onward weiter nächste nächster nächstes nächsten vorwärts vor suivant suivante suivants"
    " suivantes siguiente siguientes próximo próxima próximos próximas seguinte seguintes seguent següent"
    " següents successivo successiva successivi successive prossimo prossima avanti volgende verder następna"
    " następny następne następnej dalej další následující ďalšia ďalší ďalšie ďalej nasledujúca nästa næste neste"
    " seuraava seuraavat seuraavalle következő tovább következőek următoarea următorul următor înainte следующая"
    " следующие следующий след далее дальше вперед вперёд наступна наступні наступний далі следваща следващо"
    " следващи напред επόμενη επόμενο επόμενα επόμενες sonraki ileri التالي التالية הבא הבאה 次 次へ 次の"
    " 次ページ 次のページ 次の件 次のページへ 下一页 下一頁 下页 下頁 后一页 后页 다음 다음페이지 अगला अगले tiếp"
    " sau berikutnya selanjutnya sljedeća sljedeće sljedeći sledeća sledeći naslednja naslednji kitas tolesnis"
    " nākamā nākamais järgmine بعدی بعد ถัดไป หน้าถัดไป পরবর্তী hurrengoa daljeje"
)
_NEWER = _words(
    "newer newest neuere neuer neueste récents récentes récent recientes nuevas nuevos recentes recenti nieuwere"
    " nowsze novější novšie nyare nyere uudemmat újabb újabbak noi новее новые новіші νεότερα yeni الأحدث أحدث"
    " חדשים novije 新しい 较新 最新 최신"
)
_MORE = _words(
    "more weitere load show view see mehr laden anzeigen voir charger afficher más ver cargar mostrar carregar"
    " altri altro carica mostra meer toon więcej pokaż załaduj více zobrazit visa fler vis flere ещё еще показать"
    " загрузить もっと見る 更多 加载更多 查看更多 더보기 daha fazla muat lebih banyak"
)
#: What stands beside such a word without changing what it says.
_BESIDE = _words(
    "page pages posts post entries entry articles article results result news stories story releases release"
    " items item list press set records publications messages updates of to the go on seite seiten beiträge"
    " beitrag einträge meldungen mitteilungen ergebnisse treffer nachrichten zur zum die der das billets"
    " résultats actualités communiqués les la le des plus de página páginas entradas noticias resultados"
    " artículos comunicados las los el a postagens notícias artigos mais pagina pagine articoli risultati notizie"
    " comunicati più meno recenti alla pagina's s berichten nieuws resultaten strona strony wpisy aktualności na"
    " stránka stránky stránku příspěvky články sida sidan inlägg nyheter side siden sider indlæg innlegg nyheder"
    " sivu sivulle oldal oldalra bejegyzések știri articole mai страница страницы записи новости сторінка"
    " сторінки новини страници σελίδα άρθρα sayfa sayfası yazılar kayıtlar الصفحة الصفحات المقالات לעמוד עמוד דף"
    " 页 頁 件 페이지 पृष्ठ trang halaman stranica stranice stran puslapis lapa leht ページ へ 记录 文章 新闻 の"
    " más hơn"
)
#: What also stands below a teaser, and means: read on.
_READ_ON = _words(
    "weiter verder dalej ďalej tovább далее дальше далі напред avanti forward onward înainte tiếp 次 次へ"
)
#: "Meno recenti", "moins récents": the other way round.
_LESS = re.compile(r"\b(meno|menos|moins|minder|mindre|weniger)\s+\w+", re.IGNORECASE)
_PAGE = re.compile(r"\d{1,3}")


def says_older(label: str) -> bool:
    return _says(label, _OLDER) and not says_newer(label)


def says_next(label: str) -> bool:
    # "más recientes" has a word that may stand beside "next", and says the contrary of it.
    return _says(label, _NEXT | _OLDER) and not says_newer(label)


def says_more(label: str) -> bool:
    return _says(label, _MORE) and not says_newer(label)


def says_newer(label: str) -> bool:
    """Whether it leads up the list."""
    return bool(_tokens(label) & _NEWER)


def says_read_on(label: str) -> bool:
    """Whether it says what may as well lead from a teaser to its article."""
    return not _tokens(label).isdisjoint(_READ_ON)


def is_arrow(label: str) -> bool:
    """Whether it is nothing but an arrow to the right."""
    shown = "".join(label.split())
    return 0 < len(shown) < 4 and set(shown) <= ARROWS


def says_page(label: str) -> bool:
    return number(label) > 0


def number(label: str) -> int:
    """The page that a label names: "2", "[2]", "Page 2", "Seite 2"; 0 where it names none."""
    words = fold(label).split()
    numbers = [word for word in words if word.isdecimal()]
    if len(numbers) != 1 or not _PAGE.fullmatch(numbers[0]) or not set(words) - set(numbers) <= _BESIDE:
        return 0
    return int(numbers[0])


def _says(label: str, words: frozenset[str]) -> bool:
    """Whether a label says one of these and nothing else of weight: "Next: Budget Day" names an article."""
    tokens = _tokens(label)
    return bool(tokens & words) and tokens <= words | _BESIDE | _NEXT | _OLDER


@lru_cache(maxsize=4096)
def _tokens(label: str) -> frozenset[str]:
    """The words without the figures in them: 次の10件."""
    return frozenset(re.sub(r"\d+", "", fold(_LESS.sub("older", label))).split())
