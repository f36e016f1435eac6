"""``comfyc diff`` against revisions of git: which files are compared, and with what."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.discovery import FIXTURES
from tests.in_process import Ended, comfyc
from tests.repositories import commit, git, isolate_git, needs_git, new_repository

pytestmark = needs_git

WORKFLOW: dict[str, Any] = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))


def with_steps(steps: int) -> str:
    document = copy.deepcopy(WORKFLOW)
    node = next(one for one in document["nodes"] if one["type"] == "KSampler")
    node["widgets_values"][2] = steps
    return json.dumps(document)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three commits, with 10, 20 and 30 steps, and 40 in the working tree. The file was renamed once."""
    isolate_git(tmp_path / "home", monkeypatch)
    root = new_repository(tmp_path / "a repository")
    commit(root, {"old name.json": with_steps(10), "same.json": with_steps(5), "package.json": '{"a": 1}'})
    commit(root, {"old name.json": None, "sub/flow.json": with_steps(20), "package.json": '{"a": 2}'})
    commit(root, {"sub/flow.json": with_steps(30)})
    (root / "sub" / "flow.json").write_text(with_steps(40), "utf-8")
    return root


def diff(root: Path, *arguments: str) -> Ended:
    return comfyc("diff", *arguments, cwd=root)


@pytest.mark.parametrize(
    ("arguments", "old", "new"),
    [
        (("HEAD", "--", "sub/flow.json"), 30, 40),
        (("HEAD", "sub/flow.json"), 30, 40),
        (("HEAD~1", "--", "sub/flow.json"), 20, 40),
        (("HEAD~2", "--", "sub/flow.json"), 10, 40),
        (("HEAD~1", "main", "--", "sub/flow.json"), 20, 30),
        (("HEAD~1", "main", "--", "sub"), 20, 30),
        (("HEAD~2", "HEAD~1"), 10, 20),
        (("main",), 30, 40),
    ],
)
def test_what_is_compared(root: Path, arguments: tuple[str, ...], old: int, new: int) -> None:
    ended = diff(root, *arguments)
    assert (ended.code, ended.out) == (1, f"~ KSampler (3)\n    steps: {old} -> {new}\n")


def test_names_are_those_of_git(root: Path) -> None:
    ended = diff(root, "HEAD~2", "--json", "--", "sub/flow.json")
    (result,) = json.loads(ended.out)["results"]
    assert (result["old"], result["new"]) == ("HEAD~2:old name.json", "sub/flow.json")


def test_paths_are_those_of_the_current_folder(root: Path) -> None:
    assert "30 -> 40" in diff(root / "sub", "HEAD", "--", "flow.json").out
    assert "30 -> 40" in diff(root / "sub", "HEAD").out


def test_files_come_and_go(root: Path) -> None:
    (root / "new.json").write_text(with_steps(1), "utf-8")
    (root / "other.json").write_text("[]", "utf-8")
    (root / "same.json").unlink()
    ended = diff(root, "HEAD")
    assert ended.code == 1
    assert ended.out.startswith("added: new.json\n\nremoved: same.json\n\n")
    assert "3 of 3 files changed" in ended.err


def test_nothing_has_changed(root: Path) -> None:
    git(root, "checkout", "-q", "--", ".")
    assert diff(root, "HEAD") == Ended(0, "", "no workflow has changed\n")
    ended = diff(root, "HEAD", "--", "same.json")
    assert (ended.code, ended.err) == (0, "no change of meaning\n")
    assert json.loads(diff(root, "HEAD", "--json").out)["results"] == []


def test_files_win_over_revisions(root: Path) -> None:
    """As in git, where a name may be both; and behind -- there are files only."""
    (root / "main").write_text(with_steps(1), "utf-8")
    assert "1 -> 5" in diff(root, "main", "same.json").out
    assert "1 -> 5" in diff(root, "--", "main", "same.json").out
    assert "30 -> 40" in diff(root, "main", "--", "sub/flow.json").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "--", "same.json"), "there is no revision 'nowhere'"),
        (("nowhere", "same.json"), "there is no file 'nowhere'"),
        (("HEAD", "--", "nowhere.json"), "there is no file 'nowhere.json' at the revision 'HEAD'"),
        (("HEAD", "HEAD", "HEAD", "--", "same.json"), "expected one or two revisions, got 3"),
        (("same.json",), "expected two files or folders, got 1"),
        (("HEAD", "--", "../home"), "'../home' is in no git repository"),
    ],
)
def test_what_cannot_be_compared(root: Path, arguments: tuple[str, ...], message: str) -> None:
    ended = diff(root, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
