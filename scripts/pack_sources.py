"""Clones of custom node packs: which there are, and what their source code was at a commit."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

READ = (".py", ".json", ".toml", ".txt", ".csv", ".yaml", ".yml")
"""The files that the definitions of a pack may depend on."""
LARGEST = 2 << 20
"""Upper bound on the bytes of such a file; larger ones are data."""
_VERSION = re.compile(r"""^\s*version\s*=\s*["']([^"'\n]+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Clone:
    """A clone of a repository on GitHub, with or without a work tree, as ``MIRROR/OWNER+NAME`` or a folder
    ``repo`` or ``.git`` in there."""

    repository: str
    folder: Path

    @property
    def name(self) -> str:
        """The folder that the pack has below ``custom_nodes``."""
        return self.repository.partition("/")[2]

    @cached_property
    def commits(self) -> list[str]:
        """The commits of the main line, oldest first."""
        return self.git("rev-list", "--first-parent", "--reverse", "HEAD").split()

    @cached_property
    def registered(self) -> str:
        """The id of the pack in the Comfy registry according to ``pyproject.toml``; "" if it has none."""
        toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
        try:
            project: dict[str, Any] = toml.loads(self.git("show", "HEAD:pyproject.toml"))
            publisher, name = project["tool"]["comfy"]["PublisherId"], project["project"]["name"]
        except (subprocess.CalledProcessError, ValueError, LookupError, TypeError):
            return ""
        return str(name) if publisher else ""

    def date(self, commit: str) -> str:
        """The day of a commit, as ``2026-08-14``."""
        return self.git("show", "-s", "--format=%cs", commit).strip()

    def releases(self) -> dict[str, str]:
        """The last commit of each version that ``pyproject.toml`` has named, by the version."""
        changes = self.git(
            "log", "--first-parent", "--reverse", "--format=%H", "HEAD", "--", "pyproject.toml"
        )
        found: dict[str, str] = {}
        for commit in changes.split():
            try:
                text = self.git("show", f"{commit}:pyproject.toml")
            except subprocess.CalledProcessError:
                continue  # the commit that removed the file
            version = _VERSION.search(text)
            if version is not None:
                found.setdefault(version.group(1), commit)
        return found

    def changes(self) -> set[str]:
        """The commits of the main line that changed Python or JSON files."""
        return set(self.git("log", "--first-parent", "--format=%H", "HEAD", "--", "*.py", "*.json").split())

    def files(self, commit: str) -> dict[str, str]:
        """The files at a commit that definitions may depend on: their paths, with the id of the content."""
        rows = self.git("ls-tree", "-r", "-l", "-z", commit).split("\0")
        found = dict(_file(row) for row in rows if row)
        return {
            path: ident for path, (ident, size) in found.items() if _is_read(path) and 0 <= size <= LARGEST
        }

    def write(self, files: Mapping[str, str], target: Path) -> None:
        """Write files (a result of :meth:`files`) below ``target``."""
        for path, ident in files.items():
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.content(ident))

    def content(self, ident: str) -> bytes:
        """The content with an id."""
        if self.reader.stdin is None or self.reader.stdout is None:
            raise AssertionError
        self.reader.stdin.write(f"{ident}\n".encode())
        self.reader.stdin.flush()
        size = int(self.reader.stdout.readline().split()[2])
        return self.reader.stdout.read(size + 1)[:-1]

    @cached_property
    def reader(self) -> subprocess.Popen[bytes]:
        """A process that gives the contents of files; one for a clone, because starting it takes longer."""
        command = ["git", "--git-dir", str(self.folder), "cat-file", "--batch"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def git(self, *command: str) -> str:
        """What a git command prints."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.folder), *command],
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
        )
        return done.stdout


def _file(row: str) -> tuple[str, tuple[str, int]]:
    """Path, id and bytes in a row of ``git ls-tree -l``; -1 bytes for what is no file, or one that the clone
    lacks."""
    about, _, path = row.partition("\t")
    _, _, ident, size = about.split()
    return path, (ident, int(size) if size.isdigit() else -1)


def _is_read(path: str) -> bool:
    return path.endswith(READ) and not path.startswith("/") and ".." not in path.split("/")


def find_clones(mirror: Path) -> list[Clone]:
    """The clones in a folder, by repository."""
    clones = []
    for path in sorted(mirror.glob("*+*")):
        inner = next((path / name for name in ("repo", ".git") if (path / name).is_dir()), path)
        if (inner / "HEAD").is_file():
            clones.append(Clone(path.name.replace("+", "/", 1), inner))
    return clones
