"""`comfyc catalog search`, `list` and `diff`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from comfyc import Catalog
from comfyc.catalog.search import Wanted, search
from tests.answers import answer
from tests.in_process import comfyc

BUNDLED = Catalog.load()


def names(query: str, **wanted: Any) -> list[str]:
    """The node types that are found, best first."""
    return [one.node_type for one in search(BUNDLED, Wanted(query.split(), **wanted)).found]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("KSampler", "KSampler"),
        ("face detailer", "FaceDetailer"),
        ("DETAILER face", "FaceDetailer"),
        ("load checkpoint", "CheckpointLoaderSimple"),  # by its title
        ("fase detailr", "FaceDetailer"),
        ("impact wildcard", "ImpactWildcardEncode"),  # by pack and name
    ],
)
def test_the_best_comes_first(query: str, first: str) -> None:
    assert names(query)[0] == first


def test_a_word_that_nothing_has_is_corrected_and_said() -> None:
    assert search(BUNDLED, Wanted(["fase", "detailer"])).corrected == {"fase": "face"}
    assert search(BUNDLED, Wanted(["face", "detailer"])).corrected == {}
    assert search(BUNDLED, Wanted(["xyzzyplugh"])).found == []


def test_types_and_packs_narrow_what_is_found() -> None:
    found = names("", inputs=("image",), outputs=["MASK"], pack="impact pack")
    assert "FaceDetailer" in found
    assert "KSampler" not in found
    for name in found:
        entry = BUNDLED.info(name)
        assert entry is not None
        assert (entry["python_module"], "MASK" in entry["output"]) == (
            "custom_nodes.ComfyUI-Impact-Pack",
            True,
        )
    assert names("batch", inputs=["IMAGE"], pack="comfy-core")[0] == "BatchImagesNode"


@pytest.mark.slow
def test_search_prints_a_table_or_json(tmp_path: Path) -> None:
    ended = comfyc("catalog", "search", "face detailer", "--limit", "1")
    header, row = ended.out.splitlines()
    assert header.split() == ["NODE", "TYPE", "PACK", "INPUTS", "OUTPUTS"]
    assert row.split()[:3] == ["FaceDetailer", "ComfyUI-Impact-Pack", "IMAGE,"]
    assert re.fullmatch(r"1 of \d+ node types are shown; --first 0 shows all\n", ended.err)
    found = answer(comfyc("catalog", "search", "face detailer", "--first", "0", "--json").out)
    assert found["found"] == len(found["results"]) > 1
    assert found["results"][0]["pack"]["repository"] == "ltdrdata/ComfyUI-Impact-Pack"
    (tmp_path / "info.json").write_text(
        json.dumps({"Blend": {"input": {}, "output": [], "python_module": "custom_nodes.Own"}})
    )
    ended = comfyc("catalog", "search", "blnd", "--object-info", "info.json", "--json", cwd=tmp_path)
    assert [one["pack"]["title"] for one in answer(ended.out)["results"]] == ["Own"]
    nothing = comfyc("catalog", "search", "KSampler", "--object-info", "info.json", cwd=tmp_path)
    assert (nothing.code, nothing.out, nothing.err) == (
        1,
        "",
        "no node type of info.json fits; try fewer words\n",
    )
    assert comfyc("catalog", "search").code == 2


def test_a_type_without_a_definition_is_said_to_be_one_of_its_pack(tmp_path: Path) -> None:
    (tmp_path / "info.json").write_text(json.dumps({"Blend": {"input": {}, "output": []}}))
    ended = comfyc("catalog", "search", "FaceDetailer", "--object-info", "info.json", cwd=tmp_path)
    named = "'FaceDetailer' is a node type of https://github.com/ltdrdata/ComfyUI-Impact-Pack"
    assert (ended.code, ended.out, ended.err.startswith(named)) == (1, "", True)


def test_the_list_is_narrowed_by_words() -> None:
    rows = answer(comfyc("catalog", "list", "--json").out)["results"]
    assert len(rows) > 60
    (row,) = answer(comfyc("catalog", "list", "KIJAI", "nodes", "--json").out)["results"]
    assert (row["catalogue"], row["repository"], row["cnr_id"]) == (
        "ComfyUI-KJNodes",
        "kijai/ComfyUI-KJNodes",
        "comfyui-kjnodes",
    )
    assert row in rows
    assert comfyc("catalog", "list", "kijai", "nodes").err == f"1 catalogue with {row['nodes']} node types\n"


OLD = {"Kept": {"input": {"required": {"n": ["INT", {}]}}, "output": [], "python_module": "custom_nodes.Own"}}
NEW = {
    "Kept": {"input": {"required": {"m": ["INT", {}], "n": ["INT", {}]}}, "output": []},
    "New": {"output": []},
}


def test_diff_says_what_changed(tmp_path: Path) -> None:
    for name, entries in (("old.json", OLD), ("new.json", NEW)):
        (tmp_path / name).write_text(json.dumps({**entries, "KSampler": BUNDLED.info("KSampler")}))
    ended = comfyc("catalog", "diff", "old.json", "new.json", "--exit-code", cwd=tmp_path)
    assert ended.code == 1
    assert ended.out.splitlines() == [
        "ComfyUI:",
        "  ~ Kept  (values shift)",
        "      input 'm' added: INT  <- values shift",
        "  + New",
    ]
    assert ended.err == "node types: 1 added, 0 removed, 1 changed; saved values shift in 1\n"
    added, changed = answer(comfyc("catalog", "diff", "old.json", "new.json", "--json", cwd=tmp_path).out)[
        "results"
    ]
    assert (added["class"], added["change"]) == ("New", "added")
    assert (changed["saved_values"], changed["changes"][0]["shifts"]) == ("shifted", True)
    same = comfyc("catalog", "diff", "old.json", "old.json", "--exit-code", cwd=tmp_path)
    assert (same.code, same.out) == (0, "")


@pytest.mark.slow
def test_of_the_bundled_catalogues_those_count_that_the_other_has_nodes_of(tmp_path: Path) -> None:
    (tmp_path / "info.json").write_text(
        json.dumps({name: {"input": {}, "output": []} for name in ("CM_BoolToInt", "Own")})
    )
    found = answer(comfyc("catalog", "diff", "bundled", "info.json", "--json", cwd=tmp_path).out)["results"]
    assert {one["pack"] for one in found if one["change"] == "removed"} == {"ComfyMath"}
    assert [one["class"] for one in found if one["change"] == "added"] == ["Own"]
