"""git itself, with workflows by meaning: what it shows, and that all else stays as it was."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from tests.discovery import FIXTURES
from tests.in_process import comfyc
from tests.repositories import commit, git, isolate_git, needs_git, new_repository

pytestmark = [needs_git, pytest.mark.slow]

WORKFLOW: dict[str, Any] = json.loads((FIXTURES / "text_to_image" / "workflow.json").read_text("utf-8"))
PICTURE = FIXTURES / "carriers" / "image.png"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    isolate_git(tmp_path / "home", monkeypatch)
    return new_repository(tmp_path / "a repository")


def changed(**values: Any) -> str:
    """The text of the workflow, with other values of members of its sampler; ``steps`` is one of these."""
    document = copy.deepcopy(WORKFLOW)
    node = next(one for one in document["nodes"] if one["type"] == "KSampler")
    if "steps" in values:
        node["widgets_values"][2] = values.pop("steps")
    node.update(values)
    return json.dumps(document)


def test_git_shows_what_changed_by_meaning(root: Path) -> None:
    assert comfyc("git", "enable", cwd=root).code == 0
    commit(root, {"my flow.json": json.dumps(WORKFLOW)}, "first")
    commit(root, {"my flow.json": changed(steps=33)}, "more steps")
    commit(root, {"my flow.json": json.dumps(json.loads(changed(steps=33, pos=[1, 2])), indent=2)}, "moved")
    for shown in (
        git(root, "diff", "HEAD~2"),
        git(root, "show", "HEAD~1"),
        git(root, "log", "-p", "-1", "HEAD~1"),
    ):
        lines = [
            line
            for line in shown.splitlines()
            if line.startswith(("+", "-")) and line[:3] not in ("+++", "---")
        ]
        assert lines == ["-    steps = 20", "+    steps = 33"]
        assert "@@ KSampler #3" in shown
    assert "@@" not in git(root, "diff", "HEAD~1")
    assert '"pos"' in git(root, "diff", "--no-textconv", "HEAD~1")


def test_a_difftool_shows_what_comfyc_diff_says(root: Path) -> None:
    comfyc("git", "enable", cwd=root)
    commit(root, {"my flow.json": json.dumps(WORKFLOW)})
    (root / "my flow.json").write_text(changed(steps=33), "utf-8")
    assert "~ KSampler (3)\n    steps: 20 -> 33\n" in git(root, "difftool", "--no-prompt", "-t", "comfyc")


def test_other_files_are_shown_as_without_comfyc(root: Path) -> None:
    others: dict[str, str | bytes | None] = {
        "package.json": '{\n  "name": "a",\n  "nodes": [1, 2],\n  "b": {\n    "c": 1\n  }\n}\n',
        "broken.json": '{"nodes": [{"type": "KSampler", "pos": [1',
        "empty.json": "",
        "index.json": '[{"class_type": "KSampler", "inputs": {}}]\r\n',
        "wrapped.json": json.dumps({"about": "x", "workflow": WORKFLOW}, indent=1),
        "text.txt": "a\n",
        "bytes.json": b"\xff\xfe{\x7f\n",
    }
    commit(root, others)
    for name in others:
        (root / name).write_bytes((root / name).read_bytes() + b'\n"and": "more"\n')
    before = git(root, "diff")
    assert before.count("diff --git") == len(others)
    comfyc("git", "enable", cwd=root)
    assert git(root, "diff") == before


@pytest.mark.parametrize("arguments", [[], ["--global"], ["--pictures"], ["--attributes", ".gitattributes"]])
def test_disable_takes_back_what_enable_has_set(root: Path, tmp_path: Path, arguments: list[str]) -> None:
    own = {
        root / ".git" / "info" / "attributes": b"*.json -diff\nlast line without an end",
        root / ".gitattributes": b"*.py text\r\n",
        tmp_path
        / "home"
        / ".gitconfig": b'[user]\n\tname = A\n\temail = a@b\n[diff "other"]\n\ttextconv = cat\n',
    }
    for path, content in own.items():
        path.write_bytes(content)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    flags = [flag for flag in arguments if flag != "--pictures"]
    assert comfyc("git", "enable", *arguments, cwd=root).code == 0
    once = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert once != before
    assert comfyc("git", "enable", *arguments, cwd=root).code == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == once
    ended = comfyc("git", "disable", *flags, cwd=root)
    assert (ended.code, ended.out) == (0, "")
    assert "as other texts again" in ended.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert "nothing was set" in comfyc("git", "disable", *flags, cwd=root).err


def test_the_cache_goes_with_the_rest(root: Path) -> None:
    comfyc("git", "enable", cwd=root)
    commit(root, {"a.json": json.dumps(WORKFLOW)})
    git(root, "log", "-p")
    assert "refs/notes/textconv/comfyc" in git(root, "for-each-ref")
    comfyc("git", "disable", cwd=root)
    assert "textconv" not in git(root, "for-each-ref")


def test_lines_of_the_user_win(root: Path) -> None:
    (root / ".git" / "info" / "attributes").write_text("old.json diff\n")
    comfyc("git", "enable", cwd=root)
    assert git(root, "check-attr", "diff", "--", "old.json", "new.json") == (
        "old.json: diff: set\nnew.json: diff: comfyc\n"
    )


def test_all_repositories_of_a_user(root: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "my attributes").write_text("*.py text\n")
    git(root, "config", "--global", "core.attributesFile", "~/my attributes")
    assert comfyc("git", "enable", "--global", cwd=tmp_path).code == 0
    commit(root, {"a.json": json.dumps(WORKFLOW)})
    assert "\n+KSampler #3\n" in git(root, "show")
    out = comfyc("git", "status", cwd=root).out
    assert out.startswith("this repository: not enabled\nall repositories of this user: enabled\n")
    assert "a workflow.json in this folder is compared by comfyc" in out


def test_a_working_tree_has_the_settings_of_its_repository(root: Path, tmp_path: Path) -> None:
    commit(root, {"sub/a.json": json.dumps(WORKFLOW)})
    git(root, "worktree", "add", "-q", tmp_path / "tree")
    comfyc("git", "enable", cwd=tmp_path / "tree" / "sub")
    assert "\n+KSampler #3\n" in git(root, "show")
    assert comfyc("git", "status", cwd=root).out.startswith("this repository: enabled\n")


def test_nobody_needs_a_name_to_look_at_a_difference(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git keeps its cache in a commit, and fails where it does not know whose that is."""
    commit(root, {"a.json": json.dumps(WORKFLOW)})
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("EMAIL", raising=False)
    git(root, "config", "user.useConfigOnly", "true")
    assert "git caches no texts" in comfyc("git", "enable", cwd=root).err
    assert "\n+KSampler #3\n" in git(root, "log", "-p")


