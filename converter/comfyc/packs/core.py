"""ComfyUI's own node types, and those of the editor that never reach the prompt (its ``extensions/core``)."""

from __future__ import annotations

from functools import cache
from typing import Any

from comfyc.catalog.bundle import read_header
from comfyc.catalog.bundled import CATALOGS, CORE
from comfyc.catalog.core_types import EDITOR_ONLY, PRIMITIVE, REROUTE, Trait, types_with
from comfyc.graph import Graph, Input, Node
from comfyc.packs import Behaviour


@cache
def core_types() -> frozenset[str]:
    """ComfyUI's own node types on the server, for entries of object_info that name no module."""
    return frozenset(read_header(CATALOGS / CORE)["names"])


def pass_through(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """A reroute: the output stands for the input of the same index (``LGraphNode.getInputLink``).

    So it is for all nodes of the editor, even where a file gives a note inputs and outputs. Most have
    none: PrimitiveNodes have copied their value into their targets' widgets.
    """
    return node.inputs[slot] if isinstance(slot, int) and 0 <= slot < len(node.inputs) else None


BEHAVIOURS = {
    REROUTE: Behaviour(pass_through, EDITOR_ONLY[REROUTE], (("", "*"),), ("*",)),
    PRIMITIVE: Behaviour(pass_through, EDITOR_ONLY[PRIMITIVE], outputs=("*",)),
    **{name: Behaviour(pass_through, EDITOR_ONLY[name]) for name in types_with(Trait.NOTE)},
}
