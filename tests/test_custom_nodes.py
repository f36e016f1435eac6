"""Node types of packs whose source is on this machine: their precedence, and what a scan does not know."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from comfyc import Catalog, ComfycError, Conversion, CustomNodes, convert, read_custom_nodes, validate
from comfyc.catalog.scanned import Scanned
from tests.answers import answer
from tests.in_process import Ended, comfyc


def entry(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entry of object_info with these required inputs."""
    base = {"output": ["IMAGE"], "output_node": True, "python_module": "custom_nodes.mine"}
    return {"input": {"required": inputs}, **base, **more}


def converted(entries: dict[str, Any], values: list[Any], catalog: Catalog | None = None) -> Conversion:
    """A node of the type "Mine", whose entry a scan has, with saved values."""
    node = {"id": 1, "type": "Mine", "widgets_values": values, "inputs": [], "outputs": []}
    document = {"version": 0.4, "nodes": [node], "links": [], "last_node_id": 1, "last_link_id": 0}
    return convert(document, (catalog or Catalog.load()).extended(Scanned([entries])))


def test_a_server_counts_before_a_scan_and_a_scan_before_the_bundled_packs() -> None:
    scanned = Scanned(
        [{"FaceDetailer": entry({"n": ["INT"]}), "KSampler": entry({"n": ["INT"]})}], name="here"
    )
    bundled = Catalog.load().extended(scanned)
    assert bundled.info("FaceDetailer") == Catalog.from_object_info(dict(scanned)).info("FaceDetailer")
    assert bundled.info("KSampler") == Catalog.load().info("KSampler")
    assert bundled.source_of("FaceDetailer") == "here"
    server = Catalog.from_object_info({"FaceDetailer": entry({"of_server": ["INT"]})}).extended(scanned)
    assert "of_server" in (server.info("FaceDetailer") or {})["input"]["required"]
    assert "n" in (server.info("KSampler") or {})["input"]["required"]
    assert [server.lists_files_of(name) for name in ("FaceDetailer", "KSampler")] == [True, False]


def test_the_source_of_comfyui_counts_before_the_bundled_core() -> None:
    own = {"KSampler": entry({"n": ["INT"]}, python_module="nodes")}
    catalog = Catalog.load().extended(Scanned([], own))
    assert "n" in (catalog.info("KSampler") or {})["input"]["required"]
    assert catalog.info("VAEDecode") == Catalog.load().info("VAEDecode")
    assert catalog.version is None


def test_choices_that_a_scan_does_not_know_are_no_error_and_lose_no_value() -> None:
    inputs = {"lora": [["none"], {}], "way": [["a", "b"]], "strength": ["FLOAT", {"default": 1.0}]}
    for marks in ({"lora": "options"}, {"lora": "default, options"}):
        made = converted({"Mine": entry(inputs, unknown=marks)}, ["my lora", "a", 0.5])
        assert made.prompt["1"]["inputs"] == {"lora": "my lora", "way": "a", "strength": 0.5}
        catalog = Catalog.load().extended(Scanned([{"Mine": entry(inputs, unknown=marks)}]))
        assert validate(dict(made.prompt), catalog).verdict["valid"]
    known = Catalog.load().extended(Scanned([{"Mine": entry(inputs)}]))
    assert not validate(dict(made.prompt), known).verdict["valid"]
    wrong = {"1": {"class_type": "Mine", "inputs": {"lora": "my lora", "way": "c", "strength": 0.5}}}
    (error,) = validate(wrong, catalog).verdict["node_errors"]["1"]["errors"]
    assert (error["type"], error["extra_info"]["input_name"]) == ("value_not_in_list", "way")


def test_values_that_a_script_adds_are_passed_over_though_choices_are_not_known() -> None:
    inputs = {"n": ["INT"], "lora": [["none"]], "strength": ["FLOAT"]}
    made = converted({"Mine": entry(inputs, unknown={"lora": "options"})}, [3, None, "my lora", 0.5])
    assert made.prompt["1"]["inputs"] == {"n": 3, "lora": "my lora", "strength": 0.5}


def test_an_output_that_a_scan_does_not_know_may_be_linked() -> None:
    entries = {"Mine": entry({"n": ["INT"]}, output=[], unknown={"*": "outputs"})}
    prompt = {
        "1": {"class_type": "Mine", "inputs": {"n": 1}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 2], "filename_prefix": "x"}},
    }
    assert validate(prompt, Catalog.load().extended(Scanned([entries]))).verdict["valid"]
    entries["Mine"].pop("unknown")
    known = Catalog.load().extended(Scanned([entries]))
    assert validate(prompt, known).verdict["good_outputs"] == ["1"]


def test_malformed_marks_are_dropped() -> None:
    for marks in (5, {"n": 5}, {"n": "options"}, {"other": "options"}, None):
        info = Catalog.from_object_info({"Mine": entry({"n": [["a"]]}, unknown=marks)}).info("Mine")
        assert info is not None
        assert all(isinstance(parts, str) for parts in info["unknown"].values())


