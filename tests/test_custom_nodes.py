"""Node types of packs whose source is on this machine: their precedence, and what a scan does not know."""

from __future__ import annotations

from typing import Any

from comfyc import Catalog, Conversion, convert, validate
from comfyc.catalog.scanned import Scanned


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
    scanned = Scanned([{"FaceDetailer": entry({"n": ["INT"]}), "KSampler": entry({"n": ["INT"]})}])
    bundled = Catalog.load().extended(scanned, name="here")
    assert bundled.info("FaceDetailer") == Catalog.from_object_info(dict(scanned)).info("FaceDetailer")
    assert bundled.info("KSampler") == Catalog.load().info("KSampler")
    assert bundled.source_of("FaceDetailer") == bundled.name == f"{Catalog.load().name} and here"
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
