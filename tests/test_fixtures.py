"""The goldens are whole: each case has one answer, and all of fixtures/ says where it comes from."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from comfyc.catalog import Catalog
from scripts.generator.documents import make_document
from scripts.generator.graphs import Catalogue
from tests.discovery import CASES, FIXTURES, GENERATED, TEMPLATE_EXPORTS, cases, read_packed, read_toml


def test_each_case_has_one_answer() -> None:
    for case in cases():
        assert (case.prompt is None) != (case.error is None), case.name
        assert case.catalog is None or case.catalog.is_file(), case.name
        if case.prompt is not None:
            assert isinstance(json.loads(case.prompt), dict), case.name
            assert not case.prompt.endswith("\n"), f"{case.name}: a download does not end in a line break"


def test_no_file_is_overlooked() -> None:
    folders = {CASES / case.topic / case.label for case in cases()}
    files = [file for file in CASES.rglob("*") if file.is_file()]
    assert len(files) > 900
    for file in files:
        manifest = file.name == "cases.toml" and file.parent.parent == CASES
        packed = file.parent == GENERATED and file.name.endswith(".jsonl.gz")
        assert manifest or packed or file.parent in folders, f"{file} belongs to no case"


def test_each_row_of_a_manifest_is_a_case() -> None:
    """The other way round, reading a case without a row fails."""
    manifests = {file.parent.name: read_toml(file)["cases"] for file in CASES.glob("*/cases.toml")}
    listed = {f"{topic}/{label}" for topic, rows in manifests.items() for label in rows}
    in_folders = {case.name for case in cases() if (CASES / case.topic).is_dir()}
    assert listed == in_folders
    assert len(listed) > 400


def test_every_case_says_where_it_comes_from() -> None:
    for case in cases():
        found = case.provenance
        assert len(found.title) > 20, case.name
        assert found.source, case.name
        assert found.frontend == cases()[0].provenance.frontend, f"{case.name} is of another frontend"
        assert found.added >= "2026-11-24", case.name


def test_every_folder_says_where_it_comes_from() -> None:
    about = read_toml(FIXTURES / "fixtures.toml")
    assert set(about) == {folder.name for folder in FIXTURES.iterdir() if folder.is_dir()}
    for name, row in about.items():
        assert {"title", "source", "added"} <= row.keys() <= {"title", "source", "added", *ORIGINS}, name


ORIGINS = ("frontend", "server", "seed")


@pytest.mark.parametrize("file", sorted(GENERATED.glob("*.jsonl.gz")), ids=lambda file: file.name)
def test_the_generator_gives_a_made_up_workflow_again(file: Path) -> None:
    """So the recorded seed and numbers are true."""
    head, *rows = read_packed(file)
    if head["catalog"] is None:
        catalog = Catalog.load()
        core = [name for name in catalog if catalog.edition_of(name) is None]
        entries: dict[str, Any] = {name: catalog.info(name) for name in core}
    else:
        entries = json.loads((FIXTURES / "catalogs" / f"{head['catalog']}.json").read_text("utf-8"))
    assert rows
    for row in rows:
        made = make_document(Random(f"{head['seed']}/{row['number']}"), Catalogue(entries))
        assert json.dumps(made, indent=1, ensure_ascii=False) == row["workflow"]


def test_every_catalogue_is_used() -> None:
    used = {case.catalog.stem for case in cases() if case.catalog is not None}
    used |= {file.read_text("utf-8").strip() for file in (FIXTURES / "faults").glob("*/*/catalog.txt")}
    for file in (FIXTURES / "catalogs").glob("*.json"):
        assert file.stem in used, f"no case uses {file.name}"


def test_the_hashes_cover_the_installed_templates() -> None:
    recorded = json.loads((FIXTURES / "templates" / "sha256.json").read_text("utf-8"))["templates"]
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


def test_the_texts_of_the_templates_are_those_of_the_hashes() -> None:
    recorded = json.loads((FIXTURES / "templates" / "sha256.json").read_text("utf-8"))["templates"]
    hashes = {key: entry["sha256"] for key, entry in recorded.items() if "sha256" in entry}
    texts = {row["key"]: row["text"].encode("utf-8") for row in read_packed(TEMPLATE_EXPORTS)}
    assert {key: hashlib.sha256(text).hexdigest() for key, text in texts.items()} == hashes
