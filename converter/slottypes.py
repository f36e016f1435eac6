"""Types of slots: whether two may be linked, and what several have in common.

Source: ``LiteGraphGlobal.ts`` isValidConnection and ``utils/type.ts`` commonType, frontend 1.58.1.
"""

from __future__ import annotations

from typing import Any

_WILD = ("", "*", 0, None, False)


def compatible(first: Any, second: Any) -> bool:
    """Whether the editor lets these types be linked: wild, equal, or with a member in common."""
    if first in _WILD or second in _WILD or first == second:
        return True
    one, other = str(first).lower(), str(second).lower()
    if "," not in one and "," not in other:
        return one == other
    return any(compatible(a, b) for a in one.split(",") for b in other.split(","))


def common_type(types: list[Any]) -> str | None:
    """The intersection of comma-separated lists of types, "*" where all are wild, None if it is empty."""
    lists = [kind.split(",") for kind in types if isinstance(kind, str) and kind != "*"]
    if not lists:
        return "*"
    common = [kind for kind in lists[0] if all(kind in other for other in lists[1:])]
    return ",".join(common) or None
