"""validate_parsed(): places in the user's file, one finding for one fault, no false alarm, bounded time."""

from __future__ import annotations

import copy
import gc
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import comfyc
from comfyc import codes
from comfyc.api import convert_parsed
from comfyc.catalog import Catalog
from comfyc.checks.paths import way_out
from comfyc.collector import Collector
from comfyc.diagnostics import Diagnostic, Pointer, Severity
from comfyc.options import DynamicPrompts, Options
from comfyc.sources import Source, load
from comfyc.validation import Validation, _where, holds_workflow, validate_parsed
from tests.discovery import FIXTURES, Case, cases
from tests.every import every
from tests.examples import examples
from tests.growth import growth
from tests.schema_mutations import MUTATIONS, SUBGRAPH, SUBGRAPH_MUTATIONS
from tests.test_checks import catalog_of
from tests.test_schema import broken
from tests.test_schema import load as load_fixture
from tests.verdict_cases import VerdictCase, verdict_cases

TEMPLATES = sorted(
    (file for file in (files("comfyui_workflow_templates_json") / "templates").iterdir()),
    key=lambda file: file.name,
)
NO_WORKFLOWS = ("index", "fuse_options")


@cache
def catalog(path: Path | None = None) -> Catalog:
    return Catalog.load(path)


def fault(name: str) -> Any:
    return json.loads((FIXTURES / "faults" / name / "workflow.json").read_bytes())


def story() -> Any:
    """The workflow of the README."""
    return json.loads((FIXTURES / "text_to_image" / "workflow.json").read_bytes())


def parsed(case: Case) -> Any:
    document = load(Source(case.name, case.workflow.encode("utf-8", "surrogatepass")), Collector())
    assert document is not None
    return document.value


def told(validation: Validation) -> list[str]:
    """The codes of the findings, in their order."""
    return [found.rule.code for found in validation.diagnostics]


def only(validation: Validation, code: str) -> Diagnostic:
    (found,) = (found for found in validation.diagnostics if found.rule.code == code)
    return found


def value_at(document: Any, pointer: Pointer) -> Any:
    for step in pointer:
        document = document[step]
    return document


# --- the whole -----------------------------------------------------------------------------------


def test_a_sound_workflow_has_no_findings_and_the_servers_yes() -> None:
    validation = comfyc.validate(story())
    assert validation.ok
    assert told(validation) == []
    assert dict(validation.verdict) == {
        "http_status": 200,
        "valid": True,
        "error": None,
        "node_errors": {},
        "good_outputs": ["9"],
    }
    assert validation.conversion.prompt == convert_parsed(story()).prompt


@every(
    [case for case in verdict_cases() if isinstance(case.prompt, dict) and not case.options],
    name=lambda case: case.name,
    group=lambda case: case.name.split("/")[0],
)
def test_a_prompt_is_judged_as_it_is(case: VerdictCase) -> None:
    """The recorded verdict, with the keys of the document itself."""
    before = copy.deepcopy(case.prompt)
    body = case.prompt if case.request is None else {**case.request, "prompt": case.prompt}
    validation = validate_parsed(body, catalog_of(case))
    assert dict(validation.verdict) == case.verdict
    assert case.prompt == before


def test_the_body_of_a_request_has_its_places_in_the_body() -> None:
    prompt = {"1": {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "x"}}}
    found = only(validate_parsed({"client_id": "me", "prompt": prompt}), "P314")
    assert found.location.pointer == ("prompt", "1", "inputs", "images")
    assert only(validate_parsed({"client_id": ["me"], "prompt": prompt}), "P338")


def test_what_is_neither_is_told_so_with_the_verdict_that_sending_it_would_bring() -> None:
    for document, status in ((None, 500), ([], 500), ("text", 500), (5, 500), ({"name": "x"}, 500)):
        validation = validate_parsed(document)
        assert told(validation) == ["W002"]
        assert validation.verdict["http_status"] == status
    found = only(validate_parsed({"SaveImage": {"input": {"required": {}}, "output": []}}), "W002")
    assert "--object-info" in str(found.hint)


