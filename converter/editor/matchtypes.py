"""The types that match-type inputs and outputs take on from what is linked to them.

Source: ``dynamicWidgets.ts`` withComfyMatchType and changeOutputType, frontend 1.58.1. The types matter
for the choice of the input that a bypassed node passes through; and a link from an output whose new
type does not fit is cut, shortly after the file was opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter import codes
from converter.diagnostics import Diagnostics
from converter.editor.live import LiveInput, LiveNode
from converter.jsvalues import shown
from converter.slottypes import common_type, compatible
from converter.workflow import INPUT_NODE, OUTPUT_NODE, FileLink

if TYPE_CHECKING:
    from converter.editor.load import Scope

_DEPTH = 64


def settle_match_types(scope: Scope, diagnostics: Diagnostics) -> None:
    """Give all match-type slots of a graph their types and cut the links that do not fit them."""
    matching = [node for node in scope.nodes.values() if node.matchtypes]
    if not matching:
        return
    settled: dict[str, list[Any]] = {}
    into = {
        id(slot.link): (node, slot)
        for node in scope.nodes.values()
        for slot in node.inputs
        if slot.link is not None
    }
    for node in matching:
        outputs = _settle(node, scope, settled, _DEPTH)
        for link in scope.links.values():
            if link.origin == node.id and _is_matched(node, link):
                _cut_misfit(node, link, outputs[link.origin_slot], scope, into, diagnostics)
        node.outputs = outputs


def _is_matched(node: LiveNode, link: FileLink) -> bool:
    slot = link.origin_slot
    matched = node.output_matchtypes
    return (
        isinstance(slot, int)
        and 0 <= slot < min(len(matched), len(node.outputs))
        and matched[slot] is not None
    )


def _cut_misfit(
    node: LiveNode,
    link: FileLink,
    kind: Any,
    scope: Scope,
    into: dict[int, tuple[LiveNode, LiveInput]],
    diagnostics: Diagnostics,
) -> None:
    target: str | None = None
    if link.target == OUTPUT_NODE:
        slot = next((slot for slot in scope.outputs if link.id in slot.link_ids), None)
        if slot is not None and not compatible(kind, slot.type):
            slot.link_ids = []
            target = slot.name
    elif id(link) in into:
        _, inner = into[id(link)]
        if not compatible(kind, inner.type):
            inner.link = None
            target = inner.name
    if target is not None:
        diagnostics.report(
            codes.LINK_LOST,
            f"link {shown(link.id)} into '{target}' is cut, as in the editor: node {node.id} gives {kind}",
            pointer=link.pointer,
            node=link.target,
        )


def _settle(node: LiveNode, scope: Scope, settled: dict[str, list[Any]], depth: int) -> list[Any]:
    known = settled.get(node.id)
    if known is not None:
        return known
    outputs = list(node.outputs)
    settled[node.id] = outputs  # also what a circle of such nodes sees
    groups: dict[str, list[LiveInput]] = {}
    matchtypes = node.matchtypes or {}
    for slot in node.inputs:
        if slot.name in matchtypes:
            groups.setdefault(matchtypes[slot.name][0], []).append(slot)
    for group, slots in groups.items():
        connected = [_origin_type(slot, scope, settled, depth) for slot in slots]
        for position, slot in enumerate(slots):
            others = connected[:position] + connected[position + 1 :]
            slot.type = common_type([*others, matchtypes[slot.name][1]]) or slot.type
        combined = common_type(connected)
        for index, matched in enumerate(node.output_matchtypes):
            if matched == group and index < len(outputs) and combined is not None:
                outputs[index] = combined
    return outputs


def _origin_type(slot: LiveInput, scope: Scope, settled: dict[str, list[Any]], depth: int) -> Any:
    link = slot.link
    if link is None or not isinstance(link.origin_slot, int):
        return "*"
    if link.origin == INPUT_NODE:
        slots = scope.inputs
        return slots[link.origin_slot].type if 0 <= link.origin_slot < len(slots) else "*"
    origin = scope.nodes.get(link.origin)
    if origin is None:
        return "*"
    outputs = _settle(origin, scope, settled, depth - 1) if origin.matchtypes and depth else origin.outputs
    kind = outputs[link.origin_slot] if 0 <= link.origin_slot < len(outputs) else "*"
    return kind if kind is not None else "*"
