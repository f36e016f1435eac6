"""Findings about the graph as a whole: cycles, idle nodes, muted outputs, unused definitions.

Findings about a single link or node are reported while the workflow is read and converted (G101-G119). The
first two functions here look at the flat graph of a prompt, the others at the workflow as it was saved.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice

from comfyc import codes
from comfyc.collector import Collector
from comfyc.graph import BYPASSED, MUTED, Graph, Link, Node
from comfyc.workflow import FileGraph, FileNode, Workflow

_MAX_CYCLES, _MAX_SEARCHED = 20, 100
"""Cycles that are reported for one document, and that are searched: linked nodes may form any number."""
_MAX_FINDINGS = 100
"""Findings of each other kind in one document."""
_MAX_SHOWN, _MAX_COUNTED = 8, 1000
"""Nodes of a cycle that a message names, and idle nodes that it counts."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)

IsOutput = Callable[[str], bool | None]
"""Whether nodes of a type are outputs; None for an unknown type."""


def is_definition_id(node_type: object) -> bool:
    """Whether a node type has the form of a subgraph definition's id, a UUID."""
    return isinstance(node_type, str) and _UUID.match(node_type) is not None


# --- cycles --------------------------------------------------------------------------------------


def report_cycles(graph: Graph, reported: Collection[frozenset[str]], diagnostics: Collector) -> None:
    """Report every simple cycle of links, except those whose node ids are in ``reported``."""
    nodes = graph.nodes
    cycles = islice(_cycles(graph), _MAX_SEARCHED)
    for cycle in islice((one for one in cycles if frozenset(one) not in reported), _MAX_CYCLES):
        first, last = nodes[cycle[0]], cycle[-1]
        shown = " -> ".join(f"{ident} ({nodes[ident].type})" for ident in [*cycle[:_MAX_SHOWN], cycle[0]])
        more = f" (and {len(cycle) - _MAX_SHOWN} more nodes)" if len(cycle) > _MAX_SHOWN else ""
        diagnostics.report(
            codes.FURTHER_CYCLE,
            f"nodes are linked in a cycle: {shown}{more}",
            pointer=_link_from(first, last).pointer,
            node=first.id,
            title=title_of(first),
            hint="remove one of these links",
            data={"cycle": cycle},
        )


def _cycles(graph: Graph) -> Iterator[list[str]]:
    """The simple cycles of the graph, each starting at its first node in the order of the prompt."""
    candidates = _in_cycles(graph)
    if not candidates:
        return
    import networkx  # noqa: PLC0415 - only needed for a graph with a cycle

    order = {ident: index for index, ident in enumerate(graph.nodes)}
    for cycle in networkx.simple_cycles(graph.to_networkx().subgraph(candidates).copy()):
        start = cycle.index(min(cycle, key=order.__getitem__))
        yield [*cycle[start:], *cycle[:start]]


def _in_cycles(graph: Graph) -> list[str]:
    """The ids of nodes that are in a cycle or depend on one, so that no execution order reaches them."""
    waiting = {node.id: len(_sources(node, graph)) for node in graph.nodes.values()}
    consumers = _consumers(graph)
    ready = [ident for ident, count in waiting.items() if count == 0]
    while ready:
        ident = ready.pop()
        del waiting[ident]
        for consumer in consumers.get(ident, ()):
            waiting[consumer] -= 1
            if waiting[consumer] == 0:
                ready.append(consumer)
    return list(waiting)


def _sources(node: Node, graph: Graph) -> list[str]:
    nodes = graph.nodes
    bindings = node.inputs.bindings.values()
    return [bound.origin for bound in bindings if isinstance(bound, Link) and bound.origin in nodes]


def _consumers(graph: Graph) -> dict[str, list[str]]:
    """The ids of the nodes that take a node's outputs, by its id, once for each link."""
    consumers: dict[str, list[str]] = {}
    for node in graph.nodes.values():
        for source in _sources(node, graph):
            consumers.setdefault(source, []).append(node.id)
    return consumers


def _link_from(node: Node, source: str) -> Link:
    return next(
        slot.binding
        for slot in node.inputs
        if isinstance(slot.binding, Link) and slot.binding.origin == source
    )


