"""The nodes of a workflow, each with the ids that it has in the prompt: one for each way through the subgraph
nodes that leads to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.graph import OFF
from comfyc.workflow.model import FileNode, Workflow

_MOST = 10_000
"""Upper bound on the ids that are given to the nodes of a file; a few subgraph nodes inside each other may
stand for millions."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A node under one of its ids; ``is_active`` is false if it or a subgraph node around it is muted or
    bypassed, or if no subgraph node uses its definition."""

    node: FileNode
    id: str
    is_active: bool


def occurrences(workflow: Workflow, wanted: Callable[[FileNode], bool]) -> Iterator[Occurrence]:
    """The nodes that are wanted, in the order of the file, each as often as the prompt would have it.

    Those of a definition that no subgraph node uses come last, with their ids in there.
    """
    inside = {
        name: [node for node in graph.nodes if wanted(node)] for name, graph in workflow.definitions.items()
    }
    holding = _holding(workflow, inside)
    seen: set[str] = set()
    pending: list[tuple[Iterator[FileNode], str, bool, frozenset[str]]] = [
        (iter(workflow.root.nodes), "", True, frozenset())
    ]
    left = _MOST
    while pending and left:
        nodes, prefix, is_active, around = pending[-1]
        node = next(nodes, None)
        if node is None:
            pending.pop()
            continue
        ident, runs = prefix + node.id, is_active and node.raw.get("mode") not in OFF
        if node.type in workflow.definitions:
            if node.type in holding and node.type not in around:
                seen.add(node.type)
                graph = workflow.definitions[node.type]
                pending.append((iter(graph.nodes), f"{ident}:", runs, around | {node.type}))
        elif wanted(node):
            left -= 1
            yield Occurrence(node, ident, runs)
    for name, found in inside.items():
        if name not in seen:
            yield from (Occurrence(node, node.id, is_active=False) for node in found)


def _holding(workflow: Workflow, inside: Mapping[str, list[FileNode]]) -> set[str]:
    """The definitions that hold a wanted node, themselves or in subgraph nodes."""
    users: dict[str, set[str]] = {}
    for name, graph in workflow.definitions.items():
        for node in graph.nodes:
            if node.type in workflow.definitions:
                users.setdefault(node.type, set()).add(name)
    holding: set[str] = set()
    pending = [name for name, found in inside.items() if found]
    while pending:
        name = pending.pop()
        if name not in holding:
            holding.add(name)
            pending.extend(users.get(name, ()))
    return holding


def group_nodes(workflow: Workflow) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """The saved nodes inside legacy group nodes: the name of the group, the index, and the node."""
    groups = workflow.root.extra.get("groupNodes")
    for name, group in groups.items() if isinstance(groups, dict) else ():
        nodes = group.get("nodes") if isinstance(group, dict) else None
        for index, raw in enumerate(nodes if isinstance(nodes, list) else ()):
            if isinstance(raw, dict):
                yield name, index, raw
