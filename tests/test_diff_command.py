"""``comfyc diff``: what it writes, and what it says when it cannot compare."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.answers import answer
from tests.discovery import FIXTURES
from tests.in_process import comfyc

FLOW = FIXTURES / "text_to_image" / "workflow.json"
PROMPT = FIXTURES / "text_to_image" / "prompt.json"
PICTURE = FIXTURES / "carriers" / "image.png"
LONG = "a red fox in the snow, highly detailed, with a very long description of the light behind it"
ADDED = {"id": 77, "type": "SaveImage", "pos": [0, 0], "mode": 0, "inputs": [], "widgets_values": ["again"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``old.json``, and ``new.json`` with changes of several kinds."""
    document = json.loads(FLOW.read_text("utf-8"))
    (tmp_path / "old.json").write_text(json.dumps(changed(document, LONG, 20)), "utf-8")
    changed(document, LONG.replace("red", "blue"), 30)
    document["nodes"].append(ADDED)
    node_in(document, 9)["mode"] = 4
    node_in(document, 5)["pos"] = [1, 2]
    (tmp_path / "new.json").write_text(json.dumps(document), "utf-8")
    return tmp_path


def node_in(document: Any, ident: int) -> Any:
    return next(one for one in document["nodes"] if one["id"] == ident)


def changed(document: Any, text: str, steps: int) -> Any:
    node_in(document, 6)["widgets_values"][0] = text
    node_in(document, 3)["widgets_values"][2] = steps
    return document


def test_changes_are_lines_by_name(folder: Path) -> None:
    ended = comfyc("diff", "old.json", "new.json", cwd=folder)
    assert ended.code == 1
    assert ended.err == "4 changes in 4 nodes\n"
    assert sorted(ended.out.splitlines()) == sorted(
        [
            "~ KSampler (3)",
            "    steps: 20 -> 30",
            "~ Positive Prompt [CLIPTextEncode] (6)",
            "    text: a [-red-]{+blue+} fox in the snow, highly…",
            "~ Save Image [SaveImage] (9)",
            "    mode: runs -> bypassed",
            "+ Save Image [SaveImage] (77)",
            '    filename_prefix: "again"',
            "layout: 1 node moved",
        ]
    )
    assert comfyc("diff", "old.json", "new.json", "--exit-zero", cwd=folder).code == 0
    listed = comfyc("diff", "old.json", "new.json", "-v", cwd=folder)
    assert "\nlayout\n  Empty Latent Image [EmptyLatentImage] (5) moved: " in listed.out
    colored = comfyc("diff", "old.json", "new.json", cwd=folder, env={"FORCE_COLOR": "1"})
    assert "\x1b[31mred\x1b[0m\x1b[32mblue\x1b[0m" in colored.out
    removed = comfyc("diff", "new.json", "old.json", cwd=folder)
    assert "- Save Image [SaveImage] (77)\n" in removed.out


def test_what_is_the_same_in_meaning_ends_with_0(folder: Path) -> None:
    ended = comfyc("diff", PICTURE, PICTURE)
    assert (ended.code, ended.out) == (0, "")
    assert "no change of meaning" in ended.err
    prompts = comfyc("diff", FLOW, "-", stdin=PROMPT.read_bytes())
    assert (prompts.code, prompts.out) == (0, "")
    assert prompts.err == "no change of meaning (the prompts were compared)\n"
    document = json.loads(FLOW.read_text("utf-8"))
    node_in(document, 5)["pos"] = [1, 2]
    (folder / "moved.json").write_text(json.dumps(document), "utf-8")
    moved = comfyc("diff", FLOW, folder / "moved.json")
    assert (moved.code, moved.out) == (0, "layout: 1 node moved\n")
    assert comfyc("diff", FLOW, folder / "moved.json", "-q").err == ""


