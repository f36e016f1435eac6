"""Keep what goes into the prompt, in the order in which JavaScript lists it."""

from __future__ import annotations

from converter.graph import BYPASSED, MUTED, Graph
from converter.jsvalues import is_index
from converter.passes.context import Context


def select(graph: Graph, context: Context) -> Graph:
    """Drop every node that vanishes; ids that are plain numbers come first, ascending."""
    numbered: list[tuple[int, str]] = []
    others: list[str] = []
    for ident, node in graph.nodes.items():
        if node.stands_for is None and node.mode not in (MUTED, BYPASSED):
            if is_index(ident):
                numbered.append((int(ident), ident))
            else:
                others.append(ident)
    numbered.sort()
    nodes = graph.nodes
    return Graph({ident: nodes[ident] for ident in [ident for _, ident in numbered] + others})
