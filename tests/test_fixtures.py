"""The goldens are whole: each case has one answer, and the recorded hashes cover the installed templates."""

from __future__ import annotations

import importlib.resources
import json

import pytest

from tests.discovery import FIXTURES, Case, cases

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_has_one_answer(case: Case) -> None:
    assert (case.prompt is None) != (case.error is None)
    assert case.catalog is None or case.catalog.is_file()
    if case.prompt is not None:
        assert isinstance(json.loads(case.prompt), dict)
        assert not case.prompt.endswith("\n"), "the browser's download does not end in a line break"


def test_no_folder_is_overlooked() -> None:
    found = {case.folder for case in CASES}
    for file in (FIXTURES / "cases").rglob("*"):
        if file.is_file():
            assert file.parent in found, f"{file} belongs to no case"


def test_every_catalogue_is_used() -> None:
    used = {case.catalog.stem for case in CASES if case.catalog is not None}
    used |= {file.read_text("utf-8").strip() for file in (FIXTURES / "faults").glob("*/*/catalog.txt")}
    for file in (FIXTURES / "catalogs").glob("*.json"):
        assert file.stem in used, f"no case uses {file.name}"


def test_hashes_cover_the_installed_templates() -> None:
    recorded = json.loads((FIXTURES / "templates" / "sha256.json").read_text())["templates"]
    folder = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    documents = {
        file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8-sig"))
        for file in folder.iterdir()
        if file.name.endswith(".json")
    }
    workflows = {
        key for key, document in documents.items() if isinstance(document, dict) and "nodes" in document
    }
    assert set(recorded) == workflows
