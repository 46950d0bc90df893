"""A page in arrays: what is text, where it stands, and what is left out."""

from __future__ import annotations

import pytest

from watcher.detect.tree import Tree, read
from watcher.errors import NotUnderstood

URL = "https://agency.example/news/"


def tree(page: str, content_type: str = "text/html") -> Tree:
    return read(page.encode(), content_type, URL)


def test_blocks_are_kept_apart_and_words_are_not() -> None:
    page = "<p>T<b>i</b>de<p>tables<br>for <i>the</i> <span>coast</span><table><tr><td>a<td>b</table>"

    assert tree(page).text(0) == "Tide tables for the coast a b"


def test_each_element_holds_what_is_between_its_tags() -> None:
    found = tree("<ul><li>one<li><a>two</a> and<li></ul><p>three")

    held = {(found.tag[n], found.text(n)) for n in range(len(found.tag))}
    parents = [found.tag[found.parent[n]] for n in range(2, len(found.tag))]
    assert held >= {("ul", "one two and"), ("li", "one"), ("li", "two and"), ("a", "two"), ("li", ""), ("p", "three")}
    assert parents == ["body", "ul", "ul", "li", "ul", "body"]


@pytest.mark.parametrize(
    "unseen",
    [
        "<template><p>b</template>",
        "<div hidden><p>b</div>",
        "<div style='display: none'>b</div>",
        "<!-- b -->",
        "<noscript>b</noscript>",
        "<script>b</script>",
        "<svg><text>b</text></svg>",
        "<select><option>b</select>",
        "<textarea>b</textarea>",
        "<canvas>b</canvas>",
    ],
)
def test_what_a_reader_does_not_see_is_no_text_and_what_follows_it_is(unseen: str) -> None:
    assert tree(f"<a href=/1>a</a>{unseen} c").text(0) == "a c"


def test_what_is_hidden_from_screen_readers_only_is_text() -> None:
    assert tree("<p aria-hidden=true>a</p>").text(0) == "a"


def test_a_hidden_element_with_most_of_the_links_is_what_a_script_will_show() -> None:
    links = "".join(f"<a href=/{n}>{n}</a> " for n in range(3))

    assert tree(f"<a href=/>Home</a><div style='display:none'>{links}</div>").text(0) == "Home 0 1 2"
    assert tree(f"{links}<a href=/>Home</a><div style='display:none'>{links}</div>").text(0) == "0 1 2 Home"


def test_a_self_closed_element_goes_on_to_its_end_tag() -> None:
    found = tree("<div class=list /><a href=/1/>one</a><a href='/2/'/>two</a></div>three")

    assert found.text(found.tag.index("div")) == "onetwo"
    assert [found.attribute(n, "href") for n, tag in enumerate(found.tag) if tag == "a"] == ["/1/", "/2/"]


def test_the_base_and_the_language_are_what_the_page_says() -> None:
    found = tree("<html lang=pt_BR><base href='../a/'><p>x")

    assert (found.base, found.languages) == ("https://agency.example/a/", ["pt-BR"])
    assert (tree("<p>x").base, tree("<p>x").languages) == (URL, [])


def test_what_follows_deep_nesting_is_read() -> None:
    found = tree("<div>" * 1_500 + "deep" + "</div>" * 1_500 + "<p>after")

    assert found.text(0) == "after"


def test_a_page_of_more_elements_than_a_list_has_is_read_so_far() -> None:
    found = tree("".join(f"<p>{n}" for n in range(70_000)))

    assert found.tag.count("p") == 59_998
    assert (found.end[0], found.last[0]) == (len(found.tag), len(found.texts))


def test_plain_text_keeps_its_angles() -> None:
    assert tree("a <b> c", "text/plain").text(0) == "a <b> c"


@pytest.mark.parametrize("page", ["", "<!-- -->", "<?x?>", " "])
def test_a_page_of_nothing_is_a_tree_without_text(page: str) -> None:
    assert tree(page).texts == []


def test_a_page_that_no_parser_should_be_given_is_not_understood() -> None:
    with pytest.raises(NotUnderstood, match="attributes"):
        tree("<p " + " ".join(f"a{n}" for n in range(50_000)))
