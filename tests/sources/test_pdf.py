"""PDFs: the text of one that is watched, and of one that an item leads to."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from watcher import pdf
from watcher.errors import NothingFound, NotUnderstood
from watcher.model import Item, Request, Response
from watcher.sources import list as list_
from watcher.sources import page

URL = "https://agency.example/files/rates_2026.pdf"


def written(*pages: list[str], title: str = "", more: str = "") -> bytes:
    """A PDF of these lines."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for n, texts in enumerate(pages):
        shown = " ".join(f"1 0 0 1 72 {700 - 20 * row} Tm ({text}) Tj" for row, text in enumerate(texts))
        stream = f"BT /F1 12 Tf {shown} ET"
        resources = "<</Font<</F1 3 0 R>>>>"
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources{resources}/Contents {5 + 2 * n} 0 R>>",
            f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        ]
    objects.append(f"<</Title({title})>>")
    body, places = b"%PDF-1.4\n", []
    for n, each in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{n} 0 obj{each}endobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = (
        f"trailer<</Size {len(objects) + 1}/Root 1 0 R/Info {len(objects)} 0 R{more}>>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


RATES = written(["Key rates", "Deposit 2.00"], ["Lending 2.40 €"], title="Rates of the agency")
LOCKED = written(
    ["Secret"], more=f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'41' * 32}>/U<{'42' * 32}>>>/ID[<01><01>]"
)


def answer(body: bytes, url: str = URL, media: str = "application/pdf") -> Response:
    return Response(url=url, headers={"content-type": media}, body=body)


def watched(body: bytes, media: str = "application/pdf") -> Item:
    (item,) = page.find(page.Options(url=URL), lambda _: answer(body, media=media))
    return item


@pytest.mark.parametrize("media", ["application/pdf", "application/octet-stream", "text/html"])
def test_a_pdf_is_a_page_of_its_lines_whatever_its_server_calls_it(media: str) -> None:
    item = watched(RATES, media)

    assert (item.title, item.link) == ("Rates of the agency", URL)
    assert item.body == "Key rates\nDeposit 2.00\nLending 2.40 €"


def test_the_pages_of_a_pdf_are_set_apart() -> None:
    assert pdf.text_of(RATES, URL) == "Key rates\nDeposit 2.00\n\nLending 2.40 €"


@pytest.mark.parametrize(
    ("own", "title"),
    [
        ("", "Key rates"),
        ("Microsoft Word - rates final.doc", "Key rates"),
        ("rates_v3.indd", "Key rates"),
        ("untitled", "Key rates"),
        ("Rates v1.2 explained", "Rates v1.2 explained"),
    ],
)
def test_a_title_is_the_documents_own_unless_it_is_a_files_name(own: str, title: str) -> None:
    assert pdf.read(written(["Key rates"], title=own), URL).title == title


def test_a_page_that_mentions_pdfs_is_none() -> None:
    assert watched(b"<p>A file begins with %PDF-1.7.</p>", "text/html").body == "A file begins with %PDF-1.7."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (LOCKED, "is locked by a password"),
        (b"%PDF-1.7\n" + b"\0\xff" * 200, "is broken"),
        (RATES[:200], "is broken"),
    ],
)
def test_a_pdf_that_cannot_be_read_is_told_with_its_address(body: bytes, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words) as caught:
        watched(body)

    assert URL in str(caught.value)
    assert caught.value.hint


def test_a_pdf_without_text_is_nothing_found() -> None:
    with pytest.raises(NothingFound, match=r"holds no text \(2 pages\)"):
        watched(written([], [], title="A scan"))


def test_no_more_than_so_many_pages_and_characters_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PAGES", 3)
    assert pdf.text_of(written(*([f"Page {n}"] for n in range(9))), URL) == "Page 0\n\nPage 1\n\nPage 2"

    monkeypatch.setattr(pdf, "MUCH", 8)
    assert pdf.text_of(written(*([f"Page {n}"] for n in range(9))), URL) == "Page 0\n\nPa"


def test_a_pdf_that_takes_too_long_is_given_up_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", -1.0)

    with pytest.raises(NotUnderstood, match="took more than"):
        watched(RATES)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)

    with pytest.raises(NotUnderstood, match=r"rates_2026\.pdf is a PDF") as caught:
        watched(RATES)

    assert "watcher[pdf]" in caught.value.hint


# As items of a list


@pytest.mark.parametrize("article", [True, "main"])
def test_an_item_that_leads_to_a_pdf_keeps_its_title_and_date_and_gets_the_text(article: bool | str) -> None:
    listed = Item(link=URL, title="The rates of 2026", published=date(2026, 11, 20), dated_by="text")
    options = list_.Options(url="https://agency.example/", article=article)
    body = written(["1. Rates", "<Deposit> 2.00"], ["Lending 2.40"], title="Other")

    item = list_.complete(options, listed, lambda request: answer(body, request.url))

    assert (item.title, item.published, item.dated_by) == (listed.title, listed.published, "text")
    assert item.body == "1\\. Rates\n\\<Deposit> 2.00\n\nLending 2.40"


def test_an_item_whose_pdf_is_not_asked_for_is_left_alone() -> None:
    listed = Item(link=URL, title="The rates of 2026")

    def refuse(request: Request) -> Response:
        raise AssertionError(request.url)

    assert list_.complete(list_.Options(url="https://agency.example/"), listed, refuse) is listed
