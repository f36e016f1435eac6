"""Which members of a changed list or object are those of the old one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any


def is_same(old: Any, new: Any) -> bool:
    """Whether two JSON values are the same to JavaScript: 1 is 1.0, and is not true.

    Raises RecursionError for values that nest too deeply.
    """
    if old is new:
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(is_same(one, other) for one, other in zip(old, new, strict=True))
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def aligned(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """For each item of a new list the index of the item of the old one that it keeps or changes, None for an
    item to be written anew. The indexes ascend; an old item that none of them names is deleted.

    Lists of one length keep their positions. Of others the same items are found at the front and at the
    back, and those between them by their identity (containers) or value.
    """
    if len(old) == len(new):
        return list(range(len(new)))
    front, most = 0, min(len(old), len(new))
    while front < most and is_same(old[front], new[front]):
        front += 1
    back = 0
    while back < most - front and is_same(old[-1 - back], new[-1 - back]):
        back += 1
    between = _aligned_between(old[front : len(old) - back], new[front : len(new) - back])
    kept = [None if index is None else front + index for index in between]
    return [*range(front), *kept, *range(len(old) - back, len(old))]


def _aligned_between(old: Sequence[Any], new: Sequence[Any]) -> list[int | None]:
    """The alignment of lists that differ at both ends: for each item the next old one that is the same, and
    for what is left between two such items the old ones there, in their order."""
    positions: dict[Any, list[int]] = defaultdict(list)
    for position in reversed(range(len(old))):
        positions[_key(old[position])].append(position)
    found: list[int | None] = []
    behind: list[int] = []  # for each item the old one that was found last before it
    done = -1
    for item in new:
        behind.append(done)
        there = positions.get(_key(item), [])
        while there and there[-1] <= done:
            there.pop()
        if there:
            done = there.pop()
            found.append(done)
        else:
            found.append(None)
    free = len(old)
    for at in reversed(range(len(found))):
        index = found[at]
        if index is None and free - 1 > behind[at]:
            found[at] = index = free - 1
        if index is not None:
            free = index
    return found


def _key(value: Any) -> Any:
    return id(value) if isinstance(value, (dict, list)) else (isinstance(value, bool), value)