def test_json_has_every_change(folder: Path) -> None:
    ended = comfyc("diff", "old.json", "new.json", "--json", cwd=folder)
    found = answer(ended.out)
    (pair,) = found["results"]
    assert (pair["old"], pair["new"], pair["same"], found["exit_code"]) == ("old.json", "new.json", False, 1)
    by_kind = {one["kind"]: one for one in (*pair["changes"], *pair["layout"])}
    assert by_kind["mode"]["new"] == 4
    assert by_kind["node_added"]["state"]["values"] == {"filename_prefix": "again"}
    assert by_kind["moved"]["new"] == [1, 2]
    assert comfyc("diff", "old.json", "new.json", "--format", "json", "-o", "x.json", cwd=folder).out == ""
    assert answer((folder / "x.json").read_text("utf-8"))["results"] == found["results"]
    document = json.loads((folder / "old.json").read_text("utf-8"))
    row = next(one for one in document["links"] if one[3] == 3 and one[5] == "LATENT")
    document["links"].remove(row)
    unlinked = comfyc("diff", "old.json", "-", "--json", cwd=folder, stdin=json.dumps(document).encode())
    (pair,) = answer(unlinked.out)["results"]
    (link,) = pair["changes"]
    assert link["old_link"] == {"node": "5", "title": "Empty Latent Image", "output": "LATENT"}
    assert "new_link" not in link
    assert pair["new"] == "<stdin>"


def test_markdown_is_a_table(folder: Path) -> None:
    out = comfyc("diff", "old.json", "new.json", "--format", "markdown", cwd=folder).out
    assert "| KSampler (3) | steps | 20 | 30 |" in out
    assert "a <del>red</del> fox" in out
    assert "a <ins>blue</ins> fox" in out
    assert "Layout: 1 node moved." in out
    hostile = json.loads((folder / "new.json").read_text("utf-8"))
    node_in(hostile, 3)["title"] = "<script>|\n## [x](http://y) @me"
    (folder / "bad.json").write_text(json.dumps(hostile), "utf-8")
    out = comfyc("diff", "new.json", "bad.json", "--format", "markdown", cwd=folder).out
    rows = [line for line in out.splitlines() if line.startswith("| ")]
    assert len(rows) == 3
    assert "<script>" not in out
    assert "](http" not in out
    shown = comfyc("diff", "new.json", "bad.json", cwd=folder).out
    assert "\\n## [x]" in shown


def test_two_folders_are_compared_by_names(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / name / "sub").mkdir(parents=True)
        (folder / name / "package.json").write_text('{"name": "x"}', "utf-8")
    for name in ("a", "b"):
        shutil.copy(folder / "old.json", folder / name / "same.json")
    shutil.copy(folder / "old.json", folder / "a" / "sub" / "flow.json")
    shutil.copy(folder / "new.json", folder / "b" / "sub" / "flow.json")
    shutil.copy(folder / "new.json", folder / "b" / "more.json")
    ended = comfyc("diff", "a", "b", cwd=folder)
    assert (ended.code, ended.err) == (1, "2 of 3 files changed\n")
    assert ended.out.startswith("added: more.json\n")
    assert "\nsub/flow.json\n" in ended.out
    assert "same.json" not in ended.out
    assert "package.json" not in ended.out
    results = answer(comfyc("diff", "a", "b", "--json", cwd=folder).out)["results"]
    assert [(one["old"], one["new"], one["same"]) for one in results] == [
        (None, "b/more.json", False),
        ("a/same.json", "b/same.json", True),
        ("a/sub/flow.json", "b/sub/flow.json", False),
    ]
    beside = comfyc("diff", "a/sub", "b/sub/flow.json", cwd=folder)
    assert (beside.code, beside.err) == (1, "4 changes in 4 nodes\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("old.json",), 2, "expected two files"),
        (("old.json", "new.json", "old.json"), 2, "expected two files"),
        (("old.json", "none.json"), 2, "none.json"),
        (("old.json", "broken.json"), 1, "W011"),
        (("empty", "empty"), 2, "neither folder holds a workflow"),
        (("empty", "old.json"), 2, "is a folder"),
        (("-", "-"), 2, "only one of the two"),
        (("old.json", "new.json", "--format", "txt"), 2, "--format takes text, json, markdown"),
        (("old.json", "new.json", "-o", "new.json"), 2, "overwrite"),
    ],
)
def test_what_cannot_be_compared_is_said(
    folder: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (folder / "broken.json").write_text("{", "utf-8")
    (folder / "empty").mkdir()
    before = (folder / "new.json").read_bytes()
    ended = comfyc("diff", *arguments, cwd=folder)
    assert (ended.code, ended.out) == (code, "")
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert (folder / "new.json").read_bytes() == before
