"""The picture of the architecture is that of the code, and the page about it names every room."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest

from comfyc import convert, validate
from comfyc.editor.nodes.folded import SavedWidgets
from comfyc.graph import WidgetList
from scripts.draw_architecture import PACKAGE, PICTURE, ROOT, drawing, layers, room_imports

PAGE = ROOT / "docs" / "architecture.md"


@pytest.mark.slow
def test_the_picture_is_that_of_the_code_and_every_arrow_leads_down() -> None:
    graph = room_imports()
    assert PICTURE.read_text("utf-8") == drawing(graph, layers()), "call python -m scripts.draw_architecture"
    level = {name: number for number, row in enumerate(layers()) for name in row}
    assert set(graph) == set(level)
    assert [(start, end) for start, end in graph.edges if level[start] > level[end]] == []
    assert nx.is_directed_acyclic_graph(graph)  # within a layer, too


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of three rooms, each of which imports another in a way of its own."""
    for name, text in {
        "__init__.py": "from comfyc.top import main",
        "top/__init__.py": "def main():\n    import comfyc.middle.deep\n    from comfyc import low",
        "middle/deep.py": "import os\nfrom comfyc.low import thing",
        "low.py": "thing = 1",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    return tmp_path


def test_imports_of_every_form_are_arrows(package: Path) -> None:
    graph = room_imports(package)
    assert set(graph) == {"top", "middle", "low"}
    assert set(graph.edges) == {("top", "middle"), ("top", "low"), ("middle", "low")}


def test_an_arrow_that_follows_is_left_out(package: Path) -> None:
    text = drawing(room_imports(package), [["top"], ["middle"], ["low"]], package)
    assert re.findall(r"<title>(\w+ imports \w+)</title>", text) == [
        "middle imports low",
        "top imports middle",
    ]
    assert re.findall(r'class="(room|file)".*?<text[^>]*>(\w+)<', text) == [
        ("file", "low"),
        ("room", "middle"),
        ("room", "top"),
    ]


@pytest.mark.slow
def test_no_box_covers_another() -> None:
    drawn = PICTURE.read_text("utf-8")  # the test above holds it against the code
    boxes = re.findall(r'<rect class="(?:room|file)" x="([\d.]+)" y="(\d+)" width="([\d.]+)"', drawn)
    assert len(boxes) == sum(map(len, layers()))
    rows: dict[str, list[tuple[float, float]]] = {}
    for x, y, width in boxes:
        rows.setdefault(y, []).append((float(x), float(x) + float(width)))
    for row in rows.values():
        ordered = sorted(row)
        assert all(one[1] < other[0] for one, other in pairwise(ordered))


@pytest.mark.slow
def test_the_page_explains_every_room() -> None:
    section = PAGE.read_text("utf-8").partition("\n## The rooms\n")[2].partition("\n## ")[0]
    rooms = re.findall(r"^\| `([\w/]+?)(?:\.py|/)?` \|", section, re.MULTILINE)
    assert sorted(rooms) == sorted(name for row in layers() for name in row)


@pytest.mark.parametrize("page", ["architecture.md", "recipes.md"])
def test_files_that_are_named_exist(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    names = re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:\.py|/)|(?:[a-z_]+/)+[a-z_]+\.\w+)`", text)
    assert len(names) > 20
    for name in names:
        assert (ROOT / name).exists() or (PACKAGE / name).exists(), name


def test_the_value_of_the_walk_goes_that_way() -> None:
    """The KSampler of docs/architecture.md, which is node 5 of the file, with its 20 steps."""
    document = json.loads((ROOT / "examples" / "text_to_image.json").read_text("utf-8"))
    saved = document["nodes"][5]["widgets_values"]
    assert (document["nodes"][5]["type"], saved) == ("KSampler", [1234, "fixed", 20, 8, "euler", "normal", 1])
    conversion = convert(document)
    folded = conversion.ir.nodes["3"].widgets
    steps = folded.get("steps")
    assert isinstance(folded, SavedWidgets)
    assert steps is not None
    assert (steps.value, steps.saved_at) == (20, 2)
    assert conversion.prompt["3"]["inputs"]["steps"] == 20
    saved[2] = 0
    (found,) = validate(document, assume_files=True).diagnostics
    assert (found.code, found.pointer) == ("P308", "/nodes/5/widgets_values/2")
    saved[2:2] = ["one too many"]
    assert isinstance(convert(document).ir.nodes["3"].widgets, WidgetList)