def test_pictures_are_asked_for(root: Path) -> None:
    comfyc("git", "enable", cwd=root)
    commit(root, {"a.png": PICTURE.read_bytes()})
    assert "Binary files" in git(root, "show")
    comfyc("git", "enable", "--pictures", cwd=root)
    assert '\n+    filename_prefix = "carrier"\n' in git(root, "show")
    empty = b"\x89PNG\r\n\x1a\n\0\0"
    commit(root, {"a.png": empty})
    lines = git(root, "show").splitlines()
    digest = hashlib.sha256(empty).hexdigest()[:16]
    assert [line for line in lines if line.startswith("+#")] == [f"+# PNG file of 10 bytes, SHA-256 {digest}"]


@pytest.mark.parametrize("has_script", [True, False])
def test_nothing_of_the_repository_is_run(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_script: bool
) -> None:
    """git calls comfyc in the root of the repository, where anything may be called json.py."""
    if not has_script:
        monkeypatch.setattr(sysconfig, "get_path", lambda *_: str(tmp_path))
    comfyc("git", "enable", cwd=root)
    evil = f"open({str(tmp_path / 'pwned')!r}, 'w')\n"
    names = ("json.py", "comfyc/__init__.py", "typer.py", "sitecustomize.py")
    commit(root, {**dict.fromkeys(names, evil), "a.json": json.dumps(WORKFLOW)})
    assert "\n+KSampler #3\n" in git(root, "show", "--", "a.json")
    assert not (tmp_path / "pwned").exists()


def test_what_cannot_be_done_is_an_error(root: Path, tmp_path: Path) -> None:
    for arguments, message in {
        ("enable",): "is in no git repository",
        ("disable",): "is in no git repository",
        ("enable", "--global", "--attributes", "x"): "cannot be used together",
        ("textconv", "nowhere"): "cannot be read",
    }.items():
        ended = comfyc("git", *arguments, cwd=tmp_path)
        assert ended.code == 2
        assert message in ended.err
    assert comfyc("git", "status", cwd=tmp_path).out == "all repositories of this user: not enabled\n"


def test_a_text_is_printed_as_it_is(tmp_path: Path) -> None:
    for content in (
        b"",
        b"a",
        b'{"nodes": [',
        b"\xef\xbb\xbf{}",
        b'{"nodes": {"class_type": NaN}}\r\n',
        b"[" * 5000,
    ):
        path = tmp_path / "a.json"
        path.write_bytes(content)
        ended = comfyc("git", "textconv", path)
        assert (ended.code, ended.out.encode("utf-8", "surrogateescape"), ended.err) == (0, content, "")
