"""Legacy group nodes beyond their goldens (fixtures/cases/group_nodes): reports, and odd documents."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.options import Options, UnknownTypes
from comfyc.safety.limits import Limits
from comfyc.sources.positions import locate
from tests.discovery import FIXTURES, cases
from tests.every import every
from tests.growth import steps

GOLDENS = [case for case in cases() if case.topic == "group_nodes"]


@cache
def catalog() -> Catalog:
    return Catalog.load()


def document(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def golden(name: str) -> Any:
    return document(FIXTURES / "cases" / "group_nodes" / name / "workflow.json")


def codes_of(conversion: Conversion) -> set[str]:
    return {found.rule.code for found in conversion.diagnostics}


@every(GOLDENS, name=lambda case: case.name, group=lambda case: "group_nodes")
def test_findings_point_into_the_file(case: Any) -> None:
    conversion = convert(json.loads(case.workflow), catalog())
    pointers = [found.location.pointer for found in conversion.diagnostics]
    assert set(locate(case.workflow, pointers)) == set(pointers)


@every(GOLDENS, name=lambda case: case.name, group=lambda case: "group_nodes")
def test_the_new_ids_are_told(case: Any) -> None:
    conversion = convert(json.loads(case.workflow), catalog())
    told = {
        ident: found
        for found in conversion.diagnostics
        if found.rule.code == "G117"
        for ident in found.data["nodes"]
    }
    unpacked = {ident for ident in conversion.prompt if ":" in ident and ident in told}
    nodes = json.loads(case.workflow)["nodes"]
    for ident in unpacked:
        place = told[ident].location
        assert place.pointer[0] == "extra" or str(nodes[place.pointer[1]]["id"]) == place.node
    inside = {ident for ident in conversion.prompt if ":" in ident}
    assert unpacked == inside or "definitions" in json.loads(case.workflow)


def test_a_group_with_an_unknown_inner_type_is_unpacked_all_the_same() -> None:
    workflow = golden("unknown_inner_type")
    conversion = convert(workflow, catalog())
    found = next(found for found in conversion.diagnostics if found.rule.code == "N201")
    assert "'NoSuch'" in found.message
    classes = {ident: node["class_type"] for ident, node in conversion.prompt.items()}
    inner = [node["type"] for node in workflow["extra"]["groupNodes"]["unknown_inner_type"]["nodes"]]
    assert sorted(kind for ident, kind in classes.items() if ":" in ident) == sorted(inner)
    assert classes[found.location.node or ""] == "NoSuch"
    assert not any(kind.startswith("workflow>") for kind in classes.values())


def test_values_around_an_unknown_inner_type_keep_their_nodes() -> None:
    """The group node's values are those of its inner nodes in a row, however many the unknown one has."""
    workflow = golden("two_instances")
    group = workflow["extra"]["groupNodes"]["two_instances"]
    known = {
        "type": "EmptyImage",
        "pos": [0, 0],
        "outputs": [{"type": "IMAGE"}],
        "widgets_values": [1, 1, 1, 0],
    }
    unknown = {"type": "NoSuch", "pos": [0, 0], "widgets_values": ["old", 1, True]}
    group["nodes"], group["links"] = [known, unknown, known], []
    values = [8, 9, 2, 0, "new", 5, False, 16, 17, 3, 0]
    workflow["nodes"] = [{"id": 1, "type": "workflow>two_instances", "widgets_values": values}]
    workflow["links"] = []
    prompt = convert(workflow, catalog()).prompt
    first, second = (node["inputs"] for node in prompt.values() if node["class_type"] == "EmptyImage")
    assert (first["width"], first["height"], first["batch_size"]) == (8, 9, 2)
    assert (second["width"], second["height"], second["batch_size"]) == (16, 17, 3)
    dropped = [one for one in convert(workflow, catalog()).diagnostics if one.rule.code == "N202"]
    assert ["'new', 5, False" in one.message for one in dropped] == [True]


@pytest.mark.parametrize("mode", [2, 4])
def test_a_group_node_that_is_switched_off_stays_off(mode: int) -> None:
    workflow = golden("two_instances")
    alive = convert(workflow, catalog()).prompt
    for node in workflow["nodes"]:
        if node["id"] == 20:
            node["mode"] = mode
    conversion = convert(workflow, catalog())
    left = {ident.partition(":")[0] for ident in conversion.prompt if ":" in ident}
    assert "G118" in codes_of(conversion)
    assert len(left) == len({ident.partition(":")[0] for ident in alive if ":" in ident}) - 1
    assert conversion.prompt.keys() < alive.keys(), "the others keep their ids"
    exact = convert(workflow, catalog(), Options(browser_exact=True))
    assert exact.prompt.keys() == alive.keys()


