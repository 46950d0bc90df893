"""Which paths records are given that want the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis.strategies import lists, sampled_from, sets

from watcher.store.paths import free

_PATHS = sampled_from([f"{stem}{number}.md" for stem in ("x", "x-2") for number in ("", "-2", "-3", "-4")])


class Asked(set[str]):
    """Paths that count how often it is asked whether one is among them."""

    times = 0

    def __contains__(self, path: object) -> bool:
        self.times += 1
        return super().__contains__(path)


@given(lists(_PATHS, max_size=12), sets(_PATHS))
def test_each_is_given_the_first_of_its_names_that_is_free(wanted: list[str], taken: set[str]) -> None:
    found = list(free(wanted, set(taken)))

    for n, (path, name) in enumerate(zip(wanted, found, strict=True)):
        before = taken | set(found[:n])
        names = [path, *(f"{path.removesuffix('.md')}-{number}.md" for number in range(2, 30))]
        assert name == next(each for each in names if each not in before)


def test_of_a_thousand_that_want_one_path_each_tries_no_name_that_another_found_taken() -> None:
    taken = Asked({"x.md", "x-2.md"})

    found = list(free(["x.md"] * 1000, taken))

    assert found == [f"x-{number}.md" for number in range(3, 1003)]
    assert taken.times == 1002
