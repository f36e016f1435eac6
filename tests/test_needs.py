"""What workflows need: models with the nodes that load them, input files, partner nodes, ComfyUI; and what a
catalogue says of them. tests/test_needed_packs.py is about packs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from comfyc import needs_of
from comfyc.catalog import Catalog, bundled_core
from comfyc.collector import Collector
from comfyc.needs import Needs, Stock, merged, needs_parsed
from comfyc.needs.declared import read_declared
from comfyc.needs.loaders import embeddings_in, loader_folder
from comfyc.needs.occurrences import occurrences
from comfyc.workflow import read
from tests.discovery import TEMPLATE_EXPORTS, read_packed

URL = "https://huggingface.co/Comfy-Org/x/resolve/main/a.safetensors"


def node(ident: int, kind: str, *values: Any, models: Any = None, **more: Any) -> dict[str, Any]:
    properties = {} if models is None else {"models": models}
    return {"id": ident, "type": kind, "widgets_values": list(values), "properties": properties, **more}


def workflow(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": 0.4, "nodes": list(nodes), "links": [], **more}


def declared(name: str, directory: str = "checkpoints", **more: Any) -> dict[str, Any]:
    return {"name": name, "url": URL, "directory": directory, **more}


def rows(needs: Needs) -> dict[str, tuple[str, list[str]]]:
    """The models by name: folder, and the nodes that load them with the input."""
    return {
        one.name: (one.folder, [f"{user.node}.{user.input}" for user in one.users]) for one in needs.models
    }


def server(**lists: list[str]) -> Catalog:
    """ComfyUI's own nodes on a server, with choices for some inputs: ``CheckpointLoaderSimple_ckpt_name``."""
    core = bundled_core()
    info = {kind: json.loads(json.dumps(core.info(kind))) for kind in core}
    for key, names in lists.items():
        kind, _, name = key.partition("_")
        spec = info[kind]["input"]["required"][name]
        if isinstance(spec[0], list):
            spec[0] = names
        else:
            spec[1]["options"] = names
    return Catalog.from_object_info(info, node_replacements=core.node_replacements)


# --- all official templates: a plain walk of the JSON, and the prompt that the browser exports ---


