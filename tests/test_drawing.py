"""Pictures of workflows: where things are, what fits, and that a title is a title and nothing else."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest

from comfyc.api import Conversion, convert
from comfyc.catalog import Catalog, bundled_core
from comfyc.drawing import Subgraphs, picture_of
from comfyc.drawing.forms import FORMS
from comfyc.drawing.model import TITLE_HEIGHT, NodeBox, WorkflowPicture
from comfyc.drawing.palette import Theme
from comfyc.drawing.svg import svg_of
from comfyc.rebuild.text_width import text_width
from comfyc.validation import validate
from tests.discovery import FIXTURES, TEMPLATE_EXPORTS, Case, cases, read_packed
from tests.drawings import DrawnBox, drawn_boxes
from tests.every import every

NEAR = 1.0
"""Pixels by which a picture may differ from the file."""


def draw(source: Any, catalog: Catalog | None = None, **options: Any) -> tuple[WorkflowPicture, str]:
    picture = picture_of(convert(source, catalog or bundled_core()), **options)
    assert picture is not None
    return picture, svg_of(picture, "a workflow")


def saved_nodes(conversion: Conversion) -> dict[str, dict[str, Any]]:
    """The nodes of the main graph whose position and size the file has, by the ids that they got."""
    nodes = conversion.editor.root.nodes.values() if conversion.editor is not None else ()
    found = {node.id: node.file.raw for node in nodes}
    return {
        ident: row for ident, row in found.items() if _is_pair(row.get("pos")) and _is_pair(row.get("size"))
    }


def _is_pair(value: Any) -> bool:
    if not isinstance(value, list) or len(value) < 2:
        return False
    return all(
        isinstance(one, (int, float)) and one.__class__ is not bool and abs(one) < 1e5 for one in value
    )


def check(boxes: dict[str, DrawnBox], picture: WorkflowPicture, conversion: Conversion) -> None:
    """Positions and sizes are the file's, and no text leaves its node."""
    for ident, row in saved_nodes(conversion).items():
        box, node = boxes[ident], picture.main.by_path[ident]
        assert abs(box.x - row["pos"][0]) < NEAR
        assert abs(box.y - row["pos"][1]) < NEAR
        if node.is_collapsed or not node.has_title:
            continue
        assert abs(box.width - row["size"][0]) < NEAR or grew_across(box, node, row["size"][0])
        height = box.height - TITLE_HEIGHT
        assert abs(height - row["size"][1]) < NEAR or grew_down(height, node, row["size"][1])
    for box in boxes.values():
        for text in box.texts:
            assert text.left >= -0.01, text
            assert text.right <= box.width + 0.01, text
            assert box.top < text.base < box.top + box.height, text


def grew_across(box: DrawnBox, node: NodeBox, saved: float) -> bool:
    """Whether a node is wider than in the file because it is as narrow as the editor lets it be."""
    title = text_width(node.title.whole, 14) + 39.9
    labels = [text_width(row.name.whole, 12) + 104 for row in node.rows]
    sides = [[dot.label.width for dot in side if dot.label] for side in (node.inputs, node.outputs)]
    slots = sum(max(side, default=0.0) for side in sides) + 40 + 5 * all(sides)
    least = max(title, slots, 210 if node.rows else 140, *labels, 0)
    return saved < box.width <= least + NEAR


def grew_down(height: float, node: NodeBox, saved: float) -> bool:
    """Whether a node is higher than in the file because its rows or slots reach down to its end."""
    dots = max([dot.y for dot in (*node.inputs, *node.outputs) if dot.label is not None], default=0.0)
    end = max([row.y + row.height for row in node.rows], default=0.0)
    return saved < height <= max(dots + 6 + 14, end + 36 + 4 * len(node.rows))


def draw_source(source: Any, catalog: Catalog) -> None:
    conversion = convert(source, catalog)
    picture = picture_of(conversion)
    if picture is None:
        assert conversion.editor is None
        return
    check(drawn_boxes(svg_of(picture, "x")), picture, conversion)


@every(cases()[::2], name=lambda case: case.name, group=lambda case: case.topic)
def test_cases_are_drawn(case: Case) -> None:
    catalog = bundled_core() if case.catalog is None else Catalog.load(str(case.catalog))
    draw_source(case.workflow.encode("utf-8", "surrogatepass"), catalog)


@every(
    [row["key"] for row in read_packed(TEMPLATE_EXPORTS)][::4],
    name=str,
    group=lambda key: key.split("_")[0],
)
def test_templates_are_drawn(key: str) -> None:
    draw_source(template(key), bundled_core())


@cache
def template(key: str) -> Any:
    source = files("comfyui_workflow_templates_json") / "templates" / f"{key}.json"
    return json.loads(source.read_text("utf-8"))


