"""Which files ``comfyc diff`` compares when it is given revisions: ``diff REV [REV] [--] [FILE...]``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from comfyc.carriers import CARRIERS
from comfyc.cli.work.diff_files import Pair, Side, side_of
from comfyc.diagnostics import ComfycError
from comfyc.revisions import ChangedFile, Repository
from comfyc.safety.limits import Limits
from comfyc.sources import Source

_ENDINGS = (".json", *(ending for carrier in CARRIERS for ending in carrier.endings))
"""What is looked at among all files that have changed."""


def revision_pairs(items: Sequence[str], behind: Sequence[str]) -> list[Pair] | None:
    """The pairs of files that the arguments ask for; None if they name no revision, but files only.

    ``behind`` are the arguments behind ``--``, which are files. Without it, what leads to no file and is the
    name of a revision is one, as in git. Raises ComfycError for what git does not know, and if there are more
    than two revisions.
    """
    if behind and not items:
        return None
    revisions, files = list(items), list(behind)
    if not behind:
        revisions = [item for at, item in enumerate(items) if all(map(_is_revision, items[: at + 1]))]
        files = list(items[len(revisions) :])
    if not revisions:
        return None
    if len(revisions) > 2:
        raise ComfycError(
            f"expected one or two revisions, got {len(revisions)}",
            "pass them as in: comfyc diff REVISION [REVISION] -- FILE...",
        )
    asked = _Asked(Repository.around(files[0] if files else "."), *revisions)
    return list(asked.pairs(files)) if files else list(asked.changed_below(asked.repository.root))


def _is_revision(item: str) -> bool:
    if item == "-" or os.path.lexists(item):
        return False
    try:
        Repository.around(".").commit(item)
    except ComfycError:
        return False
    return True


class _Asked:
    """One or two revisions of a repository; with one, the working tree is the new side."""

    def __init__(self, repository: Repository, old: str, new: str | None = None) -> None:
        self.repository = repository
        self.old, self.new = old, new
        self.changed = repository.changed(old, new)

    def pairs(self, files: Sequence[str]) -> Iterator[Pair]:
        """The pairs for files, and for what has changed in folders."""
        by_name = {one.name or one.old_name: one for one in self.changed}
        for path in files:
            if os.path.isdir(path):
                yield from self.changed_below(path)
                continue
            name = self.repository.name_of(path)
            one = by_name.get(name)
            yield self._pair(one or ChangedFile(Path(path), name, name), Path(path), named=True)

    def changed_below(self, folder: str | Path) -> Iterator[Pair]:
        """The pairs for everything below a folder that has changed and may hold a workflow."""
        within = self.repository.name_of(os.path.realpath(folder))
        prefix = "" if within == "." else f"{within}/"
        for one in self.changed:
            name = one.name or one.old_name or ""
            if name.startswith(prefix) and name.lower().endswith(_ENDINGS):
                yield self._pair(one, self.repository.root / name, named=False)

    def _pair(self, one: ChangedFile, path: Path, *, named: bool) -> Pair:
        shown = os.path.relpath(path) if path.is_absolute() else str(path)
        old = None if one.old_name is None else self._at(self.old, one.old_name, named=named)
        if self.new is not None:
            new = None if one.name is None else self._at(self.new, one.name, named=named)
        else:
            new = None if one.path is None else side_of(shown, named=named)
        return Pair(f"{old.name} -> {new.name}" if named and old and new else shown, old, new)

    def _at(self, revision: str, name: str, *, named: bool) -> Side:
        path, shown = self.repository.root / name, f"{revision}:{name}"

        def read(limits: Limits) -> Source:
            return Source(shown, self.repository.read(revision, path, limits))

        return Side(shown, read, named)
