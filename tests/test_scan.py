"""The scanner of node packs: what it makes of the small packs in fixtures/scan/packs, and of hostile ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from comfyc.catalog import Catalog
from comfyc.diagnostics import ComfycError
from comfyc.scan import Scan, scan_folder
from tests.answers import answer
from tests.in_process import comfyc

PACKS = Path(__file__).parents[1] / "fixtures" / "scan" / "packs"


@cache
def scanned() -> Scan:
    return scan_folder(PACKS)


def recorded() -> dict[str, Any]:
    """What a real server says of the packs: ``scripts/record_scans.py``."""
    entries: dict[str, Any] = json.loads((PACKS.parent / "object_info.json").read_text("utf-8"))
    return entries


@pytest.mark.parametrize("name", recorded())
def test_entries_are_those_of_a_server(name: str) -> None:
    real, entry = recorded()[name], scanned().entries[name]
    if name == "ShapesSampler":  # inherits from a core node, whose bundled entry has no texts for people
        for spec in real["input"]["required"].values():
            spec[1].pop("tooltip")
        del real["output_tooltips"]
        real |= {"description": "", "search_aliases": []}
    if name == "ShapesFiles":  # the default is a path of the machine
        real["input"]["required"]["folder"][1].pop("default")
    entry = {key: value for key, value in entry.items() if key != "unknown"}
    assert json.dumps(entry, sort_keys=True) == json.dumps(real, sort_keys=True)
    assert json.dumps(entry["input"]) == json.dumps(real["input"])


def test_a_scan_depends_on_the_source_alone() -> None:
    code = (
        "import sys, json, pathlib, comfyc.scan as s;"
        "print(json.dumps(s.scan_folder(pathlib.Path(sys.argv[1])).entries))"
    )
    seeds = ("1", "2")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(PACKS)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in seeds
    }
    assert outputs == {json.dumps(scanned().entries) + "\n"}


def test_the_command_writes_a_catalogue_that_can_be_used(tmp_path: Path) -> None:
    output = tmp_path / "my.json.gz"
    ended = comfyc("catalog", "scan", PACKS / "registries", PACKS / "broken", "-o", output, "--json")
    (result,) = answer(ended.out)["results"]
    assert (ended.code, result["nodes"]) == (0, 6)
    assert {pack["folder"]: pack["unread_names"] for pack in result["packs"]} == {
        "registries": {},
        "broken": {"BrokenMade": "its class is not known"},
    }
    info = Catalog.load(output).info("RegisteredTwo")
    assert info is not None
    assert info["output"] == ["INT", "FLOAT"]


def test_what_is_not_known_is_named() -> None:
    entry = scanned().entries["ShapesFiles"]
    assert entry["unknown"] == {"name": "options", "folder": "default"}
    assert entry["input"]["required"] == {"name": [["none"], {"default": "none"}], "folder": ["STRING", {}]}


def test_only_what_a_pack_registers_is_a_node() -> None:
    assert "ShapesSwitch" in scanned().entries
    assert "ShapesUnused" not in scanned().entries


def test_figures_of_each_pack() -> None:
    figures = {
        pack.folder: (pack.classes, pack.whole, pack.dynamic, pack.partly, pack.unread)
        for pack in scanned().packs
    }
    assert figures == {
        "broken": (2, 1, 0, 0, 1),
        "registries": (5, 5, 0, 0, 0),
        "v1_shapes": (5, 4, 0, 1, 0),
        "v3_shapes": (2, 2, 0, 0, 0),
    }


def test_findings_point_at_file_and_line() -> None:
    found = {
        (one.code, Path(one.file or "").relative_to(PACKS).as_posix(), one.line)
        for one in scanned().diagnostics
    }
    assert ("C501", "broken/damaged.py", 3) in found
    assert ("C502", "broken/__init__.py", None) in found
    assert not any("shapes" in file for _, file, _ in found)


def test_a_folder_without_packs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ComfycError, match="holds no node pack"):
        scan_folder(tmp_path)
    with pytest.raises(ComfycError, match="there is no folder"):
        scan_folder(tmp_path / "missing")


HOSTILE = {
    "endless loop": "while True:\n    pass\n",
    "endless recursion": "def f(x):\n    return f(x)\nf(1)\n",
    "doubling": "a = [1]\nfor _ in range(80):\n    a = [a, a]\nb = str(a) == repr(a)\nc = {(a, a): 1}\n",
    "doubling tuples": "t = (1,)\nfor _ in range(80):\n    t = (t, t)\nd = {t: 1}\nb = t == (t, t)\n",
    "large power": "x = 9 ** 9 ** 9\ny = 1 << (1 << 60)\n",
    "large text": "x = 'a' * (1 << 40)\ny = f'{1:{1 << 30}}'\nz = '%1000000000d' % 1\n",
    "wide text": "w = 'a'.zfill(1 << 40)\n",
    "growing text": "x = 'ab'\nfor _ in range(200):\n    x = x.replace('a', x)\n",
    "deep nesting": "x = " + "[" * 150 + "]" * 150 + "\n",
    "long sum": "x = " + "+".join(["1"] * 50_000) + "\n",
    "import of itself": "from . import *\nfrom .__init__ import NODE_CLASS_MAPPINGS as x\n",
    "class of itself": "class A:\n    pass\nA.__bases__ = (A,)\nclass B(A, A):\n    pass\n",
    "nul bytes": "x = '\0'\n",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_source_costs_nothing_but_its_nodes(source: str, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    fine = 'class A:\n    RETURN_TYPES = ()\n    INPUT_TYPES = lambda: {"required": {}}\n'
    (pack / "__init__.py").write_text(source, encoding="utf-8")
    (pack / "nodes.py").write_text(f'{fine}\n\nNODE_CLASS_MAPPINGS = {{"Fine": A}}\n', encoding="utf-8")
    scan = scan_folder(pack)
    assert set(scan.entries) <= {"Fine"}
