"""The editor's own nodes that never reach the prompt (``extensions/core`` of the frontend)."""

from __future__ import annotations

from typing import Any

from converter.graph import Graph, Input, Node
from converter.packs import Behaviour


def pass_through(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """A reroute: the output stands for the input of the same index (``LGraphNode.getInputLink``)."""
    return node.inputs[slot] if isinstance(slot, int) and 0 <= slot < len(node.inputs) else None


def nothing(graph: Graph, node: Node, slot: Any, wanted: Any) -> None:
    """Notes and PrimitiveNodes: the latter have copied their value into their targets' widgets."""


BEHAVIOURS = {
    "Reroute": Behaviour(pass_through, "Reroute", (("", "*"),), ("*",)),
    "PrimitiveNode": Behaviour(nothing, "Primitive", outputs=("*",)),
    "Note": Behaviour(nothing, "Note"),
    "MarkdownNote": Behaviour(nothing, "Markdown Note"),
}
