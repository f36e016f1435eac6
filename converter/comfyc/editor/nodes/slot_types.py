"""Slot types: whether two of them may be linked, and the type that several have in common.

Source: ``LiteGraphGlobal.ts`` isValidConnection and ``utils/type.ts`` commonType, frontend 1.58.1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from comfyc.javascript.values import text

_WILD = ("", "*", 0, None, False)
_ANY = frozenset(("", "*"))


def compatible(first: Any, second: Any) -> bool:
    """Whether the editor lets slots of these types be linked: one is a wildcard, they are equal, or two
    comma-separated lists share a member."""
    if first == second or _is_wild(first) or _is_wild(second):
        return True
    one, other = text(first), text(second)
    if "," not in one and "," not in other:
        return one.lower() == other.lower()
    ours, theirs = _members(one), _members(other)
    return not ours.isdisjoint(theirs) or not _ANY.isdisjoint(ours) or not _ANY.isdisjoint(theirs)


def _is_wild(kind: Any) -> bool:
    return kind in _ANY if kind.__class__ is str else kind in _WILD


@lru_cache(maxsize=256)
def _members(kind: str) -> frozenset[str]:
    return frozenset(kind.lower().split(","))


def common_type(types: list[Any]) -> str | None:
    """The intersection of comma-separated lists of types: "*" if all are wildcards, None if it is empty."""
    lists = list(dict.fromkeys([kind for kind in types if isinstance(kind, str) and kind != "*"]))
    if not lists:
        return "*"
    if len(lists) == 1:
        return lists[0] or None
    others = [frozenset(kind.split(",")) for kind in lists[1:]]
    common = [kind for kind in lists[0].split(",") if all(kind in other for other in others)]
    return ",".join(common) or None