def test_keys_are_looked_at_only_where_there_is_a_text() -> None:
    text = '{"nodes": [], "links": [], "version": 0.4, "version": 0.4}'
    document = json.loads(text)
    assert "W019" not in told(validate_parsed(document))
    assert only(validate_parsed(document, text=text), "W019").location.pointer == ("version",)


def test_the_answer_is_the_same_each_time() -> None:
    document = fault("N211/braces")
    first, second = validate_parsed(document), validate_parsed(document)
    assert first.conversion.prompt == second.conversion.prompt
    assert list(first.diagnostics) == list(second.diagnostics)


def test_the_document_is_not_changed_and_the_collector_runs_on() -> None:
    document = fault("G123/by-way-of-a-reroute")
    before = copy.deepcopy(document)
    assert gc.isenabled()
    validate_parsed(document, text=json.dumps(document))
    assert document == before
    assert gc.isenabled()


# --- places --------------------------------------------------------------------------------------


def broken_story(node_type: str, index: int, value: Any) -> tuple[Any, int]:
    """The story with another value in a widget; the place of the node among the nodes."""
    document = story()
    place = next(i for i, node in enumerate(document["nodes"]) if node["type"] == node_type)
    document["nodes"][place]["widgets_values"][index] = value
    return document, place


@pytest.mark.parametrize(
    ("node_type", "index", "value", "code"),
    [
        ("KSampler", 4, "eulerr", "P306"),
        ("KSampler", 2, 0, "P308"),
        ("EmptyLatentImage", 0, 99999, "P309"),
        ("EmptyLatentImage", 1, "tall", "P305"),
        ("EmptyLatentImage", 0, 513, "P343"),
    ],
)
def test_a_fault_of_a_value_is_told_at_the_widget(node_type: str, index: int, value: Any, code: str) -> None:
    document, place = broken_story(node_type, index, value)
    found = only(validate_parsed(document), code)
    assert found.location.pointer == ("nodes", place, "widgets_values", index)
    assert found.location.node == str(document["nodes"][place]["id"])
    assert found.location.title is not None


def test_a_fault_of_a_link_is_told_at_its_row_also_past_reroutes() -> None:
    """The editor lets "image" go into IMAGE, also past a Reroute; the server does not."""
    document = fault("G123/by-way-of-a-reroute")
    for node in document["nodes"]:
        node["mode"] = 0
    entries = {name: dict(catalog().info(name) or {}) for name in ("EmptyImage", "ImageInvert", "SaveImage")}
    entries["EmptyImage"]["output"] = ["image"]
    document["nodes"][2]["mode"] = 4
    found = only(validate_parsed(document, Catalog.from_object_info(entries)), "P304")
    assert found.location.pointer == ("links", 2)
    assert document["links"][2][3] == int(str(found.location.node))


def test_a_promoted_value_is_told_at_the_subgraphs_node() -> None:
    document = fault("N208/ok-there")
    document["nodes"][0]["widgets_values"] = [-5]
    found = only(validate_parsed(document), "P308")
    assert found.location.pointer == ("nodes", 0, "widgets_values", 0)
    assert found.location.node == "2:11"


def test_the_value_of_a_primitive_node_is_told_there() -> None:
    document = fault("G101/ok-lists")
    document["nodes"][1] |= {"type": "ImageScale", "widgets_values": ["bicubic", 64, 64, "disabled"]}
    document["nodes"][1]["inputs"].append(
        {"name": "upscale_method", "type": "COMBO", "link": 9, "widget": {"name": "upscale_method"}}
    )
    document["nodes"].append(
        {
            "id": 9,
            "type": "PrimitiveNode",
            "inputs": [],
            "outputs": [
                {"name": "COMBO", "type": "COMBO", "links": [9], "widget": {"name": "upscale_method"}}
            ],
            "widgets_values": ["linear", "fixed", ""],
        }
    )
    document["links"].append([9, 9, 0, 2, 1, "COMBO"])
    found = only(validate_parsed(document), "P306")
    assert found.location.pointer == ("nodes", 3, "widgets_values", 0)
    assert found.location.node == "2"


