"""git repositories for tests: real ones, which know nothing of who runs the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

_PERSON = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "2026-01-31T12:00:00Z"))
}


def isolate_git(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git read no settings but those of a folder of the test, find no repository outside of it, and know
    who commits."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home.mkdir(exist_ok=True)
    for name, value in {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(home.parent),
        **_PERSON,
    }.items():
        monkeypatch.setenv(name, value)


def git(folder: Path, *arguments: str | Path, code: int = 0) -> str:
    """What git prints, on stdout and behind that on stderr, when it is called in a folder."""
    ended = subprocess.run(["git", *map(str, arguments)], cwd=folder, capture_output=True, check=False)
    assert ended.returncode == code, ended.stderr.decode()
    return (ended.stdout + ended.stderr).decode("utf-8", "surrogateescape")


def new_repository(root: Path) -> Path:
    """An empty repository with the branch ``main``."""
    root.mkdir(parents=True)
    git(root, "init", "-q")
    git(root, "symbolic-ref", "HEAD", "refs/heads/main")
    return root


def commit(root: Path, files: dict[str, str | bytes | None], message: str = "change") -> str:
    """Write these files (None takes one away), commit everything, and return the commit's object name."""
    for name, content in files.items():
        path = root / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(root, "add", "--all")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD").strip()
