"""Write the new workflow as File > Save would.

Source: ``LGraph.ts`` and ``LGraphNode.ts`` serialize, ``node/slotUtils.ts``, frontend 1.58.1.
"""

from __future__ import annotations

import copy
import math
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog.core_types import Trait, types_with
from comfyc.graph import ABSENT, Widget
from comfyc.rebuild.nodes import Id, NewGraph, NewNode, row_label, slot_label
from comfyc.rebuild.sizes import output_names
from comfyc.workflow.model import FileLink

_WITHOUT_ALIAS = types_with(Trait.FILE_NAME)
"""Types whose nodes have no property by which texts of other nodes can name them."""
_ALIAS = "Node name for S&R"
_OF_SERVICES = {"color": "#432", "bgcolor": "#653"}
"""The colours of nodes that call a paid service."""
_OPTIONAL, _GRID = 7, 6
"""The shapes of optional inputs and of outputs that are lists."""
VERSION = 0.4


@dataclass(slots=True)
class Wires:
    """The links of a graph as its nodes see them, by the id of the node and the number of the slot."""

    into: dict[tuple[Id, int], int] = field(default_factory=dict)
    """The link into each input."""
    out_of: dict[tuple[Id, int], list[int]] = field(default_factory=dict)
    """The links that leave each output."""


def document_of(graph: NewGraph) -> dict[str, Any]:
    """The workflow as a JSON value. It shares nothing with the prompt that it was made of."""
    ids = {node.key: node.id for node in graph.nodes.values()}
    wires = Wires()
    for node in graph.nodes.values():
        for index, link in node.live.links.items():
            wires.into[node.id, index] = link.id
        for slot, links in enumerate(node.leaving):
            wires.out_of[node.id, slot] = list(links)
    return frame_of(
        [saved_node(node, wires) for node in graph.nodes.values()],
        [_row(link, graph.kinds[link.id], ids) for link in graph.links.values()],
        largest_number(ids.values()),
        graph.last_link,
    )


def frame_of(nodes: list[dict[str, Any]], links: list[Any], last_node: int, last_link: int) -> dict[str, Any]:
    """The members of a saved workflow, in the editor's order. Equal contents get equal ids."""
    return {
        "id": stable_id(nodes, links),
        "revision": 0,
        "last_node_id": last_node,
        "last_link_id": last_link,
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": VERSION,
    }


def stable_id(*contents: Any) -> str:
    """A UUID that follows from contents."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, repr(contents)))


def largest_number(ids: Iterable[Id]) -> int:
    """The largest of the ids that are numbers, at least 0."""
    return max((ident for ident in ids if isinstance(ident, int)), default=0)


def _row(link: FileLink, kind: Any, ids: Mapping[str, Any]) -> list[Any]:
    return [link.id, ids[link.origin], link.origin_slot, ids[link.target], link.target_slot, kind]


def saved_node(node: NewNode, wires: Wires) -> dict[str, Any]:
    """A node as it is saved in a graph."""
    return _known(node, wires) if node.is_known else _unknown(node, wires)


def _frame(node: NewNode) -> dict[str, Any]:
    return {
        "id": node.id,
        "type": node.live.file.type,
        "pos": [_number(value) for value in node.pos],
        "size": [_number(value) for value in node.size],
        "flags": {},
        "order": node.order,
        "mode": 0,
    }


def _known(node: NewNode, wires: Wires) -> dict[str, Any]:
    live, shape = node.live, node.shape
    saved = _frame(node)
    saved["inputs"] = [_input(node, index, wires) for index in range(len(live.inputs))]
    saved["outputs"] = _outputs(node, wires)
    if node.title and shape is not None and node.title != shape.title:
        saved["title"] = copy.deepcopy(node.title)
    saved["properties"] = {} if live.type in _WITHOUT_ALIAS else {_ALIAS: live.file.type}
    saved["properties"].update(node.properties)
    if len(live.widgets):
        stored = [(widget.name, _held(widget, node)) for widget in live.widgets if widget.stored]
        saved["widgets_values"] = [saved_value(value) for _, value in stored]
        saved["widgets_values_named"] = {name: saved_value(value) for name, value in stored}
    if node.entry.get("api_node"):
        saved.update(_OF_SERVICES)
    return saved


def _unknown(node: NewNode, wires: Wires) -> dict[str, Any]:
    """A node whose type the editor does not know is saved as it was opened."""
    values = {widget.name: widget.value for widget in node.live.widgets}
    outputs = {"outputs": _outputs(node, wires)} if node.live.outputs else {}
    return {
        **_frame(node),
        "order": 0,
        "title": copy.deepcopy(node.title),
        "inputs": [
            {"name": slot.name, "type": slot.type, "link": wires.into.get((node.id, index))}
            for index, slot in enumerate(node.live.inputs)
        ],
        **outputs,
        "properties": dict(node.properties),
        "widgets_values": [saved_value(value) for value in values.values()],
        "widgets_values_named": {name: saved_value(value) for name, value in values.items()},
    }


def _held(widget: Widget, node: NewNode) -> Any:
    """The value that is saved for a widget; a computed index is kept as it was when it was typed in."""
    if widget.kind == "branchnames":
        inputs = [node.live.inputs[index] for index in node.live.links]
        return [slot_label(slot, node.live) for slot in inputs if slot.name.startswith("autogrow.")]
    return -1 if widget.kind == "customindex" and widget.value is ABSENT else widget.value


def _input(node: NewNode, index: int, wires: Wires) -> dict[str, Any]:
    live = node.live
    slot = live.inputs[index]
    label = row_label(slot, live)
    saved: dict[str, Any] = {} if label is None else {"label": label}
    saved |= {"localized_name": slot_label(slot, live), "name": slot.name}
    if slot.made_of is not None and slot.made_of.optional:
        saved["shape"] = _OPTIONAL
    saved["type"] = slot.type or 0
    if slot.widget is not None:
        saved["widget"] = {"name": slot.widget}
    saved["link"] = wires.into.get((node.id, index))
    return saved


def _outputs(node: NewNode, wires: Wires) -> list[dict[str, Any]]:
    lists = node.entry.get("output_is_list")
    lists = lists if isinstance(lists, list) else []
    saved: list[dict[str, Any]] = []
    for index, (name, kind) in enumerate(zip(output_names(node), node.live.outputs, strict=True)):
        slot: dict[str, Any] = {"localized_name": name, "name": name}
        if index < len(lists) and lists[index]:
            slot["shape"] = _GRID
        slot["type"] = kind
        slot["links"] = wires.out_of.get((node.id, index)) or None
        saved.append(slot)
    return saved


def saved_value(value: Any) -> Any:
    """A value as JSON has it: neither absent nor infinite, and not shared with the prompt."""
    if value is ABSENT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return copy.deepcopy(value) if isinstance(value, (dict, list)) else value


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value