def test_an_unknown_inner_type_is_named_where_the_browser_is_followed() -> None:
    options = Options(unknown=UnknownTypes.BROWSER)
    conversion = convert(golden("unknown_inner_type"), catalog(), options)
    assert all("class_type" not in node or ":" not in ident for ident, node in conversion.prompt.items())


def test_an_upload_button_without_its_widget_is_explained() -> None:
    conversion = convert(golden("upload_without_widget"), catalog())
    found = next(found for found in conversion.diagnostics if found.rule.code == "N201")
    assert "upload button" in found.message


def test_values_point_at_the_group_node() -> None:
    """A value that came from the group node is found there, not where the inner node was saved."""
    workflow = golden("two_instances")
    nodes = workflow["extra"]["groupNodes"]["two_instances"]["nodes"]
    nodes[1] = {**nodes[1], "type": "CLIPTextEncodeFlux", "inputs": [], "widgets_values": []}
    for index, node in enumerate(workflow["nodes"]):
        if node["id"] == 20:
            node["widgets_values"] = ["{a|b}", "plain", 3.5]
            place = index
    conversion = convert(workflow, catalog())
    found = next(found for found in conversion.diagnostics if found.rule.name == "dynamic-choice")
    assert found.location.pointer == ("nodes", place, "widgets_values", 0)


def test_a_catalogue_forgets_the_types_of_a_file() -> None:
    """Group types belong to their file: the next one with the same catalogue must not see them."""
    own = Catalog.load()
    workflow = golden("two_instances")
    assert "G117" in codes_of(convert(workflow, own))
    bare = copy.deepcopy(workflow)
    bare["extra"]["groupNodes"] = {}
    assert "N201" in codes_of(convert(bare, own))
    assert "G117" in codes_of(convert(workflow, own))


def test_the_document_is_not_changed() -> None:
    workflow = golden("two_instances")
    before = copy.deepcopy(workflow)
    convert(workflow, catalog())
    assert workflow == before


ODD: list[Any] = [
    None,
    True,
    7,
    "text",
    [],
    [1],
    {"two_instances": None},
    {"two_instances": 1},
    {"two_instances": []},
    {"two_instances": {}},
    {"two_instances": {"nodes": {}}},
    {"two_instances": {"nodes": [None]}},
    {"two_instances": {"nodes": [[]], "links": []}},
    {"two_instances": {"nodes": [{}], "links": []}},
    {"two_instances": {"nodes": [{"type": 5}], "links": []}},
    {"two_instances": {"nodes": [{"type": "ImageInvert", "inputs": {}, "pos": []}]}},
    {
        "two_instances": {
            "nodes": [{"type": "ImageInvert", "inputs": [1, {"name": 2}], "pos": [0]}],
            "links": 1,
        }
    },
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: json.dumps(value)[:60])
def test_odd_group_nodes_are_no_crash(value: Any) -> None:
    workflow = golden("two_instances")
    workflow["extra"]["groupNodes"] = value
    conversion = convert(workflow, catalog())
    assert codes_of(conversion) & {"N201", "W030"}


@pytest.mark.parametrize(
    "link", [None, 1, [], [0, 0, 1], ["0", 0, 1, 0], [0, "0", 1, 0], [0, 0, 1.5, 0]], ids=str
)
def test_an_odd_inner_link_is_left_out(link: Any) -> None:
    workflow = golden("two_instances")
    workflow["extra"]["groupNodes"]["two_instances"]["links"].append(link)
    conversion = convert(workflow, catalog())
    assert conversion.prompt == convert(golden("two_instances"), catalog()).prompt
    assert "W030" in codes_of(conversion)


def test_groups_that_multiply_are_stopped() -> None:
    """Damaged groups in groups leave their inner nodes behind, which are group nodes again."""
    image = {"type": "ImageInvert", "pos": [0, 0], "inputs": [], "outputs": []}
    broken = [[0, 0, 99, 0, 1, "IMAGE"]]
    groups = {"g0": {"nodes": [image], "links": broken}}
    for level in range(1, 40):
        inner = {"type": f"workflow>g{level - 1}", "pos": [0, 0], "inputs": [], "outputs": []}
        groups[f"g{level}"] = {"nodes": [inner, inner], "links": broken}
    node = {"id": 1, "type": "workflow>g39", "pos": [0, 0], "inputs": [], "outputs": []}
    workflow = {"version": 0.4, "nodes": [node], "links": [], "extra": {"groupNodes": groups}}
    options = Options(limits=Limits(nodes=2000))
    assert "G111" in codes_of(convert(workflow, catalog(), options))
    assert steps(lambda: convert(workflow, catalog(), options)) < 2_000_000
