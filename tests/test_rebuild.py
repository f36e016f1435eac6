"""From a prompt to a workflow: as the editor does when a prompt is dropped on it, and back again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from comfyc.api import Conversion, convert_parsed
from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.javascript.stringify import json_text
from comfyc.options import Arrangement, DynamicPrompts, Options, UnknownTypes
from comfyc.prompt import Prompt, read_prompt
from comfyc.rebuild import workflow_of
from comfyc.rebuild.nodes import unwrapped
from comfyc.rebuild.sizes import TITLE_HEIGHT
from comfyc.rebuild.text_width import text_width
from comfyc.rebuild.tidy import laid_out
from comfyc.rebuilt import to_workflow_parsed
from tests.discovery import CLOCK, TEMPLATE_EXPORTS, cases, read_packed
from tests.every import every
from tests.rebuilt import REBUILDS, digest, facts_of

RECORDED = {
    row["key"]: row
    for file in sorted(REBUILDS.glob("*.jsonl.gz"))
    for row in read_packed(file)
    if "key" in row
}
"""What the browser made of each prompt; see tests/rebuilt.py."""
TEMPLATES = {row["key"]: row["text"] for row in read_packed(TEMPLATE_EXPORTS)}
CASES = {case.name: case for case in cases() if case.prompt}

WRITTEN_LATER = {"Load3D", "Load3DAdvanced"}
"""Types whose nodes a 3D view changes some moments after the prompt was opened: it writes its camera and its
light into their properties, and takes a model that it cannot load for none."""

AS_RECORDED = Options(
    js_numbers=True,
    unknown=UnknownTypes.BROWSER,
    now=datetime.datetime.fromisoformat(CLOCK.removesuffix("Z")),
    browser_exact=True,
)


@cache
def catalog(path: Path | None) -> Catalog:
    return Catalog.load(path)


def prompt_of(key: str) -> Prompt:
    text = TEMPLATES.get(key) or CASES[key].prompt or ""
    return read_prompt(json.loads(text), Collector())


def catalog_of(key: str) -> Catalog:
    return catalog(CASES[key].catalog if key in CASES else None)


def rebuilt(key: str, layout: Arrangement = Arrangement.EDITOR) -> dict[str, Any]:
    made = workflow_of(prompt_of(key), catalog_of(key), Collector(), layout=layout)
    parsed: dict[str, Any] = json.loads(json_text(made, js_numbers=True))
    return parsed


@every(RECORDED, name=str, group=lambda key: "template" if key in TEMPLATES else key.split("/")[0])
def test_the_workflow_is_the_editors(key: str) -> None:
    """Node for node: type, values, links, id, title, mode, position and size, and all else that is saved."""
    recorded = RECORDED[key]
    if "error" in recorded:
        return
    found = facts_of(rebuilt(key))
    assert found["links"] == recorded["links"]
    assert found["last"] == recorded["last"]
    for ours, theirs in zip(found["nodes"], recorded["nodes"], strict=True):
        assert ours[:4] == theirs[:4]
        assert all(abs(one - other) < 1 for one, other in zip(ours[4:8], theirs[4:8], strict=True)), ours[:2]
        assert ours[8] == theirs[8]
        if ours[1] not in WRITTEN_LATER:
            assert ours[9:] == theirs[9:], ours[:2]


def test_most_is_compared() -> None:
    """What the editor cannot open is the exception."""
    assert len([row for row in RECORDED.values() if "error" not in row]) > 0.9 * len(RECORDED) > 500


def is_other_when_opened_again(conversion: Conversion) -> bool:
    """Whether the editor itself would export something else once it has opened what it has saved: it drops
    links (G107), makes further inputs (N205), takes an old seed control (N207), makes widgets for the values
    of unknown types, and has null where there was nothing."""
    nodes = conversion.prompt.values()
    return bool(
        conversion.diagnostics.with_code("G107", "N205", "N207")
        or any("class_type" not in node or None in node["inputs"].values() for node in nodes)
    )


@every(CASES, name=str, group=lambda key: key.split("/")[0])
def test_the_new_workflow_is_exported_as_the_browser_does(key: str) -> None:
    """What the editor exports of the workflow that it has made, with all that is lost of the prompt."""
    recorded = RECORDED[key]
    if "export" not in recorded or any(node[1] in WRITTEN_LATER for node in recorded["nodes"]):
        return
    again = convert_parsed(rebuilt(key), catalog_of(key), AS_RECORDED)
    if is_other_when_opened_again(again):
        return
    assert digest(json.loads(again.text)) == recorded["export"]


def graphs(workflow: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The nodes of each graph of a workflow."""
    yield workflow["nodes"]
    for definition in workflow.get("definitions", {}).get("subgraphs", ()):
        yield definition["nodes"]


