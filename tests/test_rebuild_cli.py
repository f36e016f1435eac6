"""``comfyc convert --to workflow`` and ``comfyc.to_workflow``: files in, workflows out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from comfyc import Arrangement, convert, to_workflow
from tests.answers import answer
from tests.carriers import chunk, png
from tests.discovery import FIXTURES
from tests.in_process import comfyc

PROMPT = FIXTURES / "text_to_image" / "prompt.json"
WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
NESTED = FIXTURES / "faults" / "G161" / "subgraph" / "source.json"


def test_a_file_the_standard_input_and_a_picture_give_the_same(tmp_path: Path) -> None:
    ended = comfyc("convert", PROMPT, "--to", "workflow")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["version"] == 0.4
    assert comfyc("convert", "-", "--to", "workflow", stdin=PROMPT.read_bytes()).out == ended.out
    picture = tmp_path / "shared.png"
    picture.write_bytes(png(chunk(b"tEXt", b"prompt\0" + PROMPT.read_bytes())))
    assert comfyc("convert", picture, "--to", "workflow", "-o", tmp_path / "new.json").code == 0
    assert (tmp_path / "new.json").read_text("utf-8") == ended.out


def test_a_tidy_workflow_is_exported_as_the_text_that_it_was_made_of(tmp_path: Path) -> None:
    assert (
        comfyc("convert", PROMPT, "--to", "workflow", "--layout", "tidy", "-o", tmp_path / "a.json").code == 0
    )
    assert comfyc("convert", tmp_path / "a.json").out == PROMPT.read_text("utf-8")


def test_a_picture_with_a_workflow_gives_the_workflow(tmp_path: Path) -> None:
    picture = tmp_path / "shared.png"
    texts = (
        chunk(b"tEXt", name + b"\0" + file.read_bytes())
        for name, file in ((b"prompt", PROMPT), (b"workflow", WORKFLOW))
    )
    picture.write_bytes(png(b"".join(texts)))
    ended = comfyc("convert", picture, "--to", "workflow", "-v")
    assert json.loads(ended.out) == json.loads(WORKFLOW.read_text("utf-8"))
    assert "G166" in ended.err


def test_a_picture_of_the_web_ui_gives_the_workflow_that_the_editor_builds() -> None:
    picture = FIXTURES / "carriers" / "a1111_latin1.png"
    made = to_workflow(picture)
    assert made.ok
    assert "G166" not in {found.code for found in made.diagnostics}
    assert convert(made.workflow).prompt == convert(picture).prompt


def test_many_files_become_workflows_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, file in (("a.json", PROMPT), ("b.json", NESTED)):
        (tmp_path / "in" / name).write_bytes(file.read_bytes())
    ended = comfyc("convert", "in", "--to", "workflow", "--layout", "tidy", "--out-dir", "out", cwd=tmp_path)
    assert ended.code == 0
    for name, file in (("a.json", PROMPT), ("b.json", NESTED)):
        again = convert(tmp_path / "out" / name).prompt
        assert again == json.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("arguments", [(), ("-o", "out.json")], ids=["here", "in a file"])
def test_json_is_as_its_schema_says(arguments: tuple[str, ...], tmp_path: Path) -> None:
    ended = comfyc("convert", NESTED, "--to", "workflow", "--json", *arguments, cwd=tmp_path)
    envelope = answer(ended.out)
    (result,) = envelope["results"]
    assert ("prompt" in result, result["workflow"] is None) == (False, bool(arguments))
    assert [found["code"] for found in envelope["findings"]] == ["G161"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--layout", "tidy"), "--to workflow"),
        (("--to", "workflow", "--set", "3.seed=1"), "--set"),
    ],
)
def test_flags_that_do_not_fit_are_refused(arguments: tuple[str, ...], word: str) -> None:
    ended = comfyc("convert", PROMPT, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert word in ended.err


def test_what_is_no_prompt_gives_no_workflow(tmp_path: Path) -> None:
    assert not to_workflow({"a": 1}).ok
    assert to_workflow("{").diagnostics.with_code("W011")
    ended = comfyc("convert", "-", "--to", "workflow", stdin=b"[1]")
    assert (ended.code, ended.out) == (1, "")


def test_a_subgraph_comes_back_with_its_border() -> None:
    prompt = json.loads(NESTED.read_text("utf-8"))
    workflow = to_workflow(prompt, layout="tidy").workflow
    (definition,) = workflow["definitions"]["subgraphs"]
    (host,) = (node for node in workflow["nodes"] if node["type"] == definition["id"])
    assert host["id"] == 12
    assert {node["id"] for node in definition["nodes"]} == {3, 5, 6, 7}
    assert [slot["type"] for slot in host["inputs"]] == ["MODEL", "CLIP"]
    assert [slot["type"] for slot in host["outputs"]] == ["LATENT"]
    assert not to_workflow(prompt, layout=Arrangement.TIDY).diagnostics