@every([case for case in cases() if case.prompt], name=lambda case: case.name, group=lambda case: case.topic)
def test_every_input_of_a_golden_has_a_place(case: Case) -> None:
    document = parsed(case)
    if isinstance(document, dict) and "nodes" in document:
        hold_places(document, catalog(case.catalog), exact=False)


@every(
    [file for file in TEMPLATES if not file.name.startswith(NO_WORKFLOWS)][::7],
    name=lambda file: file.name,
    group=lambda file: file.name.split("_")[0],
)
def test_every_value_of_a_template_is_at_its_place(file: Any) -> None:
    hold_places(json.loads(file.read_text("utf-8")), catalog(), exact=True)


def hold_places(document: Any, known: Catalog, *, exact: bool) -> None:
    """Every input of the prompt leads to a place in the document: a link to a row of a link table, a value to
    the value (``exact``: which is the same; otherwise scripts, PrimitiveNodes and dates may have changed it),
    to the saved input or, for a default, to the node."""
    conversion = convert_parsed(document, known, Options(dynamic_prompts=DynamicPrompts.KEEP))
    where = _where(document, conversion)
    for ident, node in conversion.prompt.items():
        for name, sent in node["inputs"].items():
            pointer, _ = where(ident, name)
            written = value_at(document, pointer)
            origin = conversion.ir.nodes[ident].pointer
            if isinstance(sent, list):
                assert "links" in pointer or "groupNodes" in pointer or "proxyWidgets" in pointer
            elif exact and pointer != origin:
                assert written == (sent.get("__value__", sent) if isinstance(sent, dict) else sent)


def test_a_default_is_told_at_the_node_and_an_unlinked_input_at_its_slot() -> None:
    document = fault("N205/two-less")
    document["nodes"][1]["inputs"][0]["link"] = None
    document["links"] = document["links"][1:]
    found = only(validate_parsed(document), "P302")
    assert found.location.pointer == ("nodes", 1, "inputs", 0)


# --- one fault, one finding ----------------------------------------------------------------------


def test_an_unknown_type_is_one_error_with_the_pack_that_has_it() -> None:
    validation = validate_parsed(fault("N201/that-the-server-refuses"))
    found = only(validation, "P301")
    assert "N201" not in told(validation)
    assert found.location.pointer == ("nodes", 2, "type")
    assert "some-pack" in str(found.hint)
    assert (found.data["pack"], found.data["class_type"]) == ("some-pack", "SomePack.Sharpen")


def test_a_missing_input_tells_the_way_to_the_muted_node() -> None:
    validation = validate_parsed(fault("G123/by-way-of-a-reroute"))
    found = only(validation, "G123")
    assert not {"P302", "G116"} & set(told(validation))
    assert found.data["way"] == ["2", "5", "1"]
    assert 'node 1 "Empty Image" is muted' in found.message
    assert "reached through 2, 5" in found.message
    assert validation.verdict["error"]["type"] == "prompt_outputs_failed_validation"
    assert found.data["server"]["type"] == "required_input_missing"


def test_what_ends_at_an_unlinked_reroute_is_the_servers_error_with_a_better_hint() -> None:
    document = fault("G123/by-way-of-a-reroute")
    document["links"] = document["links"][1:]
    document["nodes"][1]["inputs"][0]["link"] = None
    found = only(validate_parsed(document), "P302")
    assert "node 5" in str(found.hint)


def test_a_fault_inside_a_subgraph_is_told_once_for_all_nodes_of_it() -> None:
    document = fault("G113/ok-with-a-node-inside")
    definition = document["definitions"]["subgraphs"][0]
    definition["nodes"][0] |= {"type": "ImageScale", "widgets_values": ["linear", 64, 64, "disabled"]}
    found = only(validate_parsed(document), "P306")
    assert found.location.pointer == ("definitions", "subgraphs", 0, "nodes", 0, "widgets_values", 0)
    assert found.data["nodes"] == ["2:11", "4:11"]


