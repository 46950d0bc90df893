from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from watcher import sources
from watcher.config import load, references, schema, secret
from watcher.errors import ConfigError

ROOT = Path(__file__).parents[1]

ALERT = """
[alert.me]
kind = "email"
to = ["me@example.org", "you@example.org"]
from = "Watcher <watch@example.org>"
smtp = "smtp.example.org:587"
user = "me"
password = { env = "NO_SUCH_SECRET" }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "watcher.toml"
    path.write_text(text)
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text), folder)
    return [f"{fault} | {fault.hint}" for fault in caught.value.faults]


def test_the_example_of_the_checkout_can_be_used() -> None:
    config = load(ROOT / "watcher.toml", ROOT)

    assert list(config.watches) == ["acme-news", "acme-blog", "treasury-press-releases", "fed-press", "ecb-rates"]
    assert config.watches["fed-press"].every == timedelta(minutes=10)
    assert config.watches["ecb-rates"].on_edit == "entry"
    assert config.watches["treasury-press-releases"].folder == ROOT / "state/records/treasury-press-releases"
    assert config.alerts["me"].recipients == ("me me@example.org",)


def test_every_fault_is_shown_at_once_with_its_line(tmp_path: Path) -> None:
    text = """every = "30 minutes"

[watch.rates]
url = "https://example.org/"
kind = "page"
selecter = "main"

[watch.press]
url = "https://example.org/press"
item = "li"
alerts = ["nobody"]

[watch.Bad]
url = "https://example.org/"

[wacth.other]
url = "https://example.org/"
"""

    assert faults(tmp_path, text) == [
        '"every": "30 minutes" is no duration; write 30m, 2h, 1d  (watcher.toml:1) | ',
        'unknown key "selecter" in [watch.rates]  (watcher.toml:6) | did you mean "select"?',
        "there is no [alert.nobody]  (watcher.toml:11) | targets: none",
        '"Bad" is no name: small letters, digits and - only  (watcher.toml:13) | ',
        'unknown table [wacth]  (watcher.toml:16) | did you mean "watch"?',
    ]


def test_no_fault_waits_until_another_is_mended(tmp_path: Path) -> None:
    text = """every = "soon"
