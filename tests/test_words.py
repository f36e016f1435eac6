"""The words of the code: one for each thing (docs/glossary.md), and one class for each name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "converter" / "comfyc"
GLOSSARY = ROOT / "docs" / "glossary.md"
MODULES = sorted(PACKAGE.rglob("*.py"))

GONE = {
    "place": "say pointer, value_index, link_index, position or folder",
    "places": "say pointers, indexes or positions",
    "tell": "say report",
    "told": "say reported",
    "telling": "say reporting",
}
"""Words that identifiers no longer have, and what to write instead."""


@cache
def glossary() -> dict[str, list[str]]:
    """The terms of the glossary in their order, by section."""
    sections: dict[str, list[str]] = {}
    for line in GLOSSARY.read_text("utf-8").splitlines():
        if line.startswith("## "):
            sections[line[3:]] = []
        elif term := re.match(r"- \*\*(.+)\*\*: [A-Z]", line):
            list(sections.values())[-1].append(term[1])
    return sections


def test_the_glossary_is_short_and_sorted() -> None:
    terms = [term for section in glossary().values() for term in section]
    assert len(glossary()) == 2
    assert 30 < len(terms) <= 50
    assert len(set(terms)) == len(terms)
    for section in glossary().values():
        assert section == sorted(section, key=str.casefold)


def test_each_term_of_the_glossary_is_used() -> None:
    papers = [path for path in ROOT.glob("docs/**/*.md") if path != GLOSSARY]
    used = "\n".join(path.read_text("utf-8") for path in (*MODULES, *papers, ROOT / "README.md"))
    flowing = " ".join(used.split()).casefold()
    assert [term for terms in glossary().values() for term in terms if term.casefold() not in flowing] == []


def identifiers(path: Path) -> Iterator[str]:
    """Every name that a module gives: to itself, to functions, classes, parameters, variables, members."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def words(identifier: str) -> set[str]:
    """The words of an identifier: "_valuePlace", "value_place" and "ValuePlace" have "value" and "place"."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", identifier).split("_")
    return {part.casefold() for part in parts if part}


def test_words_that_are_gone_stay_away() -> None:
    assert [
        f"{path.relative_to(PACKAGE)}: {name} ({GONE[word]})"
        for path in MODULES
        for name in identifiers(path)
        for word in words(name) & GONE.keys()
    ] == []


def public_classes() -> dict[str, list[str]]:
    """The modules that define each public class, by its name."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(PACKAGE)))
    return found


@pytest.mark.slow
def test_public_classes_have_names_of_their_own() -> None:
    assert {name: paths for name, paths in public_classes().items() if len(paths) > 1} == {}


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("_value_place", {"value", "place"}),
        ("Places", {"places"}),
        ("replace", {"replace"}),
        ("inPlace", {"in", "place"}),
    ],
)
def test_identifiers_are_cut_into_words(identifier: str, expected: set[str]) -> None:
    assert words(identifier) == expected
