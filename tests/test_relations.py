"""What a change to a workflow does to its prompt, where it is known without asking anybody.

Tried on the official templates: notes are added, nodes are listed in another order or get other ids, a
Reroute is put on every wire, a file of schema 0.4 is written as one of schema 1.
"""

from __future__ import annotations

import copy
import json
import random
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog
from comfyc.codes import RENUMBERED
from tests.every import every
from tests.test_conversion import AS_RECORDED

TEMPLATES = sorted(
    name
    for name in (Path(str(files("comfyui_workflow_templates_json"))) / "templates").glob("*.json")
    if b'"nodes"' in name.read_bytes()
)
SAMPLE = TEMPLATES[::6]
templates = every(SAMPLE, name=lambda path: path.stem, group=lambda path: path.stem.split("_")[0])


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def converted(document: dict[str, Any]) -> Conversion:
    return convert(document, Catalog.load(), AS_RECORDED)


def unused_ids(document: dict[str, Any]) -> list[int]:
    """Ids below the largest one that no node has; larger ones would move the counter of ids."""
    graphs = [document, *document.get("definitions", {}).get("subgraphs", [])]
    used = {node["id"] for graph in graphs for node in graph["nodes"]}
    largest = max((ident for ident in used if isinstance(ident, int)), default=0)
    return [ident for ident in range(1, largest) if ident not in used]


@templates
def test_notes_change_nothing(path: Path) -> None:
    document = read(path)
    before = converted(document).text
    for ident, kind in zip(unused_ids(document), ("Note", "MarkdownNote"), strict=False):
        note = {"id": ident, "type": kind, "mode": 0, "inputs": [], "outputs": [], "properties": {}}
        document["nodes"].insert(0, {**note, "widgets_values": ["{a|b} %date%"]})
    assert converted(document).text == before


@templates
def test_the_order_of_the_nodes_decides_no_value(path: Path) -> None:
    document = read(path)
    before = converted(document)
    if any(found.rule is RENUMBERED for found in before.diagnostics):
        pytest.skip("which of two nodes with one id gets a new one is a matter of order")
    random.Random(0).shuffle(document["nodes"])
    random.Random(1).shuffle(document["links"])
    assert converted(document).prompt == before.prompt


@templates
def test_ids_are_only_names(path: Path) -> None:
    document = read(path)
    before = converted(document)
    if any(found.rule is RENUMBERED for found in before.diagnostics):
        pytest.skip("ids that two nodes share are renumbered")
    offset = 100_000
    for node in document["nodes"]:
        node["id"] += offset
    for row in document["links"]:
        ends = (1, 3) if isinstance(row, list) else ("origin_id", "target_id")
        for end in ends:
            row[end] += offset
    after = json.loads(json.dumps(before.prompt))
    expected = {moved(ident, offset): record for ident, record in after.items()}
    for record in expected.values():
        for value in record["inputs"].values():
            if isinstance(value, list):
                value[0] = moved(value[0], offset)
    assert converted(document).prompt == expected


def moved(ident: str, offset: int) -> str:
    root, colon, rest = ident.partition(":")
    return f"{int(root) + offset}{colon}{rest}"


@templates
def test_a_reroute_on_a_wire_passes_it_on(path: Path) -> None:
    """On every wire of the main graph but those of PrimitiveNodes, which write into the next node itself."""
    document = read(path)
    before = converted(document)
    nodes = {node["id"]: node for node in document["nodes"]}
    free = iter(range(200_000, 300_000))
    added: list[dict[str, Any]] = []
    rows = document["links"]
    if not all(isinstance(row, list) for row in rows):
        pytest.skip("the main graph of this file has links of schema 1")
    for row in list(rows):
        ident, origin, slot, target, _, kind = row
        if origin not in nodes or target not in nodes or nodes[origin]["type"] == "PrimitiveNode":
            continue
        reroute, link = next(free), next(free)
        added.append(
            {
                "id": reroute,
                "type": "Reroute",
                "mode": 0,
                "inputs": [{"name": "", "type": "*", "link": link}],
                "outputs": [{"name": "", "type": kind, "links": [ident]}],
                "properties": {},
            }
        )
        row[1:3] = [reroute, 0]
        rows.append([link, origin, slot, reroute, 0, "*"])
    document["nodes"] += added
    if any(found.rule is RENUMBERED for found in before.diagnostics):
        pytest.skip("the ids of the Reroutes move the counter of ids")
    assert converted(document).prompt == before.prompt


@templates
def test_both_schemas_say_the_same(path: Path) -> None:
    document = read(path)
    if document.get("version") != 0.4:
        pytest.skip("this file is of schema 1 as it is")
    before = converted(document).text
    newer = copy.deepcopy(document)
    names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
    newer["links"] = [dict(zip(names, row, strict=False)) for row in document["links"]]
    newer["version"] = 1
    counters = {"lastNodeId": "last_node_id", "lastLinkId": "last_link_id"}
    newer["state"] = {new: newer.pop(old, 0) for new, old in counters.items()}
    assert converted(newer).text == before
