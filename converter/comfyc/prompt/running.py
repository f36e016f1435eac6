"""Which nodes of a prompt run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def running_ids(prompt: Mapping[str, Any], outputs: Iterable[str]) -> set[str]:
    """The ids of the nodes that the server runs for these outputs: they, and all that they link to."""
    found: set[str] = set()
    waiting = [ident for ident in outputs if ident in prompt]
    while waiting:
        ident = waiting.pop()
        if ident in found:
            continue
        found.add(ident)
        values = (_unwrapped(value) for value in prompt[ident]["inputs"].values())
        links = (value[0] for value in values if isinstance(value, list) and len(value) == 2)
        waiting += [origin for origin in links if isinstance(origin, str) and origin in prompt]
    return found


def _unwrapped(value: Any) -> Any:
    """A value as the server sees it, which runs a list that is wrapped as a link if it looks like one."""
    return value.get("__value__") if isinstance(value, dict) else value