alerts = ["nobody"]
[watch.a]
url = "https://a.example/"
kind = "pgae"
every = "1h"
cron = "@daily"
alerts = ["none"]
zone = "Mars"
[watch.B]
url = "https://b.example/"
itme = "li"
[alert.me]
kind = "pigeon"
quiet = "soon"
"""

    said = faults(tmp_path, text)

    assert [words.partition("  (watcher.toml:")[0] for words in said] == [
        '"every": "soon" is no duration; write 30m, 2h, 1d',
        "there is no [alert.nobody]",
        'there is no kind "pgae"',
        "every and cron do not go together",
        "there is no [alert.none]",
        '"zone" in [watch.a]: there is no time zone "Mars"; write one like America/New_York',
        '"B" is no name: small letters, digits and - only',
        'unknown key "itme" in [watch.B]',
        'there is no alert kind "pigeon"',
        '"quiet" in [alert.me]: "soon" are no hours; write "22:00-07:00"',
    ]


def test_what_stands_in_a_file_that_cannot_be_read_is_not_missed_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "watches.d").mkdir()
    (tmp_path / "watches.d/a.toml").write_text('[watch.a]\nurl = "https://a.example/"\nalerts = ["me"]\nevry = 1\n')

    said = faults(tmp_path, f"{ALERT}\n]")

    assert [words.partition('"')[0] for words in said] == [
        "unknown key ",
        "not TOML: invalid statement  (watcher.toml:10) | ",
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[watch.a]\nurl = "https://a.example/"\nbase_url = "https://x.example"', "it belongs above the first table"),
        ('[watch.a]\nurl = "https://a.example/"\nto = ["me@example.org"]', "it belongs in [alert.NAME] of kind email"),
        ('[watch.a]\nurl = "https://a.example/"\ncompare = 3', "it belongs in [watch.NAME] of kind page"),
        (
            '[watch.a]\nurl = "https://a.example/"\nkind = "page"\nitem = "li"',
            "it belongs in [watch.NAME] of kind list",
        ),
        ('smtp = "smtp.example.org"', "it belongs in [alert.NAME] of kind email"),
        (
            'url = "https://a.example/"',
            "it belongs in [watch.NAME], or in [alert.NAME] of kind apprise or webhook",
        ),
        (f"{ALERT}private = true", "it belongs in [watch.NAME]"),
        (f'{ALERT}listen = "127.0.0.1:80"', "it belongs above the first table"),
        ('[watch.a]\nurl = "https://a.example/"\ntile = "h2"', 'did you mean "title"?'),
        ('[email]\nto = ["me@example.org"]', "tables are [watch.NAME] and [alert.NAME]"),
    ],
)
def test_a_key_in_the_wrong_table_is_told_where_it_belongs(tmp_path: Path, text: str, hint: str) -> None:
    said = faults(tmp_path, text)

    assert [words.partition(" | ")[2] for words in said] == [hint]


def test_the_keys_of_a_watch_without_a_name_are_one_fault_and_other_watches_are_looked_at(tmp_path: Path) -> None:
    said = faults(tmp_path, '[watch]\nurl = "https://a.example/"\nkind = "page"\n[watch.a]\nkind = "page"')

    assert said == [
        '"url" is no table; write [watch.NAME] instead of [watch]  (watcher.toml:2) | ',
        '"url" is missing in [watch.a]  (watcher.toml:4) | ',
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('every = "1h\nzone = "UTC"', 1),
        ("zone = \"UTC\"\nrobots = [\n'a,\n'b']", 3),
        ('every = "1h"\nzone = "UTC', 2),
    ],
)
def test_a_quote_that_is_not_closed_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    assert faults(tmp_path, text) == [f"not TOML: a quote is not closed on this line  (watcher.toml:{line}) | "]


@pytest.mark.parametrize("quotes", ['"""', "'''", "'"])
def test_a_quote_that_nothing_closes_is_named_where_it_is_opened(tmp_path: Path, quotes: str) -> None:
    text = f'every = {quotes}1h{quotes}\nzone = {quotes}UTC\n\n[watch.a]\nurl = "https://a.example/"\n'

    assert faults(tmp_path, text) == [f"not TOML: {quotes} is opened here, and closed nowhere  (watcher.toml:2) | "]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[watch.a]\nitem = "li"', '"url" is missing in [watch.a]  (watcher.toml:1)'),
        ('[watch.a]\nurl = "example.org"\nitem = "li"', '"example.org" is no address; write it whole, with https://'),
        ('[watch.a]\nurl = "https://a.example/"\nitem = "li["', '"li[" is no CSS selector'),
        ('[watch.a]\nurl = "https://a.example/"\nkind = "pgae"', 'there is no kind "pgae"  (watcher.toml:3)'),
        ('[watch.a]\nurl = "https://a.example/"\nitem = "li"\nalrets = []', 'did you mean "alerts"?'),
        ('[watch.a]\nurl = "https://a.example/"\nkind = "page"\nignore = ["("]', '"(" is no regular expression'),
        ('[watch.all]\nurl = "https://a.example/"\nitem = "li"', '"all" is a name of Watcher\'s own'),
        ('[watch.a]\nurl = "https://a.example/"\nitem = "li"\nzone = "Mars"', 'there is no time zone "Mars"'),
        ('[alert.me]\nkind = "pigeon"', 'there is no alert kind "pigeon"'),
        ("[alert.me]", '"kind" is missing in [alert.me]  (watcher.toml:1) | kinds: '),
        (
            '[[watch]]\nurl = "https://a.example/"',
            '"watch" is no group of tables; write [watch.NAME]  (watcher.toml:1)',
        ),
        ('alerts = ["e"]\nalert = "me"', "there is no [alert.e]"),
        ('every = "\\d"', "write regular expressions in 'single quotes'"),
        ("every = ", "not TOML"),
        (ALERT.replace('user = "me"', ""), "[alert.me]: user and password go together"),
        ('[alerts.me]\nkind = "email"', "a target's table is [alert.NAME]"),
        ('alerts = ["nobody"]', "there is no [alert.nobody]"),
        ("every = 0", "0 is no duration"),
        ('every = "3000000d"', '"every": "3000000d" is longer than a hundred years  (watcher.toml:1)'),
        ('[watch.a]\nurl = "https://a.example/"\nkind = "page"\nevery = "5300w"', "is longer than a hundred years"),
        ('keep_items = "999999999d"', "is longer than a hundred years"),
        ("keep_bodies = 99999999999999999999999", '"keep_bodies": '),
        ("keep_checks = 99999999999999999999999", '"keep_checks": '),
        ('contact = "日本"', "plain ASCII"),
        (
            '[watch.a]\nurl = "https://a.example/"\nitem = "li"\nrecords = "n"\n'
            '[watch.b]\nurl = "https://b.example/"\nitem = "li"\nrecords = "n"',
            "records: a has this folder already",
        ),
        (
            '[watch.a]\nurl = "https://a.example/"\nitem = "li"\nrecords = "content/sub/../news/a"\n'
            '[watch.b]\nurl = "https://b.example/"\nitem = "li"\nrecords = "content"',
            "records: this folder lies in that of b, which would take them for its own  (watcher.toml:4) | give each",
        ),
        (
            '[watch.a]\nurl = "https://a.example/"\nitem = "li"\nrecords = "state/records"',
            "records: the records of all watches lie in this folder  (watcher.toml:4) | write state/records/a, or",
        ),
        (
            '[watch.a]\nurl = "https://a.example/"\nitem = "li"\nrecords = "."',
            "records: the records of all watches lie in this folder  (watcher.toml:4)",
        ),
        ('evry = "1h"', 'did you mean "every"?'),
        ('\ncron = "0 25 * * *"', '"cron": "0 25 * * *": 25 is no hour; that is 0 to 23  (watcher.toml:2)'),
        ('cron = "0 8 * * *"\nevery = "1h"', "every and cron do not go together  (watcher.toml:1)"),
        (
            '[watch.a]\nurl = "https://a.example/"\nkind = "page"\nactive = "7-19"',
            '"active" in [watch.a]: "7-19" are no hours; write "07:00-19:00" or "mon-fri 07:00-19:00"',
        ),
    ],
)
def test_a_fault_says_what_where_and_what_now(tmp_path: Path, text: str, said: str) -> None:
    assert said in "\n".join(faults(tmp_path, text))


