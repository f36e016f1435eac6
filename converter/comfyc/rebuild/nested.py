"""Write a workflow with subgraphs, each graph laid out.

Source of the form: workflows that frontend 1.58.1 saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from comfyc.rebuild.document import Wires, frame_of, largest_number, saved_node, saved_value, stable_id
from comfyc.rebuild.levels import INPUT, OUTPUT, Border, Level, Path, Segment
from comfyc.rebuild.nodes import Id, exact_id
from comfyc.rebuild.sharing import share_definitions
from comfyc.rebuild.sizes import TITLE_HEIGHT, size_of_slots
from comfyc.rebuild.text_width import text_width
from comfyc.rebuild.tidy import Pos, Size, laid_out

_SLOT, _LABEL_SIZE = 20, 12
_AROUND = 100.0
"""Where the upper left node stands."""
_BORDER_PADDING = 68.0
_LEAST_HOST = 220.0
"""The width of a subgraph node, whose title has buttons beside it."""


class _Box(NamedTuple):
    """What is laid out: a node, or a subgraph node, by its id."""

    id: Id
    size: Size


def nested_document(levels: Mapping[Path, Level]) -> dict[str, Any]:
    """The workflow with all its definitions, outer ones first."""
    used = share_definitions(levels)
    names = {path: stable_id(used[path], [node.key for node in levels[used[path]].nodes]) for path in levels}
    last_node = largest_number(
        ident
        for level in levels.values()
        for ident in (*(node.id for node in level.nodes), *map(exact_id, level.hosts))
    )
    last_link = max((link.id for level in levels.values() for link in level.links), default=0)
    graphs = {path: _graph(level, levels, names) for path, level in levels.items()}
    root = graphs[()]
    rows = [[one.id, *one.origin, *one.target, one.kind] for one in levels[()].links]
    document = frame_of(root.nodes, rows, last_node, last_link)
    definitions = [
        _definition(level, graphs[path], names[path], last_node, last_link)
        for path, level in levels.items()
        if path and used[path] == path
    ]
    if definitions:
        document["definitions"] = {"subgraphs": definitions}
    return document


class _Graph(NamedTuple):
    """The saved nodes of a graph, and the rectangles of its borders."""

    nodes: list[dict[str, Any]]
    entrance: list[float]
    exit: list[float]


def _graph(level: Level, levels: Mapping[Path, Level], names: Mapping[Path, str]) -> _Graph:
    """Lay out and write the nodes of one graph, in the order in which they would run."""
    wires = Wires()
    for link in level.links:
        if link.target.node != OUTPUT:
            wires.into[link.target] = link.id
        if link.origin.node != INPUT:
            wires.out_of.setdefault(link.origin, []).append(link.id)
    hosts = {exact_id(ident): levels[path] for ident, path in level.hosts.items()}
    boxes = [_Box(node.id, node.size) for node in level.nodes]
    boxes += [_Box(ident, _host_size(inside)) for ident, inside in hosts.items()]
    borders = {INPUT: level.inputs, OUTPUT: level.outputs} if level.path else {}
    boxes += [_Box(ident, _border_size(slots)) for ident, slots in borders.items()]
    index = {box.id: at for at, box in enumerate(boxes)}
    pairs = [
        (index[link.origin.node], index[link.target.node])
        for link in level.links
        if link.origin.node in index and link.target.node in index
    ]
    sizes = [box.size for box in boxes]
    laid = laid_out(sizes, pairs, index.get(INPUT), index.get(OUTPUT))
    positions = [(round(x + _AROUND), round(y + _AROUND + TITLE_HEIGHT)) for x, y in laid]
    orders = sorted(range(len(boxes)), key=lambda at: (positions[at][0], at))
    order = {boxes[at].id: number for number, at in enumerate(orders)}
    nodes: list[dict[str, Any]] = []
    for node in level.nodes:
        node.pos = positions[index[node.id]]
        node.order = order[node.id]
        nodes.append(saved_node(node, wires))
    for ident, inside in hosts.items():
        at = index[ident]
        nodes.append(
            _host(ident, inside, names[inside.path], positions[at], boxes[at].size, order[ident], wires)
        )
    entrance, leave = (
        [*positions[index[ident]], *sizes[index[ident]]] if ident in index else []
        for ident in (INPUT, OUTPUT)
    )
    return _Graph(nodes, entrance, leave)


def _title(level: Level) -> str:
    return f"Subgraph {':'.join(level.path)}"


def _host_size(inside: Level) -> Size:
    inputs, outputs = ([border.name for border in borders] for borders in (inside.inputs, inside.outputs))
    width, height = size_of_slots(_title(inside), inputs, outputs)
    return max(width, _LEAST_HOST), height


def _host(
    ident: Id, inside: Level, definition: str, pos: Pos, size: Size, order: int, wires: Wires
) -> dict[str, Any]:
    """A subgraph node."""
    inputs: list[dict[str, Any]] = []
    for index, border in enumerate(inside.inputs):
        slot: dict[str, Any] = {"name": border.name, "type": border.kind}
        if border.widget is not None:
            slot["widget"] = {"name": border.name}
        inputs.append({**slot, "link": wires.into.get((ident, index))})
    outputs = [
        {"name": border.name, "type": border.kind, "links": wires.out_of.get((ident, index)) or None}
        for index, border in enumerate(inside.outputs)
    ]
    return {
        "id": ident,
        "type": definition,
        "pos": list(pos),
        "size": list(size),
        "flags": {},
        "order": order,
        "mode": 0,
        "inputs": inputs,
        "outputs": outputs,
        "properties": {},
        "widgets_values": [saved_value(value) for value in inside.values],
    }


def _definition(level: Level, graph: _Graph, ident: str, last_node: int, last_link: int) -> dict[str, Any]:
    return {
        "id": ident,
        "version": 1,
        "state": {"lastGroupId": 0, "lastNodeId": last_node, "lastLinkId": last_link, "lastRerouteId": 0},
        "revision": 0,
        "config": {},
        "name": _title(level),
        "inputNode": {"id": INPUT, "bounding": graph.entrance},
        "outputNode": {"id": OUTPUT, "bounding": graph.exit},
        "inputs": [_border(border, "in", ident) for border in level.inputs],
        "outputs": [_border(border, "out", ident) for border in level.outputs],
        "widgets": [],
        "nodes": graph.nodes,
        "groups": [],
        "links": [_inner_link(link) for link in level.links],
        "extra": {},
    }


def _inner_link(link: Segment) -> dict[str, Any]:
    return {
        "id": link.id,
        "origin_id": link.origin.node,
        "origin_slot": link.origin.slot,
        "target_id": link.target.node,
        "target_slot": link.target.slot,
        "type": link.kind,
    }


def _border(border: Border, side: str, definition: str) -> dict[str, Any]:
    return {
        "id": stable_id(definition, side, border.name),
        "name": border.name,
        "type": border.kind,
        "linkIds": border.links,
    }


def _border_size(borders: list[Border]) -> Size:
    width = max((text_width(border.name, _LABEL_SIZE) for border in borders), default=0.0)
    return width + _BORDER_PADDING, float((len(borders) + 2) * _SLOT)
