"""Restrictions of Anything Everywhere by canvas group and node colour.

Source: ``js/use_everywhere_ui.js`` of cg-use-everywhere, ``LGraphGroup.recomputeInsideNodes``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from comfyc.graph import Node
from comfyc.javascript.values import is_finite, truthy
from comfyc.packs.use_everywhere.rules import Filters, Members

TITLE_HEIGHT = 30
COLLAPSED_WIDTH = 80


class Restrictions:
    """Which nodes of one graph a broadcaster may reach, by canvas group and colour."""

    def __init__(self, document: Mapping[str, Any], nodes: Sequence[Node], filters: Filters) -> None:
        self._document = document
        self._nodes = nodes
        self._filters = filters

    @cached_property
    def groups(self) -> list[tuple[str, Members]]:
        """The title and the ids of the nodes inside, for each canvas group of this graph."""
        raw: Any = self._document
        for key in self._nodes[0].pointer[:-2] if self._nodes else ():
            try:
                raw = raw[key]
            except (KeyError, IndexError, TypeError):
                return []
        groups = raw.get("groups") if isinstance(raw, dict) else None
        found = []
        for group in groups if isinstance(groups, list) else ():
            box = _numbers(group.get("bounding"), 4) if isinstance(group, dict) else None
            if box is not None:
                inside = frozenset(node.id for node in self._nodes if _is_inside(node, box))
                found.append((str(group.get("title") or ""), inside))
        return found

    def members(self, node: Node, settings: Mapping[str, Any]) -> Members | None:
        """The ids of the nodes that a broadcaster may reach; None for all."""
        found: Members | None = None
        restricted = settings.get("group_restricted")
        if restricted in (1, 2):
            mine = frozenset[str]().union(*(inside for _, inside in self.groups if node.id in inside))
            found = mine if restricted == 1 else frozenset(item.id for item in self._nodes) - mine
        restricted = settings.get("color_restricted")
        if restricted in (1, 2):
            color = node.raw.get("color")
            alike = frozenset(i.id for i in self._nodes if (i.raw.get("color") == color) == (restricted == 1))
            found = alike if found is None else found & alike
        by_title = self._filters.of(node, settings, "group")
        if by_title is not None:
            inside = frozenset[str]().union(*(ids for title, ids in self.groups if by_title.fits(title)))
            found = inside if found is None else found & inside
        return found


def _is_inside(node: Node, box: Sequence[float]) -> bool:
    """Whether the centre of the node lies in the box (left, top, width, height)."""
    position, size = _numbers(node.raw.get("pos"), 2), _numbers(node.raw.get("size"), 2)
    if position is None:
        return False
    width, height = size if size is not None else (140, 60)
    flags = node.raw.get("flags")
    if isinstance(flags, dict) and truthy(flags.get("collapsed")):
        width, height = COLLAPSED_WIDTH, 0
    x = position[0] + width / 2
    y = position[1] - TITLE_HEIGHT + (height + TITLE_HEIGHT) / 2
    return box[0] <= x < box[0] + box[2] and box[1] <= y < box[1] + box[3]


def _numbers(value: Any, count: int) -> list[float] | None:
    """``count`` numbers from a list, or from an object with the keys "0", "1", ..., as some files write
    it."""
    if isinstance(value, dict):
        value = [value.get(str(index)) for index in range(count)]
    if not isinstance(value, list) or len(value) < count:
        return None
    numbers = [float(item) for item in value[:count] if is_finite(item)]
    return numbers if len(numbers) == count else None
