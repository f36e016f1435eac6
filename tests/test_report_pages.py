"""The pages about the rules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comfyc.codes import RULES
from comfyc.diagnostics import ComfycError
from comfyc.report.pages import explain, prose, rules_page
from comfyc.safety.escaping import visible

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_in_docs_is_up_to_date() -> None:
    """``python -m scripts.render_rules`` writes it."""
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == rules_page()


@pytest.mark.parametrize("code", RULES)
def test_a_page_holds_all_that_the_table_says(code: str) -> None:
    rule = RULES[code]
    page = explain(code)
    assert page == explain(rule.name) == explain(f" {code.lower()} ")
    words = " ".join(page.split())
    for part in (code, rule.name, rule.severity.value, " ".join(rule.summary.split()), rule.help):
        assert part in words
    assert max(map(len, page.splitlines())) <= 88
    assert visible(page.replace("\n", "")) == page.replace("\n", "")


def test_names_are_unique_and_kebab_case() -> None:
    """Names select rules as codes do, so they must not be mistaken for one another."""
    names = [rule.name for rule in RULES.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)
    assert not {"all", "error", "warning", "info"} & set(names)
    assert all(re.fullmatch(r"[WGNPSCIMD]\d{3}", code) and RULES[code].code == code for code in RULES)


@pytest.mark.parametrize("word", ["N20l", "unknow-type", "UNKNOWN_TYPE"])
def test_a_slip_gets_suggestions(word: str) -> None:
    with pytest.raises(ComfycError) as caught:
        explain(word)
    assert "N201 (unknown-type)" in (caught.value.hint or "")
    assert (caught.value.hint or "").startswith("did you mean ")


def test_an_unknown_word_gets_none() -> None:
    with pytest.raises(ComfycError) as caught:
        explain("zzzzzzzz")
    assert caught.value.hint == "comfyc explain --all lists all rules"


def test_the_page_is_sound_markdown() -> None:
    """Every rule has a row in an index and a section that its row leads to; nothing in a text is obeyed."""
    parser = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(rules_page())
    children = [child for token in tokens for child in token.children or ()]
    links = [child.attrs["href"] for child in children if child.type == "link_open"]
    html = [child.content for child in children if child.type == "html_inline"]
    assert links == [f"#{code.lower()}" for stage in "WGNPSCIMD" for code in RULES if code.startswith(stage)]
    assert [tag for tag in html if tag != "</a>"] == [f'<a id="{link[1:]}">' for link in links]
    assert {child.type for child in children} <= {
        "text", "text_special", "code_inline", "softbreak", "link_open", "link_close", "html_inline",
        "em_open", "em_close",
    }  # fmt: skip
    assert sum(child.type == "em_open" for child in children) == len(RULES)


def test_prose_keeps_code_and_escapes_the_rest() -> None:
    assert prose("a*b `c*d` <e> [f](g) h_i") == "a\\*b `c*d` \\<e> \\[f\\](g) h\\_i"