def walked(value: Any, inside: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with a list ``properties.models`` in a document, with the id of the graph around it."""
    if isinstance(value, dict):
        properties = value.get("properties")
        if isinstance(properties, dict) and isinstance(properties.get("models"), list):
            yield inside, value
        for key, member in value.items():
            yield from walked(member, str(value.get("id")) if key == "nodes" else inside)
    elif isinstance(value, list):
        for member in value:
            yield from walked(member, inside)


def ids_of(document: dict[str, Any], graph: str, ident: Any) -> set[str]:
    """The ids in the prompt of a node in a graph: one for each way through the subgraph nodes to it."""
    subgraphs = {one["id"]: one for one in document.get("definitions", {}).get("subgraphs", [])}
    if graph not in subgraphs:
        return {str(ident)}
    hosts = [
        (outer["id"], one["id"])
        for outer in ({**document, "id": "root"}, *subgraphs.values())
        for one in outer["nodes"]
        if one["type"] == graph
    ]
    return {f"{prefix}:{ident}" for outer, host in hosts for prefix in ids_of(document, outer, host)}


def renumbered(document: dict[str, Any]) -> Counter[str]:
    """How often each id of a node is in the file; the editor gives another to the second node of an id."""
    graphs = (document, *document.get("definitions", {}).get("subgraphs", []))
    return Counter(str(one["id"]) for graph in graphs for one in graph["nodes"])


def as_written(ident: str, ids: Counter[str]) -> str:
    """An id without its last part if the editor may have given the node another."""
    outer, _, last = ident.rpartition(":")
    return ident if ids[last] == 1 else f"{outer}:?"


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = files("comfyui_workflow_templates_json") / "templates"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        document = json.loads(file.read_text("utf-8"))
        if isinstance(document, dict) and "nodes" in document:
            yield file.name.removesuffix(".json"), document


@pytest.mark.slow
def test_the_models_of_all_templates_are_those_of_their_json() -> None:
    """1,066 entries in 224 files, each with all ids of its node; a model is loaded by the very inputs that
    have its name in the prompt that the browser exports."""
    exports = {row["key"]: json.loads(row["text"]) for row in read_packed(TEMPLATE_EXPORTS)}
    counts = {"files": 0, "with models": 0, "entries": 0, "users": 0}
    differing = []
    for name, document in templates():
        counts["files"] += 1
        ids = renumbered(document)
        expected = [
            (as_written(ident, ids), model["name"], model["directory"], model["url"])
            for graph, raw in walked(document)
            for model in raw["properties"]["models"]
            for ident in sorted(ids_of(document, graph, raw["id"]))
        ]
        counts["entries"] += sum(len(raw["properties"]["models"]) for _, raw in walked(document))
        counts["with models"] += bool(expected)
        if not expected:
            assert read_declared(read(document, Collector()), document, Collector(), name) == []
            continue
        needs = needs_parsed(document)
        found = [
            (as_written(one.user.node, ids), one.name, one.directory, one.url)
            for model in needs.models
            for one in model.declarations
        ]
        loaded = {
            (ident, key, model.name)
            for model in needs.models
            for ident, inner in exports.get(name, {}).items()
            for key, value in inner["inputs"].items()
            if value == model.name
        }
        users = {(user.node, user.input, model.name) for model in needs.models for user in model.users}
        counts["users"] += len(users)
        if sorted(found) != sorted(expected) or (name in exports and users != loaded):
            differing.append(name)
    assert differing == []
    assert counts["entries"] == 1066
    assert counts["with models"] == 224
    assert counts["files"] == 506
    assert counts["users"] > 900


# --- models ---


def test_an_entry_belongs_to_the_model_that_its_node_loads() -> None:
    needs = needs_parsed(
        workflow(
            node(1, "CheckpointLoaderSimple", "sd\\a.safetensors", models=[declared("a.safetensors")]),
            node(2, "LoraLoaderModelOnly", "a.safetensors", 1, models=[declared("a.safetensors", "loras")]),
            node(3, "VAELoader", "pixel_space"),
            node(4, "CheckpointLoaderSimple", "b.ckpt", mode=2, models=[declared("b.ckpt")]),
            models=[declared("c.safetensors")],
        )
    )
    assert rows(needs) == {
        "sd/a.safetensors": ("checkpoints", ["1.ckpt_name"]),
        "a.safetensors": ("loras", ["2.lora_name"]),
        "b.ckpt": ("checkpoints", []),
        "c.safetensors": ("checkpoints", []),
    }
    assert [one.is_off for one in needs.models] == [False, False, True, False]
    assert [one.code for one in needs.diagnostics] == ["M701"]


SUBGRAPH = {
    "id": "sub",
    "name": "Loader",
    "inputs": [{"name": "ckpt_name", "type": "COMBO", "linkIds": [1]}],
    "outputs": [],
    "links": [
        {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 3, "target_slot": 0, "type": "COMBO"}
    ],
    "nodes": [
        node(
            3,
            "CheckpointLoaderSimple",
            "a.safetensors",
            models=[declared("a.safetensors")],
            inputs=[{"name": "ckpt_name", "type": "COMBO", "link": 1, "widget": {"name": "ckpt_name"}}],
        )
    ],
}


def test_the_value_of_a_subgraph_node_counts() -> None:
    inputs = [{"name": "ckpt_name", "type": "COMBO", "link": None, "widget": {"name": "ckpt_name"}}]
    needs = needs_parsed(
        workflow(
            node(7, "sub", "b.safetensors", inputs=inputs),
            node(8, "sub", "a.safetensors", inputs=inputs),
            node(9, "sub", "a.safetensors", inputs=inputs, mode=4),
            definitions={"subgraphs": [SUBGRAPH]},
        )
    )
    assert rows(needs) == {
        "b.safetensors": ("checkpoints", ["7:3.ckpt_name"]),
        "a.safetensors": ("checkpoints", ["8:3.ckpt_name"]),
    }
    (model,) = (one for one in needs.models if one.declarations)
    assert [(one.user.node, one.is_active) for one in model.declarations] == [
        ("7:3", True),
        ("8:3", True),
        ("9:3", False),
    ]
    unused = needs_parsed(workflow(definitions={"subgraphs": [SUBGRAPH]})).models
    assert [(one.name, one.is_off) for one in unused] == [("a.safetensors", True)]


def test_definitions_that_hold_each_other_a_thousandfold_cost_little() -> None:
    """The ids of a node are counted up to a bound, and a definition that holds itself gives it one."""
    levels = [
        {"id": f"s{level}", "nodes": [node(number, f"s{level + 1}") for number in range(40)]}
        for level in range(4)
    ]
    last = {"id": "s4", "nodes": [node(1, "VAELoader")]}
    document = workflow(node(1, "s0"), definitions={"subgraphs": [*levels, last]})
    found = occurrences(read(document, Collector()), lambda one: one.type == "VAELoader")
    assert sum(1 for _ in found) == 10_000
    itself = {"id": "s0", "nodes": [node(1, "s0"), node(2, "VAELoader")]}
    document = workflow(node(7, "s0"), definitions={"subgraphs": [itself]})
    found = occurrences(read(document, Collector()), lambda one: one.type == "VAELoader")
    assert [one.id for one in found] == ["7:2"]


def test_folders_of_packs_come_from_their_source_code() -> None:
    assert loader_folder("UnetLoaderGGUF", "unet_name") == "diffusion_models"
    assert loader_folder("CR LoRA Stack", "lora_name_3") == "loras"
    assert loader_folder("UNETLoader", "unet_name") == "diffusion_models"
    assert loader_folder("KSampler", "sampler_name") is None


def test_what_loaders_of_packs_load() -> None:
    power = {"on": True, "lora": "on.safetensors", "strength": 1}
    prompt = {
        "1": {"class_type": "UnetLoaderGGUF", "inputs": {"unet_name": "q.gguf"}},
        "2": {
            "class_type": "Power Lora Loader (rgthree)",
            "inputs": {"lora_1": power, "lora_2": {**power, "on": False, "lora": "off.safetensors"}},
        },
        "3": {"class_type": "DWPreprocessor", "inputs": {"bbox_detector": "yolox_l.onnx"}},
        "4": {"class_type": "ShowText|pysssss", "inputs": {"text": "x.safetensors"}},
        "5": {"class_type": "Nobodys", "inputs": {"model": "x.pth", "other": ["1", 0]}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a (embedding:neg:1.2), embedding:sub/b,"}},
    }
    assert rows(needs_parsed(prompt)) == {
        "q.gguf": ("diffusion_models", ["1.unet_name"]),
        "on.safetensors": ("loras", ["2.lora_1"]),
        "x.pth": ("", ["5.model"]),
        "neg": ("embeddings", ["6.text"]),
        "sub/b": ("embeddings", ["6.text"]),
    }
    assert embeddings_in("embedding:a,embedding:b (embedding:c:0.5) no-embedding: xembedding:d") == [
        "a",
        "b",
        "c",
    ]


# --- present and missing ---


def statuses(needs: Needs) -> dict[str, str]:
    return {one.name: one.status for one in needs.models}


LOADERS = workflow(
    node(1, "CheckpointLoaderSimple", "sd/a.safetensors"),
    node(2, "CheckpointLoaderSimple", "b.safetensors"),
    node(3, "VAELoader", "v.safetensors"),
    node(4, "UnetLoaderGGUF", "q.gguf"),
    node(5, "CLIPTextEncode", "embedding:e"),
    node(6, "LoraLoaderModelOnly", "l.safetensors", 1, mode=4, models=[declared("l.safetensors", "loras")]),
)


def test_a_catalogue_says_what_is_present() -> None:
    assert set(statuses(needs_parsed(LOADERS)).values()) == {"unknown"}
    assert set(statuses(needs_parsed(LOADERS, Stock(bundled_core()))).values()) == {"unknown"}
    catalog = server(
        CheckpointLoaderSimple_ckpt_name=["sd\\a.safetensors", "old/B.safetensors"],
        UNETLoader_unet_name=["q.gguf"],
    )
    needs = needs_parsed(LOADERS, Stock(catalog))
    assert statuses(needs) == {
        "sd/a.safetensors": "present",
        "b.safetensors": "missing",
        "v.safetensors": "missing",
        "q.gguf": "present",  # the server lacks the pack, and has the file in the folder
        "e": "unknown",
        "l.safetensors": "missing",
    }
    assert next(one.similar for one in needs.models if one.name == "b.safetensors") == ["old/B.safetensors"]
    assert [word for word in needs.missing() if "model" in word] == [
        "model 'b.safetensors'",
        "model 'v.safetensors'",
    ]
    assert not needs.ok


def test_a_server_is_asked_for_folders() -> None:
    asked = []

    def folder(name: str) -> list[str] | None:
        asked.append(name)
        return {"embeddings": ["e.pt"], "loras": ["sub/l.safetensors"]}.get(name)

    document = workflow(
        node(5, "CLIPTextEncode", "embedding:e embedding:f.pt"),
        node(6, "KSampler", models=[declared("l.safetensors", "loras/sub"), declared("x.pt", "../up")]),
    )
    needs = needs_parsed(document, Stock(server(), folder))
    assert statuses(needs) == {
        "e": "present",
        "f.pt": "missing",
        "l.safetensors": "present",
        "x.pt": "unknown",
    }
    assert asked == ["embeddings", "loras"]
    assert list(needs.missing()) == ["model 'f.pt'"]


# --- input files, partner nodes, ComfyUI ---


def test_input_files_and_those_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows" / "input" / "sub").mkdir(parents=True)
    (tmp_path / "input").mkdir()
    (tmp_path / "flows" / "a.png").touch()
    (tmp_path / "flows" / "input" / "sub" / "b.mp4").touch()
    (tmp_path / "input" / "c.wav").touch()
    (tmp_path / "secret.png").touch()
    file = tmp_path / "flows" / "flow.json"
    document = workflow(
        node(1, "LoadImage", "a.png", "image"),
        node(2, "LoadImage", "a.png [input]", "image"),
        node(3, "LoadVideo", "sub/b.mp4", "image"),
        node(4, "LoadAudio", "c.wav", None, None),
        node(5, "LoadImage", "../secret.png", "image"),
        node(6, "LoadImage", "clipspace/clipspace-mask-1.png [input]", "image"),
        node(7, "LoadImage", "made.png [output]", "image"),
        node(8, "Load3D", "none", "", 512, 512),
    )
    file.write_text(json.dumps(document))
    needs = needs_of(file, server(LoadImage_image=["a.png"]))
    found = {one.name: (one.kind, one.folder, one.status, Path(one.local).name) for one in needs.input_files}
    assert found == {
        "a.png": ("image", "input", "present", "a.png"),
        "sub/b.mp4": ("video", "input", "unknown", "b.mp4"),
        "c.wav": ("audio", "input", "missing", "c.wav"),
        "../secret.png": ("image", "input", "unknown", ""),
        "clipspace/clipspace-mask-1.png": ("mask", "input", "unknown", ""),
        "made.png": ("image", "output", "unknown", ""),
    }
    assert [user.node for user in needs.input_files[0].users] == ["1", "2"]
    asked = needs_parsed(document, Stock(server(), ask=lambda name: name == "a.png"))
    assert [one.status for one in asked.input_files] == [
        "missing",
        "missing",
        "missing",
        "missing",
        "missing",
        "missing",
    ]


def test_partner_nodes_and_their_price() -> None:
    document = workflow(node(1, "OpenAIDalle2", "a fox", 0, "1024x1024", 1), node(2, "PreviewAny"))
    needs = needs_parsed(document)
    assert [(one.type, one.users[0].node) for one in needs.partner_nodes] == [("OpenAIDalle2", "1")]
    assert list(needs.estimates) == [""]
    assert needs_parsed(LOADERS).estimates == {}


def test_comfyui_itself() -> None:
    core = {"cnr_id": "comfy-core"}
    document = {
        **workflow(
            {**node(1, "KSampler"), "properties": {**core, "ver": "0.9.2"}},
            {**node(2, "BrandNew"), "properties": {**core, "ver": "0.10.0"}},
            {**node(3, "VAELoader", "v.pt"), "properties": {**core, "ver": "a commit"}},
            node(4, "ImageBatch"),
            node(5, "Theirs"),
        ),
        "extra": {"frontendVersion": "1.45.2"},
    }
    lacking = {kind: bundled_core().info(kind) for kind in ("VAELoader", "BatchImagesNode")}
    catalog = Catalog.from_object_info(lacking, node_replacements=bundled_core().node_replacements)
    needs = needs_parsed(document, Stock(catalog, version="0.8.0"))
    found = needs.comfyui
    assert (found.versions, found.newest, found.server) == ({"0.9.2": 1, "0.10.0": 1}, "0.10.0", "0.8.0")
    assert found.frontends == {"1.45.2": 1}
    types = {one.type: (one.is_bundled, one.becomes) for one in found.types}
    assert types == {
        "KSampler": (True, ""),
        "BrandNew": (False, ""),
        "ImageBatch": (True, "BatchImagesNode"),
    }
    assert [word for word in needs.missing() if "ImageBatch" in word] == []
    assert needs_parsed(document).comfyui.types == []


def test_several_files_are_one_table() -> None:
    one = needs_parsed(LOADERS, file="a.json")
    other = needs_parsed(workflow(node(9, "VAELoader", "v.safetensors")), file="b.json")
    both = merged([one, other])
    assert both.files == ["a.json", "b.json"]
    assert len(both.models) == len(one.models)
    (vae,) = (model for model in both.models if model.name == "v.safetensors")
    assert [(user.file, user.node) for user in vae.users] == [("a.json", "3"), ("b.json", "9")]


def test_a_document_that_is_none_has_findings_and_no_needs() -> None:
    odd: list[Any] = [5, [], {"nodes": 3}, {"x": {"inputs": {}}}, "text", None]
    for document in odd:
        needs = needs_parsed(document)
        assert needs.models == []
    assert [one.code for one in needs_of("{]").diagnostics] == ["W001"]


def test_prompts_of_odd_forms() -> None:
    """A prompt comes from anywhere: members of wrong types name nothing."""
    values: list[Any] = ["a.pt", 5, None, ["1", 0], {"__value__": ["a.pt"]}, {"lora": "x.pt"}, [["x.pt"]]]
    metas: list[Any] = [5, None, [], {"title": 5}, {"title": "x"}]
    kinds: list[Any] = ["LoadImage", "OpenAIDalle2", "CheckpointLoaderSimple", 5, [], None]
    for kind in kinds:
        for meta in metas:
            for value in values:
                inputs = {"image": value, "ckpt_name": value}
                needs = needs_parsed({"1": {"class_type": kind, "inputs": inputs, "_meta": meta}})
                assert all(isinstance(user.title, str) for one in needs.models for user in one.users)


def test_entries_of_nodes_with_many_ids_are_bounded() -> None:
    """Each entry has at least one id; all of them together are no more than what a file may cost."""
    many = [declared(f"{index}.pt") for index in range(300)]
    inner = {**SUBGRAPH, "inputs": [], "links": [], "nodes": [node(1, "VAELoader", "x.pt", models=many)]}
    document = workflow(*(node(index, "sub") for index in range(1000)), definitions={"subgraphs": [inner]})
    needs = needs_parsed(document)
    assert len(needs.models) == 301
    assert 100_000 <= sum(len(one.declarations) for one in needs.models) <= 101_300
