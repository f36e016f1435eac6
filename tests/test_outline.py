"""A workflow as text: what means something is in it, by its name, and nothing else."""

from __future__ import annotations

import copy
import json
import random
from importlib.resources import files
from typing import Any

import pytest

from comfyc import convert
from comfyc.outline import outline_of
from tests.discovery import FIXTURES

TEMPLATES = sorted(
    (
        one
        for one in (files("comfyui_workflow_templates_json") / "templates").iterdir()
        if one.name.endswith(".json") and not one.name.startswith("index")
    ),
    key=lambda one: one.name,
)[::40]
WORKFLOW: dict[str, Any] = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
PROMPT: dict[str, Any] = json.loads((FIXTURES / "text_to_image" / "prompt.json").read_text("utf-8"))


def outline(document: dict[str, Any]) -> str:
    text = outline_of(convert(document))
    assert text is not None
    return text


def node_of(document: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["nodes"] if one["type"] == kind)
    return found


def changed_lines(before: str, after: str) -> tuple[set[str], set[str]]:
    old, new = set(before.splitlines()), set(after.splitlines())
    return old - new, new - old


def test_links_have_the_names_of_both_ends() -> None:
    (node,) = (part for part in outline(WORKFLOW).split("\n\n") if part.startswith("KSampler"))
    assert node.startswith("KSampler #3\n    model <- Load Checkpoint.MODEL #4\n")
    assert "\n    seed = " in node


def test_a_prompt_is_written_as_its_workflow_is() -> None:
    """All lines of a prompt are in the outline of its workflow, which also has what no prompt needs."""
    assert set(outline(PROMPT).splitlines()) <= set(outline(WORKFLOW).splitlines())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_layout_and_order_are_not_in_it(template: Any) -> None:
    document = json.loads(template.read_text("utf-8"))
    before, moved = outline(document), copy.deepcopy(document)
    for graph in (moved, *moved.get("definitions", {}).get("subgraphs", ())):
        random.Random(1).shuffle(graph["nodes"])
        graph["groups"] = []
        for node in graph["nodes"]:
            node.update(pos=[1, 2], size=[300, 400], color="#123", flags={"collapsed": True}, order=5)
    moved["extra"] = {**moved.get("extra", {}), "ds": {"scale": 3}}
    assert outline(moved) == before
    assert before.count("\n\n") >= len(document["nodes"]) - 1


def test_each_change_is_a_line_under_the_name_of_its_node() -> None:
    before = outline(WORKFLOW)
    for change, gone, new in (
        (("KSampler", "widgets_values", 2, 33), "    steps = 20", "    steps = 33"),
        (("KSampler", "mode", None, 4), "KSampler #3", "KSampler #3 [bypassed]"),
        (("SaveImage", "mode", None, 2), "Save Image (SaveImage) #9", "Save Image (SaveImage) #9 [muted]"),
        (("KSampler", "title", None, "Sample"), "KSampler #3", "Sample (KSampler) #3"),
    ):
        kind, member, index, value = change
        document = copy.deepcopy(WORKFLOW)
        node = node_of(document, kind)
        if index is None:
            node[member] = value
        else:
            node[member][index] = value
        old_lines, new_lines = changed_lines(before, outline(document))
        assert (gone in old_lines, new in new_lines) == (True, True), (old_lines, new_lines)


def test_what_a_terminal_would_obey_is_spelt() -> None:
    document = copy.deepcopy(WORKFLOW)
    node_of(document, "KSampler")["title"] = "a\x1b[31m\nb #9"
    node_of(document, "CLIPTextEncode")["widgets_values"] = ["one\x1b[2J\n\u202etwo\ttabs"]
    text = outline(document)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "a\\x1b[31m\\nb #9 (KSampler) #3\n" in text
    assert "    text =\n        | one\\x1b[2J\n        | \\u202etwo\\ttabs\n" in text


def test_what_many_links_repeat_is_short() -> None:
    users = [
        {"id": ident, "type": "PreviewAny", "inputs": [{"name": "source", "type": "*", "link": ident}]}
        for ident in range(2, 300)
    ]
    origin = {
        "id": 1,
        "type": "EmptyImage",
        "title": "T" * 5000,
        "outputs": [{"name": "N" * 5000, "type": "IMAGE"}],
    }
    links = [[ident, 1, 0, ident, 0, "IMAGE"] for ident in range(2, 300)]
    text = outline({"nodes": [origin, *users], "links": links, "version": 0.4})
    assert text.count(" <- ") == len(users)
    assert len(text) < 5000 + len(users) * 600
    assert text.startswith("T" * 5000 + " (EmptyImage) #1\n")


def test_numbers_and_texts_are_different() -> None:
    document = copy.deepcopy(PROMPT)
    document["3"]["inputs"].update(steps="20", cfg=8, odd={"a": [1, None]}, list=["3", 0, 1])
    lines = outline(document).splitlines()
    for line in ('steps = "20"', "cfg = 8", 'odd = {"a":[1,null]}', 'list = ["3",0,1]'):
        assert f"    {line}" in lines


def test_subgraphs_are_written_once_with_their_borders() -> None:
    document = json.loads(
        (FIXTURES / "cases" / "nested_subgraphs" / "nested_values" / "workflow.json").read_text("utf-8")
    )
    text = outline(document)
    for definition in document["definitions"]["subgraphs"]:
        assert text.count(f"Subgraph {definition['name']} #{definition['id']}\n") == 1
        for node in definition["nodes"]:
            assert f"\n{definition['name']} / " in text
            assert f" #{node['id']}\n" in text
        for slot in definition["inputs"]:
            assert f"    input {slot.get('label') or slot['name']} ({slot['type']})\n" in text


def test_values_without_names_are_kept() -> None:
    document = {
        "nodes": [{"id": 1, "type": "Nobody", "widgets_values": ["a", 2]}],
        "links": [],
        "version": 0.4,
    }
    assert outline(document) == 'Nobody #1\n    widgets_values[0] = "a"\n    widgets_values[1] = 2\n'


def test_nothing_has_no_outline() -> None:
    assert outline_of(convert({"nodes": [], "links": [], "version": 0.4})) is None
    assert outline_of(convert({"a": 1})) is None
