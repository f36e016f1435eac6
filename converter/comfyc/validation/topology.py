"""The graph as a whole: circles, nodes that lead nowhere, outputs that do not run, definitions.

What concerns a single link or node is told where it is met, while a workflow is read and converted
(G101-G119); here is what shows only when all of them are there. The first two look at the flat graph of a
prompt, the others at the workflow as it was saved.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice

from comfyc import codes
from comfyc.diagnostics import Diagnostics
from comfyc.graph import BYPASSED, MUTED, Graph, Link, Node
from comfyc.workflow import FileGraph, FileNode, Workflow

_CIRCLES, _LOOKED_AT = 20, 100
"""Circles that are told of one document, and that are looked at: a knot may have any number of them."""
_MOST = 100
"""Findings of one other kind in one document."""
_SHOWN, _COUNTED = 8, 1000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)

IsOutput = Callable[[str], bool | None]
"""Whether a node type is an output; None for a type that nobody knows."""


def is_definition_id(node_type: object) -> bool:
    """Whether a node type is the id of a subgraph definition, which the editor makes as a UUID."""
    return isinstance(node_type, str) and _UUID.match(node_type) is not None


# --- circles -------------------------------------------------------------------------------------


def report_circles(graph: Graph, told: Collection[frozenset[str]], diagnostics: Diagnostics) -> None:
    """Report every simple circle of links whose nodes are not ``told``, as sets of their ids, already."""
    nodes = graph.nodes
    circles = islice(_circles(graph), _LOOKED_AT)
    for circle in islice((one for one in circles if frozenset(one) not in told), _CIRCLES):
        first, last = nodes[circle[0]], circle[-1]
        shown = " -> ".join(f"{ident} ({nodes[ident].type})" for ident in [*circle[:_SHOWN], circle[0]])
        more = f" (and {len(circle) - _SHOWN} more nodes)" if len(circle) > _SHOWN else ""
        diagnostics.report(
            codes.FURTHER_CYCLE,
            f"nodes are linked in a circle: {shown}{more}",
            pointer=_link_from(first, last).pointer,
            node=first.id,
            title=title_of(first),
            hint="remove one of these links",
            data={"cycle": circle},
        )


def _circles(graph: Graph) -> Iterator[list[str]]:
    """The simple circles of the graph, each from its first node in the order of the prompt."""
    knots = _in_circles(graph)
    if not knots:
        return
    import networkx  # noqa: PLC0415 - only for a graph that has a circle

    place = {ident: index for index, ident in enumerate(graph.nodes)}
    for circle in networkx.simple_cycles(graph.to_networkx().subgraph(knots).copy()):
        start = circle.index(min(circle, key=place.__getitem__))
        yield [*circle[start:], *circle[:start]]


def _in_circles(graph: Graph) -> list[str]:
    """The nodes that are in circles or behind them: those that no order of running reaches."""
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
    found = []
    for slot in node.inputs:
        bound = slot.binding
        if isinstance(bound, Link) and bound.origin in nodes:
            found.append(bound.origin)
    return found


def _consumers(graph: Graph) -> dict[str, list[str]]:
    """For each node those that link to it, once for each link."""
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


def report_idle(graph: Graph, is_output: IsOutput, diagnostics: Diagnostics) -> None:
    """Report nodes that no output needs: the last one of each chain, with the number of those before it.

    A node of an unknown type may be an output. Where there is no output at all nothing is said: the prompt
    has that fault as a whole.
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
    for node in last[:_MOST]:  # whoever consumes an idle node is idle too
        before = len(_upstream(graph, [node.id], needed, _COUNTED)) - 1
        also = f", nor the {before} nodes before it" if before > 1 else ", nor the node before it" * before
        diagnostics.report(
            codes.IDLE_NODE,
            f"the node leads to no output, so that it does not run{also}",
            pointer=node.pointer,
            node=node.id,
            title=title_of(node),
        )


def _upstream(
    graph: Graph, ends: Iterable[str], but: Collection[str] = (), most: float = math.inf
) -> set[str]:
    """The nodes with all that they link to, directly or not: but for some, and at ``most`` so many."""
    found: set[str] = set()
    waiting = list(ends)
    while waiting and len(found) < most:
        ident = waiting.pop()
        if ident not in found and ident not in but:
            found.add(ident)
            waiting += _sources(graph.nodes[ident], graph)
    return found


def title_of(node: Node) -> str | None:
    """What a finding calls a node: its title, else its type."""
    return node.label or node.type


# --- the workflow as it was saved ----------------------------------------------------------------


def report_silenced_outputs(workflow: Workflow, is_output: IsOutput, diagnostics: Diagnostics) -> None:
    """For a prompt without outputs: report the outputs of the main graph that are muted or bypassed, and the
    subgraphs there that are and that hold one."""
    silenced = [node for node in workflow.root.nodes if node.raw.get("mode") in (MUTED, BYPASSED)]
    holds = {
        kind: any(is_output(inner) for inner in _within([kind], workflow.definitions))
        for kind in islice(dict.fromkeys(node.type for node in silenced), _MOST)
    }
    for node in islice((one for one in silenced if holds.get(one.type)), _MOST):
        state = "muted" if node.raw["mode"] == MUTED else "bypassed"
        inside = node.type in workflow.definitions
        what = "this subgraph, which has an output node, is" if inside else "this output node is"
        diagnostics.report(
            codes.OUTPUT_SILENCED,
            f"{what} {state}, and no other output is left",
            pointer=(*node.pointer, "mode"),
            node=node.id,
            title=_saved_title(node, workflow.definitions),
            hint="let an output node run: set its mode to 0",
        )


def report_unused_definitions(workflow: Workflow, diagnostics: Diagnostics) -> None:
    """Report the subgraph definitions that no node in use is of."""
    used = _within({node.type for node in workflow.root.nodes}, workflow.definitions)
    for definition in islice((one for one in workflow.definitions.values() if one.id not in used), _MOST):
        diagnostics.report(
            codes.DEFINITION_UNUSED,
            f"no node in use is of the subgraph '{definition.name or definition.id}'",
            pointer=definition.pointer,
        )


def _within(kinds: Iterable[str], definitions: Mapping[str, FileGraph]) -> set[str]:
    """Node types, and for those of subgraphs all types in them, however deep."""
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
