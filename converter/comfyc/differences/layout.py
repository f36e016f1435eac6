"""What changed of the looks of a workflow, and of the notes in it that mean nothing to what runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from comfyc.differences.model import Difference, DifferenceKind
from comfyc.differences.values import is_same
from comfyc.differences.views import ComparedGraph, ComparedNode
from comfyc.graph import ABSENT

_APP = ("linearData", "linearMode")
"""The members of ``extra`` that declare an app."""
_VIEW = ("ds",)
"""The members of ``extra`` that only say what part of the graph was last looked at."""
_COLORS = ("color", "bgcolor", "shape")


def layout_of_nodes(old: ComparedNode, new: ComparedNode, made: Difference) -> Iterator[Difference]:
    """What changed of the looks of a node; ``made`` is a difference of the node, of any kind."""
    before, after = old.raw, new.raw
    for kind, members in (
        (DifferenceKind.MOVED, ("pos",)),
        (DifferenceKind.RESIZED, ("size",)),
        (DifferenceKind.RECOLORED, _COLORS),
    ):
        first, second = ([_plain(raw.get(name)) for name in members] for raw in (before, after))
        if not is_same(first, second):
            first, second = (side[0] if len(side) == 1 else side for side in (first, second))
            yield replace(made, kind=kind, old=first, new=second)
    is_collapsed = [_is_collapsed(raw) for raw in (before, after)]
    if is_collapsed[0] is not is_collapsed[1]:
        yield replace(made, kind=DifferenceKind.COLLAPSED, old=is_collapsed[0], new=is_collapsed[1])
    for name, one, other in _changed(before.get("properties"), after.get("properties")):
        yield replace(made, kind=DifferenceKind.PROPERTY, name=name, old=one, new=other)


def layout_of_graphs(old: ComparedGraph, new: ComparedGraph, made: Difference) -> Iterator[Difference]:
    """What changed of the groups and the ``extra`` of a graph; ``made`` is a difference of the graph."""
    before, after = (_groups(graph.raw.get("groups")) for graph in (old, new))
    for key, group in after.items():
        if key in before:
            if not is_same(group, before[key]):
                yield replace(made, kind=DifferenceKind.GROUP, name=_title(group), old=before[key], new=group)
        else:
            yield replace(made, kind=DifferenceKind.GROUP, name=_title(group), new=group)
    for key, group in before.items():
        if key not in after:
            yield replace(made, kind=DifferenceKind.GROUP, name=_title(group), old=group)
    for name, one, other in _changed(old.raw.get("extra"), new.raw.get("extra")):
        if name not in _VIEW:
            kind = DifferenceKind.APP if name in _APP else DifferenceKind.EXTRA
            yield replace(made, kind=kind, name=name, old=one, new=other)


def _changed(before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """The members that differ of two objects, each with its old and its new value."""
    old, new = _members(before), _members(after)
    for name in (*new, *(name for name in old if name not in new)):
        first, second = old.get(name, ABSENT), new.get(name, ABSENT)
        if not is_same(first, second):
            yield name, first, second


def _groups(groups: Any) -> dict[tuple[str, int], Mapping[str, Any]]:
    """The groups by their titles, those of one title numbered."""
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    counts: dict[str, int] = {}
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, dict):
            title = _title(group)
            counts[title] = counts.get(title, 0) + 1
            found[title, counts[title]] = {
                name: group.get(name) for name in ("title", "bounding", "color", "font_size")
            }
    return found


def _title(group: Mapping[str, Any]) -> str:
    title = group.get("title")
    return title if isinstance(title, str) else ""


def _is_collapsed(raw: Mapping[str, Any]) -> bool:
    return bool(_members(raw.get("flags")).get("collapsed"))


def _plain(value: Any) -> Any:
    """A position or size, of which old files have an object with the members "0" and "1"."""
    return [value["0"], value["1"]] if isinstance(value, dict) and "0" in value and "1" in value else value


def _members(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
