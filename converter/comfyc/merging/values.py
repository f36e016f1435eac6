"""Three-way merging of JSON values: what only one side has changed is taken from that side.

``ABSENT`` stands for a member that is not there, on each side and in the result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from comfyc.editing.alignment import is_same
from comfyc.graph import ABSENT

Path = tuple[str | int, ...]
"""Keys and indexes from a node, or from a graph, to a value."""

OnConflict = Callable[[Path, Any, Any, Any], None]
"""Called with the path, and with the values of the base, ours and theirs, where both have changed a value."""


class UnmergeableError(Exception):
    """A document has not the form of a workflow, so that it can only be merged as a text."""


def silently(_path: Path, _base: Any, _ours: Any, _theirs: Any) -> None:
    """For what never conflicts: our value stays."""


def same(one: Any, other: Any) -> bool:
    """Whether two values, each of which may be absent, are the same."""
    if one is ABSENT or other is ABSENT:
        return one is other
    return is_same(one, other)


def merged_value(base: Any, ours: Any, theirs: Any, path: Path, on_conflict: OnConflict) -> Any:
    """The value that has the changes of both sides: objects are merged by member, lists as sets of items.
    Where both have changed a value, ours stays, and ``on_conflict`` is called."""
    if same(ours, theirs) or same(base, theirs):
        return ours
    if same(base, ours):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return merged_members(base if isinstance(base, dict) else {}, ours, theirs, path, on_conflict)
    if isinstance(ours, list) and isinstance(theirs, list):
        before = base if isinstance(base, list) else []
        found = merged_items(before, ours, theirs, path, on_conflict)
        if found is not None:
            return found
    on_conflict(path, base, ours, theirs)
    return ours


def quietly(base: Any, ours: Any, theirs: Any) -> Any:
    """The merged value of what never conflicts."""
    return merged_value(base, ours, theirs, (), silently)


def merged_members(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    path: Path,
    on_conflict: OnConflict,
    special: Mapping[str, Callable[[Any, Any, Any], Any]] | None = None,
) -> dict[str, Any]:
    """An object merged by member, in the order of ours. ``special`` merges some members in ways of their own:
    it is called with the three values."""
    special = special or {}
    merged: dict[str, Any] = {}
    for key in (*ours, *(key for key in theirs if key not in ours)):
        values = base.get(key, ABSENT), ours.get(key, ABSENT), theirs.get(key, ABSENT)
        way = special.get(key)
        value = merged_value(*values, (*path, key), on_conflict) if way is None else way(*values)
        if value is not ABSENT:
            merged[key] = value
    return merged


def merged_items(
    base: Sequence[Any],
    ours: Sequence[Any],
    theirs: Sequence[Any],
    path: Path,
    on_conflict: OnConflict,
    key_of: Callable[[Any], Hashable] | None = None,
) -> list[Any] | None:
    """A list merged as a set of items that have keys of their own; None if two items of a list have the same.

    ``key_of`` gives the key of an item; by default that is its ``id`` or ``name``, else the item itself.
    """
    key_of = key_of or item_key
    sides = [{key_of(item): item for item in items} for items in (base, ours, theirs)]
    if any(len(side) != len(items) for side, items in zip(sides, (base, ours, theirs), strict=True)):
        return None
    before, own, others = sides
    first, second = (others, own) if list(own) == list(before) else (own, others)
    merged: list[Any] = []
    for key in (*first, *(key for key in second if key not in first)):
        values = before.get(key, ABSENT), own.get(key, ABSENT), others.get(key, ABSENT)
        value = merged_value(*values, (*path, str(key)), on_conflict)
        if value is not ABSENT:
            merged.append(value)
    return merged


def item_key(item: Any) -> Hashable:
    """What an item of a list is known by: its ``id`` or ``name``, else all of it."""
    if isinstance(item, dict):
        for name in ("id", "name"):
            if isinstance(item.get(name), (str, int)):
                return (name, item[name])
    return json.dumps(item, sort_keys=True, default=str)
