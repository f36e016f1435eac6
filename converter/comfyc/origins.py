"""From the prompt back to the user's file: the JSON pointer of an input's value or link.

A finding about a prompt names a node and an input, but must point into the file that the editor saved.
"""

from __future__ import annotations

from comfyc.diagnostics import Pointer
from comfyc.graph import Const, Graph, Link, Node


def origin_of(graph: Graph, node_id: str, name: str | None = None) -> tuple[Pointer, str | None]:
    """The pointer and the title of a node; with ``name`` the pointer of that input's link or widget value.

    ``((), None)`` for a node that the graph does not have. For an input that the file does not have (a
    default) the pointer is the node's.
    """
    node = graph.nodes.get(node_id)
    if node is None:
        return (), None
    title = node.title if isinstance(node.title, str) else node.type
    pointer = value_pointer(node, name) if name is not None else None
    return pointer or node.pointer, title


def value_pointer(node: Node, name: str) -> Pointer | None:
    """The pointer of an input's link or value in the file; ``None`` if the file does not have it."""
    for slot in node.inputs:
        if slot.name == name and isinstance(slot.binding, Link | Const):
            return slot.binding.pointer or None
    for widget in node.widgets:
        if widget.name == name and widget.sent and widget.place is not None:
            return node.pointer_of(widget)
    return None
