"""What changed between two catalogues: node types that were added, removed or changed.

Nothing here reads a file or asks a server; :func:`compare_catalogs` is given two catalogues, and
:func:`fit_of` two entries of one type.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from comfyc.catalog import Catalog
from comfyc.comparison.entries import Change, compare_entries, is_alike
from comfyc.comparison.saved_values import Fit, fit_of

__all__ = ["Change", "ChangedType", "Comparison", "Fit", "compare_catalogs", "compare_entries", "fit_of"]


@dataclass(frozen=True, slots=True)
class ChangedType:
    """A type that both catalogues have: what differs, and what becomes of the values that files saved."""

    node_type: str
    fit: Fit
    changes: Sequence[Change]


@dataclass(slots=True)
class Comparison:
    """The types that only the second catalogue has, that only the first has, and that differ, by name."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[ChangedType] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed)


def compare_catalogs(
    old: Catalog, new: Catalog, old_types: Iterable[str] | None = None, new_types: Iterable[str] | None = None
) -> Comparison:
    """What changed from one catalogue to another.

    ``old_types`` and ``new_types`` are the types that count, by default all. The files that combos list are
    compared only if both catalogues list those of a server.
    """
    before = set(old if old_types is None else old_types)
    after = set(new if new_types is None else new_types)
    found = Comparison(sorted(after - before), sorted(before - after))
    for node_type in sorted(before & after):
        first, second = old.info(node_type), new.info(node_type)
        if first is None or second is None or is_alike(first, second):
            continue
        with_files = old.lists_files_of(node_type) and new.lists_files_of(node_type)
        changes = compare_entries(node_type, first, second, with_files=with_files)
        if changes:
            found.changed.append(ChangedType(node_type, fit_of(node_type, first, second), changes))
    return found
