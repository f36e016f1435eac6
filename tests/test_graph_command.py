"""``comfyc graph``: what it writes where, and what it says when it cannot."""

from __future__ import annotations

import html
import importlib.util
import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from unittest import mock

import pytest

from comfyc import convert, read_file, to_workflow
from comfyc.collector import Collector
from comfyc.workflow import read
from tests.discovery import FIXTURES
from tests.in_process import comfyc

WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
PROMPT = FIXTURES / "text_to_image" / "prompt.json"
BEGINNINGS = {
    "flow.svg": "<svg ",
    "flow.html": "<!DOCTYPE html>",
    "flow.mmd": "flowchart LR\n",
    "flow.dot": 'digraph "workflow" {\n',
    "flow.txt": "[9] Save Image (SaveImage)\n",
}
HAS_PNG = importlib.util.find_spec("resvg_py") is not None


@pytest.mark.parametrize("source", [WORKFLOW, PROMPT], ids=["workflow", "prompt"])
def test_the_ending_says_what_is_written(tmp_path: Path, source: Path) -> None:
    for name, beginning in BEGINNINGS.items():
        ended = comfyc("graph", source, "-o", tmp_path / name)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        assert (tmp_path / name).read_text("utf-8").startswith(beginning)


def test_without_a_file_stdout_gets_a_tree_or_what_is_asked_for() -> None:
    assert comfyc("graph", WORKFLOW).out.startswith("[9] Save Image (SaveImage)\n`-- images <- [8]")
    assert comfyc("graph", "-", "--format", "svg", stdin=WORKFLOW.read_bytes()).out.startswith("<svg ")
    assert comfyc("graph", WORKFLOW, "--format", "dot", "-o", "-").out.startswith("digraph")


def test_findings_are_marked_unless_they_are_not_wanted(tmp_path: Path) -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    node = next(one for one in document["nodes"] if one["type"] == "KSampler")
    node["widgets_values"][2] = -1
    (tmp_path / "flow.json").write_text(json.dumps(document), "utf-8")
    marked = comfyc("graph", tmp_path / "flow.json", "--format", "svg")
    assert (marked.code, marked.err) == (0, "")
    assert 'class="badge"' in marked.out
    assert "error[" in marked.out
    plain = comfyc("graph", tmp_path / "flow.json", "--format", "svg", "--no-findings")
    assert 'class="badge"' not in plain.out


def test_findings_are_marked_in_graphs_of_text() -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    node = next(one for one in document["nodes"] if one["type"] == "KSampler")
    node["widgets_values"][2], node["widgets_values"][4] = -1, '"]; click\\n0 <b>'
    flow = json.dumps(document).encode()
    mermaid = comfyc("graph", "-", "--format", "mermaid", stdin=flow).out
    assert '["KSampler<br>error P306, P308"]' in mermaid
    assert "  class n5 error\n" in mermaid
    assert "classDef error stroke:#d13438" in mermaid
    dot = comfyc("graph", "-", "--format", "dot", stdin=flow).out
    line = next(one for one in dot.splitlines() if '"KSampler"' in one)
    assert 'color="#d13438"' in line
    assert re.search(r'tooltip="error\[P306\] (?:[^"\\]|\\.)*"\];$', line)
    assert '\\"]; click' in line
    assert "class n5 error" not in comfyc("graph", WORKFLOW, "--format", "mermaid").out


def test_what_runs_is_bright() -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    next(one for one in document["nodes"] if one["type"] == "SaveImage")["mode"] = 2
    ended = comfyc("graph", "-", "--format", "svg", "--what-runs", stdin=json.dumps(document).encode())
    assert ended.out.count('class="box dim"') == len(document["nodes"])
    assert (
        "dim" not in comfyc("graph", WORKFLOW, "--format", "svg", "--what-runs").out.partition("</style>")[2]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.json",), "there is no file 'none.json'"),
        ((WORKFLOW, "-o", "flow.gif"), "the ending of 'flow.gif' does not say what to write"),
        ((WORKFLOW, "--format", "svgg"), "there is no format 'svgg'"),
        ((WORKFLOW, "--subgraphs", "open"), "there is no way to draw subgraphs 'open'"),
        ((WORKFLOW, "--theme", "black"), "there is no theme 'black'"),
        ((WORKFLOW, "--format", "png", "--json"), "PNG is not text"),
        (("http://127.0.0.1/flow.json",), "is an address"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: tuple[str | Path, ...], message: str) -> None:
    ended = comfyc("graph", *arguments, cwd=tmp_path)
    assert ended.code == 2
    assert ended.out == "" or "--json" in arguments
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_a_workflow_gives_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "x"}', "utf-8")
    ended = comfyc("graph", "a.json", "-o", "a.svg", cwd=tmp_path)
    assert ended.code == 1
    assert "error[" in ended.err
    assert not (tmp_path / "a.svg").exists()


