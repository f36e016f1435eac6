"""What holds of every conversion: tried on the goldens and on changed copies of them."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comfyc.api import convert
from comfyc.catalog import Catalog
from comfyc.documents import is_workflow
from tests.discovery import Case, cases
from tests.every import every
from tests.examples import examples
from tests.growth import steps
from tests.test_conversion import AS_RECORDED, catalog, converted

GOLDENS = [case for case in cases() if case.prompt and not case.reason]
ROOTS = [case for case in GOLDENS if case.topic in ("basics", "generated_core", "subgraphs", "reroutes")]


def document_of(case: Case) -> Any:
    return json.loads(case.workflow.lstrip("\ufeff"))


def text_of(document: Any, case: Case) -> str:
    return convert(document, catalog(case.catalog), AS_RECORDED).text


@every(GOLDENS, name=lambda case: case.name, group=lambda case: case.topic)
def test_a_prompt_is_closed_and_its_graph_is_the_same_graph(case: Case) -> None:
    conversion = converted(case)
    prompt = conversion.prompt
    links = {
        (value[0], ident)
        for ident, node in prompt.items()
        for value in node["inputs"].values()
        if isinstance(value, list)
    }
    assert {source for source, _ in links} <= prompt.keys()
    assert set(conversion.graph.edges) == links
    assert list(conversion.graph.nodes) == list(conversion.ir.nodes)
    assert set(conversion.graph.nodes) == prompt.keys()
    assert isinstance(conversion.graph, networkx.DiGraph)


@every(GOLDENS, name=lambda case: case.name, group=lambda case: case.topic)
def test_a_conversion_changes_nothing_and_repeats_itself(case: Case) -> None:
    document = document_of(case)
    before = copy.deepcopy(document)
    first = text_of(document, case)
    assert document == before
    assert text_of(document, case) == first


@every(GOLDENS, name=lambda case: case.name, group=lambda case: case.topic)
def test_a_prompt_converts_to_itself(case: Case) -> None:
    prompt = json.loads(converted(case).text)
    if prompt and all("class_type" in node for node in prompt.values()):
        assert convert(prompt, catalog(case.catalog)).prompt == prompt


def plain_members(document: Any) -> list[dict[str, Any]]:
    """All nodes of a workflow and of its subgraphs."""
    definitions = document.get("definitions")
    graphs = [document, *(definitions.get("subgraphs", []) if isinstance(definitions, dict) else [])]
    return [node for graph in graphs for node in graph.get("nodes", []) if isinstance(node, dict)]


@examples(60)
@given(st.sampled_from(ROOTS), st.integers(0, 10**6).map(random.Random))
def test_how_it_looks_is_of_no_account(case: Case, rng: random.Random) -> None:
    document = document_of(case)
    if not is_workflow(document):
        return
    for node in plain_members(document):
        for key in ("pos", "size", "flags", "color", "bgcolor", "shape"):
            if rng.random() < 0.5:
                node[key] = rng.choice([[rng.random() * 1000, 5], {"0": 1, "1": 2}, "#fff", {}])
    document["groups"] = [{"title": "x", "bounding": [0, 0, rng.random(), 1]}]
    assert text_of(document, case) == text_of(document_of(case), case)


@examples(60)
@given(st.sampled_from(ROOTS), st.integers(1, 10**6))
def test_the_ids_of_links_are_only_names(case: Case, offset: int) -> None:
    document = document_of(case)
    rows = document.get("links")
    if not isinstance(rows, list) or not all(isinstance(row, list) and type(row[0]) is int for row in rows):
        return
    for row in rows:
        row[0] += offset
    for node in document["nodes"]:
        for slot in node.get("inputs") or ():
            if type(slot.get("link")) is int:
                slot["link"] += offset
        for slot in node.get("outputs") or ():
            slot["links"] = [link + offset for link in slot.get("links") or ()]
    assert text_of(document, case) == text_of(document_of(case), case)


@examples(60)
@given(st.sampled_from(ROOTS), st.integers(0, 10**6).map(random.Random))
def test_members_that_nobody_knows_are_passed_over(case: Case, rng: random.Random) -> None:
    document = document_of(case)
    for node in plain_members(document):
        node[f"x_{rng.randrange(9)}"] = rng.choice([None, [], {"a": [1]}, "text"])
    document["x"] = {"nodes": []}
    assert text_of(document, case) == text_of(document_of(case), case)


GROWING = {"required": {"i": ["INT", {}]}}


@pytest.mark.parametrize(
    "spec",
    [
        ["COMFY_AUTOGROW_V3", {"template": {"input": GROWING, "prefix": "i", "min": 10**7, "max": 10**7}}],
        ["COMFY_AUTOGROW_V3", {"template": {"input": GROWING, "names": ["a"] * 10**5, "min": 10**7}}],
        ["COMFY_DYNAMICGROUP_V3", {"template": GROWING, "min": 10**7, "max": 10**7}],
    ],
    ids=["members", "names", "rows"],
)
def test_a_type_that_asks_for_millions_of_inputs_gets_a_bounded_number(spec: list[Any]) -> None:
    entry = {"input": {"required": {"g": spec}}, "output": [], "name": "N", "output_node": True}
    row = {"id": 1, "type": "N", "mode": 0, "inputs": [], "outputs": [], "widgets_values": [10**7]}
    catalog_of_one = Catalog.from_object_info({"N": entry})
    document = {"nodes": [row], "links": [], "version": 0.4}
    assert len(convert(document, catalog_of_one).prompt["1"]["inputs"]) <= 1000
    assert steps(lambda: convert(document, catalog_of_one)) < 2_000_000