def test_the_prompt_of_a_workflow_is_laid_out() -> None:
    """Nothing overlaps, subgraphs are back, and links lead from the left to the right."""
    picture, _ = draw(convert(template("flux_schnell")).prompt)
    boxes = picture.main.boxes
    assert len(boxes) > 5
    for one, other in combinations(boxes, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart_x or one.bottom <= other.top or other.bottom <= one.top
    by_path = picture.main.by_path
    assert all(by_path[wire.origin[0]].x < by_path[wire.target[0]].x for wire in picture.main.wires)


def test_subgraphs_are_drawn_inside_each_other_beside_or_not_at_all() -> None:
    document = template("utility_void_video_inpainting")
    nested, _ = draw(document)
    assert [panel.path for panel in nested.panels] == ["", "167", "167:149"]
    assert [panel.path for panel in nested.main.inner] == ["167"]
    assert [panel.path for panel in nested.panels[1].inner] == ["167:149"]
    separate, _ = draw(document, subgraphs=Subgraphs.SEPARATE)
    assert [panel.path for panel in separate.main.inner] == ["167", "167:149"]
    closed, svg = draw(document, subgraphs=Subgraphs.CLOSED)
    assert len(closed.panels) == 1
    assert '<a href="#' not in svg


@pytest.mark.parametrize("way", Subgraphs)
def test_panels_do_not_overlap(way: Subgraphs) -> None:
    picture, _ = draw(template("utility_void_video_inpainting"), subgraphs=way)
    areas = []
    for panel in picture.panels:
        left, top, right, bottom = panel.bounds
        x, y = panel.at
        assert 0 <= left + x <= right + x <= picture.size[0]
        assert 0 <= top + y <= bottom + y <= picture.size[1]
        areas.append((left + x, top + y, right + x, bottom + y))
    for one, other in combinations(areas, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_the_same_file_gives_the_same_picture() -> None:
    document = template("utility_void_video_inpainting")
    first = draw(document)[1]
    assert draw(json.loads(json.dumps(document)))[1] == first


GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": 1, "type": "EmptyLatentImage", "pos": [0, 0], "size": [300, 110],
         "outputs": [{"name": "LATENT", "type": "LATENT", "links": [1, 2]}], "widgets_values": [640, 480, 1]},
        {"id": 2, "type": "SaveLatent", "pos": [700, 0], "size": [300, 60], "color": "#322",
         "inputs": [{"name": "samples", "type": "LATENT", "link": 1}], "widgets_values": ["x"],
         "bgcolor": "#533"},
        {"id": 3, "type": "LatentUpscaleBy", "pos": [700, 300], "size": [300, 90], "mode": 4,
         "flags": {"collapsed": True}, "inputs": [{"name": "samples", "type": "LATENT", "link": 2}],
         "outputs": [{"name": "LATENT", "type": "LATENT"}], "widgets_values": ["bicubic", 1.5]},
        {"id": 4, "type": "Note", "pos": [0, 300], "size": [200, 100], "widgets_values": ["a <b>note</b>"]},
    ],
    "links": [[1, 1, 0, 2, 0, "LATENT"], [2, 1, 0, 3, 0, "LATENT"]],
    "groups": [{"title": "A & B", "bounding": [-50, -100, 500, 300], "color": "#3f789e"}],
    "extra": {"reroutes": [{"id": 7, "pos": [500, 200], "linkIds": [2]}],
              "linkExtensions": [{"id": 2, "parentId": 7}]},
    "version": 0.4,
}  # fmt: skip
"""A small workflow with a bit of everything."""


def test_what_a_file_says_is_in_the_picture() -> None:
    picture, svg = draw(GRAPH)
    boxes = drawn_boxes(svg)
    said = {ident: {text.text for text in box.texts} for ident, box in boxes.items()}
    assert {"width", "640", "height", "480", "batch_size", "1", "LATENT"} <= said["1"]
    assert said["4"] == {"Note", "a <b>note</b>"}
    assert said["3"] == {"Upscale Latent By"}
    assert boxes["3"].width == pytest.approx(text_width("Upscale Latent By", 12) + 60, abs=0.1)
    assert boxes["3"].height == TITLE_HEIGHT
    assert 'class="by"' in svg
    assert re.search(r"\.c\d\{fill:#533\}", svg)
    assert [knot.kind for knot in picture.main.knots] == ["LATENT"]
    assert picture.main.wires[0].curve == "M291 14C395.75 14 605.25 14 710 14"
    assert picture.main.wires[1].curve.count("C") == 2
    assert [frame.title.text for frame in picture.main.frames] == ["A & B"]
    assert "A &amp; B" in svg


def test_colors_follow_the_reader_or_the_theme() -> None:
    picture, svg = draw(GRAPH)
    assert "@media (prefers-color-scheme:light){" in svg
    for theme, color in ((Theme.DARK, "#FF9CF9"), (Theme.LIGHT, "#AB47BC")):
        text = svg_of(picture, "x", theme)
        assert "@media" not in text
        assert f".l-LATENT{{stroke:{color}}}" in text


def test_what_makes_no_output_is_dimmed() -> None:
    prompt = convert(GRAPH).prompt
    assert set(prompt) == {"1", "2"}
    _, svg = draw(GRAPH, outputs=["2"])
    assert {ident: box.dimmed for ident, box in drawn_boxes(svg).items()} == {
        "1": False,
        "2": False,
        "3": True,
        "4": False,
    }
    _, svg = draw(GRAPH, outputs=[])
    assert [box.dimmed for box in drawn_boxes(svg).values()] == [True, True, True, False]