# --- reading and the cache ------------------------------------------------------------------------

PACK = """
class Mine:
    CATEGORY, RETURN_TYPES, FUNCTION, OUTPUT_NODE = "mine", ("IMAGE",), "run", True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"steps": ("INT", {"default": 20}), "name": ("STRING", {"default": "x"})}}

NODE_CLASS_MAPPINGS = {"Mine": Mine}
"""
DOCUMENT = {
    "version": 0.4,
    "nodes": [{"id": 1, "type": "Mine", "widgets_values": [7, "seven"], "inputs": [], "outputs": []}],
    "links": [],
    "last_node_id": 1,
    "last_link_id": 0,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``custom_nodes`` with the pack "mine" and one that is broken, and a workflow beside it."""
    monkeypatch.setenv("COMFYC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("COMFYUI_PATH", raising=False)
    custom = tmp_path / "comfy" / "custom_nodes"
    for name, text in (("mine", PACK), ("broken", "from . import worse\n"), ("broken/worse", "")):
        (custom / name).mkdir(parents=True)
        (custom / name / "__init__.py").write_text(text, "utf-8")
    (custom / "broken" / "worse" / "__init__.py").write_text("x = (\n", "utf-8")
    (tmp_path / "flow.json").write_text(json.dumps(DOCUMENT), "utf-8")
    return custom


def read(folder: Path, **options: Any) -> tuple[CustomNodes, list[str]]:
    """What is read, and the packs for which the cache had nothing."""
    scanned: list[str] = []
    return read_custom_nodes(folder, on_scan=scanned.append, **options), scanned


def test_a_pack_is_scanned_again_when_its_contents_have_changed(folder: Path) -> None:
    first, scanned = read(folder)
    assert scanned == ["broken", "mine"]
    again, scanned = read(folder)
    assert (scanned, again.packs, again.diagnostics) == ([], first.packs, first.diagnostics)
    assert dict(again.entries) == dict(first.entries)
    file = folder / "mine" / "__init__.py"
    then = file.stat()
    file.write_text(
        PACK.replace("20", "30"), "utf-8"
    )  # of the same size and, as far as one can see, the same age
    os.utime(file, ns=(then.st_atime_ns, then.st_mtime_ns))
    changed, scanned = read(folder)
    assert scanned == ["mine"]
    assert changed.entries["Mine"]["input"]["required"]["steps"] == ["INT", {"default": 30}]
    assert read(folder, refresh=True)[1] == ["broken", "mine"]


def test_the_findings_name_the_files_where_they_are(folder: Path, tmp_path: Path) -> None:
    (found,) = read(folder)[0].diagnostics.with_code("C501")
    assert (found.file, found.line) == (str(folder / "broken" / "worse" / "__init__.py"), 1)
    shutil.copytree(folder, tmp_path / "copy")
    moved, scanned = read(tmp_path / "copy")
    assert scanned == []
    assert moved.diagnostics[0].file == str(tmp_path / "copy" / "broken" / "worse" / "__init__.py")


def test_a_damaged_cache_is_no_cache_and_old_scans_are_removed(folder: Path, tmp_path: Path) -> None:
    first, _ = read(folder)
    scans = sorted((tmp_path / "cache" / "scans").iterdir())
    for number, damage in enumerate((b"", gzip.compress(b"{}"), scans[1].read_bytes()[:-20])):
        scans[0].write_bytes(damage)
        again, scanned = read(folder)
        assert (len(scanned), dict(again.entries)) == (1, dict(first.entries)), number
    old = tmp_path / "cache" / "scans" / "old.jsonl.gz"
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    read(folder, refresh=True)
    assert sorted(old.parent.iterdir()) == scans
    (tmp_path / "nowhere").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMFYC_CACHE_DIR", str(tmp_path / "nowhere" / "below"))
        assert dict(read(folder)[0].entries) == dict(first.entries)


def test_one_pack_one_file_and_a_checkout_may_be_named_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    assert read(folder / "mine")[0].entries["Mine"]["python_module"] == "custom_nodes.mine"
    shutil.copy(folder / "mine" / "__init__.py", folder / "single.py")
    assert [pack.folder for pack in read(folder)[0].packs] == ["broken", "mine", "single"]
    (tmp_path / "comfy" / "nodes.py").write_text(PACK.replace("Mine", "KSampler"), "utf-8")
    (tmp_path / "comfy" / "comfy_extras").mkdir()
    found, _ = read(tmp_path / "comfy")
    assert (list(found.entries.core), sorted(found.entries)) == (["KSampler"], ["Mine"])
    own = Catalog.load().extended(found.entries).info("KSampler")
    assert own is not None
    assert list(own["input"]["required"]) == ["steps", "name"]
    for wrong in (tmp_path / "gone", tmp_path / "cache", "", "a\0b"):
        with pytest.raises(ComfycError, match="folder"):
            read_custom_nodes(wrong)


# --- the command line -----------------------------------------------------------------------------


def inputs_of(ended: Ended) -> dict[str, Any]:
    """The inputs of the one node in a prompt on stdout."""
    (node,) = json.loads(ended.out).values()
    found: dict[str, Any] = node["inputs"]
    return found


def test_convert_knows_the_packs_of_a_folder_and_of_the_environment(folder: Path, tmp_path: Path) -> None:
    unknown = comfyc("convert", "flow.json", cwd=tmp_path)
    assert "N201" in unknown.err
    named = comfyc("convert", "flow.json", "--custom-nodes", folder, cwd=tmp_path)
    assert inputs_of(named) == {"steps": 7, "name": "seven"}
    assert "N201" not in named.err
    assert "warning[C501]" in named.err
    own = {"COMFYUI_PATH": str(folder.parent)}
    assert inputs_of(comfyc("convert", "flow.json", cwd=tmp_path, env=own)) == inputs_of(named)
    (tmp_path / "info.json").write_text(json.dumps({"Other": {"input": {}, "output": []}}))
    saved = ("convert", "flow.json", "--object-info", "info.json")
    assert "N201" in comfyc(*saved, cwd=tmp_path, env=own).err
    assert inputs_of(comfyc(*saved, "--custom-nodes", folder, cwd=tmp_path)) == inputs_of(named)
    wrong = comfyc("convert", "flow.json", cwd=tmp_path, env={"COMFYUI_PATH": str(folder)})
    assert (wrong.code, "$COMFYUI_PATH names a folder of ComfyUI" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("convert", "flow.json"),
        ("validate", "flow.json"),
        ("inputs", "flow.json"),
        ("packs", "flow.json"),
        ("catalog", "show", "Mine"),
        ("catalog", "search", "Mine"),
        ("schema", "prompt"),
    ],
    ids=" ".join,
)
def test_every_command_with_a_catalogue_takes_the_folder(
    folder: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = comfyc(*words, "--custom-nodes", folder, "--json", cwd=tmp_path)
    found = answer(ended.out)
    assert (ended.code, found["errors"]) == (0, [])
    assert [one["code"] for one in found["findings"] if one["severity"] != "info"] == ["C501"]
    assert "Mine" in ended.out or words[0] == "validate"


def test_packs_that_are_not_in_the_folder_are_missing(folder: Path, tmp_path: Path) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    document["nodes"].append({"id": 2, "type": "FaceDetailer", "inputs": [], "outputs": []})
    (tmp_path / "flow.json").write_text(json.dumps(document), "utf-8")
    ended = comfyc("packs", "flow.json", "--custom-nodes", folder, "--format", "install", cwd=tmp_path)
    assert (ended.code, ended.out) == (1, "comfyui-impact-pack\n")


def test_a_folder_is_compared_with_what_is_bundled(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "info.json").write_text(json.dumps({"Mine": entry({"name": ["STRING"]})}), "utf-8")
    ended = comfyc("catalog", "diff", "info.json", folder, "--json", cwd=tmp_path)
    (changed,) = answer(ended.out)["results"]
    assert (changed["class"], changed["saved_values"]) == ("Mine", "shifted")


# --- configurations -------------------------------------------------------------------------------


def test_a_configuration_may_name_folders_of_its_repository(folder: Path, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    (repo / ".git").mkdir(parents=True)
    shutil.copy(tmp_path / "flow.json", repo)
    shutil.copytree(folder, repo / "packs")
    settings = repo / "comfyc.toml"
    settings.write_text('custom-nodes = ["./packs"]\n', "utf-8")
    ended = comfyc("validate", ".", cwd=repo)
    assert (ended.code, "C501" in ended.out) == (0, True)
    settings.write_text(f'custom-nodes = ["{folder.as_posix()}"]\n', "utf-8")
    refused = comfyc("validate", ".", cwd=repo)
    assert (refused.code, "names a folder outside of" in refused.err) == (2, True)
    assert comfyc("validate", ".", "--trust-config", cwd=repo).code == 0
    assert comfyc("validate", ".", "--custom-nodes", "packs", cwd=repo).code == 0
    shutil.rmtree(repo / "packs" / "mine")
    (repo / "packs" / "mine").symlink_to(folder / "mine")
    settings.write_text('custom-nodes = ["packs"]\n', "utf-8")
    assert comfyc("validate", ".", cwd=repo).code == 1  # what lies behind the link is not read
    assert comfyc("validate", ".", "--trust-config", cwd=repo).code == 0
    settings.write_text('custom-nodes = "packs"\n', "utf-8")
    assert "is not a list of strings" in comfyc("validate", ".", cwd=repo).err