def test_a_rounded_seed_is_told_once() -> None:
    validation = validate_parsed(fault("N209/seed"))
    assert told(validation).count("N209") == 1
    assert "P342" not in told(validation)


SUB_TWICE = ("cases", "subgraphs", "sub_two_instances", "workflow.json")
DAMAGES: list[tuple[tuple[str, ...], Pointer, Any]] = [
    (("text_to_image", "workflow.json"), pointer, value) for pointer, value, *_ in MUTATIONS
]
DAMAGES += [(SUB_TWICE, (*SUBGRAPH, *pointer), value) for pointer, value, *_ in SUBGRAPH_MUTATIONS]


@pytest.mark.parametrize(("source", "pointer", "value"), DAMAGES)
def test_the_schema_and_the_reading_do_not_say_the_same_twice(
    source: tuple[str, ...], pointer: Pointer, value: Any
) -> None:
    found = list(validate_parsed(broken(load_fixture(*source), pointer, value)).diagnostics)
    formal = {one.location.pointer for one in found if "W031" <= one.rule.code <= "W037"}
    assert not [one for one in found if one.rule is codes.MALFORMED and one.location.pointer in formal]
    places = [(one.rule.code, one.location.pointer, one.message) for one in found]
    assert len(places) == len(set(places))


# --- files on a server ---------------------------------------------------------------------------


def loads(image: str) -> Any:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": image}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }


def with_pictures(names: list[str]) -> Catalog:
    core = catalog()
    entries = {name: core.info(name) for name in ("LoadImage", "PreviewImage")}
    entries = copy.deepcopy(entries)
    assert entries["LoadImage"] is not None
    entries["LoadImage"]["input"]["required"]["image"] = [names, {"image_upload": True}]
    return Catalog.from_object_info(entries)


def test_a_server_is_asked_for_the_files_that_its_list_does_not_settle() -> None:
    asked: list[str] = []

    def ask(name: str) -> bool | None:
        asked.append(name)
        return {"sub/there.png": True, "sub/gone.png": False, "odd.tga": True}.get(name)

    known = with_pictures(["a.png"])

    def missing(name: str, **options: Any) -> bool:
        return "P307" in told(validate_parsed(loads(name), known, ask=ask, **options))

    assert not missing("a.png")
    assert asked == []
    assert not missing("sub/there.png")
    assert missing("sub/gone.png")
    assert not missing("sub/unknown.png")
    assert not missing("odd.tga")  # not on the list of pictures, but the server has it
    assert asked == ["sub/there.png", "sub/gone.png", "sub/unknown.png", "odd.tga"]
    assert not missing("sub/gone.png", assume_files=True)
    assert "P307" in told(validate_parsed(loads("odd.tga"), known))


@pytest.mark.parametrize("name", ["gone.png", "sub/gone.png", "gone.png [output]"])
def test_a_file_that_the_server_itself_does_not_have_is_an_error(name: str) -> None:
    """Once, whether the list of the catalogue misses it too or not."""
    known = with_pictures(["a.png"])
    validation = validate_parsed(loads(name), known, ask=lambda asked: False)
    (found,) = [one for one in validation.diagnostics if one.rule.code == "P307"]
    assert found.severity.value == "error"
    assert name in found.message
    guessed = [one for one in validate_parsed(loads(name), known).diagnostics if one.rule.code == "P307"]
    assert all(one.severity.value == "warning" for one in guessed)


