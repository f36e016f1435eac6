"""What the paths of ``convert``, ``validate`` and ``packs`` lead to: folders, patterns, nothing, stdout."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.answers import answer
from tests.discovery import FIXTURES
from tests.in_process import comfyc
from tests.test_cli_convert import PROMPT, WORKFLOW

EXPECTED = PROMPT.read_text("utf-8")
CHECKING = [("validate",), ("needs",), ("packs",), ("convert", "--out-dir", "api"), ("convert", "--json")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Workflows in two sub-folders, other JSON, a picture of each kind, and an empty folder."""
    for name in ("flows/a", "flows/b", "empty/deep", "other"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("flows/a/x.json", "flows/b/x.json", "flows/top.json"):
        shutil.copy(WORKFLOW, tmp_path / name)
    shutil.copy(FIXTURES / "carriers" / "image.png", tmp_path / "flows" / "a" / "x.png")
    for name in ("flows/index.json", "flows/package.json", "other/package.json", "other/tsconfig.json"):
        (tmp_path / name).write_text('{"name": "x"}', "utf-8")
    shutil.copy(FIXTURES / "carriers" / "bare.png", tmp_path / "other" / "bare.png")
    (tmp_path / "other" / "notes.txt").write_text("no", "utf-8")
    return tmp_path


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- nothing -------------------------------------------------------------------------------------

NOTHING: list[tuple[str, ...]] = [
    ("empty",),
    ("other",),
    ("empty", "other"),
    ("other/*.json",),
    ("other/package.json", "other/tsconfig.json", "--skip-others"),
    ("none/*.json",),
    ("flows/**/*.webp",),
    ("drafts",),
    ("drafts/draft.json", "--skip-others"),
]


@pytest.mark.parametrize("command", CHECKING, ids=" ".join)
@pytest.mark.parametrize("paths", NOTHING, ids=" ".join)
def test_nothing_is_an_error_unless_it_is_allowed(
    folder: Path, command: tuple[str, ...], paths: tuple[str, ...]
) -> None:
    (folder / "drafts").mkdir()
    shutil.copy(WORKFLOW, folder / "drafts" / "draft.json")
    (folder / "comfyc.toml").write_text('exclude = ["drafts"]\n', "utf-8")
    before = files_below(folder)
    ended = comfyc(*command, *paths, cwd=folder)
    assert ended.code == 2
    assert "error: no file matches" in ended.err or "error: no workflow was found in" in ended.err
    assert not re.search("no findings|converted to", ended.err)
    allowed = comfyc(*command, *paths, "--allow-empty", cwd=folder)
    assert allowed.code == 0
    assert "error" not in allowed.err
    assert files_below(folder) == before
    if "--json" not in command:
        found = answer(comfyc(*command, *paths, "--json", cwd=folder).out)
        assert (found["exit_code"], found["results"], len(found["errors"])) == (2, [], 1)


def test_nothing_is_no_finding_that_exit_zero_hides(folder: Path) -> None:
    assert comfyc("validate", "--exit-zero", "empty", cwd=folder).code == 2
    assert comfyc("validate", "-q", "empty", cwd=folder).code == 2
    comfyc("validate", "empty", "--also", "markdown=summary.md", cwd=folder)
    assert (folder / "summary.md").read_text("utf-8") == "### comfyc: no file was checked\n"


def test_a_file_that_cannot_be_read_is_no_nothing(folder: Path) -> None:
    ended = comfyc("validate", "empty", "gone.json", "--allow-empty", cwd=folder)
    assert (ended.code, "there is no file 'gone.json'" in ended.err) == (2, True)
    assert "there is no workflow" not in ended.err


def test_validate_looks_at_this_folder_by_itself(folder: Path) -> None:
    assert "4 files checked" in comfyc("validate", cwd=folder / "flows").err
    assert comfyc("validate", cwd=folder / "empty").code == 2


# --- folders and patterns ------------------------------------------------------------------------


def test_a_folder_is_converted_with_its_sub_folders(folder: Path) -> None:
    ended = comfyc("convert", "flows", "--out-dir", "api", cwd=folder)
    assert ended.code == 0
    assert files_below(folder / "api") == ["a/x.json", "a/x.png.json", "b/x.json", "top.json"]
    assert (folder / "api" / "b" / "x.json").read_text("utf-8") == EXPECTED
    assert "skipped: 2 files have no workflow: flows/index.json, flows/package.json\n" in ended.err
    assert "4 of 4 files converted to api\n" in ended.err


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("flows/a/x.json", "flows/b/x.json"), ["a/x.json", "b/x.json"]),
        (("flows/a", "flows/b"), ["a/x.json", "a/x.png.json", "b/x.json"]),
        (("flows/*/x.json",), ["a/x.json", "b/x.json"]),
        (("flows/**/*.json",), ["a/x.json", "b/x.json", "top.json"]),
        (("flows/a", "flows/top.json"), ["a/x.json", "a/x.png.json", "top.json"]),
        (("flows/a/x.json",), ["x.json"]),
        (("./flows/top.json", "flows/a/../b/x.json"), ["b/x.json", "top.json"]),
        (("flows/top.json", "flows/top.json", "./flows/top.json"), ["top.json"]),
        (("flows", "flows/top.json"), ["a/x.json", "a/x.png.json", "b/x.json", "top.json"]),
    ],
)
def test_results_lie_as_their_files_do(folder: Path, paths: tuple[str, ...], expected: list[str]) -> None:
    ended = comfyc("convert", *paths, "--out-dir", "api", cwd=folder)
    assert ended.code == 0, ended.err
    assert files_below(folder / "api") == expected
    again = comfyc("convert", *(folder / path for path in paths), "--out-dir", "again", cwd=folder)
    assert again.code == 0, again.err
    assert files_below(folder / "again") == expected


