"""``comfyc convert``, ``inputs``, ``catalog`` and ``explain`` as a shell sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import in_process
from tests.carriers import chunk, png
from tests.discovery import FIXTURES
from tests.in_process import Ended

WORKFLOW = FIXTURES / "text_to_image" / "workflow.json"
PROMPT = FIXTURES / "text_to_image" / "prompt.json"


def comfyc(*arguments: str | Path, cwd: Path | None = None, stdin: bytes = b"") -> Ended:
    ended = in_process.comfyc(*arguments, cwd=cwd, stdin=stdin)
    assert "Traceback" not in ended.err, ended.err
    return ended


def expected() -> str:
    return PROMPT.read_text("utf-8")


def test_the_prompt_goes_to_stdout_and_nothing_else() -> None:
    line = [sys.executable, "-m", "comfyc", "convert", str(WORKFLOW)]
    ended = subprocess.run(line, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout.decode(), ended.stderr) == (0, expected(), b"")


@pytest.mark.slow
def test_stdin_a_file_and_a_picture_give_the_same(tmp_path: Path) -> None:
    assert comfyc("convert", "-", stdin=WORKFLOW.read_bytes()).out == expected()
    picture = tmp_path / "shared.png"
    picture.write_bytes(png(chunk(b"tEXt", b"workflow\0" + WORKFLOW.read_bytes())))
    target = tmp_path / "new" / "flow_api.json"
    ended = comfyc("convert", picture, "-o", target)
    assert (ended.code, ended.out) == (0, "")
    assert target.read_text("utf-8") == expected()


def test_a_prompt_passes_through() -> None:
    assert comfyc("convert", PROMPT).out == expected()


@pytest.mark.slow
def test_many_files_go_to_a_folder_under_their_own_names(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    names = [tmp_path / f"flow{number}.json" for number in range(20)]
    for name in names:
        name.write_bytes(WORKFLOW.read_bytes())
    ended = comfyc("convert", *names, bad, "--out-dir", tmp_path / "api")
    assert ended.code == 1
    assert sorted(path.name for path in (tmp_path / "api").iterdir()) == sorted(name.name for name in names)
    assert all((tmp_path / "api" / name.name).read_text("utf-8") == expected() for name in names)
    assert "20 of 21 files converted" in ended.err
    assert "bad.json:1:2" in ended.err


@pytest.mark.slow
def test_results_over_their_sources_and_several_without_a_place_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for folder in "ab":
        (tmp_path / folder / "flow.json").write_bytes(WORKFLOW.read_bytes())
    assert comfyc("convert", "a/flow.json", "b/flow.json", cwd=tmp_path).code == 2
    over = comfyc("convert", "a/flow.json", "--out-dir", "a", cwd=tmp_path)
    assert over.code == 2
    assert (tmp_path / "a" / "flow.json").read_bytes() == WORKFLOW.read_bytes()


def test_what_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    target.write_text("old", encoding="utf-8")
    bad = tmp_path / "bad.json"
    bad.write_text('{"nodes": 3', encoding="utf-8")
    assert comfyc("convert", bad, "-o", target).code == 1
    assert target.read_text("utf-8") == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.json", "out.json"]


@pytest.mark.parametrize(
    ("assignment", "node", "name", "value"),
    [
        ("3.seed=42", "3", "seed", 42),
        ("KSampler.cfg=7", "3", "cfg", 7),
        ("6.text=12", "6", "text", "12"),
        ("6.text=@@home", "6", "text", "@home"),
        ('KSampler.sampler_name="ddim"', "3", "sampler_name", "ddim"),
        ("ksampler.steps=5", "3", "steps", 5),
    ],
)
def test_set_takes_an_id_a_title_or_a_class(assignment: str, node: str, name: str, value: Any) -> None:
    ended = comfyc("convert", WORKFLOW, "--set", assignment)
    assert ended.code == 0, ended.err
    before, after = json.loads(expected()), json.loads(ended.out)
    before[node]["inputs"][name] = value
    assert after == before


def test_set_reads_a_text_from_a_file(tmp_path: Path) -> None:
    text = tmp_path / "prompt.txt"
    text.write_text("a fox\n", encoding="utf-8")
    ended = comfyc("convert", WORKFLOW, "--set", f"6.text=@{text}")
    assert json.loads(ended.out)["6"]["inputs"]["text"] == "a fox"


@pytest.mark.parametrize(
    ("assignment", "code", "words"),
    [
        ("KSampler.sead=1", "I603", "did you mean 'seed'"),
        ("KSamplr.seed=1", "I602", "did you mean 'KSampler'"),
        ("CLIPTextEncode.text=x", "I604", "matches 2 nodes"),
        ("3.steps=many", "I606", "not a valid INT"),
        ("nonsense", "I601", "NODE.INPUT=VALUE"),
        ("6.text=@nowhere.txt", "I612", "cannot be read"),
        ("3.model=4", "I605", "output 0 of node 4 ('Load Checkpoint')"),
    ],
)
def test_an_assignment_that_is_not_clear_is_refused(assignment: str, code: str, words: str) -> None:
    ended = comfyc("convert", WORKFLOW, "--set", assignment)
    assert (ended.code, ended.out) == (1, "")
    assert words in ended.err
    assert code in ended.err


def test_a_value_that_breaks_a_rule_is_written_only_by_force() -> None:
    for assignment, code in (("5.width=1025", "I607"), ("3.steps=0", "P308"), ("3.scheduler=x", "P306")):
        refused = comfyc("convert", WORKFLOW, "--set", assignment)
        assert (refused.code, refused.out) == (1, "")
        assert code in refused.err
        forced = comfyc("convert", WORKFLOW, "--set", assignment, "--force")
        assert forced.code == 0
        assert code in forced.err
        node, name = assignment.partition("=")[0].split(".")
        assert str(json.loads(forced.out)[node]["inputs"][name]) == assignment.partition("=")[2]


def test_set_all_sets_all() -> None:
    ended = comfyc("convert", WORKFLOW, "--set", "CLIPTextEncode.text=x", "--set-all")
    texts = [
        node["inputs"]["text"]
        for node in json.loads(ended.out).values()
        if node["class_type"] == "CLIPTextEncode"
    ]
    assert texts == ["x", "x"]


def test_inputs_lists_what_can_be_set() -> None:
    rows = json.loads(comfyc("inputs", WORKFLOW, "--json").out)["results"]
    prompt = json.loads(expected())
    settable = {
        (ident, name): value
        for ident, node in prompt.items()
        for name, value in node["inputs"].items()
        if not isinstance(value, list)
    }
    assert {(row["node"], row["input"]): row["value"] for row in rows} == settable
    table = comfyc("inputs", WORKFLOW).out
    assert table.splitlines()[0].split() == ["NODE", "TITLE", "CLASS", "INPUT", "TYPE", "VALUE", "LIMITS"]
    assert len(table.splitlines()) == 1 + len(settable)


@pytest.mark.slow
def test_strict_makes_warnings_fatal(tmp_path: Path) -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    document["nodes"].append({"id": 99, "type": "NobodyKnows", "mode": 0, "inputs": [], "outputs": []})
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    lenient = comfyc("convert", file)
    assert lenient.code == 0
    assert "N201" in lenient.err
    assert "NobodyKnows" in lenient.out
    strict = comfyc("convert", file, "--strict")
    assert (strict.code, strict.out) == (1, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "nowhere.json"),
        ("convert", "."),
        ("convert", str(WORKFLOW), "--object-info", "nowhere.json"),
        ("convert", str(WORKFLOW), "--object-info", "http://127.0.0.1:9"),
        ("convert", str(WORKFLOW), "-o", "/proc/none/x.json"),
        ("convert", str(WORKFLOW), "--now", "yesterday"),
        ("convert", str(WORKFLOW), "--meta", "some"),
        ("inputs", "nowhere.json"),
        ("catalog", "show", "KSamplr"),
        ("explain", "X999"),
        ("nonsense",),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_and_ends_with_2(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ended = comfyc(*arguments, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.strip()
    assert not list(tmp_path.iterdir())


def test_a_catalogue_can_be_looked_at() -> None:
    assert "ComfyUI 0.33.0 core" in comfyc("catalog", "list").out
    shown = comfyc("catalog", "show", "KSampler").out
    assert all(name in shown for name in ("sampler_name", "denoise", "LATENT"))


def test_a_rule_is_explained() -> None:
    assert "N201" in comfyc("explain", "n201").out


@pytest.mark.slow
def test_help_names_every_command() -> None:
    listed = comfyc("--help").out
    assert all(name in listed for name in ("convert", "validate", "run", "packs", "catalog", "explain"))
    assert comfyc("--version").out.startswith("comfyc ")
