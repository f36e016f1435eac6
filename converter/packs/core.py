"""The editor's own nodes that never reach the prompt (``extensions/core`` of the frontend)."""

from __future__ import annotations

from typing import Any

from converter.graph import Graph, Input, Node
from converter.packs import Behaviour


def pass_through(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """A reroute: the output stands for the input of the same index (``LGraphNode.getInputLink``).

    So it is for all nodes of the editor, even where a file gives a note inputs and outputs. Most have
    none: PrimitiveNodes have copied their value into their targets' widgets.
    """
    return node.inputs[slot] if isinstance(slot, int) and 0 <= slot < len(node.inputs) else None


BEHAVIOURS = {
    "Reroute": Behaviour(pass_through, "Reroute", (("", "*"),), ("*",)),
    "PrimitiveNode": Behaviour(pass_through, "Primitive", outputs=("*",)),
    "Note": Behaviour(pass_through, "Note"),
    "MarkdownNote": Behaviour(pass_through, "Markdown Note"),
}
