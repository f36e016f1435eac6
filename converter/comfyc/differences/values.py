"""Whether two JSON values are the same, as JavaScript sees them: 1 and 1.0 are, 1 and true are not."""

from __future__ import annotations

from typing import Any

_SCALARS = (str, int, float, bool, type(None))


def is_same(old: Any, new: Any) -> bool:
    """Whether two values are the same; the order of the members of objects does not count."""
    waiting = [(old, new)]
    while waiting:
        first, second = waiting.pop()
        if first is second:
            continue
        if isinstance(first, bool) is not isinstance(second, bool):
            return False
        if isinstance(first, _SCALARS) or isinstance(second, _SCALARS):
            if first != second:
                return False
        elif isinstance(first, list) and isinstance(second, list):
            if len(first) != len(second):
                return False
            waiting += zip(first, second, strict=True)
        elif isinstance(first, dict) and isinstance(second, dict):
            if first.keys() != second.keys():
                return False
            waiting += ((value, second[key]) for key, value in first.items())
        else:
            return False
    return True