def overlaps(nodes: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """The nodes that cover a part of each other, with their titles, by id."""
    boxes = [
        (
            node["id"],
            *node["pos"],
            *(start + size for start, size in zip(node["pos"], node["size"], strict=True)),
        )
        for node in nodes
    ]
    return [
        (one[0], other[0])
        for one, other in combinations(boxes, 2)
        if one[1] < other[3]
        and other[1] < one[3]
        and one[2] - TITLE_HEIGHT < other[4]
        and other[2] - TITLE_HEIGHT < one[4]
    ]


def values_of(prompt: Prompt) -> Any:
    """A prompt whose curves are written in one way: some exports wrap them, others do not."""
    return {
        key: {**node, "inputs": {name: unwrapped(value) for name, value in node["inputs"].items()}}
        for key, node in prompt.items()
    }


@every(TEMPLATES, name=str, group=lambda key: key.split("_")[0])
def test_a_tidy_workflow_gives_the_prompt_again(key: str) -> None:
    """With the ids of subgraphs, titles and packs, unless a finding says what is lost; nothing overlaps."""
    made = to_workflow_parsed(json.loads(TEMPLATES[key]), catalog(None), layout=Arrangement.TIDY)
    assert not any(overlaps(nodes) for nodes in graphs(made.workflow))
    if not made.diagnostics:
        options = Options(dynamic_prompts=DynamicPrompts.KEEP)
        again = convert_parsed(made.workflow, catalog(None), options).prompt
        assert values_of(again) == values_of(prompt_of(key))


def test_two_subgraph_nodes_share_what_is_the_same_in_them() -> None:
    """Their inner nodes have the same numbers, which two definitions may not have, and other values."""
    key = "subgraphs/sub_two_instances"
    made = to_workflow_parsed(prompt_of(key), catalog(None), layout=Arrangement.TIDY)
    (definition,) = made.workflow["definitions"]["subgraphs"]
    hosts = [node for node in made.workflow["nodes"] if node["type"] == definition["id"]]
    assert len(hosts) == 2
    assert hosts[0]["widgets_values"] != hosts[1]["widgets_values"]
    assert convert_parsed(made.workflow, catalog(None)).prompt == prompt_of(key)


def test_few_templates_lose_anything_when_tidy() -> None:
    sample = sorted(TEMPLATES)[::10]
    lossless = [
        key
        for key in sample
        if not to_workflow_parsed(
            json.loads(TEMPLATES[key]), catalog(None), layout=Arrangement.TIDY
        ).diagnostics
    ]
    assert len(lossless) >= 0.9 * len(sample)


def test_measures_texts_as_chromium_does() -> None:
    # measured with frontend 1.58.1, whose font Inter has kerning and draws the x in 10x12 as a sign
    measured = {
        "KSampler (Advanced)": 124.189453125,
        "CLIP Text Encode (Prompt)": 153.22265625,
        "choose file to upload": 118.798828125,
        "10x12 -> AV. To": 86.208984375,
    }
    assert {text: text_width(text, 12) for text in measured} == measured


def test_a_tidy_graph_has_few_crossings() -> None:
    """Two crossed pairs of links, and one of three layers, are untied."""
    sizes = [(200.0, 100.0)] * 7
    links = [(0, 3), (1, 2), (2, 5), (3, 4), (0, 6), (6, 4)]
    tops = [y for _, y in laid_out(sizes, links)]
    columns = [x for x, _ in laid_out(sizes, links)]
    for (one, first), (other, second) in combinations(links, 2):
        if columns[one] == columns[other] and columns[first] == columns[second]:
            assert (tops[one] - tops[other]) * (tops[first] - tops[second]) >= 0


def test_a_circle_and_a_node_that_feeds_itself_are_laid_out() -> None:
    prompt = {
        "1": {"inputs": {"image": ["2", 0]}, "class_type": "ImageInvert"},
        "2": {"inputs": {"image": ["1", 0]}, "class_type": "ImageInvert"},
        "3": {"inputs": {"image": ["3", 0]}, "class_type": "ImageInvert"},
    }
    for layout in Arrangement:
        made = to_workflow_parsed(prompt, catalog(None), layout=layout)
        assert not overlaps(made.workflow["nodes"])
        assert {one.code for one in made.diagnostics} == {"G162"}
