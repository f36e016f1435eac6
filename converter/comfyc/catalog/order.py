"""Detect catalogues that have lost the order of inputs, by which saved values are matched to widgets.

The server writes the order of a type's inputs twice: as the order of the members of ``input``, and as
``input_order``. A program that sorts the members and leaves out ``input_order`` loses both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

_GROUPS = ("required", "optional")
_CERTAINTY = math.log(1000)
"""The evidence from which on names count as sorted: the probability of this order by chance is below
1/1000."""


def are_sorted(entries: Iterable[Any]) -> bool:
    """Whether the inputs of all these entries of an object_info are sorted by name, beyond chance."""
    evidence = 0.0
    for entry in entries:
        if entry.get("input_order"):
            return False
        groups = entry.get("input")
        for group in map(groups.get, _GROUPS) if isinstance(groups, dict) else ():
            if isinstance(group, dict) and len(group) > 1:
                names = list(group)
                if names != sorted(names):
                    return False
                evidence += math.lgamma(len(names) + 1)
    return evidence > _CERTAINTY


def in_order_of(inputs: Mapping[str, Any], known: Mapping[str, list[str]]) -> dict[str, list[str]] | None:
    """The ``input_order`` of these inputs, from that of the same type in another catalogue (``known``).

    None if ``known`` lacks any of the inputs.
    """
    rank = {
        name: index for index, name in enumerate(name for group in _GROUPS for name in known.get(group, ()))
    }
    order: dict[str, list[str]] = {}
    for group in _GROUPS:
        names = list(inputs.get(group, ()))
        if any(name not in rank for name in names):
            return None
        order[group] = sorted(names, key=rank.__getitem__)
    return order
