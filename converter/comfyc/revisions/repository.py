"""A git repository: its root, its revisions, and the files at them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from comfyc.diagnostics import ComfycError
from comfyc.revisions.command import GitAnswer, call, folder_to_call_in
from comfyc.safety.limits import DEFAULTS, Limits

_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FILE_MODES = ("100644", "100755", "100664")
_KINDS = {"040000": "a folder", "120000": "a symbolic link", "160000": "a submodule"}
_RENAMED = "RC"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is not what it was: where it is now, and its name at the former revision.

    ``path`` and ``name`` are None for a file that is gone, ``old_name`` is None for a new one. Names are
    relative to the root, with ``/`` on every system; they differ if the file was renamed. The former contents
    are ``repository.read(since, repository.root / old_name)``.
    """

    path: Path | None
    name: str | None
    old_name: str | None


@dataclass(frozen=True, slots=True)
class Repository:
    """The git repository that a file or folder belongs to. ``root`` is the folder that its names are relative
    to: that of the working tree, and for a repository without one the folder it was found from."""

    root: Path
    _folder: str = field(repr=False)
    _commits: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def around(cls, path: str | os.PathLike[str]) -> Repository:
        """The repository of a file or folder, which need not exist any more: the nearest folder above it
        counts.

        Raises ComfycError if it belongs to no repository, if git refuses to use that, or if there is no git.
        """
        near = _real(path)
        near = Path(os.path.realpath(near)) if near.is_dir() else near.parent
        while not near.is_dir() and near != near.parent:
            near = near.parent
        folder = folder_to_call_in(str(near))
        answer = call(folder, ["rev-parse", "--is-bare-repository", "--is-inside-work-tree"])
        if answer.code:
            raise _no_repository(path, answer)
        if b"true" not in answer.out.splitlines()[1:]:
            return cls(Path(folder), folder)
        top = _answer_of(folder, ["rev-parse", "--show-toplevel"]).text
        return cls(Path(os.path.realpath(top)), folder)

    def name_of(self, path: str | os.PathLike[str]) -> str:
        """The name of a path in the repository: relative to the root, with ``/`` on every system.

        A symbolic link has a name of its own; those in the path to it are followed. Raises ComfycError for a
        path outside of the repository.
        """
        try:
            return _real(path).relative_to(self.root).as_posix()
        except ValueError:
            raise ComfycError(
                f"'{os.fspath(path)}' is outside of the git repository '{self.root}'",
                "pass a file of the repository, or compare two files",
            ) from None

    def commit(self, revision: str) -> str:
        """The object name of a revision, whatever git knows it by: ``HEAD~1``, a branch, a tag.

        It is that of a commit, or of a tree. Raises ComfycError if there is none.
        """
        if revision not in self._commits:
            self._commits[revision] = self._object(revision)
        return self._commits[revision]

    def read(self, revision: str, path: str | os.PathLike[str], limits: Limits = DEFAULTS) -> bytes:
        """The bytes of a file as they are stored at a revision.

        ``path`` leads to the file as from the current folder; it need not exist any more. Line ends and
        pointers of Git LFS are as git stores them. Raises ComfycError if there is no such revision, if there
        is no such file there, or if it has more than ``limits.stream`` bytes.
        """
        name = self.name_of(path)
        tree = self.commit(revision)
        listed = self._ask(["ls-tree", "-l", "-z", "--full-tree", tree, "--", name]).items
        about = next((entry for entry in listed if entry.partition("\t")[2] == name), None)
        if about is None:
            raise ComfycError(
                f"there is no file '{name}' at the revision '{revision}'",
                f"git log --follow --oneline -- '{name}' lists the commits that have changed it",
            )
        mode, _, blob, size = about.partition("\t")[0].split()
        if mode not in _FILE_MODES:
            raise ComfycError(f"'{name}' is {_KINDS.get(mode, 'no file')} at the revision '{revision}'")
        if int(size) > limits.stream:
            raise ComfycError(f"'{name}' has {limits.exceeded('stream')} at the revision '{revision}'")
        return self._ask(["cat-file", "blob", blob]).out

    def names(self, revision: str) -> frozenset[str]:
        """The names of all files at a revision. Raises ComfycError if there is no such revision."""
        tree = self.commit(revision)
        return frozenset(self._ask(["ls-tree", "-r", "-z", "--name-only", "--full-tree", tree]).items)

    def changed(self, since: str, until: str | None = None) -> list[ChangedFile]:
        """The files whose contents differ between two revisions, or between a revision and the working tree
        with all new files that git does not ignore; by name.

        A file that was renamed, or renamed and changed, is one with both names. Submodules are left out.
        Raises ComfycError if there is no such revision.
        """
        ends = [self.commit(since)] + ([] if until is None else [self.commit(until)])
        listed = self._ask(
            [
                *("diff", "--name-status", "-z", "-M", "--no-color", "--no-ext-diff", "--no-textconv"),
                *("--no-relative", "--ignore-submodules=all", *ends, "--"),
            ]
        )
        found = list(self._changes(iter(listed.items)))
        if until is None:
            new = self._ask(
                ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", str(self.root)]
            )
            found += [ChangedFile(self.root / name, name, None) for name in new.items]
        return sorted(found, key=lambda one: one.name or one.old_name or "")

    def _changes(self, items: Iterator[str]) -> Iterator[ChangedFile]:
        for status in items:
            old: str | None = next(items)
            new: str | None = next(items) if status[0] in _RENAMED else old
            if status == "A":
                old = None
            elif status == "D":
                new = None
            yield ChangedFile(None if new is None else self.root / new, new, old)

    def _object(self, revision: str) -> str:
        """The object name of a revision. One that begins with ``-`` would be an option, and is no name of a
        revision in git either."""
        is_text = revision.isprintable() and not revision.startswith("-")
        if is_text:
            named = call(self._folder, ["rev-parse", "--verify", "--quiet", revision])
            if not named.code and _OBJECT.fullmatch(named.text):
                tree = call(self._folder, ["rev-parse", "--verify", "--quiet", f"{named.text}^{{tree}}"])
                if not tree.code:
                    return named.text
                raise ComfycError(
                    f"'{revision}' is one file in git, not a revision", "pass a commit or a branch"
                )
        is_shallow = self._ask(["rev-parse", "--is-shallow-repository"]).text == "true"
        raise ComfycError(
            f"there is no revision '{revision}' in the git repository '{self.root}'",
            "this is a shallow clone: git fetch --unshallow gets the other commits (fetch-depth: 0 in CI)"
            if is_shallow
            else "git log --oneline lists commits, git branch --all lists branches",
        )

    def _ask(self, arguments: list[str]) -> GitAnswer:
        return _answer_of(self._folder, arguments)


def _real(path: str | os.PathLike[str]) -> Path:
    """The absolute path, with the symbolic links in the folders above it followed, and not itself."""
    whole = Path(os.path.abspath(path))
    return Path(os.path.realpath(whole.parent), whole.name)


def _answer_of(folder: str, arguments: list[str]) -> GitAnswer:
    answer = call(folder, arguments)
    if answer.code:
        raise ComfycError(f"git reports: {answer.complaint or f'exit code {answer.code}'}")
    return answer


def _no_repository(path: str | os.PathLike[str], answer: GitAnswer) -> ComfycError:
    name = os.fspath(path)
    if "dubious ownership" in answer.complaint:
        return ComfycError(
            f"git does not use the repository of '{name}', because it belongs to another user",
            "git config --global --add safe.directory FOLDER allows it, for the folder of the repository",
        )
    if "not a git repository" in answer.complaint:
        return ComfycError(f"'{name}' is in no git repository", "compare two files, or run git init first")
    return ComfycError(f"git reports: {answer.complaint}")
