"""What pages say in many languages where there is nothing to list, or nothing yet."""

from __future__ import annotations

import re

_LISTED = {  # what a press or release page may say that it has none of
    "en": r"results?|items?|entr(?:y|ies)|articles?|posts?|news|(?:press )?releases?|events?|match(?:es|ing)|records?"
    r"|documents?|content|updates?|announcements?|stories|versions?|publications?|notices?|data",
    "de": r"einträge|ergebnisse|treffer|meldungen|nachrichten|beiträge|(?:presse|kurz)?mitteilungen|artikel|neuigkeiten"
    r"|veranstaltungen|termine|inhalte|versionen|daten(?:sätze)?|news",
    "fr": r"résultats?|articles?|actualités?|communiqués?|éléments?|publications?|événements?|contenus?|documents?"
    r"|nouvelles?|versions?",
    "nl": r"resultaten|berichten|artikelen|nieuws|items|persberichten|publicaties|evenementen|versies|gegevens",
    "pl": r"wyników|wpisów|aktualności|artykułów|wiadomości|elementów|danych|komunikatów|wydarzeń|pozycji|treści",
    "nordic": r"träffar|resultat(?:er)?|nyheter|nyheder|artiklar|artikler|inlägg|innlegg|indlæg|treff|poster"
    r"|pressmeddelanden|press?emeldinger|pressemeddelelser|dokument(?:er)?|elementer|objekt",
}