@pytest.mark.parametrize("paths", [(".", "flows/top.json"), ("flows/top.json", ".")])
def test_a_file_beside_the_folder_that_holds_it_is_converted_once(
    folder: Path, paths: tuple[str, ...]
) -> None:
    ended = comfyc("convert", *paths, "--out-dir", "api", cwd=folder)
    assert (ended.code, "4 of 4 files converted" in ended.err) == (0, True)
    assert "flows/top.json" in files_below(folder / "api")


def test_what_was_made_is_not_made_again(folder: Path) -> None:
    for _ in range(2):
        assert comfyc("convert", "flows", "--out-dir", "flows/api", cwd=folder).code == 0
    assert files_below(folder / "flows" / "api") == ["a/x.json", "a/x.png.json", "b/x.json", "top.json"]
    over = comfyc("convert", "flows", "--out-dir", "flows", cwd=folder)
    assert (over.code, "would overwrite the workflow itself" in over.err) == (2, True)


def test_a_pattern_for_one_file_goes_to_stdout(folder: Path) -> None:
    assert comfyc("convert", "flows/t*.json", cwd=folder).out == EXPECTED
    assert comfyc("convert", "flows/t*.json", "-o", "x.json", cwd=folder).out == ""
    assert (folder / "x.json").read_text("utf-8") == EXPECTED
    several = comfyc("convert", "flows/*/x.json", cwd=folder)
    assert (several.code, "--out-dir" in several.err) == (2, True)
    whole = comfyc("convert", "flows", cwd=folder)
    assert (whole.code, "--out-dir" in whole.err) == (2, True)


def test_packs_of_a_folder(folder: Path) -> None:
    ended = comfyc("packs", "flows", cwd=folder)
    assert ended.code == 0
    assert [line for line in ended.out.splitlines() if line.endswith(":")] == [
        "flows/top.json:",
        "flows/a/x.json:",
        "flows/a/x.png:",
        "flows/b/x.json:",
    ]
    assert "skipped: 2 files have no workflow" in ended.err