def test_findings_are_at_their_nodes() -> None:
    document = deepcopy(GRAPH)
    document["nodes"][0]["widgets_values"] = [640, 481, 0]
    validation = validate(document)
    picture = picture_of(validation.conversion, findings=validation.diagnostics.errors)
    assert picture is not None
    boxes = drawn_boxes(svg_of(picture, "x"))
    assert "batch_size" in boxes["1"].findings
    assert boxes["2"].findings == ""
    wrapped = {"output": document}
    validation = validate({"workflow": wrapped})
    again = picture_of(validation.conversion, findings=validation.diagnostics.errors)
    assert again is not None
    assert [one.code for one in again.main.by_path["1"].findings] == [
        one.code for one in picture.main.by_path["1"].findings
    ]


@pytest.mark.parametrize("document", [GRAPH, "subgraph"], ids=["plain", "subgraph"])
def test_no_text_of_a_file_becomes_markup(document: Any) -> None:
    """Every text of a workflow is hostile: the picture has the elements that it has with harmless texts."""
    document = template("utility_void_video_inpainting") if document == "subgraph" else document
    forms = [form for form in FORMS if form != "png"]
    harmless, hostile = ({form: _form(form, document, mark) for form in forms} for mark in ("x", HOSTILE))
    elements = [[one.tag for one in ET.fromstring(one_of["svg"]).iter()] for one_of in (harmless, hostile)]
    assert [one for one in elements[1] if one != TITLE] == [one for one in elements[0] if one != TITLE]
    assert "{http://www.w3.org/2000/svg}script" not in elements[1]
    assert hostile["html"].count("<script") == harmless["html"].count("<script") == 2
    assert "<img" not in hostile["html"]
    assert hostile["mermaid"].count("\n") == harmless["mermaid"].count("\n")
    assert '"]; click' not in hostile["mermaid"]
    assert hostile["dot"].count("\n") == harmless["dot"].count("\n")
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"')
    assert quoted.sub("", hostile["dot"]) == quoted.sub("", harmless["dot"])
    for text in hostile.values():
        assert "\x1b" not in text
        assert "\u202e" not in text


HOSTILE = (
    "\"]; click n0 <img src=x onerror=alert(1)></style></svg></script>\x1b]0;x\x07\u202e'--> {{x}} $(x)"
    " `x` %%{x}%% \\"
)
TITLE = "{http://www.w3.org/2000/svg}title"


def _form(form: str, document: Any, mark: str) -> str:
    changed = deepcopy(document)
    for graph in (changed, *changed.get("definitions", {}).get("subgraphs", [])):
        graph["name"] = mark
        for node in graph["nodes"]:
            node["title"] = mark
            node["color"] = node["bgcolor"] = mark
            for slot in (*node.get("inputs", []), *node.get("outputs", [])):
                slot["label"] = mark
            if node["type"] == "Note":
                node["widgets_values"] = [mark]
            if node["type"] == "MarkdownNote":  # tests/test_drawing_notes.py makes Markdown hostile
                node["widgets_values"] = ["x"]
        for group in graph.get("groups", []):
            group["title"] = group["color"] = mark
    picture, _ = draw(changed)
    text = FORMS[form](picture, mark, Theme.AUTO)
    assert isinstance(text, str)
    return text


def test_nodes_and_slots_are_where_the_editor_draws_them() -> None:
    """``scripts/record_pictures.py`` asked the editor, which lets no node be too small for what is in it."""
    recorded = json.loads((FIXTURES / "drawing" / "geometry.json").read_text("utf-8"))["templates"]
    assert len(recorded) == 12
    wrong: list[str] = []
    nodes = slots = 0
    for name, geometry in recorded.items():
        boxes = draw(template(name))[0].main.by_path
        assert boxes.keys() == geometry.keys()
        for ident, real in geometry.items():
            box = boxes[ident]
            nodes += 1
            height = real["size"][1] if not box.is_collapsed else 0
            ours = (box.x, box.y, box.width, box.height)
            if not _near(ours, (*real["pos"], real["width"], height)):
                wrong.append(f"{name} {ident} {box.kind}: {ours}, in the editor {real}")
            dots = {dot.name: (box.x + dot.x, box.y + dot.y) for dot in box.inputs}
            pairs = [(dots.get(slot, (0, 0)), (x, y)) for slot, x, y in real["inputs"]]
            ends = [(box.x + dot.x, box.y + dot.y) for dot in box.outputs]
            pairs += zip(ends, map(tuple, real["outputs"]), strict=True)
            slots += len(pairs)
            wrong += [
                f"{name} {ident} {box.kind}: {one}, in the editor {other}"
                for one, other in pairs
                if not _near(one, other)
            ]
    assert nodes > 150
    assert slots > 400
    assert wrong == []


def _near(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    return all(abs(one - other) < NEAR for one, other in zip(ours, theirs, strict=True))
