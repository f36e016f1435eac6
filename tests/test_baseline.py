"""Known findings (``--baseline``), and files that have not changed in meaning (``--since``)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from comfyc.collector import Collector
from comfyc.report.baseline import baseline_text, known_finding, parse_baseline, without_known
from comfyc.report.findings import FileFindings, FileReport, located
from comfyc.schema import schema_file
from tests.discovery import FIXTURES
from tests.in_process import comfyc
from tests.reports import UNKNOWN_TYPE, hostile
from tests.repositories import commit, git, isolate_git, needs_git, new_repository

DANGLING = FIXTURES / "faults" / "G105" / "no-such-link" / "workflow.json"
SHIFTED = FIXTURES / "faults" / "N203" / "no-control" / "workflow.json"
GOOD = FIXTURES / "text_to_image" / "workflow.json"


def report(*messages: str, node: str | None = "3") -> FileReport:
    found = Collector()
    for number, message in enumerate(messages):
        found.report(UNKNOWN_TYPE, message, pointer=("nodes", number), node=node)
    return located(FileFindings("a.json", tuple(found)))


@pytest.mark.parametrize(
    ("message", "other", "is_one"),
    [
        ("link 37 is dropped", "link 40 is dropped", True),
        ("value -1 smaller than min of 0", "value -2.5 smaller than min of 0", True),
        ("no file 'sd-1.safetensors'", "no file 'sd-2.safetensors'", False),
        ("input 'a' is unlinked", "input 'b' is unlinked", False),
        ('it is "0.4"', 'it is "0.5"', False),
    ],
)
def test_what_makes_two_findings_one(message: str, other: str, is_one: bool) -> None:
    keys = [known_finding("a.json", one.findings[0]) for one in (report(message), report(other))]
    assert (keys[0] == keys[1]) is is_one


def test_a_finding_is_hidden_as_often_as_it_was_there() -> None:
    known = parse_baseline('{"version": 1, "findings": []}')
    for finding in report("x is 1", "x is 2").findings:
        known[known_finding("a.json", finding)] += 1
    shown, hidden = without_known(report("x is 7", "x is 8", "x is 9", "y"), "a.json", known)
    assert hidden == 2
    assert [one.diagnostic.message for one in shown.findings] == ["x is 9", "y"]
    assert without_known(report("x is 7", node="4"), "a.json", known)[1] == 0


def test_a_baseline_fits_its_schema_and_reads_as_it_was_written() -> None:
    found = parse_baseline('{"version": 1, "findings": []}')
    for file in (located(one) for one in hostile()):
        for finding in file.findings:
            found[known_finding(file.file, finding)] += 1
    text = baseline_text(found)
    assert parse_baseline(text) == found
    assert baseline_text(parse_baseline(text)) == text
    jsonschema.validate(json.loads(text), json.loads(schema_file("baseline").read_text("utf-8")))
    assert text.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "findings": []}',
        '{"version": 1, "findings": [{}]}',
        '{"version": 1, "findings": [{"file": "a", "code": "b", "node": 3, "message": "m"}]}',
        '{"version": 1, "findings": [{"file": "a", "code": "b", "node": "", "message": "m", "count": 0}]}',
        '{"nodes": []}',
        "[" * 100_000,
        "\\xff",
    ],
)
def test_what_is_no_baseline_is_an_error(folder: Path, text: str) -> None:
    (folder / "known.json").write_bytes(text.encode().replace(b"\\xff", b"\xff"))
    before = (folder / "known.json").read_bytes()
    for flags in ([], ["--write-baseline"]):
        ended = comfyc("validate", "--baseline", "known.json", *flags, cwd=folder)
        assert ended.code == 2
        assert "is no baseline of comfyc: " in ended.err
    assert (folder / "known.json").read_bytes() == before


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a workflow with warnings, and a good one, in a folder."""
    flows = tmp_path / "flows"
    flows.mkdir()
    (tmp_path / ".git").mkdir()
    shutil.copy(DANGLING, flows / "old.json")
    shutil.copy(GOOD, flows / "good.json")
    return tmp_path


def validate(folder: Path, *flags: str) -> Any:
    return comfyc("validate", "--assume-files", "--strict", *flags, cwd=folder)


def test_what_is_known_is_hidden_and_what_is_new_fails(folder: Path) -> None:
    assert validate(folder).code == 1
    ended = validate(folder, "--baseline", "known.json", "--write-baseline")
    assert ended.code == 0
    assert "baseline known.json: 2 findings written (2 new, 0 gone)" in ended.err
    ended = validate(folder, "--baseline", "known.json", "-q")
    assert (ended.code, ended.out) == (0, "")
    assert "2 known findings hidden by the baseline" in ended.err
    text = "\n\n" + (folder / "flows" / "old.json").read_text("utf-8")
    (folder / "flows" / "old.json").write_text(text.replace('"link": 9', '"link": 11'), "utf-8")
    assert validate(folder, "--baseline", "known.json").code == 0
    shutil.copy(SHIFTED, folder / "flows" / "new.json")
    ended = validate(folder, "--baseline", "known.json", "--format", "concise")
    assert ended.code == 1
    assert [line.split(":")[0] for line in ended.out.splitlines()] == ["flows/new.json"]


