"""Which bundled definition of a type counts for a file: of which pack, and of which version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import convert
from comfyc.catalog import Catalog
from comfyc.catalog.bundle import pack_bundle
from comfyc.catalog.choosing import choose_editions
from comfyc.catalog.shelf import INDEX, Shelf
from scripts.pack_index import build_index

COMMITS = [f"{number:07x}" for number in range(0x1000000, 0x1000006)]


def entry(kind: str, folder: str, **widgets: str) -> dict[str, Any]:
    required = {name: [widget, {}] for name, widget in widgets.items()}
    return {
        "name": kind,
        "input": {"required": required},
        "output": [],
        "python_module": f"custom_nodes.{folder}",
    }


NEW = entry("Own", "first", text="STRING", steps="INT", size="INT")
OLD = entry("Own", "first", steps="INT", text="STRING")
GONE = entry("Gone", "first", text="STRING")
FIRST = {"Own": NEW, "Shared": entry("Shared", "first", a="INT")}
SECOND = {"Other": entry("Other", "second", x="INT"), "Shared": entry("Shared", "second", b="INT")}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    first = {
        "title": "First",
        "folder": "first",
        "cnr_id": "first-pack",
        "origin": "source",
        "version": "new 1",
    }
    history = {"commits": "".join(COMMITS), "releases": {"1.0.0": 1, "1.2.0": 4}}
    older = [("Own", 0, 2, OLD), ("Gone", 0, 3, GONE)]
    second = {"title": "Second", "folder": "second", "repository": "Some/Second", "origin": "source"}
    (tmp_path / "first.jsonl.gz").write_bytes(pack_bundle({**first, **history}, FIRST, older=older))
    (tmp_path / "second.jsonl.gz").write_bytes(pack_bundle(second, SECOND))
    (tmp_path / INDEX).write_bytes(build_index(tmp_path, [{"bundle": "first.jsonl.gz", "stars": "9"}]))
    made = Shelf(tmp_path)
    for module in ("comfyc.catalog", "comfyc.catalog.bundled", "comfyc.editor.loading.known"):
        monkeypatch.setattr(f"{module}.pack_entries", lambda: made)
    return made


def packs(shelf: Shelf, *nodes: tuple[str, dict[str, Any]]) -> dict[str, str]:
    """The pack whose definition of each type is chosen, for those types where a choice was made."""
    return {kind: edition.volume.title for kind, edition in choose_editions(nodes, shelf).items()}


def test_the_best_known_pack_has_a_shared_type(shelf: Shelf) -> None:
    assert [volume.title for volume in shelf.volumes_with("Shared")] == ["First", "Second"]
    assert packs(shelf, ("Shared", {})) == {}
    assert packs(shelf, ("Nobodys", {}), ("Own", {})) == {}


@pytest.mark.parametrize("named", [{"aux_id": "some/second"}, {"cnr_id": "Second"}])
def test_the_pack_that_a_node_names_has_its_type(shelf: Shelf, named: dict[str, str]) -> None:
    assert packs(shelf, ("Shared", named)) == {"Shared": "Second"}
    assert packs(shelf, ("Shared", {"cnr_id": "first-pack"}), ("Other", {})) == {}


def test_the_pack_of_most_other_types_has_a_type_whose_pack_is_not_named(shelf: Shelf) -> None:
    assert packs(shelf, ("Shared", {}), ("Other", {})) == {"Shared": "Second"}
    assert packs(shelf, ("Shared", {}), ("Other", {}), ("Own", {})) == {}


@pytest.mark.parametrize(
    ("version", "is_old"),
    [
        (COMMITS[0], True),
        (COMMITS[2] + "0" * 33, True),
        (COMMITS[3], False),
        ("1.0.0", True),
        ("1.1.9", True),
        ("v1.0.0", True),
        ("1.2.0", False),
        ("1.10.0", False),
        ("0.9", False),
        ("nightly", False),
        (COMMITS[0][1:] + "1", False),
    ],
)
def test_the_version_that_a_file_names_decides_between_definitions(
    shelf: Shelf, version: str, is_old: bool
) -> None:
    chosen = choose_editions([("Own", {"ver": version})], shelf)
    assert ("Own" in chosen) is is_old


def workflow(kind: str, values: list[Any], **properties: str) -> dict[str, Any]:
    node = {"id": 1, "type": kind, "properties": properties, "widgets_values": values}
    return {"version": 0.4, "nodes": [node], "links": []}


@pytest.mark.usefixtures("shelf")
def test_saved_values_are_read_with_the_definition_of_their_version() -> None:
    catalog = Catalog.load()
    new, old = ["a text", 20, 64], [20, "a text"]
    for values, version, inputs, said in (
        (new, "1.2.0", {"text": "a text", "steps": 20, "size": 64}, "new 1"),
        (old, "1.0.0", {"text": "a text", "steps": 20}, "version 1.0.0"),
        (old, COMMITS[2], {"text": "a text", "steps": 20}, "version 1.0.0"),
        (new, "1.2.0", {"text": "a text", "steps": 20, "size": 64}, "new 1"),
    ):
        conversion = convert(workflow("Own", values, ver=version), catalog)
        assert conversion.prompt["1"]["inputs"] == inputs
        (found,) = [one for one in conversion.diagnostics if one.rule.code == "N220"]
        assert said in found.message


@pytest.mark.usefixtures("shelf")
def test_a_type_that_its_pack_no_longer_has_keeps_its_last_definition() -> None:
    conversion = convert(workflow("Gone", ["a text"]))
    assert conversion.prompt["1"]["inputs"] == {"text": "a text"}
    (found,) = [one for one in conversion.diagnostics if one.rule.code == "N260"]
    assert "1.0.0" in found.message
    assert not convert(workflow("Own", ["a text", 1, 2])).diagnostics.has_errors


@pytest.mark.parametrize(
    "history",
    [{"older": 1}, {"older": [["Own", 0]]}, {"older": [["Own", "0", 1]]}, {"older": [[1, 0, 1]]}],
)
def test_a_bundle_with_a_damaged_history_is_refused(history: dict[str, Any], tmp_path: Path) -> None:
    header = {"format": "comfyc-catalogue", "names": [], **history}
    path = tmp_path / "damaged.jsonl"
    path.write_text(json.dumps(header, separators=(",", ":")) + "\n{}\n", "ascii")
    with pytest.raises(Exception, match=r"former entries|does not have the nodes"):
        Catalog.load(path)
