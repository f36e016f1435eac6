"""No title, value or file name is ever obeyed: by a terminal, a CI system, an XML or Markdown reader."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.report.findings import FileReport, located
from comfyc.safety.escaping import (
    github_data,
    github_property,
    json_escaped,
    json_visible,
    lines_of_text,
    markdown,
    plain,
    printable,
    shortened,
    visible,
    xml,
)
from tests.reports import HOSTILE, REPORTERS, as_command, hostile

PIECES = (
    *HOSTILE[:-1],
    "::",
    "##[",
    "]",
    "|",
    "\\",
    "%",
    "\x1b[",
    "\n",
    "<",
    ">",
    "&",
    "`",
    "@",
    "www.",
    "http://",
)
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))


def every_character() -> Iterator[str]:
    return map(chr, range(sys.maxunicode + 1))


@pytest.fixture(scope="module")
def reports() -> list[FileReport]:
    return [located(found) for found in hostile()]


def test_every_character_that_cannot_be_seen_is_spelt() -> None:
    unseen = {
        char for char in every_character() if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }
    assert {char for char in unseen if visible(char) == char} == {"\u200c", "\u200d"}
    seen = "".join(char for char in every_character() if char.isprintable())
    assert visible(seen) == seen


def test_spellings() -> None:
    assert visible("\x1b[0m\n\u202e\U000e0041\ud800") == "\\x1b[0m\\n\\u202e\\U000e0041\\ud800"
    assert visible("ünïcödé 名前 👩\u200d🎨 a\\nb") == "ünïcödé 名前 👩\u200d🎨 a\\nb"
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"


@given(TEXTS)
def test_plain_text_is_one_line_that_no_runner_obeys(text: str) -> None:
    made = plain(text)
    assert made.splitlines() in ([made], [])
    assert as_command(made) is None
    assert as_command(f"  12 | {made}") is None
    assert "##" not in made
    made.encode("utf-8")


@given(TEXTS, TEXTS)
def test_github_gets_back_what_was_given(name: str, words: str) -> None:
    """As @actions/core escapes and actions/runner reads; a value is never empty there."""
    command = as_command(f"::error file=f{github_property(name)},line=1::{github_data(words)}")
    assert command is not None
    assert command.properties == {"file": f"f{name}", "line": "1"}
    assert command.data == words


@pytest.mark.parametrize("text", ["100%", "a\r\nb", "a:b,c=d", "%0A%25"])
def test_github_spellings(text: str) -> None:
    data = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    assert github_data(text) == data
    assert github_property(text) == data.replace(":", "%3A").replace(",", "%2C")


@given(TEXTS)
def test_xml_gives_back_the_visible_text(text: str) -> None:
    made = xml(text)
    assert as_command(made) is None
    element = ET.fromstring(f'<a b="{made}">{made}</a>'.encode())
    assert element.attrib["b"] == visible(text)
    assert (element.text or "") == visible(text)
    assert len(element) == 0
    assert "##" not in made


@given(st.lists(TEXTS | st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=3))
def test_json_without_commands_is_the_same_value(value: list[object]) -> None:
    made = json_escaped(json.dumps(value))
    assert json.loads(made) == value
    assert "##" not in made
    assert made.isprintable()


@given(TEXTS)
def test_a_text_of_lines_holds_no_command(text: str) -> None:
    made = lines_of_text(text)
    assert len(made.split("\n")) == len(text.split("\n"))
    assert [line for line in made.split("\n") if as_command(line)] == []
    assert not re.search(r"##[\w.]*\[", made)
    assert visible(made.replace("\n", "").replace("\t", "")) == made.replace("\n", "").replace("\t", "")


def test_what_nothing_obeys_stays_in_a_text_of_lines() -> None:
    text = "## Heading\n\n\ta: b::c | 名前 👩\u200d🎨\n### [x](y)"
    assert lines_of_text(text) == text
    assert (
        lines_of_text("::error::x\r\n##[group]y\n##teamcity[z]")
        == "\\x3a:error::x\n#\\x23[group]y\n#\\x23teamcity[z]"
    )


@given(st.dictionaries(TEXTS, TEXTS, max_size=3), st.booleans())
def test_json_on_a_terminal_is_the_same_value(value: dict[str, str], indented: bool) -> None:
    made = json_visible(json.dumps(value, ensure_ascii=False, indent=2 if indented else None))
    assert json.loads(made) == value
    assert visible(made.replace("\n", "")) == made.replace("\n", "")


@given(TEXTS)
def test_messages_are_one_line_of_bounded_length(text: str) -> None:
    made = printable(text, 20)
    assert len(made) <= 20
    assert made.splitlines() in ([made], [])
    assert as_command(made) is None


@given(TEXTS)
def test_markdown_shows_the_visible_text_and_nothing_else(text: str) -> None:
    """Read by a real Markdown reader (rich, and so typer, brings it)."""
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(f"| a | b |\n| --- | --- |\n| x{markdown(text)}x | end |\n")
    inline = [token for token in tokens if token.type == "inline"]
    assert len(inline) == 4
    assert {child.type for token in inline for child in token.children} <= {"text", "text_special"}
    shown = "".join(child.content for child in inline[2].children)
    assert shown.replace("@\u2060", "@") == f"x{visible(text)}x"
    assert inline[3].content == "end"


def test_markdown_makes_no_links() -> None:
    """GitHub links addresses in bare text: after a scheme and ``//``, after ``www.`` and around ``@``."""
    made = markdown("https://evil.example ftp://x www.evil.example WWW.x a@evil.example @someone mailto:x")
    assert not re.search(r"(?i)://|www\.|mailto:|@", made)


@pytest.mark.parametrize("name", sorted(REPORTERS.keys() - {"github"}))  # which consists of commands
def test_no_line_of_a_report_is_a_command(name: str, reports: list[FileReport]) -> None:
    made = REPORTERS[name](reports)
    assert [line for line in made.split("\n") if as_command(line)] == []
    if name != "markdown":  # which goes into a file
        assert "##" not in made


@pytest.mark.parametrize("name", REPORTERS)
def test_reports_hold_nothing_that_a_terminal_obeys(name: str, reports: list[FileReport]) -> None:
    made = REPORTERS[name](reports)
    bare = made.replace("\n", "")
    assert visible(bare) == bare
    made.encode("utf-8")


def test_every_finding_takes_the_lines_that_it_should(reports: list[FileReport]) -> None:
    count = sum(len(report.findings) for report in reports)
    assert count == len(HOSTILE) * 6
    assert len(REPORTERS["concise"](reports).split("\n")) == count + 1
    blocks = REPORTERS["text"](reports).split("\n\n")
    assert len(blocks) == count
    assert {len(block.rstrip("\n").split("\n")) for block in blocks} <= {2, 3, 4, 5, 6}


def test_color_codes_are_only_ours(reports: list[FileReport]) -> None:
    made = REPORTERS["text"](reports, color=True)
    assert set(re.findall(r"\x1b[^m]*m", made)) == {
        "\x1b[1;31m",
        "\x1b[1;33m",
        "\x1b[1;36m",
        "\x1b[1;34m",
        "\x1b[1m",
        "\x1b[0m",
    }
    assert made.count("\x1b[0m") * 2 == made.count("\x1b")


def test_long_texts_are_shortened_for_people(reports: list[FileReport]) -> None:
    assert max(map(len, REPORTERS["text"](reports[:-2]).split("\n"))) < 4_000