@pytest.mark.parametrize(
    ("name", "folder", "prefix", "way"),
    [
        ("../x.png", "input", False, "up"),
        ("a/../../x.png", "input", False, "up"),
        ("..", "output", True, None),
        ("../..", "output", True, "up"),
        ("../output/x", "output", True, None),
        ("../outputs/x", "output", True, "up"),
        ("a/../b", "output", True, None),
        ("...", "output", True, None),
        ("", "output", True, None),
        ("/x", "output", True, "absolute"),
        ("//x/y", "output", True, "absolute"),
        ("c:x", "output", True, "windows"),
        ("a:/b", "output", True, "windows"),
        ("a\\..\\..\\b", "output", True, "windows"),
        ("a\\b", "output", True, None),
        ("ratio 16:9/x", "output", True, None),
    ],
)
def test_a_name_leads_out_of_its_folder_or_does_not(
    name: str, folder: str, prefix: bool, way: str | None
) -> None:
    assert way_out(name, folder, is_prefix=prefix) == way


# --- no false alarm ------------------------------------------------------------------------------

MISSING_PACKS = {
    "template_rob_realistic_2k_images_quick_variations.json",
    "templates_mjm_looped_restyler.json",
    "templates_rob_realistic_2k_images_quick_variations.app.json",
}
"""The official templates that need nodes which are none of the core's."""


@pytest.mark.slow
def test_no_official_template_has_an_error_but_for_nodes_that_are_no_core_nodes() -> None:
    """A server with the bundled packs alone would refuse the same ones, for the same reason."""
    known = catalog()
    with_errors: dict[str, set[str]] = {}
    for file in TEMPLATES:
        if file.name.startswith(NO_WORKFLOWS):
            continue
        text = file.read_text("utf-8")
        validation = validate_parsed(json.loads(text), known, text=text)
        errors = {one.rule.code for one in validation.diagnostics if one.severity is Severity.ERROR}
        refused = not validation.verdict["valid"] or bool(validation.verdict["node_errors"])
        assert bool(errors) is refused, file.name
        if errors:
            with_errors[file.name] = errors
        assert not [one for one in validation.diagnostics if one.rule.code.startswith("W")], file.name
    assert set().union(*with_errors.values()) <= {"P301", "P306"}  # a scheduler that a pack adds
    assert with_errors.keys() <= MISSING_PACKS


@every([case for case in cases() if case.prompt], name=lambda case: case.name, group=lambda case: case.topic)
def test_an_error_of_the_graph_is_an_error_of_the_server(case: Case) -> None:
    """What is told of links in the workflow is an error only where the verdict on the prompt has one, too."""
    validation = validate_parsed(parsed(case), catalog(case.catalog), text=case.workflow)
    if validation.verdict["valid"] and not validation.verdict["node_errors"]:
        errors = {one.code for one in validation.diagnostics if one.severity is Severity.ERROR}
        assert not [code for code in errors if "G120" <= code <= "G125"]


def test_errors_of_the_graph_occur_in_the_goldens() -> None:
    """So that the test above has something to look at."""
    told = {
        one.code
        for case in cases()
        if case.topic in ("muted", "subgraphs")
        for one in validate_parsed(parsed(case), catalog(case.catalog)).diagnostics
        if one.severity is Severity.ERROR
    }
    assert {"G123", "G124"} <= told


def test_what_is_only_found_is_told_from_workflows() -> None:
    assert holds_workflow(story())
    assert holds_workflow({"nodes": [], "links": []})
    assert holds_workflow({"1": {"class_type": "X"}, "extra": 5})
    assert holds_workflow({"prompt": {"1": {"class_type": "X", "inputs": {}}}})
    others: tuple[Any, ...] = (
        {},
        [],
        None,
        {"name": "package", "scripts": {"inputs": "x"}},
        {"nodes": [{"id": "Myriel", "group": 1}], "links": []},
        {"nodes": {"root": {"inputs": {}}}},
        {"nodes": []},
        {"inputs": {"a": {"type": "string"}}},
    )
    assert not any(map(holds_workflow, others))


