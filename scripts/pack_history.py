"""Find the former definitions of a pack's node types under which saved values mean something else.

A pack is scanned at its releases and at further commits between them. Where a definition that matters changed
between two of these, the commits in between are scanned as well, until the change is found or the budget of
scans is spent. A former definition matters if values that were saved with it would shift or be dropped under
the newest one (``comfyc.comparison.saved_values.Fit``), or if the pack no longer has the type.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from comfyc.catalog.bundle import COMMIT_DIGITS
from comfyc.comparison.saved_values import Fit, fit_of
from comfyc.diagnostics import ComfycError
from comfyc.scan import scan_folder
from scripts.pack_sources import Clone

Entries = Mapping[str, Any]
Older = tuple[str, int, int, Any]
"""A type, the first and the last position at which it had the entry, and the entry."""

_SPREAD = 12
"""How many scans are spread over the commits of a pack, beside its releases."""
_RECENT = 24
"""How many of the latest releases are scanned."""


def scan_commit(clone: Clone, commit: str) -> dict[str, Any]:
    """The entries of a pack at a commit."""
    return scan_files(clone, clone.files(commit))


def scan_files(clone: Clone, files: Mapping[str, str]) -> dict[str, Any]:
    """The entries of a pack whose files are a result of ``Clone.files``; none if they are no pack yet."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / clone.name
        target.mkdir()
        clone.write(files, target)
        try:
            return dict(scan_folder(target).entries)
        except ComfycError:
            return {}


def is_other(kind: str, old: Any, new: Any) -> bool:
    """Whether values that were saved with an entry do not all fit another one."""
    return fit_of(kind, old, new) in (Fit.DROPPED, Fit.SHIFTED)


class History:
    """The entries of a pack at some of its commits. ``newest`` are those at the last one, ``budget`` the
    number of scans that may be made."""

    def __init__(self, clone: Clone, newest: Entries, budget: int) -> None:
        self.clone = clone
        self.newest = newest
        self.budget = budget
        last = len(clone.commits) - 1
        self.seen: dict[int, Entries] = {last: newest}
        self.scanned = {self.key(last): newest}

    def key(self, position: int) -> frozenset[tuple[str, str]]:
        """What decides on the entries at a position: its files."""
        return frozenset(self.clone.files(self.clone.commits[position]).items())

    def look(self, position: int) -> bool:
        """Scan the commit at a position; whether the budget allowed it."""
        if position not in self.seen:
            key = self.key(position)
            if key not in self.scanned:
                if self.budget <= 0:
                    return False
                self.budget -= 1
                self.scanned[key] = scan_files(self.clone, dict(key))
            self.seen[position] = self.scanned[key]
        return True

    def narrow(self, usable: list[int]) -> None:
        """Scan between positions whose entries differ in a way that matters; ``usable`` are the positions of
        commits that changed code."""
        waiting = sorted(self.seen)
        gaps = list(pairwise(waiting))
        while gaps:
            first, last = gaps.pop()
            inside = [position for position in usable if first < position < last]
            if not inside or not self.differ(first, last):
                continue
            middle = inside[len(inside) // 2]
            if self.look(middle):
                gaps += [(first, middle), (middle, last)]

    def differ(self, first: int, last: int) -> bool:
        """Whether a type's entries at two positions differ in a way that matters."""
        before, after = self.seen[first], self.seen[last]
        return any(kind not in after or is_other(kind, entry, after[kind]) for kind, entry in before.items())

    def older(self) -> list[Older]:
        """The former entries that matter, by type and position."""
        rows: list[Older] = []
        positions = sorted(self.seen)
        for kind in sorted({kind for entries in self.seen.values() for kind in entries}):
            row: Older | None = None
            for number, position in enumerate(positions):
                entry = self.seen[position].get(kind)
                if entry is None or (kind in self.newest and not is_other(kind, entry, self.newest[kind])):
                    row = None
                    continue
                until = positions[number + 1] - 1 if number + 1 < len(positions) else position
                if (
                    row is not None
                    and not is_other(kind, row[3], entry)
                    and not is_other(kind, entry, row[3])
                ):
                    rows[-1] = row = (kind, row[1], until, entry)
                else:
                    row = (kind, position, until, entry)
                    rows.append(row)
        return rows


def timeline(clone: Clone) -> dict[str, Any]:
    """The commits and releases of a pack for the header of its bundle (:mod:`comfyc.catalog.bundle`)."""
    position = {commit: number for number, commit in enumerate(clone.commits)}
    releases = {
        version: position[commit] for version, commit in clone.releases().items() if commit in position
    }
    return {"commits": "".join(commit[:COMMIT_DIGITS] for commit in clone.commits), "releases": releases}


def find_older(clone: Clone, newest: Entries, budget: int) -> list[Older]:
    """The former entries of a pack that matter, found with at most ``budget`` scans.

    Types whose newest entry the scanner reads otherwise than ``newest`` has it are left out: what it reads of
    them at other commits proves nothing.
    """
    position = {commit: number for number, commit in enumerate(clone.commits)}
    usable = sorted(position[commit] for commit in clone.changes() if commit in position)
    if not usable:
        return []
    history = History(clone, newest, budget)
    step = max(1, len(usable) // _SPREAD)
    for number in (*sorted(timeline(clone)["releases"].values())[-_RECENT:], *usable[::step]):
        history.look(number)
    history.narrow(usable)
    read = scan_commit(clone, clone.commits[-1])
    misread = {kind for kind, entry in read.items() if kind in newest and is_other(kind, entry, newest[kind])}
    return [row for row in history.older() if row[0] not in misread]
