"""Let subgraph nodes with the same contents share a definition, as those of one subgraph do in the editor.

It keeps ids: the editor gives inner nodes other numbers if two definitions have the same ones. Values that
are not the same in all of them become promoted widgets, for which each subgraph node holds its own value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from comfyc.rebuild.levels import INPUT, Border, End, Level, Path, Segment, unused_name
from comfyc.rebuild.nodes import NewNode


class _Spot(NamedTuple):
    """A widget of a node of a definition: the indexes of the node and of the widget's input."""

    node: int
    input: int
    widget: str


def share_definitions(levels: Mapping[Path, Level]) -> dict[Path, Path]:
    """For each graph the one whose definition it uses, which is its own for most.

    Graphs with further subgraphs inside are not shared.
    """
    used = {path: path for path in levels}
    groups: dict[Any, list[Level]] = {}
    for path, level in levels.items():
        if path and not level.hosts and all(node.is_known for node in level.nodes):
            groups.setdefault(_contents(level), []).append(level)
    made = max((link.id for level in levels.values() for link in level.links), default=0)
    for group in groups.values():
        spots = _differences(group) if len(group) > 1 else None
        if spots is None:
            continue
        first = group[0]
        for spot in spots:
            made += 1
            _promote(first, spot, made)
        held = list(_held(first))
        for level in group:
            used[level.path] = first.path
            level.inputs = first.inputs
            level.values = [_value(level.nodes[spot.node], spot.widget) for spot in held]
    return used


def _contents(level: Level) -> Any:
    """All of a graph but the values of its widgets; equal for graphs that can share a definition."""
    nodes = [
        (
            node.id,
            node.live.type,
            repr(node.title),
            repr(node.properties),
            tuple((slot.name, slot.widget, str(slot.type)) for slot in node.live.inputs),
            tuple(widget.name for widget in node.live.widgets),
        )
        for node in level.nodes
    ]
    links = [(link.origin, link.target) for link in level.links]
    borders = [[(one.name, str(one.kind)) for one in side] for side in (level.inputs, level.outputs)]
    return repr((nodes, links, borders))


def _differences(group: Sequence[Level]) -> list[_Spot] | None:
    """The widgets whose values differ; None if one of them cannot be promoted."""
    spots: list[_Spot] = []
    for at, node in enumerate(group[0].nodes):
        for widget in node.live.widgets:
            values = [_value(level.nodes[at], widget.name) for level in group]
            if not widget.sent or all(repr(value) == repr(values[0]) for value in values):
                continue
            slots = [index for index, slot in enumerate(node.live.inputs) if slot.widget == widget.name]
            if not slots or widget.finish == "scene":
                return None
            if slots[0] not in node.live.links:
                spots.append(_Spot(at, slots[0], widget.name))
    return spots


def _value(node: NewNode, widget: str) -> Any:
    found = node.live.widgets.get(widget)
    return None if found is None else found.value


def _promote(level: Level, spot: _Spot, link: int) -> None:
    """Add an input to a definition that leads to a widget."""
    node = level.nodes[spot.node]
    slot = node.live.inputs[spot.input]
    target = End(node.id, spot.input)
    level.links.append(Segment(link, End(INPUT, len(level.inputs)), target, slot.type))
    level.inputs.append(Border(unused_name(spot.widget, level.inputs), slot.type, spot.widget, [link]))


def _held(level: Level) -> Iterator[_Spot]:
    """For each input of a definition that leads to a widget: the first one that it leads to."""
    index = {node.id: at for at, node in enumerate(level.nodes)}
    ends = {link.id: link.target for link in level.links}
    for border in level.inputs:
        for target in [ends[link] for link in border.links]:
            at = index.get(target.node)
            widget = None if at is None else level.nodes[at].live.inputs[target.slot].widget
            if at is not None and widget is not None:
                yield _Spot(at, target.slot, widget)
                break
