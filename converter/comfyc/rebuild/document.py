"""Write the new workflow as File > Save would.

Source: ``LGraph.ts`` and ``LGraphNode.ts`` serialize, ``node/slotUtils.ts``, frontend 1.58.1.
"""

from __future__ import annotations

import copy
import math
import uuid
from collections.abc import Mapping
from typing import Any

from comfyc.catalog.core_types import Trait, types_with
from comfyc.graph import ABSENT, Widget
from comfyc.rebuild.nodes import NewGraph, NewNode, slot_label
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


def document_of(graph: NewGraph) -> dict[str, Any]:
    """The workflow as a JSON value. It shares nothing with the prompt that it was made of."""
    ids = {node.key: node.id for node in graph.nodes.values()}
    nodes = [_known(node) if node.is_known else _unknown(node) for node in graph.nodes.values()]
    links = [_row(link, graph.kinds[link.id], ids) for link in graph.links.values()]
    numbers = [ident for ident in ids.values() if not isinstance(ident, str)]
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, repr([list(ids.items()), links]))),
        "revision": 0,
        "last_node_id": max([0, *numbers]),
        "last_link_id": graph.last_link,
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": VERSION,
    }


def _row(link: FileLink, kind: Any, ids: Mapping[str, Any]) -> list[Any]:
    return [link.id, ids[link.origin], link.origin_slot, ids[link.target], link.target_slot, kind]


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


def _known(node: NewNode) -> dict[str, Any]:
    live, shape = node.live, node.shape
    saved = _frame(node)
    saved["inputs"] = [_input(node, index) for index in range(len(live.inputs))]
    saved["outputs"] = _outputs(node)
    if node.title and shape is not None and node.title != shape.title:
        saved["title"] = copy.deepcopy(node.title)
    saved["properties"] = {} if live.type in _WITHOUT_ALIAS else {_ALIAS: live.file.type}
    if len(live.widgets):
        stored = [(widget.name, _held(widget)) for widget in live.widgets if widget.stored]
        saved["widgets_values"] = [_value(value) for _, value in stored]
        saved["widgets_values_named"] = {name: _value(value) for name, value in stored if value is not ABSENT}
    if node.entry.get("api_node"):
        saved.update(_OF_SERVICES)
    return saved


def _unknown(node: NewNode) -> dict[str, Any]:
    """A node whose type the editor does not know is saved as it was opened."""
    values = {widget.name: widget.value for widget in node.live.widgets}
    return {
        **_frame(node),
        "order": 0,
        "title": copy.deepcopy(node.title),
        "inputs": [
            {"name": slot.name, "type": slot.type, "link": _link_into(node, index)}
            for index, slot in enumerate(node.live.inputs)
        ],
        "properties": dict(node.properties),
        "widgets_values": [_value(value) for value in values.values()],
        "widgets_values_named": {name: _value(value) for name, value in values.items()},
    }


def _held(widget: Widget) -> Any:
    """The value that is saved for a widget; that of a computed index is never kept up to date."""
    return -1 if widget.kind == "customindex" else widget.value


def _input(node: NewNode, index: int) -> dict[str, Any]:
    live = node.live
    slot = live.inputs[index]
    saved: dict[str, Any] = {"localized_name": slot_label(slot, live), "name": slot.name}
    if slot.made_of is not None and slot.made_of.optional:
        saved["shape"] = _OPTIONAL
    saved["type"] = slot.type
    if slot.widget is not None:
        saved["widget"] = {"name": slot.widget}
    saved["link"] = _link_into(node, index)
    return saved


def _link_into(node: NewNode, index: int) -> Any:
    link = node.live.links.get(index)
    return None if link is None else link.id


def _outputs(node: NewNode) -> list[dict[str, Any]]:
    lists = node.entry.get("output_is_list")
    lists = lists if isinstance(lists, list) else []
    saved: list[dict[str, Any]] = []
    for index, (name, kind) in enumerate(zip(output_names(node), node.live.outputs, strict=True)):
        slot: dict[str, Any] = {"localized_name": name, "name": name}
        if index < len(lists) and lists[index]:
            slot["shape"] = _GRID
        slot["type"] = kind
        slot["links"] = [link.id for link in node.leaving[index]] or None
        saved.append(slot)
    return saved


def _value(value: Any) -> Any:
    """A value as JSON has it: neither absent nor infinite, and not shared with the prompt."""
    if value is ABSENT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return copy.deepcopy(value) if isinstance(value, (dict, list)) else value


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value
