"""Which packs a file needs: `comfyc packs` and what is behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import convert
from comfyc.catalog import Catalog, class_map
from comfyc.catalog.bundle import gzip_bytes
from comfyc.cli import main
from comfyc.needs.packs import install_lines, needed_packs

CORE = {"cnr_id": "comfy-core", "ver": "0.33.0"}


def workflow(*nodes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    entries = [{"id": i, "type": kind, "properties": about} for i, (kind, about) in enumerate(nodes)]
    return {"version": 0.4, "nodes": entries, "links": []}


FILE = workflow(
    ("KSampler", CORE),
    ("Note", {}),
    ("GetNode", {}),
    ("ImageBatchMulti", {"cnr_id": "comfyui-kjnodes", "ver": "1.1.0"}),
    ("ImageBatchMulti", {"aux_id": "kijai/ComfyUI-KJNodes", "ver": "1.1.0"}),
    ("VHS_VideoCombine", {"aux_id": "repo"}),
    ("Somebodys", {"cnr_id": "somebodys-pack", "ver": "0.1.0"}),
    ("Forked", {"aux_id": "someone/fork"}),
    ("Whose", {}),
    ("Whose", {}),
)


def test_a_pack_is_what_the_file_notes_else_what_has_the_type() -> None:
    found = {need.name: need for need in needed_packs(FILE)}
    assert list(found) == [
        "ComfyUI-KJNodes",
        "ComfyUI-VideoHelperSuite",
        "somebodys-pack",
        "someone/fork",
        "unknown pack",
    ]
    kj = found["ComfyUI-KJNodes"]
    assert kj.types == {"GetNode": 1, "ImageBatchMulti": 2}
    assert kj.versions == {"1.1.0": 2}
    assert kj.bundled
    assert not found["somebodys-pack"].bundled
    assert found["unknown pack"].types == {"Whose": 2}


def test_names_to_install() -> None:
    needs = needed_packs(FILE)
    assert install_lines(needs) == [
        "comfyui-kjnodes",
        "comfyui-videohelpersuite",
        "somebodys-pack",
        "https://github.com/someone/fork",
    ]
    assert install_lines(needs, pinned=True)[0] == "comfyui-kjnodes@1.1.0"


@pytest.mark.parametrize("name", ["--help", "a\nb", "a b", "https://x/y", "../x", "", "a/b/c", "é"])
def test_what_no_pack_can_be_called_is_not_installed(name: str) -> None:
    (need,) = needed_packs(workflow(("Whose", {"cnr_id": name, "aux_id": name, "ver": "1.2.3\n-x"})))
    assert not need.is_known
    assert install_lines([need], pinned=True) == []
    (known,) = needed_packs(workflow(("Whose", {"cnr_id": "a", "ver": "1.2.3\n-x"})))
    assert install_lines([known], pinned=True) == ["a"]


def test_what_a_server_lacks() -> None:
    server = Catalog.from_object_info({"ImageBatchMulti": {"input": {}}})
    missing = {need.name: need.missing for need in needed_packs(FILE, server)}
    assert missing["ComfyUI-KJNodes"] == []  # GetNode is the editor's own: the pack is there
    assert missing["ComfyUI-VideoHelperSuite"] == ["VHS_VideoCombine"]
    bare = {need.name: need.missing for need in needed_packs(FILE, Catalog.from_object_info({}))}
    assert bare["ComfyUI-KJNodes"] == ["GetNode", "ImageBatchMulti"]


def test_subgraphs_group_nodes_and_prompts_count() -> None:
    inner = {"id": 1, "type": "Whose"}
    document = {
        **workflow(("sub", {}), ("workflow>group", {})),
        "definitions": {"subgraphs": [{"id": "sub", "nodes": [inner], "links": []}]},
        "extra": {"groupNodes": {"group": {"nodes": [{"type": "Theirs"}]}}},
    }
    (need,) = needed_packs(document)
    assert need.types == {"Whose": 1, "Theirs": 1}
    (need,) = needed_packs({"1": {"class_type": "Whose", "inputs": {}}, "2": {"class_type": "KSampler"}})
    assert need.types == {"Whose": 1}
    assert needed_packs(5) == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(FILE))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        main(["packs", *arguments])
    told = capsys.readouterr()
    return int(stopped.value.code or 0), told.out, told.err


def test_the_table(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    code, out, _ = run(capsys, str(file))
    assert code == 0
    rows = [re.split(" {2,}", line) for line in out.splitlines()]
    assert rows[0] == ["PACK", "SOURCE", "VERSION", "BUNDLED CATALOGUE", "NODE TYPE", "NODES"]
    (pack,) = (row for row in rows if row[0] == "ComfyUI-KJNodes")
    assert pack[:4] == ["ComfyUI-KJNodes", "comfyui-kjnodes", "1.1.0", "2026-08-14 3f20054"]
    assert any(row[-2:] == ["ImageBatchMulti", "2"] for row in rows)
    assert any(row[:3] == ["unknown pack", "unknown", "none"] for row in rows)
    assert any(row[-2:] == ["Whose", "2"] for row in rows)


def test_json_and_names(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    copy = file.with_name("copy.json")
    copy.write_bytes(file.read_bytes())
    code, out, _ = run(capsys, str(file), str(copy), "--json")
    assert code == 0
    assert [row["packs"][0]["cnr_id"] for row in json.loads(out)["results"]] == ["comfyui-kjnodes"] * 2
    code, out, err = run(capsys, str(file), "--format", "install")
    assert out.splitlines()[0] == "comfyui-kjnodes"
    assert "'Whose'" in err


def test_missing_types_fail(capsys: pytest.CaptureFixture[str], file: Path, tmp_path: Path) -> None:
    server = tmp_path / "server.json"
    server.write_text(json.dumps({"ImageBatchMulti": {"input": {}, "output": []}}))
    code, out, _ = run(capsys, str(file), "--object-info", str(server))
    assert code == 1
    assert re.search(r"^.* VHS_VideoCombine +1 +missing$", out, re.MULTILINE)
    assert re.search(r"^.* ImageBatchMulti +2 +there$", out, re.MULTILINE)
    code, out, _ = run(capsys, str(file), "--object-info", str(server), "--format", "install")
    assert "comfyui-kjnodes" not in out


def test_a_file_without_a_workflow(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("nonsense")
    code, _, err = run(capsys, str(tmp_path / "no.json"))
    assert code == 1
    assert "W001" in err


NODE_MAP = {
    "repositories": ["one/popular", "two/whole", "three/other"],
    "classes": ["Shared", "Shared\nOwn", "Shared"],
}


@pytest.fixture
def node_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = tmp_path / "class-map.json.gz"
    path.write_bytes(gzip_bytes(json.dumps(NODE_MAP).encode()))
    monkeypatch.setattr(class_map, "CLASS_MAP", path)
    class_map._table.cache_clear()
    yield
    class_map._table.cache_clear()


@pytest.mark.usefixtures("node_map")
def test_the_node_map_names_the_pack_of_a_type_that_no_catalogue_has() -> None:
    (popular,) = needed_packs(workflow(("Shared", {})))
    assert (popular.name, popular.source) == ("popular", "https://github.com/one/popular")
    assert popular.alternatives == ["two/whole", "three/other"]
    (whole,) = needed_packs(workflow(("Shared", {}), ("Own", {})))
    assert (whole.name, whole.types) == ("whole", {"Shared": 1, "Own": 1})
    named, unknown = needed_packs(workflow(("Shared", {"cnr_id": "named"}), ("Nobodys", {})))
    assert (named.name, unknown.name) == ("named", "unknown pack")


@pytest.mark.usefixtures("node_map")
def test_the_hint_of_an_unknown_type_says_which_packs_provide_it() -> None:
    found = convert(workflow(("Shared", {}), ("Nobodys", {}))).diagnostics
    hints = {one.location.node: str(one.hint) for one in found if one.rule.code == "N201"}
    for name in NODE_MAP["repositories"]:
        assert f"https://github.com/{name}" in hints["0"]
    assert "github.com" not in hints["1"]