def test_what_occurs_no_longer_is_said_and_taken_out(folder: Path) -> None:
    validate(folder, "--baseline", "known.json", "--write-baseline")
    before = (folder / "known.json").read_text("utf-8")
    ended = validate(folder, "--baseline", "known.json", "--ignore", "G105", "--select", "W")
    assert "no longer" not in ended.err  # nobody has looked for it
    validate(folder, "--baseline", "known.json", "--write-baseline", "--ignore", "G105")
    assert (folder / "known.json").read_text("utf-8") == before
    shutil.copy(GOOD, folder / "flows" / "old.json")
    ended = validate(folder, "--baseline", "known.json", "-v")
    assert "2 findings of the baseline occur no longer" in ended.err
    assert "  flows/old.json: G105 input 'image' names link #" in ended.err
    assert "no longer" not in validate(folder / "flows", "good.json", "--baseline", "../known.json").err
    (folder / "flows" / "old.json").unlink()
    ended = validate(folder, "flows/good.json", "--baseline", "known.json", "--write-baseline")
    assert "0 findings written (0 new, 2 gone)" in ended.err
    assert json.loads((folder / "known.json").read_text("utf-8"))["findings"] == []


def test_a_repair_takes_known_findings_away_too(folder: Path) -> None:
    validate(folder, "--baseline", "known.json", "--write-baseline")
    ended = validate(folder, "--baseline", "known.json", "--fix")
    assert "1 finding of the baseline occurs no longer" in ended.err


def test_the_settings_of_a_repository_name_a_baseline(folder: Path) -> None:
    (folder / "comfyc.toml").write_text('baseline = "known.json"\n', "utf-8")
    ended = validate(folder)
    assert ended.code == 2
    assert "there is no baseline '" in ended.err
    assert validate(folder, "--write-baseline").code == 0
    assert validate(folder / "flows").code == 0
    answer = json.loads(validate(folder, "--json").out)
    assert answer["baseline"] == {"hidden": 2, "gone": 0}
    assert answer["findings"] == []
    assert answer["skipped"] == []  # a baseline is no file that should hold a workflow


@pytest.mark.parametrize("value", ["../known.json", "/known.json", "link.json"])
def test_a_baseline_outside_of_the_repository_needs_trust(folder: Path, value: str) -> None:
    (folder / "link.json").symlink_to(folder.parent / "known.json")
    (folder / "comfyc.toml").write_text(f"baseline = {json.dumps(value)}\n", "utf-8")
    for flags in ([], ["--write-baseline"]):
        ended = validate(folder, *flags)
        assert ended.code == 2
        assert "--trust-config" in ended.err
    assert not (folder.parent / "known.json").exists()


def test_a_baseline_needs_a_file(folder: Path) -> None:
    ended = validate(folder, "--write-baseline")
    assert ended.code == 2
    assert "pass --baseline FILE" in ended.err
    assert validate(folder, "--diff", "--write-baseline", "--baseline", "known.json").code == 2
    assert validate(folder, "--baseline", "flows/good.json", "--write-baseline").code == 2
    assert (folder / "flows" / "good.json").read_bytes() == GOOD.read_bytes()


# --- since a revision ----------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    isolate_git(tmp_path / "home", monkeypatch)
    root = new_repository(tmp_path / "repo")
    texts = {"good.json": GOOD.read_bytes(), "old.json": DANGLING.read_bytes()}
    commit(root, {**texts, ".gitignore": "ignored.json\n", "package.json": '{"name": "x"}'})
    return root


def checked(root: Path, *flags: str) -> list[str]:
    """The files that are validated, by name."""
    answer = json.loads(comfyc("validate", "--since", "HEAD", "--json", *flags, cwd=root).out)
    assert answer["exit_code"] in (0, 1)
    assert answer["unchanged"] is not None
    return [one["file"] for one in answer["results"]]


@needs_git
def test_files_that_mean_the_same_are_left_out(repository: Path) -> None:
    ended = comfyc("validate", "--since", "HEAD", "-q", cwd=repository)
    assert ended.code == 0
    assert "left out: 3 files with the same meaning as at HEAD" in ended.err
    flow = json.loads(GOOD.read_text("utf-8"))
    flow["nodes"][0]["pos"] = [5, 5]
    flow["nodes"].reverse()
    (repository / "good.json").write_text(json.dumps(flow, indent=1), "utf-8")
    assert checked(repository) == []
    text = (repository / "old.json").read_text("utf-8")
    (repository / "old.json").write_text(text.replace('"x"', '"y"'), "utf-8")
    assert checked(repository) == ["old.json"]


@needs_git
def test_new_ignored_and_broken_files_have_changed(repository: Path) -> None:
    for name in ("new.json", "ignored.json"):
        shutil.copy(GOOD, repository / name)
    (repository / "old.json").write_text('{"nodes": [', "utf-8")
    assert checked(repository) == ["ignored.json", "new.json", "old.json"]


@needs_git
def test_a_renamed_file_is_compared_with_what_it_was(repository: Path) -> None:
    git(repository, "mv", "old.json", "moved.json")
    assert checked(repository) == []
    text = (repository / "moved.json").read_text("utf-8")
    (repository / "moved.json").write_text(text.replace('"x"', '"y"'), "utf-8")
    assert checked(repository) == ["moved.json"]


@needs_git
@pytest.mark.parametrize("revision", ["nope", "--all", "HEAD:good.json", "HEAD~99"])
def test_a_revision_that_there_is_not_is_an_error(repository: Path, revision: str) -> None:
    ended = comfyc("validate", f"--since={revision}", cwd=repository)
    assert ended.code == 2
    assert ended.err.startswith("error: ")


@needs_git
def test_files_of_no_repository_have_changed_if_others_are_in_one(repository: Path) -> None:
    shutil.copy(GOOD, repository.parent / "outside.json")
    assert checked(repository, ".", "../outside.json") == ["../outside.json"]
    ended = comfyc("validate", "--since", "HEAD", "outside.json", cwd=repository.parent)
    assert ended.code == 2
    assert "is in no git repository" in ended.err
