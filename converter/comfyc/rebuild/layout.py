"""Order the nodes as they run, and arrange them in columns as the editor does.

Source: ``LGraph.ts`` computeExecutionOrder and arrange, frontend 1.58.1.
"""

from __future__ import annotations

from collections import deque

from comfyc.javascript.values import key_order
from comfyc.rebuild.nodes import NewGraph, NewNode
from comfyc.rebuild.sizes import TITLE_HEIGHT

_SPACE = 100
"""Pixels between columns, between nodes, and around all."""
_LEAST_COLUMN = 100


def arrange(graph: NewGraph) -> None:
    """Give each node its order and its position: a column for each number of steps from the first nodes."""
    levels: dict[str, int] = {}
    ordered = _in_order(graph, levels)
    columns: dict[int, list[NewNode]] = {}
    for order, node in enumerate(ordered):
        node.order = order
        columns.setdefault(levels.get(node.key) or 1, []).append(node)
    x = float(_SPACE)
    for level in sorted(columns):
        width, y = float(_LEAST_COLUMN), float(_SPACE + TITLE_HEIGHT)
        for node in columns[level]:
            node.pos = (x, y)
            width = max(width, node.size[0])
            y += node.size[1] + _SPACE + TITLE_HEIGHT
        x += width + _SPACE


def _in_order(graph: NewGraph, levels: dict[str, int]) -> list[NewNode]:
    """The nodes in the order of execution; ``levels`` gets how many steps each is from the first ones."""
    remaining: dict[str, int] = {}
    ready: deque[NewNode] = deque()
    pending: dict[str, NewNode] = {}
    for node in graph.nodes.values():
        pending[str(node.id)] = node
        count = len(node.live.links)
        if count:
            remaining[node.key] = count
            levels[node.key] = 0
        else:
            ready.append(node)
            levels[node.key] = 1
    ordered: list[NewNode] = []
    while ready:
        node = ready.popleft()
        ordered.append(node)
        del pending[str(node.id)]
        for links in node.leaving:
            for link in links.values():
                target = graph.nodes[link.target]
                levels[target.key] = max(levels[target.key], levels[node.key] + 1)
                remaining[target.key] -= 1
                if remaining[target.key] == 0:
                    ready.append(target)
    ordered += [pending[ident] for ident in key_order(pending)]  # nodes that feed each other in a circle
    return ordered