_NOTHING = re.compile(
    rf"""
      \b(?:no|zero|0)\s(?:[\w-]+\s){{0,3}}?(?:{_LISTED["en"]})\b
    | \bnothing\s(?:here|found|to\s(?:see|show|display|list)|yet|has\sbeen|published|matched|posted)
    | \bthere\s(?:are|is)\s(?:currently\s|presently\s|at\spresent\s)?(?:no|nothing)\b
    | \b(?:did\snot|didn't|couldn't|could\snot|cannot|can't)\s(?:match|find)\sany | \bcoming\ssoon\b
    | \b(?:keine|0)\s(?:[\w-]+\s){{0,3}}?(?:{_LISTED["de"]})\b | \b(?:noch|leider)\snichts\b | \bnichts\sgefunden\b
    | \bes\s(?:gibt|sind|liegen|wurden)\s(?:\w+\s){{0,2}}keine\b
    | \b(?:aucune?|0)\s(?:[\w-]+\s){{0,2}}?(?:{_LISTED["fr"]})\b | \bil\sn['’]y\sa\s(?:\w+\s)?(?:pas|aucun|rien)
    | \brien\s(?:à\safficher|ici|pour\s(?:le\smoment|l['’]instant)|n['’]a\sété)
    | \bsin\sresultados\b | \bno\s(?:se\s(?:han?\s)?(?:encontr|public)|hay\s|existen\s)
    | \bning(?:ún|una)\s(?:\w+\s){{1,3}}(?:encontrad|disponible|publicad)
    | \bnessun[ao]?\s(?:risultat|articol|notizi|comunicat|element|contenut|event|novit)
    | \bnon\s(?:ci\ssono\s(?:\w+\s)?(?:risultat|articol|notizi|comunicat|element|contenut|event|novit)
      |(?:è\sstat|sono\sstat)\w\s(?:ancora\s)?trovat)
    | \bnenhum[a]?\s(?:resultado|not[íi]cia|artigo|comunicado|item|publica|conte[úu]do|evento|registro)
    | \bn[ãa]o\s(?:h[áa]|existem|foram\sencontrad|foi\sencontrad) | \bsem\sresultados\b
    | \b(?:geen|0)\s(?:[\w-]+\s){{0,2}}?(?:{_LISTED["nl"]})\b | \b(?:niets|nog\sniets)\sgevonden\b
    | \ber\s(?:zijn|is)\s(?:\w+\s){{0,2}}geen\b
    | \bbrak\s(?:\w+\s)?(?:{_LISTED["pl"]})\b | \bnie\s(?:znaleziono|ma\sjeszcze)\b
    | \b(?:inga|ingen|0)\s(?:[\w-]+\s){{0,2}}?(?:{_LISTED["nordic"]})\b
    | \b(?:det\sfinns|der\ser|det\ser)\s(?:\w+\s){{0,2}}ing(?:a|en)\b
    | \bei\s(?:\w+\s)?(?:tuloksia|uutisia|artikkeleita|tiedotteita|julkaisuja)\b | \bei\slöytynyt\b
    | \bnebyl[yo]?\snalezen | \bžádné\s(?:výsledky|články|novinky|zprávy|položky|záznamy|aktuality)
    | \bничего\sне\sнайдено\b | \b(?:нет|немає)\s(?:\w+\s)?(?:результат|новост|новин|запис|материал|публикац|статей)
    | \b(?:новостей|новин|записей|записів)\s(?:пока\s|поки\s)?(?:нет|немає)\b | \bнічого\sне\sзнайдено\b
    | \bδεν\s(?:βρέθηκαν|υπάρχουν)\b
    | \b(?:sonuç|kayıt|haber|içerik|duyuru)\s(?:bulunamadı|bulunmamaktadır|yok)
    | 見つかりません | 該当.{{0,12}}ありません
    | (?:記事|お知らせ|ニュース|結果|情報|投稿)[はが](?:まだ)?(?:ありません|ございません)
    | 没有找到 | 沒有找到 | 暂无 | 暫無 | 尚無 | 没有(?:相关)?(?:结果|内容|文章|新闻|数据)
    | (?:결과|게시물|내용|뉴스|소식|자료)[가이]\s?없습니다
    | لا\s(?:توجد|يوجد) | لم\sيتم\sالعثور | لא\sנמצאו | אין\sתוצאות
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LOADING = re.compile(
    r"\W*(?:(?:now )?loading|please wait|(?:wird|werden) geladen|lade|lädt|chargement|veuillez patienter|cargando"
    r"|caricamento|carregando|(?:wordt ge)?laden|ładowanie|laddar|laster|indlæser|ladataan|načítání|загрузка"
    r"|завантаження|yükleniyor|φόρτωση|読み込み中(?:です)?|加载中|載入中|로딩 ?중?|로드 중|جاري التحميل|טוען)"
    r"(?: (?:the )?(?:\w+ ?){1,2})?\W*",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(
    r"(?:please )?(?:log|sign)[ -]?(?:in|on)(?: (?:to|with) .{1,40})?|(?:members?|user|customer|account) log-?in"
    r"|anmelden|anmeldung|einloggen|connexion|(?:se connecter|connectez-vous)|s'identifier|authentification"
    r"|inici(?:ar|o de|e) sesión|acceder|accedi|accesso|entrar|iniciar sessão|inloggen|aanmelden|zaloguj(?: się)?"
    r"|logowanie|logga in|log ind|logg inn|kirjaudu(?: sisään)?|přihlášení|přihlásit se|вход|войти|увійти|вхід"
    r"|giriş(?: yap)?|σύνδεση|ログイン|登录|登入|로그인|تسجيل الدخول|התחברות",
    re.IGNORECASE,
)
_SAYING = 120  # characters


def nothing_listed(text: str) -> bool:
    """Whether a block of a page says that there are no items; not in passing, as a sentence of an article may."""
    return len(text) <= _SAYING and bool(_NOTHING.search(text))


def loading(text: str) -> bool:
    return len(text) <= _SAYING and bool(_LOADING.fullmatch(text))


def sign_in(text: str) -> bool:
    """Whether a heading or a title asks its reader to sign in, and says no more than where."""
    return any(_SIGN_IN.fullmatch(part.strip(" .!:…")) for part in re.split(r" [-–—|·:»] ", text))
