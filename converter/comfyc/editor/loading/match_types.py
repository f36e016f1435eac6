"""Give match-type inputs and outputs the types that follow from their links.

Source: ``dynamicWidgets.ts`` withComfyMatchType and changeOutputType, frontend 1.58.1. The types decide which
input a bypassed node passes on. Shortly after the editor has opened a file, it cuts links from an output
whose new type does not fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.editor.nodes.growing import close_gaps
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.slot_types import common_type, compatible
from comfyc.editor.nodes.state import Scope
from comfyc.javascript.values import shown
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE, FileLink


def settle_match_types(scope: Scope, diagnostics: Collector) -> None:
    """Give all match-type slots of a graph their types and cut the links that do not fit them."""
    matching = {node.id: node for node in scope.special if node.matchtypes}
    if not matching:
        return
    leaving: dict[str, list[FileLink]] = {ident: [] for ident in matching}
    for link in scope.links.values():
        if link.origin in matching and _is_matched(matching[link.origin], link):
            leaving[link.origin].append(link)
    exits = {ident: slot for slot in reversed(scope.outputs) for ident in slot.link_ids}
    settled: dict[str, list[Any]] = {}
    gaps: list[tuple[LiveNode, int]] = []
    for node in matching.values():
        _settle(node, scope, settled)
        outputs = settled[node.id]
        for link in leaving[node.id]:
            kind = outputs[link.origin_slot]
            if link.target == OUTPUT_NODE:
                declared = exits.get(link.id)
                if declared is not None and not compatible(kind, declared.type):
                    declared.link_ids = []
                    report_cut(link, declared.name, kind, diagnostics)
                continue
            end = scope.target_of(link)
            if end is not None and not compatible(kind, end[0].inputs[end[1]].type):
                cut(link, end, kind, diagnostics)
                gaps.append(end)
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


def cut(link: FileLink, end: tuple[LiveNode, int], kind: Any, diagnostics: Collector) -> None:
    """Remove a link at ``end``, its node and input index, because its origin has become of the type ``kind``;
    report it."""
    node, index = end
    del node.links[index]
    report_cut(link, node.inputs[index].name, kind, diagnostics)


def report_cut(link: FileLink, name: str, kind: Any, diagnostics: Collector) -> None:
    """Report that a link into the input or output ``name`` was cut."""
    diagnostics.report(
        codes.LINK_LOST,
        f"link {shown(link.id)} into '{name}' is cut, as in the editor: node {link.origin} provides {kind}",
        pointer=link.pointer,
        node=link.target,
    )


def _settle(node: LiveNode, scope: Scope, settled: dict[str, list[Any]]) -> None:
    """Settle the output types of a node, after those of all nodes that feed it.

    If nodes feed each other in a circle, the last one sees the first with its original types.
    """
    pending = [node] if node.id not in settled else []
    waiting: dict[str, list[int]] = {}
    while pending:
        node = pending[-1]
        if node.id in settled:
            pending.pop()
            if node.id in waiting:  # all nodes that feed it are settled
                _combine(node, waiting.pop(node.id), scope, settled)
            continue
        settled[node.id] = list(node.outputs)
        matched = [at for at, slot in enumerate(node.inputs) if slot.name in (node.matchtypes or ())]
        waiting[node.id] = matched
        for index in reversed(matched):
            link = node.links.get(index)
            origin = scope.nodes.get(link.origin) if link is not None else None
            if origin is not None and origin.matchtypes and origin.id not in settled:
                pending.append(origin)


def _combine(node: LiveNode, matched: Sequence[int], scope: Scope, settled: dict[str, list[Any]]) -> None:
    """Settle the types of the inputs at the indexes ``matched``, and of the outputs of the same groups."""
    outputs = settled[node.id]
    matchtypes = node.matchtypes or {}
    inputs = node.own_inputs()
    groups: dict[str, list[int]] = {}
    for index in matched:
        groups.setdefault(matchtypes[inputs[index].name][0], []).append(index)
    for group, indexes in groups.items():
        connected = [_origin_type(node.links.get(index), scope, settled) for index in indexes]
        for position, index in enumerate(indexes):
            slot = inputs[index]
            others = connected[:position] + connected[position + 1 :]
            slot.type = common_type([*others, matchtypes[slot.name][1]]) or slot.type
        combined = common_type(connected)
        for index, kind in enumerate(node.output_matchtypes):
            if kind == group and index < len(outputs) and combined is not None:
                outputs[index] = combined


def _origin_type(link: FileLink | None, scope: Scope, settled: dict[str, list[Any]]) -> Any:
    """The type of the output that a link comes from; "*" if it is unknown."""
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