def test_a_broken_workflow_in_a_folder_is_not_passed_over(folder: Path) -> None:
    (folder / "flows" / "cut.json").write_bytes(WORKFLOW.read_bytes()[:900])
    for command in CHECKING:
        ended = comfyc(*command, "flows", cwd=folder)
        assert ended.code == 1
        assert "W011" in ended.out + ended.err


def test_settings_leave_files_out(folder: Path) -> None:
    (folder / "comfyc.toml").write_text('exclude = ["b", "*.png"]\n', "utf-8")
    assert comfyc("convert", "flows", "--out-dir", "api", cwd=folder).code == 0
    assert files_below(folder / "api") == ["a/x.json", "top.json"]
    assert "flows/b/x.json" not in comfyc("packs", "flows", cwd=folder).out


# --- stdout --------------------------------------------------------------------------------------


def test_a_dash_is_stdout(folder: Path) -> None:
    flow = "flows/top.json"
    bad = WORKFLOW.read_text("utf-8").replace('"euler"', '"eulerr"')
    (folder / "bad.json").write_text(bad, "utf-8")
    assert comfyc("convert", flow, "-o", "-", cwd=folder).out == EXPECTED
    text = comfyc("validate", "bad.json", cwd=folder).out
    assert comfyc("validate", "bad.json", "-o", "-", cwd=folder).out == text != ""
    sarif = comfyc("validate", "bad.json", "--format", "sarif", cwd=folder).out
    ended = comfyc("validate", "bad.json", "--also", "sarif=-", cwd=folder)
    assert (ended.out, text in ended.err) == (sarif, True)
    assert comfyc("validate", "bad.json", "-o", "r.txt", "--also", "sarif=-", cwd=folder).out == sarif
    assert (folder / "r.txt").read_text("utf-8") == text
    assert json.loads(comfyc("schema", "workflow-1", "-o", "-", cwd=folder).out)["title"]
    assert not [name for name in os.listdir(folder) if name.startswith("-")]


# --- forms of findings ---------------------------------------------------------------------------


def test_findings_of_convert_have_the_forms_of_validate(folder: Path) -> None:
    document = json.loads(WORKFLOW.read_text("utf-8"))
    document["nodes"].append({"id": 99, "type": "NobodyKnows", "mode": 0, "inputs": [], "outputs": []})
    (folder / "odd.json").write_text(json.dumps(document), "utf-8")
    concise = comfyc("convert", "odd.json", "--format", "concise", cwd=folder)
    assert concise.err.startswith("odd.json:1:")
    assert "warning[N201]" in concise.err
    for paths in (("odd.json",), ("odd.json", "flows/top.json", "--out-dir", "api")):
        ended = comfyc("convert", *paths, "--format", "json", cwd=folder)
        found = json.loads(ended.err)
        assert found["diagnostics"][0]["code"] == "N201"
        assert found["summary"]["checked"] == len([path for path in paths if path.endswith(".json")])
    assert json.loads(comfyc("convert", "flows/top.json", "--format", "sarif", cwd=folder).err)["runs"]
    both = comfyc("convert", "odd.json", "-o", "x.json", "--also", "json=f.json", cwd=folder)
    assert (both.code, both.out) == (0, "")
    assert json.loads((folder / "f.json").read_text("utf-8"))["diagnostics"]
    assert comfyc("convert", "odd.json", "--also", "json=odd.json", cwd=folder).code == 2
    assert json.loads((folder / "odd.json").read_text("utf-8")) == document


def test_the_form_stands_in_the_settings(folder: Path) -> None:
    (folder / "flows" / "pyproject.toml").write_text('[tool.comfyc]\nformat = "sarif"\n', "utf-8")
    assert json.loads(comfyc("validate", "flows", cwd=folder).out)["version"] == "2.1.0"
    assert comfyc("validate", "flows", "--format", "text", cwd=folder).out == ""
    (folder / "comfyc.toml").write_text('format = "yaml"\n', "utf-8")
    wrong = comfyc("validate", "other", cwd=folder)
    assert (wrong.code, "'format' in '" in wrong.err, "sarif" in wrong.err) == (2, True, True)