def test_folders_of_records_may_lie_side_by_side_and_in_the_home(tmp_path: Path) -> None:
    names = {"a": "content/news", "b": "content/news-of-b", "c": "state/records/d/../c", "d": "../elsewhere"}

    text = "".join(f'[watch.{n}]\nurl = "https://a.example/"\nitem = "li"\nrecords = "{r}"\n' for n, r in names.items())

    assert len(load(write(tmp_path, text), tmp_path).watches) == 4


def test_a_folder_that_a_link_leads_into_anothers_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "site").symlink_to("content")

    text = '[watch.{}]\nurl = "https://a.example/"\nitem = "li"\nrecords = "{}"\n'
    [said] = faults(tmp_path, text.format("a", "content") + text.format("b", "site/news"))

    assert "records: this folder lies in that of a" in said


def test_a_watch_has_its_own_schedule_or_the_general_one(tmp_path: Path) -> None:
    general = 'cron = "0 8 * * *"\nactive = "07:00-19:00"\njitter = "2m"\n'
    page = '[watch.{}]\nurl = "https://a.example/"\nkind = "page"\n'
    own = {"own": 'cron = "@hourly"', "often": 'every = "1h"\nactive = ""\njitter = "0s"', "general": ""}

    config = load(
        write(tmp_path, general + "".join(page.format(name) + f"{keys}\n" for name, keys in own.items())), tmp_path
    )

    said = {name: (watch.cron, watch.active, watch.jitter) for name, watch in config.watches.items()}
    assert said == {
        "own": ("@hourly", "07:00-19:00", timedelta(minutes=2)),
        "often": ("", "", timedelta(0)),
        "general": ("0 8 * * *", "07:00-19:00", timedelta(minutes=2)),
    }


def test_a_list_of_watches_needs_no_secret_and_sending_names_the_one_that_is_missing(tmp_path: Path) -> None:
    config = load(write(tmp_path, ALERT), tmp_path)

    assert config.alerts["me"].recipients == ("me me@example.org", "me you@example.org")
    with pytest.raises(ConfigError, match="NO_SUCH_SECRET is not set"):
        config.alerts["me"].resolve()


def test_secrets_come_from_the_environment_from_files_and_from_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "smtp").write_text("from a file\n")
    monkeypatch.setenv("A_SECRET", "from the environment")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert secret({"env": "A_SECRET"}) == "from the environment"
    assert secret({"file": str(tmp_path / "smtp")}) == "from a file"
    assert secret({"credential": "smtp"}) == "from a file"
    assert secret("as it stands") == "as it stands"


def test_files_in_watches_d_join_and_may_not_repeat_a_name(tmp_path: Path) -> None:
    more = tmp_path / "watches.d"
    more.mkdir()
    (more / "a.toml").write_text('[watch.more]\nurl = "https://a.example/"\nitem = "li"')
    first = '[watch.one]\nurl = "https://a.example/"\nitem = "li"'

    assert list(load(write(tmp_path, first), tmp_path).watches) == ["one", "more"]

    (more / "b.toml").write_text(first)
    assert "[watch.one] stands in two files" in faults(tmp_path, first)[0]


def test_the_schema_knows_every_kind_and_key() -> None:
    kinds = schema()["properties"]["watch"]["additionalProperties"]["anyOf"]

    names = {kind["properties"]["kind"]["const"] for kind in kinds}
    assert names == set(sources.kinds())
    assert len(names) > 12
    assert all("alerts" in kind["properties"] for kind in kinds)
    assert json.dumps(schema())


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "watcher.toml", tmp_path)

    assert "watcher init" in caught.value.faults[0].hint


def test_secrets_are_listed_wherever_they_are_referred_to(tmp_path: Path) -> None:
    path = tmp_path / "watcher.toml"
    path.write_text('[alert.me]\npassword = { credential = "smtp" }\n[watch.a]\nheaders = { X = { env = "TOKEN" } }\n')

    assert references(path) == [("credential", "smtp"), ("env", "TOKEN")]
    assert references(tmp_path / "none.toml") == []