# --- hostile input -------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.floats(),
    st.sampled_from(["", "1", "SaveImage", "Reroute", "nodes", "11111111-1111-4111-8111-111111111111"]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["nodes", "links", "inputs", "class_type", "prompt", "definitions", "id", "mode"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=10,
)
SOUND = [
    fault(name)
    for name in ("G102/ok-each-once", "G115/ok-diamond", "G123/by-way-of-a-reroute", "G120/two-in-a-knot")
]


@examples(200)
@given(JSON)
def test_any_json_is_judged(document: Any) -> None:
    validation = validate_parsed(document, text=json.dumps(document))
    assert validation.verdict["http_status"] in (200, 400, 500)


@examples(200)
@given(st.data())
def test_any_damage_is_judged_and_every_place_is_there(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(SOUND)))
    for _ in range(data.draw(st.integers(1, 4))):
        parent: Any = document
        for _ in range(data.draw(st.integers(0, 6))):
            keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
            inner = [key for key in keys if isinstance(parent[key], dict | list) and parent[key]]
            if not inner:
                break
            parent = parent[data.draw(st.sampled_from(inner))]
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        if keys:
            parent[data.draw(st.sampled_from(keys))] = data.draw(JSON)
    validation = validate_parsed(document)
    assert validation.verdict["http_status"] in (200, 400, 500)
    for found in validation.diagnostics:
        value_at(document, found.location.pointer[:-1])  # the last step may be what is missing


# --- time ----------------------------------------------------------------------------------------


def large(count: int) -> Any:
    """A workflow of so many nodes: chains of 50 ImageScale behind one EmptyImage, and an output."""
    nodes: list[dict[str, Any]] = [node(1, "EmptyImage", [512, 512, 1, 0], None)]
    links: list[list[Any]] = []
    for ident in range(2, count + 1):
        links.append([ident, ident - 1 if ident % 50 else 1, 0, ident, 0, "IMAGE"])
        last = ident == count
        values = [] if last else ["nearest-exact", 512, 512, "disabled"]
        nodes.append(node(ident, "PreviewImage" if last else "ImageScale", values, ident))
    return {"nodes": nodes, "links": links, "version": 0.4, "last_node_id": count, "last_link_id": count}


def node(ident: int, kind: str, values: list[Any], link: int | None) -> dict[str, Any]:
    name = "images" if kind == "PreviewImage" else "image"
    return {
        "id": ident,
        "type": kind,
        "pos": [ident, 0],
        "size": [300, 100],
        "flags": {},
        "order": ident,
        "mode": 0,
        "inputs": [] if link is None else [{"name": name, "type": "IMAGE", "link": link}],
        "outputs": [] if kind == "PreviewImage" else [{"name": "IMAGE", "type": "IMAGE", "links": []}],
        "properties": {"Node name for S&R": kind},
        "widgets_values": values,
    }


def test_the_work_grows_with_the_workflow() -> None:
    def work(count: int) -> Callable[[], object]:
        text = json.dumps(large(count))
        document = json.loads(text)
        return lambda: validate_parsed(document, catalog(), text=text)

    assert growth(work, 200) < 1.3


@pytest.mark.slow
def test_ten_thousand_nodes_are_judged() -> None:
    assert validate_parsed(large(10_000), catalog()).verdict["valid"]


def knot(count: int) -> dict[str, Any]:
    prompt: dict[str, Any] = {
        str(i): {
            "class_type": "ImageBatch",
            "inputs": {"image1": [str((i + 1) % count), 0], "image2": [str(i * 7919 % count), 0]},
        }
        for i in range(count)
    }
    prompt["out"] = {"class_type": "PreviewImage", "inputs": {"images": ["0", 0]}}
    return prompt


def test_a_knot_is_no_more_work() -> None:
    def work(count: int) -> Callable[[], object]:
        prompt = knot(count)
        return lambda: validate_parsed(prompt, catalog())

    assert growth(work, 100) < 1.5


@pytest.mark.slow
def test_a_knot_of_ten_thousand_nodes_is_named() -> None:
    assert "G120" in told(validate_parsed(knot(10_000)))
