"""The types that match-type inputs and outputs take on from what is linked to them.

Source: ``dynamicWidgets.ts`` withComfyMatchType and changeOutputType, frontend 1.58.1. The types matter
for the choice of the input that a bypassed node passes through; and a link from an output whose new
type does not fit is cut, shortly after the file was opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.diagnostics import Diagnostics
from comfyc.editor.autogrow import close_gaps
from comfyc.editor.live import LiveInput, LiveNode
from comfyc.editor.slot_types import common_type, compatible
from comfyc.javascript.values import shown
from comfyc.workflow import INPUT_NODE, OUTPUT_NODE, FileLink, FileSlot

if TYPE_CHECKING:
    from comfyc.editor.load import Scope


def settle_match_types(scope: Scope, diagnostics: Diagnostics) -> None:
    """Give all match-type slots of a graph their types and cut the links that do not fit them."""
    matching = {node.id: node for node in scope.special if node.matchtypes}
    if not matching:
        return
    leaving: dict[str, list[FileLink]] = {ident: [] for ident in matching}
    for link in scope.links.values():
        if link.origin in matching and _is_matched(matching[link.origin], link):
            leaving[link.origin].append(link)
    into = inputs_by_link(scope, {link.target for links in leaving.values() for link in links})
    exits = {ident: slot for slot in reversed(scope.outputs) for ident in slot.link_ids}
    settled: dict[str, list[Any]] = {}
    gaps: list[tuple[LiveNode, int]] = []
    for node in matching.values():
        _settle(node, scope, settled)
        outputs = settled[node.id]
        for link in leaving[node.id]:
            target = exits.get(link.id) if link.target == OUTPUT_NODE else into.get(id(link))
            if target is not None and not compatible(outputs[link.origin_slot], target.type):
                gaps += cut(link, target, outputs[link.origin_slot], scope, diagnostics)
        node.outputs = outputs
    close_gaps(gaps, diagnostics)


def _is_matched(node: LiveNode, link: FileLink) -> bool:
    slot = link.origin_slot
    matched = node.output_matchtypes
    return (
        isinstance(slot, int)
        and 0 <= slot < min(len(matched), len(node.outputs))
        and matched[slot] is not None
    )


def inputs_by_link(scope: Scope, targets: Iterable[str]) -> dict[int, LiveInput]:
    """The inputs of these nodes that are linked, by the ``id()`` of the link."""
    return {
        id(slot.binding): slot
        for ident in targets
        if ident in scope.nodes
        for slot in scope.nodes[ident].slots
        if slot.binding is not None
    }


def cut(
    link: FileLink, target: LiveInput | FileSlot, kind: Any, scope: Scope, diagnostics: Diagnostics
) -> list[tuple[LiveNode, int]]:
    """Remove a link at its end, as what it comes from has become of this type.

    Returns the node and the index of the input that is unlinked then, for ``close_gaps``.
    """
    gaps: list[tuple[LiveNode, int]] = []
    if isinstance(target, FileSlot):
        target.link_ids = []
    else:
        node = scope.nodes[link.target]
        index = node.index_of(link) if node.autogrow else None
        if index is not None:
            gaps.append((node, index))
        target.binding = None
    diagnostics.report(
        codes.LINK_LOST,
        f"link {shown(link.id)} into '{target.name}' is cut, as in the editor:"
        f" node {link.origin} gives {kind}",
        pointer=link.pointer,
        node=link.target,
    )
    return gaps


def _settle(node: LiveNode, scope: Scope, settled: dict[str, list[Any]]) -> None:
    """Work out the output types of a node, before it those of the nodes that feed it.

    Where nodes feed each other in a circle, the last one sees the first as it was.
    """
    pending = [node] if node.id not in settled else []
    waiting: dict[str, list[LiveInput]] = {}
    while pending:
        node = pending[-1]
        if node.id in settled:
            pending.pop()
            if node.id in waiting:  # all that feed it have had their turn
                _combine(node, waiting.pop(node.id), scope, settled)
            continue
        settled[node.id] = list(node.outputs)
        slots = waiting[node.id] = [slot for slot in node.inputs if slot.name in (node.matchtypes or ())]
        for slot in reversed(slots):
            origin = scope.nodes.get(slot.binding.origin) if slot.binding is not None else None
            if origin is not None and origin.matchtypes and origin.id not in settled:
                pending.append(origin)


def _combine(node: LiveNode, matched: list[LiveInput], scope: Scope, settled: dict[str, list[Any]]) -> None:
    outputs = settled[node.id]
    matchtypes = node.matchtypes or {}
    groups: dict[str, list[LiveInput]] = {}
    for slot in matched:
        groups.setdefault(matchtypes[slot.name][0], []).append(slot)
    for group, slots in groups.items():
        connected = [_origin_type(slot, scope, settled) for slot in slots]
        for position, slot in enumerate(slots):
            others = connected[:position] + connected[position + 1 :]
            slot.type = common_type([*others, matchtypes[slot.name][1]]) or slot.type
        combined = common_type(connected)
        for index, kind in enumerate(node.output_matchtypes):
            if kind == group and index < len(outputs) and combined is not None:
                outputs[index] = combined


def _origin_type(slot: LiveInput, scope: Scope, settled: dict[str, list[Any]]) -> Any:
    link = slot.binding
    if link is None or not isinstance(link.origin_slot, int):
        return "*"
    if link.origin == INPUT_NODE:
        slots = scope.inputs
        return slots[link.origin_slot].type if 0 <= link.origin_slot < len(slots) else "*"
    origin = scope.nodes.get(link.origin)
    if origin is None:
        return "*"
    outputs = settled.get(origin.id, origin.outputs)
    kind = outputs[link.origin_slot] if 0 <= link.origin_slot < len(outputs) else "*"
    return kind if kind is not None else "*"
