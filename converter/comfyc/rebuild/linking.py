"""What a new link brings about: further inputs of a growing group, and the types of match-type slots.

Source: ``core/graph/widgets/dynamicWidgets.ts`` (withComfyAutogrow, withComfyMatchType, changeOutputType),
frontend 1.58.1.
"""

from __future__ import annotations

from comfyc.editor.nodes.growing import grow_last
from comfyc.editor.nodes.slot_types import common_type, compatible
from comfyc.rebuild.nodes import NewGraph, NewNode
from comfyc.workflow.model import FileLink

_MOST_CHANGES = 10_000
"""Slots that change their type because of one link. No workflow comes near it."""


def drop(graph: NewGraph, link: FileLink) -> None:
    """Remove a link."""
    graph.links.pop(link.id, None)
    origin, target = graph.nodes[link.origin], graph.nodes[link.target]
    index = target.live.index_of(link)
    if index is not None:
        del target.live.links[index]
    origin.leaving[link.origin_slot].pop(link.id, None)


def put_behind(graph: NewGraph, node: NewNode) -> None:
    """Put the links into a node behind all others, which happens when its inputs are rearranged."""
    for link in node.live.links.values():
        graph.links[link.id] = graph.links.pop(link.id)
        leaving = graph.nodes[link.origin].leaving[link.origin_slot]
        leaving[link.id] = leaving.pop(link.id)


def connected(graph: NewGraph, node: NewNode, index: int, link: FileLink) -> None:
    """Do what follows when a link has been made into an input."""
    grow_last(node.live, index)
    pending = [(node, link)]
    for _ in range(_MOST_CHANGES):
        if not pending:
            return
        node, link = pending.pop()
        at = node.live.index_of(link)
        name = node.live.inputs[at].name if at is not None else None
        if name is not None:
            pending += reversed(_match(graph, node, name, link))


def _match(graph: NewGraph, node: NewNode, name: str, link: FileLink) -> list[tuple[NewNode, FileLink]]:
    """Give the slots of a match-type group their types after a link into one of them has come or changed.

    Returns the links that leave the node at outputs with a new type, for their targets to adapt to it.
    Links that do not fit the new type are removed.
    """
    live = node.live
    matchtypes = live.matchtypes or {}
    if name not in matchtypes:
        return []
    group = matchtypes[name][0]
    kind = graph.nodes[link.origin].live.outputs[link.origin_slot]
    if kind:
        graph.kinds[link.id] = kind
    inputs = live.own_inputs()
    members = [
        at for at, slot in enumerate(inputs) if slot.name in matchtypes and matchtypes[slot.name][0] == group
    ]
    arriving = [_arriving(graph, node, at) for at in members]
    for position, at in enumerate(members):
        others = arriving[:position] + arriving[position + 1 :]
        combined = common_type([*others, matchtypes[inputs[at].name][1]])
        if combined is None:
            return []
        inputs[at].type = combined
    combined = common_type(arriving)
    if combined is None:
        return []
    changed: list[tuple[NewNode, FileLink]] = []
    for slot, matched in enumerate(live.output_matchtypes[: len(live.outputs)]):
        if matched != group or live.outputs[slot] == combined:
            continue
        live.outputs[slot] = combined
        for leaving in list(node.leaving[slot].values()):
            target = graph.nodes[leaving.target]
            index = target.live.index_of(leaving)
            accepted = target.live.inputs[index].type if index is not None else None
            if accepted and not compatible(combined, accepted):
                drop(graph, leaving)
            elif accepted:
                changed.append((target, leaving))
    return changed


def _arriving(graph: NewGraph, node: NewNode, index: int) -> str:
    link = node.live.links.get(index)
    if link is None:
        return "*"
    kind = graph.nodes[link.origin].live.outputs[link.origin_slot]
    return "*" if kind is None else kind
