"""The rules in docs/spec: their ids hold, and each one links to a recording that is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

SPEC = Path(__file__).resolve().parent.parent / "docs" / "spec"
FIXTURES = SPEC.parent.parent / "fixtures"
LETTERS = {"conversion.md": "C", "rebuilding.md": "B", "validation.md": "V", "protocol.md": "R"}
PAGES = ("README.md", *LETTERS)
HEADING = re.compile(r'^### <a id="(?P<anchor>[^"]*)"></a>(?P<id>\S+) (?P<title>\S.*)$')
LINK = re.compile(r"\]\(([^)\s]+)\)")
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a page: its heading and the lines below it."""

    page: str
    id: str
    anchor: str
    lines: tuple[str, ...]


def rules(page: str) -> list[Rule]:
    """The rules of a page. A heading of that level which is not a rule's fails."""
    found: list[Rule] = []
    for part in re.split(r"^(?=### )", (SPEC / page).read_text("utf-8"), flags=re.MULTILINE)[1:]:
        heading, *lines = part.splitlines()
        match = HEADING.match(heading)
        assert match is not None, f"{page}: no rule's heading: {heading}"
        end = next((number for number, line in enumerate(lines) if line.startswith("## ")), len(lines))
        found.append(Rule(page, match["id"], match["anchor"], tuple(lines[:end])))
    return found


def anchors(path: Path) -> set[str]:
    """What a link into a page of Markdown may name: its anchors, and its headings as GitHub names them."""
    text = path.read_text("utf-8")
    titles = [line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#")]
    return {*ANCHOR.findall(text), *(re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles)}


RULES = [rule for page in LETTERS for rule in rules(page)]


@pytest.mark.parametrize("page", LETTERS)
def test_ids_are_unique_and_consecutive(page: str) -> None:
    ids = [rule.id for rule in RULES if rule.page == page]
    assert ids, f"{page} has no rules"
    assert len(set(ids)) == len(ids)
    assert set(ids) == {f"{LETTERS[page]}{number}" for number in range(1, len(ids) + 1)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_links_to_a_recording(rule: Rule) -> None:
    assert rule.anchor == rule.id.lower()
    text = [line for line in rule.lines if line.strip() and not line.startswith(("Fixture:", "Findings:"))]
    assert text, "the rule says nothing"
    lines = [line for line in rule.lines if line.startswith("Fixture:")]
    assert len(lines) == 1
    links = LINK.findall(lines[0])
    assert links
    for link in links:
        assert (SPEC / link).resolve().is_relative_to(FIXTURES), f"{link} leads out of fixtures/"
        assert (SPEC / link).exists(), f"{link} is not there"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    for link in LINK.findall((SPEC / page).read_text("utf-8")):
        name, _, fragment = link.partition("#")
        target = SPEC / name if name else SPEC / page
        assert target.exists(), f"{link} is not there"
        if fragment:
            assert fragment in anchors(target), f"{link} names no heading"
