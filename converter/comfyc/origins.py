"""From the prompt back to the user's file: where the value or the link of an input is written.

A finding about a prompt names a node and an input; people look at the file that the editor saved.
"""

from __future__ import annotations

from comfyc.diagnostics import Pointer
from comfyc.graph import Const, Graph, Link, Node


def origin_of(graph: Graph, node_id: str, name: str | None = None) -> tuple[Pointer, str | None]:
    """The place of a node (of its input ``name``: of the link or the widget value) and the node's title.

    ``((), None)`` for a node that the graph does not have. An input that is written nowhere (a default)
    is at its node.
    """
    node = graph.nodes.get(node_id)
    if node is None:
        return (), None
    title = node.title if isinstance(node.title, str) else node.type
    place = value_place(node, name) if name is not None else None
    return place or node.pointer, title


def value_place(node: Node, name: str) -> Pointer | None:
    """Where in the file an input's link or value is written; ``None``: nowhere, or nobody knows."""
    for slot in node.inputs:
        if slot.name == name and isinstance(slot.binding, Link | Const):
            return slot.binding.pointer or None
    for widget in node.widgets:
        if widget.name == name and widget.sent and widget.place is not None:
            return node.pointer_of(widget)
    return None
