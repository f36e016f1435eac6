"""The order of the nodes in a prompt.

The editor visits the main graph in its execution order (``LGraph.computeExecutionOrder``, 1.58.1). This is
the order of all keys that JavaScript does not sort itself: ids of inner nodes and ids that are not plain
numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from comfyc import codes
from comfyc.collector import Collector
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.graph import Graph
from comfyc.javascript.values import key_order, number
from comfyc.passes.context import Context
from comfyc.workflow.model import FileLink

_MAX_EXACT = 1 << 53
"""JavaScript represents integers between this and its negative exactly."""


def prompt_order(graph: Graph, context: Context) -> Graph:
    """Sort ids that are plain numbers to the front, ascending, as JavaScript orders object keys."""
    nodes = graph.nodes
    ordered = key_order(nodes)
    return graph if ordered == list(nodes) else Graph({ident: nodes[ident] for ident in ordered})


def execution_order(scope: Scope, diagnostics: Collector) -> list[LiveNode]:
    """All nodes of the main graph, origins before targets. Nodes in cycles come last and are reported."""
    nodes = scope.nodes
    remaining, outgoing = _links_between(nodes)
    queue = deque(nodes[ident] for ident, count in remaining.items() if not count)
    ordered: list[LiveNode] = []
    while queue:
        node = queue.popleft()
        ordered.append(node)
        links = outgoing.get(node.id)
        if links is None:
            continue
        if len(links) > 1:
            links.sort(key=_rank)
        slots = len(node.outputs)
        for link in links:
            if type(link.origin_slot) is int and link.origin_slot >= slots:
                continue  # the editor walks the node's outputs and never reaches this link
            remaining[link.target] -= 1
            if remaining[link.target] == 0:
                queue.append(nodes[link.target])
    if len(ordered) < len(nodes):
        done = {node.id for node in ordered}
        left = [nodes[ident] for ident in key_order(nodes) if ident not in done]
        _report_cycle(left, diagnostics)
        return [*ordered, *left]
    return ordered


def _links_between(nodes: Mapping[str, LiveNode]) -> tuple[dict[str, int], dict[str, list[FileLink]]]:
    """The number of links into each node, and the links out of each node, by node id."""
    remaining: dict[str, int] = {}
    outgoing: dict[str, list[FileLink]] = {}
    for ident, node in nodes.items():
        for link in node.links.values():
            if link.origin in outgoing:
                outgoing[link.origin].append(link)
            else:
                outgoing[link.origin] = [link]
        remaining[ident] = len(node.links)
    return remaining, outgoing


def _rank(link: FileLink) -> tuple[float, float]:
    """A sort key: output slot, then link id, both as JavaScript numbers."""
    slot, ident = link.origin_slot, link.id
    if (
        slot.__class__ is ident.__class__ is int
        and -_MAX_EXACT < slot < _MAX_EXACT
        and -_MAX_EXACT < ident < _MAX_EXACT
    ):
        return slot, ident
    return number(slot), number(ident)


def _report_cycle(left: list[LiveNode], diagnostics: Collector) -> None:
    """Report one cycle among nodes that no order resolves; dangling links form none."""
    waiting = {node.id: node for node in left}
    seen: dict[str, int] = {}
    path: list[LiveNode] = []
    node = left[0]
    while node.id not in seen:
        seen[node.id] = len(path)
        path.append(node)
        origins = (link.origin for link in node.links.values())
        origin = next((origin for origin in origins if origin in waiting), None)
        if origin is None:
            return
        node = waiting[origin]
    cycle = list(reversed(path[seen[node.id] :]))
    shown = " -> ".join(f"{item.id} ({item.type or item.file.type})" for item in [*cycle[:8], cycle[0]])
    diagnostics.report(
        codes.NODE_CYCLE,
        f"nodes are linked in a cycle: {shown}",
        pointer=cycle[0].file.pointer,
        node=cycle[0].id,
        title=cycle[0].label,
        hint="remove one of the links",
    )
