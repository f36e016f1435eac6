"""The table of the core's node types that the editor treats in a way of its own."""

from __future__ import annotations

import ast

import pytest

import comfyc
from comfyc.catalog import Catalog, bundled_core
from comfyc.catalog.core_types import CORE_TYPES, EDITOR_ONLY, CoreType, Trait, types_with
from comfyc.packs.core import BEHAVIOURS
from tests.discovery import FIXTURES

SOURCES = FIXTURES.parent / "converter" / "comfyc"
ROOMS = ("editor", "passes", "catalog")
"""The rooms that do what the editor does, and may not name these types themselves."""


def test_each_type_has_one_row_in_the_order_of_the_alphabet() -> None:
    names = [row.name for row in CORE_TYPES]
    assert names == sorted(set(names))
    assert all(row.traits for row in CORE_TYPES)


@pytest.mark.parametrize("row", CORE_TYPES, ids=lambda row: row.name)
def test_a_type_is_one_of_the_core_or_stays_in_the_editor(row: CoreType) -> None:
    assert (row.name in bundled_core()) is (row.title is None)


@pytest.mark.parametrize("trait", Trait)
def test_each_trait_belongs_to_a_type_and_is_asked_for(trait: Trait) -> None:
    assert types_with(trait)
    texts = [file.read_text("utf-8") for file in SOURCES.rglob("*.py") if file.name != "core_types.py"]
    asked = f"Trait.{trait.name})"
    if trait in (Trait.PRIMITIVE, Trait.REROUTE):
        asked = trait.name  # there is a name for the only type
    assert any(asked in text for text in texts)


def test_what_stays_in_the_editor_behaves_so() -> None:
    assert BEHAVIOURS.keys() == EDITOR_ONLY.keys()
    assert {name: one.title for name, one in BEHAVIOURS.items()} == EDITOR_ONLY
    assert not any(name in Catalog.load() for name in EDITOR_ONLY)


def test_no_other_module_names_these_types() -> None:
    names = {row.name for row in CORE_TYPES}
    named: dict[str, set[str]] = {}
    for room in ROOMS:
        for file in (SOURCES / room).rglob("*.py"):
            tree = ast.parse(file.read_text("utf-8"))
            texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            found = {name for name in names if name in texts}
            if found and file.name != "core_types.py":
                named[file.name] = found
    assert named == {}


def test_the_package_is_the_one_that_is_looked_at() -> None:
    assert SOURCES.samefile(comfyc.__path__[0])
