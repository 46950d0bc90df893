"""The few words by which pages lead on, as `fold` has them, in the languages that we know of."""

from __future__ import annotations

from watcher.text import fold


def _folded(text: str) -> frozenset[str]:
    return frozenset(fold(each) for each in text.split("|"))


#: The text of a link to the rest of this text, or what stands before a link to another.
MORE = _folded(
    "read more|read on|read the rest|read full article|read the full article|read the full story|continue reading"
    "|more|read also|also read|weiterlesen|mehr lesen|mehr erfahren|lesen sie auch|lire la suite|en savoir plus"
    "|lire aussi|à lire aussi|leer más|seguir leyendo|sigue leyendo|lea también|ler mais|leia mais|leia também"
    "|continuar lendo|continua a leggere|leggi tutto|leggi anche|lees meer|lees verder|lees ook|läs mer|läs också"
    "|les mer|les også|læs mere|læs også|lue lisää|lue myös|czytaj więcej|czytaj dalej|czytaj także|číst dál"
    "|читать далее|читать дальше|читать полностью|читайте также|читати далі|devamını oku|اقرأ المزيد|قراءة المزيد"
    "|続きを読む|もっと見る|阅读全文|阅读更多|查看更多|繼續閱讀|더 보기|더 읽기"
)
#: A heading above links to other stories.
RELATED = _folded(
    "related|related story|related stories|related articles|related article|related posts|related news|related coverage"
    "|related reading|recommended|recommended stories|more stories|more from us|most read|you may also like"
    "|you might also like|see also|popular|most popular|popular posts|popular articles|trending|trending now"
    "|meistgelesen|les plus lus|lo más leído|mais lidas|più letti|meest gelezen|najczęściej czytane|nejčtenější"
    "|самое читаемое|популярное|çok okunanlar|人気記事|热门文章|많이 본 뉴스"
    "|mehr zum thema|verwandte artikel|ähnliche artikel|das könnte sie auch interessieren"
    "|sur le même sujet|articles liés|articles similaires|artículos relacionados|noticias relacionadas"
    "|notícias relacionadas|artigos relacionados|articoli correlati|leggi anche|gerelateerde artikelen|relaterat"
    "|powiązane artykuły|по теме|похожие статьи|関連記事|相关文章|相关阅读|관련 기사|관련기사"
)
#: What stands above a list of a text's own headings.
CONTENTS = _folded(
    "contents|table of contents|on this page|in this article|inhalt|inhaltsverzeichnis|auf dieser seite|sommaire"
    "|table des matières|dans cet article|contenido|índice|tabla de contenidos|conteúdo|indice|inhoud|innehåll"
    "|spis treści|содержание|目次|目录|목차"
)
#: What stands beside an author and a date, and says nothing more.
BESIDE = _folded(
    "by|on|and|at|in|min|mins|minute|minutes|read|reading|time|posted|published|publication|updated|last|date|released"
    "|release|for|immediate|author|written|story|article|news|staff|reporter|follow|listen|share|print|views|am|pm|utc"
    "|gmt|est|edt|von|um|uhr|veröffentlicht|lesezeit|par|publié|le|mis|à|jour|por|publicado|el|di|da|pubblicato|il"
    "|door|op|gepubliceerd|av|den|掲載日|更新日|公開日|投稿日|発表|发布时间|发布日期|来源|등록|작성일|опубликовано|дата|автор"
)
