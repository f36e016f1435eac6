"""The Python examples of the pages docs/api.md, diff.md, prices.md and packs.md, run as they are written."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import comfyc
from comfyc import convert
from tests.discovery import FIXTURES
from tests.faults import installed
from tests.in_process import comfyc as comfyc_in_process

DOCS = FIXTURES.parent / "docs"
API = (DOCS / "api.md").read_text("utf-8")
PACKS = (DOCS / "packs.md").read_text("utf-8")
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
EXAMPLES = BLOCK.findall(API + (DOCS / "prices.md").read_text("utf-8"))
FLOW = FIXTURES / "text_to_image" / "workflow.json"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that docs/api.md speaks of."""
    shutil.copy(FLOW, tmp_path / "flow.json")
    shutil.copy(FIXTURES / "carriers" / "image.png", tmp_path / "shared.png")
    bad = FLOW.read_text("utf-8").replace("KSampler", "NoSampler")
    (tmp_path / "bad.json").write_text(bad, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_of_the_interface_runs(
    folder: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    source = EXAMPLES[number]
    exec(compile(source, f"docs/api.md, example {number + 1}", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    for told in re.findall(r"print\(.*\)  +# (.*)$", source, re.MULTILINE):
        start = told.removesuffix("...").rstrip()
        assert any(line.startswith(start) for line in printed), (told, printed)


def test_the_page_about_differences_shows_what_is_printed(folder: Path) -> None:
    page = (DOCS / "diff.md").read_text("utf-8")
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    values = ("--set", "3.steps=30", "--set", "3.cfg=6.5")
    assert comfyc_in_process("set", "flow.json", *values, "-o", "changed.json").code == 0
    assert comfyc_in_process("diff", "flow.json", "changed.json").out == shown
    (example,) = BLOCK.findall(page)
    exec(compile(example, "docs/diff.md", "exec"), {})


def test_every_public_name_has_an_example_or_a_line() -> None:
    for name in comfyc.__all__:
        assert re.search(rf"\b{name}\b", API), name
    imported = {
        name.strip()
        for names in re.findall(r"^from comfyc import (.*)$", API, re.MULTILINE)
        for name in names.split(",")
    }
    types = {"Conversion", "CustomNodes", "Diagnostic", "Diagnostics", "Prompt", "Rebuilt", "Validation"}
    types |= {"Formatted", "Difference", "Differences", "Interface", "Needs", "Rewritten", "Setting"}
    assert imported == set(comfyc.__all__) - types - {"WorkflowFile", "__version__"}


def test_the_pack_of_the_documentation_works(tmp_path: Path) -> None:
    (source,) = BLOCK.findall(PACKS)
    pack = tmp_path / "my_pack.py"
    pack.write_text(source)
    made = convert_with(pack, [{"name": "", "type": "*", "link": 1}])
    assert made.prompt["3"]["inputs"]["images"] == ["1", 0]
    without = convert_with(pack, [])
    assert "images" not in without.prompt["3"]["inputs"]
    for conversion in (made, without):
        assert "2" not in conversion.prompt
        assert not conversion.diagnostics.with_code("N201", "N241")


def convert_with(pack: Path, inputs: list[Any]) -> comfyc.Conversion:
    """A picture that goes through a node of the pack, converted with the pack."""
    nodes = [
        {"id": 1, "type": "EmptyImage", "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}]},
        {
            "id": 2,
            "type": "My Reroute",
            "inputs": inputs,
            "outputs": [{"name": "", "type": "*", "links": [2]}],
        },
        {"id": 3, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 2}]},
    ]
    links = [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]][not inputs :]
    with installed(pack):
        return convert({"version": 0.4, "nodes": nodes, "links": links})
