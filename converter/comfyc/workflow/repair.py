"""Drop and renumber links and nodes that share an id or an input, as the editor does while it reads a file.

Sources: ``LGraph.configure``, ``linkDeduplication.ts``, ``subgraphDeduplication.ts`` and ``idAllocation.ts``
of frontend 1.58.1. Every change is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.javascript.values import shown, text
from comfyc.workflow.model import FileGraph, FileLink, FileNode, Workflow

_UNASSIGNED = "-1"
"""The id of nodes that have not been given one yet, also in the links of such nodes."""
_INTEGER = re.compile(r"[1-9][0-9]{0,14}\Z")
_COUNTED = 10**15
"""Node ids from here on do not advance the counter of node ids."""


def register_links(graph: FileGraph, rows: list[FileLink], diagnostics: Collector) -> None:
    """Build ``graph.links`` as ``LGraph.configure`` does: one link per input, and the first of each id.

    Of two links into one input the first row stays, unless only the later one is referenced by a node's input
    (``normalizeConfiguredTopology``). References to the dropped id are changed to that of the survivor.
    """
    if len({(row.target, row.target_slot) for row in rows}) != len(rows):
        rows = _one_per_target(graph, rows, diagnostics)
    rows = first_of_id(rows, diagnostics)
    graph.links = {row.id: row for row in rows if row.origin != _UNASSIGNED and row.target != _UNASSIGNED}


def first_of_id(rows: list[FileLink], diagnostics: Collector) -> list[FileLink]:
    """The rows without those whose id an earlier row has; the latter are reported."""
    kept: dict[Any, FileLink] = {}
    if len({row.id for row in rows}) == len(rows):
        return rows
    for row in rows:
        if kept.setdefault(row.id, row) is not row:
            message = f"a second link with the id {shown(row.id)} is ignored"
            diagnostics.report(codes.DUPLICATE_ID, message, pointer=row.pointer)
    return list(kept.values())


def _one_per_target(graph: FileGraph, rows: list[FileLink], diagnostics: Collector) -> list[FileLink]:
    referenced = {
        slot["link"]
        for node in graph.nodes
        for slot in node.inputs
        if isinstance(slot.get("link"), (int, str, float))
    }
    index_of: dict[tuple[str, str], int] = {}
    kept: list[FileLink] = []
    outlived_at: dict[Any, int] = {}
    for row in rows:
        key = (row.target, text(row.target_slot))
        index = index_of.setdefault(key, len(kept))
        if index == len(kept):
            kept.append(row)
            continue
        survivor = kept[index]
        exact = survivor.origin == row.origin and survivor.origin_slot == row.origin_slot
        dropped = row
        if not exact and row.id in referenced and survivor.id not in referenced:
            kept[index] = row
            dropped, survivor = survivor, row
        outlived_at[dropped.id] = index
        if not exact:
            diagnostics.report(
                codes.COMPETING_LINKS,
                f"link {shown(dropped.id)} is dropped: link {shown(survivor.id)} goes into the same input",
                pointer=dropped.pointer,
                node=row.target,
                data={"kept": survivor.id},
            )
    _rename_links(graph, {ident: kept[index].id for ident, index in outlived_at.items()})
    return kept


def _rename_links(graph: FileGraph, survivor_of: dict[Any, Any]) -> None:
    for node in graph.nodes:
        if any(_dropped(slot.get("link"), survivor_of) for slot in node.inputs):
            node.inputs = [
                {**slot, "link": survivor_of[slot["link"]]}
                if _dropped(slot.get("link"), survivor_of)
                else slot
                for slot in node.inputs
            ]
    graph.survivors = survivor_of


def _dropped(ident: Any, survivor_of: dict[Any, Any]) -> bool:
    return isinstance(ident, (int, str, float)) and ident in survivor_of


def keep_first_nodes(graph: FileGraph, diagnostics: Collector) -> None:
    """Drop nodes of a definition whose id an earlier node has (``dropSameOwnerDuplicates``)."""
    seen: set[str] = set()
    kept: list[FileNode] = []
    if graph.largest is not None or len({node.id for node in graph.nodes}) == len(graph.nodes):
        return
    for node in graph.nodes:
        if node.id in seen:
            message = f"a second node with the id {node.id} in this subgraph is dropped"
            diagnostics.report(codes.DUPLICATE_ID, message, pointer=node.pointer, node=node.id)
        else:
            seen.add(node.id)
            kept.append(node)
    graph.nodes = kept


def renumber_definitions(workflow: Workflow, diagnostics: Collector) -> None:
    """Make the ids of all nodes in definitions unique within the file (``deduplicateSubgraphNodeIds``)."""
    used = {node.id for node in workflow.root.nodes}
    renamed: dict[str, dict[str, str]] = {}
    for definition in workflow.definitions.values():
        idents = {node.id for node in definition.nodes}
        if used.isdisjoint(idents):  # the common case
            _observe_all(workflow, definition)
            used |= idents
            continue
        renames: dict[str, str] = {}
        for node in definition.nodes:
            if node.id in used:
                new = mint_node_id(workflow, used.__contains__)
                renames[node.id] = new
                diagnostics.report(
                    codes.RENUMBERED,
                    f"node {node.id} of the subgraph '{definition.name}' gets the id {new}, as in the editor,"
                    " because another node of the file has its id",
                    pointer=node.pointer,
                    node=new,
                )
                node.id = new
            else:
                observe(workflow, (node.id,))
            used.add(node.id)
        if renames:
            renamed[definition.id] = renames
            for link in definition.links.values():
                link.origin = renames.get(link.origin, link.origin)
                link.target = renames.get(link.target, link.target)
            definition.index_links()
    if renamed:
        for graph in (workflow.root, *workflow.definitions.values()):
            _rename_proxies(graph.nodes, renamed)


def _rename_proxies(nodes: Iterable[FileNode], renamed: dict[str, dict[str, str]]) -> None:
    for node in nodes:
        renames = renamed.get(node.type)
        properties = node.raw.get("properties")
        entries = properties.get("proxyWidgets") if isinstance(properties, dict) else None
        if renames and isinstance(entries, list):
            patched = [
                [renames.get(text(entry[0]), entry[0]), *entry[1:]]
                if isinstance(entry, list) and entry and isinstance(entry[0], (str, int))
                else entry
                for entry in entries
            ]
            node.raw = {**node.raw, "properties": {**(properties or {}), "proxyWidgets": patched}}


def renumber_root(workflow: Workflow, diagnostics: Collector) -> None:
    """Give root nodes whose id an earlier node has a new id, which no link names (``attachNodeToStores``)."""
    nodes = workflow.root.nodes
    seen: set[str] = set() if workflow.root.largest is not None else {node.id for node in nodes}
    if workflow.root.largest is not None or (len(seen) == len(nodes) and _UNASSIGNED not in seen):
        _observe_all(workflow, workflow.root)
        return
    seen = set()
    in_definitions: set[str] | None = None

    def is_taken(ident: str) -> bool:
        return ident in seen or (in_definitions is not None and ident in in_definitions)

    for node in nodes:
        if node.id not in seen and node.id != _UNASSIGNED:
            seen.add(node.id)
            observe(workflow, (node.id,))
            continue
        if in_definitions is None:
            in_definitions = {inner.id for graph in workflow.definitions.values() for inner in graph.nodes}
        new = mint_node_id(workflow, is_taken)
        diagnostics.report(
            codes.DUPLICATE_ID,
            f"a {'second ' * (node.id in seen)}node with the id {node.id} gets the id {new} and no links,"
            " as in the editor",
            pointer=node.pointer,
            node=new,
        )
        node.id = new
        seen.add(new)


def _observe_all(workflow: Workflow, graph: FileGraph) -> None:
    if graph.largest is not None and graph.largest < _COUNTED:
        workflow.last_node_id = max(workflow.last_node_id, graph.largest)
    else:
        observe(workflow, (node.id for node in graph.nodes))


def observe(workflow: Workflow, idents: Iterable[str]) -> None:
    """Advance the file's counter of node ids to the largest of these ids."""
    workflow.last_node_id = max(workflow.last_node_id, *map(int, filter(_INTEGER.match, idents)), 0)


def mint_node_id(workflow: Workflow, taken: Callable[[str], bool]) -> str:
    """The next free node id after the file's counter, which advances to it (``idAllocation.ts``)."""
    candidate = workflow.last_node_id + 1
    while taken(str(candidate)):
        candidate += 1
    workflow.last_node_id = candidate
    return str(candidate)