# --- nodes without an output ---------------------------------------------------------------------


def report_idle(graph: Graph, is_output: IsOutput, diagnostics: Collector) -> None:
    """Report nodes that no output needs: the last node of each chain, with the number of nodes before it.

    Nodes of unknown types count as outputs. Nothing is reported if there is no output at all, which is a
    finding about the prompt as a whole.
    """
    ends = [
        node.id for node in graph.nodes.values() if node.type is None or is_output(node.type) is not False
    ]
    if not ends:
        return
    needed = _upstream(graph, ends)
    if len(needed) == len(graph.nodes):
        return
    consumers = _consumers(graph)
    last = [node for node in graph.nodes.values() if node.id not in needed and node.id not in consumers]
    for node in last[:_MAX_FINDINGS]:  # nodes that consume an idle node are idle too
        before = len(_upstream(graph, [node.id], needed, _MAX_COUNTED)) - 1
        also = (
            f"; nor do the {before} nodes before it"
            if before > 1
            else "; nor does the node before it" * before
        )
        diagnostics.report(
            codes.IDLE_NODE,
            f"the node leads to no output, so it does not run{also}",
            pointer=node.pointer,
            node=node.id,
            title=title_of(node),
        )


def _upstream(
    graph: Graph, ends: Iterable[str], but: Collection[str] = (), most: float = math.inf
) -> set[str]:
    """The ids of the nodes and of all that they depend on, except ``but``; the search stops at ``most``
    ids."""
    found: set[str] = set()
    waiting = list(ends)
    while waiting and len(found) < most:
        ident = waiting.pop()
        if ident not in found and ident not in but:
            found.add(ident)
            waiting += _sources(graph.nodes[ident], graph)
    return found


def title_of(node: Node) -> str | None:
    """The title of a node for a finding: its own title, else its type."""
    return node.label or node.type


# --- the workflow as it was saved ----------------------------------------------------------------


def report_silenced_outputs(workflow: Workflow, is_output: IsOutput, diagnostics: Collector) -> None:
    """Report why a prompt has no outputs: output nodes of the main graph that are muted or bypassed, and
    muted or bypassed subgraph nodes with an output inside."""
    silenced = [node for node in workflow.root.nodes if node.raw.get("mode") in (MUTED, BYPASSED)]
    holds = {
        kind: any(is_output(inner) for inner in _within([kind], workflow.definitions))
        for kind in islice(dict.fromkeys(node.type for node in silenced), _MAX_FINDINGS)
    }
    for node in islice((one for one in silenced if holds.get(one.type)), _MAX_FINDINGS):
        state = "muted" if node.raw["mode"] == MUTED else "bypassed"
        inside = node.type in workflow.definitions
        what = "this subgraph node, which contains an output node, is" if inside else "this output node is"
        diagnostics.report(
            codes.OUTPUT_SILENCED,
            f"{what} {state}, and there is no other output",
            pointer=(*node.pointer, "mode"),
            node=node.id,
            title=_saved_title(node, workflow.definitions),
            hint="let an output node run: set its mode to 0",
        )


def report_unused_definitions(workflow: Workflow, diagnostics: Collector) -> None:
    """Report subgraph definitions that no node uses."""
    used = _within({node.type for node in workflow.root.nodes}, workflow.definitions)
    for definition in islice(
        (one for one in workflow.definitions.values() if one.id not in used), _MAX_FINDINGS
    ):
        diagnostics.report(
            codes.DEFINITION_UNUSED,
            f"no node uses the subgraph definition '{definition.name or definition.id}'",
            pointer=definition.pointer,
        )


def _within(kinds: Iterable[str], definitions: Mapping[str, FileGraph]) -> set[str]:
    """Node types, including those inside subgraphs at any depth."""
    found: set[str] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            if kind in definitions:
                waiting += [inner.type for inner in definitions[kind].nodes]
    return found


def _saved_title(node: FileNode, definitions: Mapping[str, FileGraph]) -> str:
    title = node.raw.get("title")
    if isinstance(title, str) and title:
        return title
    return definitions[node.type].name if node.type in definitions else node.type
