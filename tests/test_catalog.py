"""The catalogue: bundled, from files, made safe; and the script that makes bundles."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.api import convert
from comfyc.catalog import Catalog, bundled
from comfyc.catalog.bundle import gunzip, pack_bundle, read_bundle, read_header
from comfyc.catalog.bundled import CATALOGS, CORE
from comfyc.catalog.entry import clean_entry
from comfyc.catalog.listing import list_bundles, view_node
from comfyc.catalog.search import Wanted, search
from comfyc.catalog.shelf import INDEX
from comfyc.catalog.specs import node_spec
from comfyc.cli.output.catalogues import bundles_text, node_text
from comfyc.comparison import compare_catalogs
from comfyc.diagnostics import ComfycError
from scripts.build_catalog import build_bundle, build_titles
from scripts.pack_index import build_index
from tests.discovery import FIXTURES
from tests.examples import examples

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["input", "required", "optional", "hidden", "input_order", "output", "output_name", "display_name", "x"]
) | st.sampled_from(
    ["options", "template", "inputs", "names", "key", "name", "output_node", "output_is_list"]
)
TYPES = st.sampled_from(["INT", "COMBO", "COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3", "COMFY_MATCHTYPE_V3"])
ENTRY_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | TYPES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(NAMES, inner, max_size=4)
        | st.tuples(TYPES, st.dictionaries(NAMES, inner, max_size=4)).map(list)
    ),
    max_leaves=25,
)

SMALL: dict[str, Any] = {
    "Blend": {
        "input": {
            "required": {
                "image": ["IMAGE", {"tooltip": "prose"}],
                "tooltip": ["STRING", {"multiline": True, "dynamicPrompts": True, "placeholder": "prose"}],
                "mode": [["mix", "add"], {"default": "add", "tooltip": "prose"}],
                "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}],
                "size": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "by", "inputs": {"required": {"by": ["FLOAT", {"tooltip": "prose"}]}}}
                        ]
                    },
                ],
            },
            "optional": {"curve": ["CURVE", {"default": {"description": "a value", "tooltip": "a value"}}]},
            "hidden": {"prompt": "PROMPT"},
        },
        "input_order": {"required": ["image", "tooltip", "mode", "seed", "size"], "optional": ["curve"]},
        "output": ["IMAGE", ["a", "b"]],
        "output_is_list": [False, True],
        "output_name": ["IMAGE", "pick"],
        "output_tooltips": ["prose", None],
        "name": "Blend",
        "display_name": "Blend images",
        "description": "prose",
        "search_aliases": ["prose"],
        "price_badge": {"expr": "prose"},
        "python_module": "nodes",
        "category": "image",
        "output_node": True,
        "api_node": False,
        "future_fact": 7,
    },
    "Plain": {"input": {"required": {}}, "output": [], "name": "Plain", "display_name": None},
}


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "object_info.json"
    path.write_text(json.dumps(SMALL), encoding="utf-8")
    return path


def mentions(value: Any, word: str) -> bool:
    return word in json.dumps(value)


# --- the bundled catalogue ------------------------------------------------------------------------


def test_core_has_every_node_of_comfyui() -> None:
    core = read_bundle(CATALOGS / CORE)
    assert len(core) == 887
    assert set(core) <= set(Catalog.load())
    assert all(clean_entry(name, core[name]) == core[name] for name in core)


def test_core_keeps_facts() -> None:
    catalog = Catalog.load()
    sampler = catalog.info("KSampler")
    assert sampler is not None
    assert list(sampler["input"]["required"])[:3] == ["model", "seed", "steps"]
    assert sampler["input"]["required"]["seed"][1] == {
        "default": 0,
        "min": 0,
        "max": 18446744073709551615,
        "control_after_generate": True,
    }
    assert sampler["input"]["required"]["cfg"][1]["round"] == 0.01
    save = catalog.info("SaveImage")
    assert save is not None
    assert save["output_node"] is True
    assert catalog.name == "ComfyUI 0.33.0 core (bundled)"
    assert catalog.lists_files is False
    assert catalog.node_replacements["T2IAdapterLoader"][0]["new_node_id"] == "ControlNetLoader"


def test_core_has_no_prose() -> None:
    prose = {"description", "output_tooltips", "price_badge", "search_aliases", "tooltip"}

    def keys_of_options(value: Any) -> set[str]:
        """Keys of mappings, except of those that name inputs."""
        if isinstance(value, list):
            return set().union(*map(keys_of_options, value))
        if not isinstance(value, dict):
            return set()
        own = set() if value and all(isinstance(item, list) for item in value.values()) else set(value)
        return own.union(*map(keys_of_options, value.values()))

    core = read_bundle(CATALOGS / CORE)
    found = set().union(*(keys_of_options(core[name]) for name in core))
    assert "default" in found
    assert not found & prose


def test_bundled_data_is_small() -> None:
    assert (
        sum(path.stat().st_size for path in CATALOGS.iterdir() if path.name.startswith(("core", "titles")))
        < 110_000
    )


def test_loading_the_bundle_imports_no_http_and_parses_no_node() -> None:
    code = (
        "import sys; from comfyc.catalog import Catalog; Catalog.load().info('KSampler');"
        "print({'urllib.request', 'http.client', 'difflib', 'networkx', 'lzma'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("node_type", "title"),
    [
        ("CheckpointLoaderSimple", "Load Checkpoint"),
        ("Preview3D", "Preview 3D & Animation"),  # bundled text: "... (DEPRECATED)"
        ("GeminiNanoBanana2V2", "Nano Banana 2"),  # bundled text: "Nano Banana 2.1"
        ("TextEncodeQwenImageEdit", "Text Encode Qwen Image Edit"),  # no display_name: bundled text
        ("TextEncodeAceStepAudio1.5", "TextEncodeAceStepAudio1.5"),
        ("No such type", "No such type"),
    ],
)
def test_titles_are_those_of_the_frontend(node_type: str, title: str) -> None:
    """The first four as recorded from 1.58.1 in its exports of the official templates."""
    assert Catalog.load().title(node_type) == title


def test_title_of_a_server_wins_over_the_bundled_text() -> None:
    entry = {"input": {}, "output": [], "display_name": "Mine"}
    assert Catalog.from_object_info({"KSampler": entry}).title("KSampler") == "Mine"
    assert (
        Catalog.from_object_info({"VAEDecodeHunyuan3D": {**entry, "display_name": ""}}).title(
            "VAEDecodeHunyuan3D"
        )
        == "Hunyuan 3D VAE Decode"
    )
    assert Catalog.from_object_info({"Odd": {**entry, "display_name": ["x"]}}).title("Odd") == "Odd"


# --- more bundles ---------------------------------------------------------------------------------


@pytest.fixture
def two_bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / CORE).write_bytes(pack_bundle({"title": "Core", "version": "1"}, SMALL))
    extra = {
        "Extra": {**SMALL["Plain"], "name": "Extra"},
        "Blend": {**SMALL["Blend"], "category": "shadowed"},
    }
    header = {"title": "Pack A", "version": "2", "folder": "pack-a"}
    packs = tmp_path / "packs"
    packs.mkdir()
    (packs / "pack-a.jsonl.gz").write_bytes(pack_bundle(header, extra))
    (packs / INDEX).write_bytes(build_index(packs, []))
    monkeypatch.setattr(bundled, "CATALOGS", tmp_path)
    monkeypatch.setattr(bundled, "PACKS", packs)
    return tmp_path


def test_a_further_bundle_answers_for_what_core_lacks(two_bundles: Path) -> None:
    catalog = Catalog.load()
    assert catalog.info("Extra") is not None
    assert (catalog.info("Blend") or {})["category"] == "image"
    assert catalog.source_of("Extra") == "Pack A (bundled)"
    assert catalog.source_of("Blend") == "Core (bundled)"
    assert catalog.source_of("None of these") is None
    assert list(catalog) == ["Blend", "Plain", "Extra"]
    assert len(catalog) == 3
    listed = list_bundles(two_bundles / CORE, two_bundles / "packs")
    assert [(one.title, one.nodes) for one in listed] == [("Core", 2), ("Pack A", 2)]


def test_a_further_bundle_is_not_opened_for_core_nodes(two_bundles: Path) -> None:
    (two_bundles / "packs" / "pack-a.jsonl.gz").write_bytes(b"damaged")
    catalog = Catalog.load()
    assert catalog.info("Blend") is not None
    assert catalog.source_of("Plain") == "Core (bundled)"
    with pytest.raises(ComfycError, match="pack-a"):
        catalog.info("Extra")


# --- files ----------------------------------------------------------------------------------------


def test_a_file_is_taken_plain_gzipped_with_a_mark_or_for_one_type(small_file: Path, tmp_path: Path) -> None:
    text = small_file.read_text(encoding="utf-8")
    packed = tmp_path / "named_anything"
    packed.write_bytes(gzip.compress(text.encode()))
    marked = tmp_path / "windows.json"
    marked.write_text(text, encoding="utf-16")  # what PowerShell's > writes
    bundle = tmp_path / "own.jsonl.gz"
    bundle.write_bytes(pack_bundle({"title": "own"}, SMALL))
    for path in (small_file, packed, marked, bundle):
        catalog = Catalog.load(path)
        assert list(catalog) == ["Blend", "Plain"]
        assert catalog.info("Blend") == SMALL["Blend"]
        assert catalog.name == str(path)
        assert catalog.lists_files is True
        assert catalog.node_replacements == {}
    single = tmp_path / "one.json"
    single.write_text(json.dumps({"Blend": SMALL["Blend"]}))
    assert list(Catalog.load(str(single))) == ["Blend"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"{}", "empty"),
        (b"[]", "not a JSON object"),
        (b"<!DOCTYPE html><title>ComfyUI</title>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
        (b'{"nodes": [], "links": [], "extra": {"output": 1}}', "a workflow"),
        (b'{"3": {"class_type": "KSampler", "inputs": {}}}', "a prompt"),
        (b'{"KSampler": null, "b": [1]}', "defines no node"),
        (b'{"KSampler": {"input": {}', "not JSON"),
        (b'{"a": ' + b"[" * 200_000, "not an object_info"),
        (b"\xff\xfe\x00", "not JSON"),
        (gzip.compress(b"{}", mtime=0)[:-5], "cut off"),  # a time in it would change the test's name
        (b"\x1f\x8b broken", "damaged"),
    ],
)
def test_what_is_no_object_info_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(ComfycError, match=says) as caught:
        Catalog.load(path)
    assert str(path) in str(caught.value)
    assert caught.value.hint


def test_a_path_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ComfycError, match="no file"):
        Catalog.load(tmp_path / "missing.json")
    with pytest.raises(ComfycError, match="cannot read"):
        Catalog.load(tmp_path)
    with pytest.raises(ComfycError) as caught:
        Catalog.load("ftp://user:secret@host/object_info")
    assert "secret" not in str(caught.value)
    with pytest.raises(ComfycError):
        Catalog.load("a\0b")


def test_an_unpacked_size_is_bounded() -> None:
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        gunzip(gzip.compress(b"0" * 100_000), limit=1000)
    assert gunzip(gzip.compress(b"ab") + gzip.compress(b"cd"), limit=4) == b"abcd"


# --- entries --------------------------------------------------------------------------------------


def test_a_sound_entry_is_unchanged() -> None:
    assert clean_entry("Blend", SMALL["Blend"]) == SMALL["Blend"]


def test_a_malformed_entry_loses_what_is_malformed_and_no_more() -> None:
    entry = clean_entry(
        "Odd",
        {
            "input": {
                "required": {
                    "good": ["INT", {"default": "kept as it is"}],
                    "text": "INT",
                    "nothing": [],
                    "number": [5],
                    "list": ["INT", []],
                    "combo": ["COMBO", {"options": 5}],
                    "grow": ["COMFY_AUTOGROW_V3", {"template": {"input": [], "names": 5}}],
                    "dynamic": [
                        "COMFY_DYNAMICCOMBO_V3",
                        {"options": [{"key": "a", "inputs": {"required": {"x": 1, "y": ["INT"]}}}]},
                    ],
                },
                "optional": [],
                "hidden": {"any": 5},
            },
            "input_order": {"required": "good", "optional": ["a", 5]},
            "output": ["IMAGE", 5, ["a"]],
            "output_name": "IMAGE",
            "output_node": 1,
            "display_name": 5,
        },
    )
    assert entry is not None
    assert entry["input"] == {
        "required": {
            "good": ["INT", {"default": "kept as it is"}],
            "list": ["INT", {}],
            "combo": ["COMBO", {}],
            "grow": ["COMFY_AUTOGROW_V3", {"template": {"input": {}, "names": []}}],
            "dynamic": [
                "COMFY_DYNAMICCOMBO_V3",
                {"options": [{"key": "a", "inputs": {"required": {"y": ["INT"]}}}]},
            ],
        },
        "hidden": {"any": 5},
    }
    assert entry["input_order"] == {"optional": ["a"]}
    assert entry["output"] == ["IMAGE", ["a"]]
    assert entry["output_name"] == []
    assert entry["output_node"] is False
    assert entry["display_name"] is None
    assert entry["name"] == "Odd"


@examples(300)
@given(st.dictionaries(st.sampled_from(["A", "B.c", ""]), ENTRY_LIKE | JSON, max_size=3))
def test_any_object_info_can_be_asked_anything(document: dict[str, Any]) -> None:
    catalog = Catalog.from_object_info(document)
    for name in [*document, "C"]:
        entry = catalog.info(name)
        assert (entry is not None) == (name in catalog)
        assert isinstance(catalog.title(name), str)
        assert isinstance(catalog.close_matches(name), list)
        view = view_node(catalog, name)
        if entry is None:
            assert view is None
            continue
        assert view is not None
        assert node_text(view).startswith(name)
        for section in ("required", "optional"):
            for spec in entry["input"].get(section, {}).values():
                assert isinstance(spec[0], str | list)
                assert all(isinstance(options, dict) for options in spec[1:])
    assert len(catalog) == len(list(catalog))
    search(catalog, Wanted(["a"], inputs=["INT"]))
    others = Catalog.from_object_info({name: {"input": {"required": {"a": ["INT"]}}} for name in document})
    assert compare_catalogs(catalog, catalog).is_empty
    assert compare_catalogs(catalog, others).removed == []


def test_a_deep_entry_is_survived() -> None:
    spec: Any = ["INT"]
    for _ in range(5000):
        spec = ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a", "inputs": {"required": {"x": spec}}}]}]
    catalog = Catalog.from_object_info({"Deep": {"input": {"required": {"x": spec}}, "output": []}})
    view = view_node(catalog, "Deep")
    assert view is not None
    assert 10 < len(view.inputs) < 100
    assert node_text(view)


# --- did you mean ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("KSampelr", "KSampler"),
        ("ksampler advanced", "KSamplerAdvanced"),
        ("Load Checkpoint", "CheckpointLoaderSimple"),
        ("ConditioningAverage ", "ConditioningAverage"),
    ],
)
def test_close_matches(asked: str, meant: str) -> None:
    assert Catalog.load().close_matches(asked)[0] == meant


def test_close_matches_of_nonsense_are_none_and_of_a_flood_are_bounded() -> None:
    catalog = Catalog.load()
    assert catalog.close_matches("qqqqqqqqqqqq") == []
    assert catalog.close_matches("K" * 10_000_000) == []
    for number in range(200):
        catalog.close_matches(f"KSampelr{number}")
    assert catalog.close_matches("KSampelr") == []  # not compared any more
    assert catalog.close_matches("ksampler") == ["KSampler"]


# --- the script -----------------------------------------------------------------------------------


def test_the_script_drops_prose_keeps_facts_and_repeats_itself(tmp_path: Path) -> None:
    data = build_bundle(SMALL, title="Small", version="1", replacements={"Old": [{"new_node_id": "Blend"}]})
    assert data == build_bundle(
        SMALL, title="Small", version="1", replacements={"Old": [{"new_node_id": "Blend"}]}
    )
    path = tmp_path / "small.jsonl.gz"
    path.write_bytes(data)
    bundle = read_bundle(path)
    assert bundle.header["node_replacements"] == {"Old": [{"new_node_id": "Blend"}]}
    assert read_header(path)["names"] == ["Blend", "Plain"]
    blend = bundle["Blend"]
    assert not mentions(blend, "prose")
    assert blend["input"]["required"]["tooltip"] == ["STRING", {"multiline": True, "dynamicPrompts": True}]
    assert blend["input"]["optional"] == SMALL["Blend"]["input"]["optional"]
    assert blend["input"]["required"]["size"][1]["options"][0]["inputs"] == {
        "required": {"by": ["FLOAT", {}]}
    }
    lost = {"description", "output_tooltips", "search_aliases", "price_badge"}
    assert {key: blend[key] for key in blend if key != "input"} == {
        key: value for key, value in SMALL["Blend"].items() if key != "input" and key not in lost
    }
    assert list(blend["input"]["required"]) == list(SMALL["Blend"]["input"]["required"])


def test_the_script_from_the_command_line(small_file: Path, tmp_path: Path) -> None:
    script = Path(__file__).parent.parent / "scripts" / "build_catalog.py"
    titles = tmp_path / "titles.json"
    titles.write_text(json.dumps({"B": "b", "A": "é"}))
    for arguments in ([str(small_file), "--title", "Small"], ["--titles", str(titles)]):
        out = tmp_path / "out"
        command = [sys.executable, str(script), *arguments, "-o", str(out)]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env={**os.environ})
        if "--titles" in arguments:
            assert out.read_bytes() == build_titles({"A": "é", "B": "b"})
            assert json.loads(gunzip(out.read_bytes())) == {"A": "é", "B": "b"}
        else:
            assert list(Catalog.load(out)) == ["Blend", "Plain"]
            assert out.read_bytes()[4:8] == b"\0\0\0\0"  # gzip's time stamp


# --- for people -----------------------------------------------------------------------------------


def test_a_node_is_shown_with_its_inputs_outputs_and_limits() -> None:
    view = view_node(Catalog.from_object_info(SMALL, name="here"), "Blend")
    assert view is not None
    assert [row.name for row in view.inputs] == [
        "image",
        "tooltip",
        "mode",
        "seed",
        "size",
        "size.by",
        "curve",
    ]
    assert view.inputs[2].options == ("mix", "add")
    assert view.inputs[5].when == "size = by"
    cells = [re.split(" {2,}", line.strip()) for line in node_text(view).splitlines()]
    assert cells == [
        ["Blend (Blend images)"],
        ["image, nodes, output_node"],
        ["from here"],
        [""],
        ["inputs:"],
        ["image", "IMAGE"],
        ["tooltip", "STRING", "multiline; dynamicPrompts"],
        ["mode", "COMBO", "= add", "mix, add"],
        ["seed", "INT", "= 0", "min 0, max 18446744073709551615; control_after_generate"],
        ["size", "COMFY_DYNAMICCOMBO_V3", "by"],
        ["size.by", "FLOAT", "if size = by"],
        ["curve", "CURVE", "optional", "= {'description': 'a value', 'tooltip': 'a value'}"],
        [""],
        ["outputs:"],
        ["0", "IMAGE", "IMAGE"],
        ["1", "pick", "COMBO", "list"],
    ]


def test_bundled_nodes_can_be_shown() -> None:
    catalog = Catalog.load()
    for node_type in islice(catalog, 0, None, 4):
        view = view_node(catalog, node_type)
        assert view is not None
        entry = catalog.info(node_type) or {}
        top = [row.name for row in view.inputs if not row.when]
        assert top == [name for part in ("required", "optional") for name in entry["input"].get(part, {})]
    assert view_node(catalog, "No such type") is None


def test_the_list_of_bundles_is_a_table() -> None:
    lines = bundles_text(list_bundles()).splitlines()
    assert lines[0].split() == ["CATALOGUE", "VERSION", "NODES", "SIZE", "REPOSITORY"]
    assert any(line.split() == ["ComfyUI", "0.33.0", "core", "0.33.0", "887", "85", "kB"] for line in lines)


def _sorted_by_name(entry: dict[str, Any]) -> dict[str, Any]:
    groups = {group: dict(sorted(inputs.items())) for group, inputs in entry["input"].items()}
    return {**{key: value for key, value in entry.items() if key != "input_order"}, "input": groups}


@pytest.mark.slow
def test_a_sorted_catalogue_gets_its_order_from_the_bundle() -> None:
    bundle = read_bundle(CATALOGS / CORE)
    spoilt = Catalog.from_object_info({name: _sorted_by_name(bundle[name]) for name in bundle})
    assert spoilt.sorts_inputs
    for name in islice(bundle, 0, None, 3):
        before, after = node_spec(name, bundle[name]), node_spec(name, spoilt.info(name) or {})
        assert [spec.name for spec in after.ordered] == [spec.name for spec in before.ordered], name


def test_a_catalogue_in_order_is_left_as_it_is() -> None:
    bundle = read_bundle(CATALOGS / CORE)
    bare = {
        name: {key: part for key, part in bundle[name].items() if key != "input_order"} for name in bundle
    }
    assert not Catalog.from_object_info(bare).sorts_inputs
    two = {name: _sorted_by_name(bundle[name]) for name in ("VAEDecode", "EmptyImage")}
    assert not Catalog.from_object_info(two).sorts_inputs, "that is too little to go by"


def test_a_sorted_catalogue_is_blamed_and_not_the_file() -> None:
    folder = FIXTURES / "faults" / "N215" / "sorted-by-name"
    document = json.loads((folder / "workflow.json").read_text(encoding="utf-8"))
    found = convert(document, Catalog.load(FIXTURES / "catalogs" / "sorted.json")).diagnostics
    assert {one.rule.code for one in found} & {"N203", "N215"} == {"N215"}