def test_the_workflow_itself_is_never_overwritten(tmp_path: Path) -> None:
    flow = tmp_path / "flow.svg"
    flow.write_bytes(WORKFLOW.read_bytes())
    ended = comfyc("graph", flow, "-o", flow)
    assert ended.code == 2
    assert "would overwrite the workflow itself" in ended.err
    assert flow.read_bytes() == WORKFLOW.read_bytes()


def test_json_holds_the_picture_or_says_where_it_is(tmp_path: Path) -> None:
    answer = json.loads(comfyc("graph", WORKFLOW, "--format", "mermaid", "--json").out)
    (result,) = answer["results"]
    assert result["graph"].startswith("flowchart LR")
    assert (result["ok"], result["format"], result["output"]) == (True, "mermaid", None)
    answer = json.loads(comfyc("graph", WORKFLOW, "-o", "a.svg", "--json", cwd=tmp_path).out)
    assert answer["results"] == [
        {"file": str(WORKFLOW), "ok": True, "format": "svg", "output": "a.svg", "graph": None}
    ]
    assert ET.parse(tmp_path / "a.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.skipif(not HAS_PNG, reason="needs comfyc[png]")
def test_png_is_a_picture_of_the_size_of_the_graph(tmp_path: Path) -> None:
    ended = comfyc("graph", WORKFLOW, "-o", tmp_path / "flow.png")
    assert (ended.code, ended.err) == (0, "")
    data = (tmp_path / "flow.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    svg = ET.fromstring(comfyc("graph", WORKFLOW, "--format", "svg").out)
    size = [int.from_bytes(data[at : at + 4], "big") for at in (16, 20)]
    assert size == [round(float(svg.get(name, "0"))) for name in ("width", "height")]


def test_png_without_its_library_is_refused_with_a_hint(tmp_path: Path) -> None:
    with mock.patch.dict(sys.modules, {"resvg_py": None}):
        ended = comfyc("graph", WORKFLOW, "-o", tmp_path / "flow.png")
    assert ended.code == 2
    assert "PNG needs the library resvg-py" in ended.err
    assert "pip install 'comfyc[png]'" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_titles_do_nothing_to_a_terminal() -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    for node in document["nodes"]:
        node["title"] = "\x1b[31m::error::x\u202e\n##[group]"
    out = comfyc("graph", "-", stdin=json.dumps(document).encode()).out
    assert not {"\x1b", "\u202e"} & set(out)
    assert "##[" not in out


def test_workflows_show_themselves_in_a_notebook() -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    subjects = [
        convert(WORKFLOW),
        convert(PROMPT),
        read_file(WORKFLOW),
        to_workflow(PROMPT),
        read(document, Collector()),
    ]
    for subject in subjects:
        svg, frame = subject._repr_svg_(), subject._repr_html_()
        assert svg is not None
        assert frame is not None
        assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert ET.fromstring(frame).get("sandbox") == "allow-scripts"
        page = html.unescape(frame.partition(' srcdoc="')[2].partition('"')[0])
        assert svg.rstrip() in page
        assert page.startswith("<!DOCTYPE html>")
    for nothing in (convert('{"a": 1}'), read_file(__file__), to_workflow('{"a": 1}')):
        assert nothing._repr_svg_() is None
        assert nothing._repr_html_() is None


def test_a_page_that_would_swell_a_notebook_is_not_put_into_it() -> None:
    with mock.patch("comfyc.drawing.notebook._LARGEST", 1000):
        assert convert(WORKFLOW)._repr_html_() is None
