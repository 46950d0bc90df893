"""Dates of the wild: each is the day that it names, or nothing; never another day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watcher import dates, times
from watcher.dates.months import month

DAY = date(2024, 5, 3)
LANGUAGES = ["", "en", "en-GB", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "cs", "ru", "tr", "ja", "ko", "hu", "ar"]


def day_in(text: str, language: str = "") -> date | None:
    when = times.parse(text, languages=[language] if language else [])
    return times.day(when) if when else None


def days_in(text: str, *languages: str, year: int = 0) -> list[date | None]:
    found = dates.said(text, languages)
    return [dates.resolved(one, dates.order(found, languages), year) for one in found]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "May 3, 2024"),
        ("en-US", "May 3rd, 2024"),
        ("en-US", "Fri., May. 3, 2024"),
        ("en-US", "FRIDAY, MAY 3, 2024"),
        ("en-US", "05/03/2024"),
        ("en-US", "5/3/24"),
        ("en-US", "May 3, ’24"),
        ("en-US", "03/May/2024"),
        ("en-US", "3-May-2024"),
        ("en-US", "03-May-24"),
        ("en-US", "2024 May 3"),
        ("en-US", "Posted on May 3, 2024 by Jane Doe"),
        ("en-US", "Published: May 3, 2024 | 3 min read"),
        ("en-US", "May 03 2024, 4:30pm"),
        ("en-US", "Harbour City, HC – May 3, 2024 – The"),
        ("en-US", "(May 3, 2024)"),
        ("en-GB", "3rd of May 2024"),
        ("en-GB", "the 3rd May, 2024"),
        ("en-GB", "03/05/2024"),
        ("en-GB", "3/5/24"),
        ("en-GB", "03.05.2024"),
        ("en_GB", "03/05/2024"),
        ("en-AU", "14:50, 3 May 2024"),
        ("en", "12:30 – 3 May 2024"),
        ("en", "2024-05-03 – 12:30"),
        ("en", "2024‑05‑03"),
        ("en", "2024 / 05 / 03"),
        ("en", "2024.05.03"),
        ("en", "Version 1.2 - 3 May 2024"),
        ("en", "1.0 – 2024-05-03"),
        ("en", "Episode 12 – May 3, 2024"),
        ("en", "Episode 12 – 3 May 2024"),
        ("en", "3 May 2024 - 5 min read"),
        ("en", "2024-05-03 - 5 things"),
        ("", "3 May 2024"),
        ("", "2024-05-03"),
        ("", "3 mai 2024"),
        ("de", "3. Mai 2024"),
        ("de", "Freitag, 3. Mai 2024, 14.50 Uhr"),
        ("de", "Fr, 03.05.2024"),
        ("de", "3.5.2024"),
        ("de", "03.05.24"),
        ("de", "Stand: 3.Mai 2024"),
        ("fr", "3\u202fmai\u00a02024"),
        ("fr", "Publié le vendredi 3 mai 2024 à 14h50"),
        ("fr", "ven. 3 MAI 2024"),
        ("es", "viernes, 3 de mayo de 2024"),
        ("es", "3 DE MAYO DEL 2024"),
        ("es-MX", "03/may/2024"),
        ("es", "Mayo 3, 2024"),
        ("pt-BR", "sexta-feira, 3 de maio de 2024"),
        ("pt", "03/05/2024 14h50"),
        ("it", "venerdì 3 maggio 2024"),
        ("it", "3 mag 2024"),
        ("ca", "3 de maig de 2024"),
        ("nl", "vrijdag 3 mei 2024"),
        ("nl", "03-05-2024"),
        ("pl", "piątek, 3 maja 2024 r."),
        ("pl", "3.05.2024r."),
        ("cs", "pátek 3. května 2024"),
        ("cs", "3. 5. 2024"),
        ("sk", "3. mája 2024"),
        ("hr", "3. svibnja 2024."),
        ("sr", "3. мај 2024."),
        ("sr", "3. maj 2024."),
        ("ru", "3 мая 2024 года"),
        ("ru", "3-го мая 2024 г."),
        ("ru", "03.05.2024г."),
        ("uk", "3 травня 2024 р."),
        ("bg", "3 май 2024"),
        ("lt", "2024 m. gegužės 3 d."),
        ("tr", "03 MAYIS 2024 Cuma"),
        ("ja", "2024年5月3日（金）"),
        ("ja", "２０２４年５月３日"),
        ("ja", "２０２４／０５／０３"),
        ("ja", "公開日2024年5月3日"),
        ("ja", "令和6年5月3日（金）"),
        ("ja", "2024.5.3"),
        ("zh-CN", "发布时间2024-05-03 14:50"),
        ("zh", "五月 3, 2024"),
        ("zh-TW", "2024/5/3 下午 2:50"),
        ("ko", "2024년 5월 3일"),
        ("ko", "등록일: 2024. 5. 3. 오후 2:50"),
        ("sv", "den 3:e maj 2024"),
        ("fi", "3. toukokuuta 2024"),
        ("da", "fredag d. 3. maj 2024"),
        ("no", "fredag 3. mai 2024"),
        ("hu", "2024. május 3., péntek"),
        ("hu", "2024. 05. 03."),
        ("el", "Παρασκευή 3 Μαΐου 2024"),
        ("el", "3 ΜΑΪΟΥ 2024"),
        ("ro", "vineri, 3 mai 2024"),
        ("ar", "٣ مايو ٢٠٢٤"),
        ("ar", "الجمعة، 3 مايو، 2024"),
        ("ar", "٠٣\u200f/٠٥\u200f/٢٠٢٤"),
        ("ar-SY", "3 أيار 2024"),
        ("fa", "۳ مه ۲۰۲۴"),
        ("he", "3 במאי 2024"),
        ("hi", "३ मई २०२४"),
        ("id", "Jumat, 3 Mei 2024"),
        ("vi", "Thứ Sáu, ngày 3 tháng 5 năm 2024"),
        ("vi", "3 Tháng Năm, 2024"),
    ],
)
def test_a_date_of_the_wild_is_the_day_it_names(language: str, text: str) -> None:
    assert day_in(text, language) == DAY


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("fr", "1er avril 2020", date(2020, 4, 1)),
        ("fr", "2 AOUT 2024", date(2024, 8, 2)),
        ("fr", "14 fe\u0301vr. 2024", date(2024, 2, 14)),
        ("pt", "1º de maio de 2024", date(2024, 5, 1)),
        ("pt", "10 out 2024", date(2024, 10, 10)),
        ("es", "1.º de enero de 2024", date(2024, 1, 1)),
        ("it", "1° maggio 2024", date(2024, 5, 1)),
        ("ca", "1 d’octubre de 2024", date(2024, 10, 1)),
        ("el", "1η Ιουλίου 2024", date(2024, 7, 1)),
        ("nl", "3 december 2024", date(2024, 12, 3)),
        ("no", "3. des. 2024", date(2024, 12, 3)),
        ("sr", "3. avgust 2024.", date(2024, 8, 3)),
        ("tr", "15 Kasım 2024", date(2024, 11, 15)),
        ("tr", "2 HAZİRAN 2024", date(2024, 6, 2)),
        ("pl", "5 listopada 2024", date(2024, 11, 5)),
        ("hr", "5. listopada 2024.", date(2024, 10, 5)),
        ("de-AT", "6. Jänner 2024", date(2024, 1, 6)),
        ("vi", "5 tháng mười hai, 2024", date(2024, 12, 5)),
        ("zh", "十一月 05, 2024", date(2024, 11, 5)),
        ("en", "Sept. 11, 1969", date(1969, 9, 11)),
        ("en", "5/13/70", date(1970, 5, 13)),
        ("de", "29.02.2024", date(2024, 2, 29)),
    ],
)
def test_the_months_and_ordinals_of_a_language_are_known(language: str, text: str, day: date) -> None:
    assert day_in(text, language) == day


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "May"),
        ("en", "on"),
        ("en", "10"),
        ("en", "2024"),
        ("en", "May 2024"),
        ("en", "3 May"),
        ("fr", "mai 2024"),
        ("ja", "2024年5月"),
        ("ja", "5月3日"),
        ("ko", "2024년 5월"),
        ("en", "05/2024"),
        ("en", "yesterday"),
        ("en", "3 days ago"),
        ("de", "vor 3 Tagen"),
        ("fr", "il y a 3 jours"),
        ("ja", "3日前"),
        # impossible days
        ("en", "February 31, 2024"),
        ("en", "2023-02-29"),
        ("de", "31.04.2024"),
        ("ja", "2024年2月30日"),
        ("en", "May 0, 2024"),
        ("en", "00/00/2024"),
        # which of two is not known
        ("", "05/06/2022"),
        ("en-CA", "05/06/2022"),
        ("ja", "05/06/2022"),
        ("", "13/05/22"),
        ("en", "24/05/03"),
        ("ko", "24.05.03"),
        # versions and other numbers
        ("", "1.10.2022"),
        ("en", "1.10.2022"),
        ("en-GB", "1.10.2022"),
        ("en", "3.11.2"),
        ("en", "24.04"),
        ("en", "24.04.10"),
        ("de", "System 24.04.10 ist da"),
        ("en", "v2024.05.1"),
        ("en", "2024.5"),
        ("en", "2024.5.1"),
        ("ko", "Some Tool 2024.5.1 출시"),
        ("en", "Version 2024.05.03"),
        ("en", "10.12.20.22"),
        ("en", "10.12.2022.1"),
        ("en", "192.168.10.2022"),
        ("en", "555-10-2022"),
        ("en", "+1 202-555-0142"),
        ("en", "(202) 555-2022"),
        ("en", "1-800-555-2022"),
        ("en-GB", "020 7946 0958"),
        ("fr", "01.02.20.22.24"),
        ("en", "$10.12"),
        ("de", "1.299,00 €"),
        ("en", "$10 May 2022"),
        ("en", "Mon-Fri 9-17"),
        ("de", "Mo-Fr 09.00-17.00"),
        ("en", "10:00-12:30"),
        ("en", "12:30"),
        ("en", "ISBN 978-3-16-148410-0"),
        ("en", "ISBN 0-12-201912-3"),
        ("en", "23-1234"),
        ("en", "No. 12-10"),
        ("en", "2024-CV-00123"),
        ("en", "2019-2021"),
        ("en", "2019–2021"),
        ("en", "10 MB"),
        ("en", "1.5 GB"),
        ("en", "24/7"),
        ("en", "COVID-19 May 2022"),
        ("en", "at 12:10 May 2022"),
        ("en", "5.3 May 2022"),
        ("en", "#3 May 2024"),
        ("en", "Vol. 3 May 2024"),
        ("en", "Top 5 March 2024 books"),
        # words that are months elsewhere
        ("en", "10 out 2022"),
        ("en", "Set 3 set 2022"),
        ("en", "Tool 10 Pro 2022"),
        ("cs", "10 pro 2022"),
        ("en", "Saga 12 VIII 2022"),
        ("", "5 listopada 2024"),
        # other calendars
        ("th", "13 พฤษภาคม 2565"),
        ("th", "13/05/65"),
        ("fa", "۱۴۰۳/۰۲/۱۴"),
    ],
)
def test_what_names_no_day_is_no_date(language: str, text: str) -> None:
    assert day_in(text, language) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "3-5 May 2024"),
        ("en", "3 – 5 May 2024"),
        ("en", "3 to 5 May 2024"),
        ("en", "3 and 5 May 2024"),
        ("en", "1st-3rd May 2024"),
        ("en", "Friday 3rd to Sunday 5th May 2024"),
        ("en", "May 3-5, 2024"),
        ("en", "May 3 to 5, 2024"),
        ("en", "30 April – 2 May 2024"),
        ("en", "April 30 – May 2, 2024"),
        ("en", "May 3, 2024 – May 5, 2024"),
        ("en-US", "10/8, 10/9 & 10/10/16"),
        ("en-GB", "3/5–5/5/2024"),
        ("en", "2024-05-03/2024-05-05"),
        ("de", "3.–5. Mai 2024"),
        ("de", "vom 3. bis zum 5. Mai 2024"),
        ("de", "03.05.-05.05.2024"),
        ("de", "3./4. Mai 2024"),
        ("fr", "Du vendredi 3 au dimanche 5 mai 2024"),
        ("es", "del 3 al 5 de mayo de 2024"),
        ("pt", "3 a 5 de maio de 2024"),
        ("it", "dal 3 al 5 maggio 2024"),
        ("pl", "od 3 do 5 maja 2024"),
        ("cs", "3. až 5. května 2024"),
        ("ru", "с 3 по 5 мая 2024"),
        ("ja", "2024年5月3日～5日"),
        ("zh", "2024年5月3日至5日"),
        ("ko", "2024. 5. 3. ~ 5. 5."),
        ("hu", "2024. május 3-5."),
    ],
)
def test_a_range_is_no_day(language: str, text: str) -> None:
    assert day_in(text, language) is None


def test_two_whole_dates_are_two() -> None:
    assert days_in("May 3, 2024 – June 5, 2024", "en") == [DAY, date(2024, 6, 5)]


def test_a_day_without_a_year_takes_that_of_its_heading() -> None:
    assert days_in("3 May", "en", year=2024) == [DAY]
    assert days_in("3. Mai: Neues vom Hafen", "de", year=2024) == [DAY]
    assert days_in("5月3日", "ja", year=2024) == [DAY]
    assert days_in("05-03", "en", year=2024) == [DAY]
    assert days_in("03/05", "en-GB", year=2024) == [DAY]
    assert days_in("05-03", "nl", year=2024) == [None]
    assert days_in("29 February", "en", year=2023) == [None]


@pytest.mark.parametrize(
    "text",
    [
        "what came on 3 May",
        "3 May 1066",
        "3 May 2565",
        "May 3 – 5",
        "3 May to 5 May",
        "23-12",
        "5月3日～5日",
        "6年5月3日",
    ],
)
def test_what_is_no_day_of_its_own_takes_no_year(text: str) -> None:
    assert days_in(text, "en", year=2024) == []


def test_one_date_that_reads_one_way_only_decides_for_all() -> None:
    assert days_in("1.5.2024, 3.5.2024, 25.4.2024", "en")[1] == DAY
    assert days_in("03-05-2024 | 25-04-2024", "en-US")[0] == DAY
    assert days_in("05/03/2024 | 13/04/2024 | 04/25/2024", "en-US") == [None, date(2024, 4, 13), date(2024, 4, 25)]


def test_a_date_is_found_where_it_stands() -> None:
    text = "Posted ３ Mai ２０２４, updated 2024-05-04"

    found = dates.said(text, ("de",))

    assert [text[begin:end] for begin, end in dates.spans(found)] == ["３ Mai ２０２４", "2024-05-04"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 May 2024, 14:50", datetime(2024, 5, 3, 14, 50, tzinfo=UTC)),
        ("3 May 2024", DAY),
        ("3 May 2024 (updated 5 May 2024 12:30)", DAY),
        ("3 May 2024, 14:50 " + "and many more words about it " * 3, DAY),
    ],
)
def test_the_time_beside_a_day_counts_in_a_short_text(text: str, expected: date) -> None:
    assert dates.precise(text, dates.said(text)[0], DAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-03T14:50:47.123+02:00 | news", "2024-05-03T14:50:47+02:00"),
        ("2024년 5월 3일 오후 2:50", "2024-05-03T14:50:00+00:00"),
        ("2024年5月3日 午前 2:50", "2024-05-03T02:50:00+00:00"),
        ("3 mai 2024 à 14h50", "2024-05-03T14:50:00+00:00"),
    ],
)
def test_a_time_of_day_is_read_as_it_is_written_there(text: str, expected: str) -> None:
    when = times.parse(text)

    assert when is not None
    assert when.isoformat() == expected


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://agency.example/2024/05/03/name", DAY),
        ("https://agency.example/news/2024-05-03-name", DAY),
        ("https://agency.example/news/20240503-name", DAY),
        ("https://agency.example/2024/5/3/", DAY),
        ("https://agency.example/2024/05/name", None),
        ("https://agency.example/2024/02/31/name", None),
        ("https://agency.example/id/1202405031", None),
    ],
)
def test_an_address_has_a_day_or_none(url: str, day: date | None) -> None:
    assert dates.in_address(url) == day


def test_an_address_has_one_year_or_none() -> None:
    assert dates.year_in("https://agency.example/2024/name") == 2024
    assert dates.year_in("https://agency.example/2023/2024/name") == 0
    assert dates.year_in("https://agency.example/20245/name") == 0


def test_a_month_is_that_of_the_pages_language_first() -> None:
    assert month("listopad", ("hr",)) == 10
    assert month("listopad", ("cs",)) == 11
    assert month("listopad", ("en",)) is None
    assert month("Août", ("en",)) == 8
    assert month("MAYIS", ("tr-TR",)) == 5
    assert month("May", ("/en",)) == 5


def _forms(day: date) -> list[tuple[str, str]]:
    d, m, y = day.day, day.month, day.year
    forms = [("en", day.strftime(form)) for form in ("%A, %B %d, %Y", "%d %b %Y", "%b. %d, %Y", "%d-%b-%y", "%m/%d/%y")]
    numbers = [("de", f"{d}.{m}.{y}"), ("en-GB", f"{d}/{m}/{y}"), ("nl", f"{d:02}-{m:02}-{y}"), ("", f"{d}.{m}.{y}")]
    east = [
        ("ja", f"{y}年{m}月{d}日"),
        ("ko", f"{y}. {m}. {d}."),
        ("zh", f"{y}/{m}/{d}"),
        ("hu", f"{y}.{m:02}.{d:02}."),
    ]
    return [*forms, *numbers, *east, ("vi", f"{d} tháng {m}, {y}"), ("ar", f"{d}/{m}/{y}")]


@given(st.dates(date(1969, 1, 1), date(2068, 12, 31)), st.sampled_from(["", "Posted on ", "| "]), st.data())
def test_a_day_is_read_as_it_was_written_or_not_at_all(day: date, before: str, data: st.DataObject) -> None:
    language, text = data.draw(st.sampled_from(_forms(day)))

    assert day_in(before + text, language) in (day, None)
    assert language in ("", "en-GB") or day_in(before + text, language) == day


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1900, 2099), st.sampled_from(LANGUAGES))
def test_an_impossible_day_is_nothing(d: int, m: int, y: int, language: str) -> None:
    for text in (f"{y}-{m:02}-{d:02}", f"{y}年{m}月{d}日"):
        assert day_in(text, language) in (None, _day(y, m, d))
    for text in (f"{d}/{m}/{y}", f"{d}.{m}.{y}", f"{d}-{m}-{y}"):
        assert day_in(text, language) in (None, _day(y, m, d), _day(y, d, m))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@given(st.text() | st.from_regex(r"[\w\s.,:/–-]{0,20}\d[\w\s.,:/–-]{1,20}"), st.sampled_from(LANGUAGES) | st.text())
@example("³ May 2024", "en")
@example("3 May 2024", "\x00")
def test_no_text_makes_a_search_for_dates_fail(text: str, language: str) -> None:
    found = dates.said(text, (language,))

    assert all(0 <= one.begin < one.end <= len(text) for one in found)
    assert all(left.end <= right.begin for left, right in pairwise(found))
    assert all(dates.resolved(one, order) is None or one.year for one in found for order in ("", "dm", "md"))
