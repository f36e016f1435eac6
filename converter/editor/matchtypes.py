"""The types that match-type inputs and outputs take on from what is linked to them.

Source: ``dynamicWidgets.ts`` withComfyMatchType, frontend 1.58.1. It matters only for the choice of
the input that a bypassed node passes through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.editor.live import LiveNode
from converter.workflow import INPUT_NODE

if TYPE_CHECKING:
    from converter.editor.load import Scope

_DEPTH = 64


def common_type(types: list[Any]) -> str | None:
    """The intersection of comma-separated type lists, "*" where all are wild, None if there is none."""
    lists = [kind.split(",") for kind in types if isinstance(kind, str) and kind != "*"]
    if not lists:
        return "*"
    common = [kind for kind in lists[0] if all(kind in other for other in lists[1:])]
    return ",".join(common) or None


def settle_match_types(node: LiveNode, scope: Scope, depth: int = _DEPTH) -> list[Any]:
    """Set the types of the node's match-type inputs; return the types of its outputs."""
    known = scope.settled.get(node.id)
    if known is not None:
        return known
    outputs = list(node.outputs)
    scope.settled[node.id] = outputs  # also what a circle of such nodes sees
    groups: dict[str, list[int]] = {}
    matchtypes = node.matchtypes or {}
    for index, slot in enumerate(node.inputs):
        if slot.name in matchtypes:
            groups.setdefault(matchtypes[slot.name][0], []).append(index)
    for group, indexes in groups.items():
        connected = [_origin_type(node, index, scope, depth) for index in indexes]
        for position, index in enumerate(indexes):
            others = connected[:position] + connected[position + 1 :]
            slot = node.inputs[index]
            slot.type = common_type([*others, matchtypes[slot.name][1]]) or slot.type
        combined = common_type(connected)
        for index, matched in enumerate(node.output_matchtypes):
            if matched == group and index < len(outputs) and combined is not None:
                outputs[index] = combined
    return outputs


def _origin_type(node: LiveNode, index: int, scope: Scope, depth: int) -> Any:
    link = node.inputs[index].link
    if link is None or not isinstance(link.origin_slot, int):
        return "*"
    if link.origin == INPUT_NODE:
        slots = scope.inputs
        return slots[link.origin_slot].type if 0 <= link.origin_slot < len(slots) else "*"
    origin = scope.nodes.get(link.origin)
    if origin is None:
        return "*"
    outputs = settle_match_types(origin, scope, depth - 1) if origin.matchtypes and depth else origin.outputs
    kind = outputs[link.origin_slot] if 0 <= link.origin_slot < len(outputs) else "*"
    return kind if kind is not None else "*"
