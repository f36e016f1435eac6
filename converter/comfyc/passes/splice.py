"""Removing all nodes that are not part of the prompt, and binding inputs to what these nodes stand for.

Reroutes, notes and PrimitiveNodes, hosts and their boundaries, bypassed and muted nodes all vanish: each of
their outputs stands for an input elsewhere, a value, or nothing. ``splice`` follows these until it reaches
a node of the prompt.

Source: ``lib/litegraph/src/subgraph/ExecutableNodeDTO.ts``, frontend 1.58.1. Two defects of the editor
are not reproduced: it mistakes two instances of one subgraph in a row for a cycle, and it refuses links that
pass straight through a subgraph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import PRIMITIVE
from comfyc.graph import ABSENT, BYPASSED, MUTED, OFF, Binding, Const, Graph, Input, Link, Node, Slot, Widget
from comfyc.javascript.values import is_index, is_safe, shown, text
from comfyc.packs.guard import Guard, checked_stand_in
from comfyc.passes.bypassing import passed_through
from comfyc.passes.context import Context
from comfyc.passes.integers import report_integer

Hop = tuple[str, Any, Any]

MAX_STEPS = 1_000_000
"""Steps over vanishing nodes in one workflow; comparing the types of one input with others counts as half a
step. Each path is walked once for each type that is wanted at its end."""
_MAX_PATH = 200
"""Nodes of a dead-end path that a finding names."""


def splice(graph: Graph, context: Context) -> Graph:
    """Keep the nodes of the prompt, with each input bound to one of them, to a value, or to nothing."""
    kept = {ident: node for ident, node in graph.nodes.items() if not node.vanishes}
    resolver = _Resolver(graph, kept, context)
    for node in kept.values():
        inputs = node.inputs
        leading_out = [
            (index, bound)
            for index, bound in inputs.bindings.items()
            if not isinstance(bound, Const) and bound.origin not in kept
        ]
        for index, link in leading_out:
            slot = inputs.declared[index]
            found = resolver.resolve(node, slot, link)
            inputs.bind(index, found)
            if isinstance(found, Const) and found.value.__class__ is int and not is_safe(found.value):
                report_integer(node, slot.name, found.value, found.pointer, context)
    return Graph(kept)


class _Resolver:
    def __init__(self, graph: Graph, kept: Mapping[str, Node], context: Context) -> None:
        self.graph = graph
        self.kept = kept
        self.context = context
        self.known: dict[Hop, Binding] = {}
        self.steps = 0.0
        self.failed: set[str] = set()
        """Nodes whose pack has failed to say what they stand for."""
        self.onward: dict[Hop, Hop] = {}
        """The hop after each hop, with which the path to a dead end is reported."""

    def resolve(self, node: Node, slot: Slot, bound: Link) -> Binding:
        """What the input is bound to once vanishing nodes are skipped."""
        origin = self.graph.nodes.get(bound.origin)
        if origin is not None and origin.stands_for is not None and origin.mode not in OFF:
            found = self.stand_in(origin, bound.origin_slot, slot.type)
            result = found.binding if isinstance(found, Input) else None
            if isinstance(result, Const):  # most paths have one step
                return result
            if isinstance(result, Link) and result.origin in self.kept:
                return Link(result.origin, result.origin_slot, bound.pointer)
        return self.follow(node, slot, bound)

    def stand_in(self, origin: Node, slot: Any, wanted: Any) -> Input | Const | None:
        """What an output of a node that vanishes stands for; nothing, where its pack fails to say it."""
        if origin.stands_for is None or origin.id in self.failed:
            return None
        kind = origin.raw.get("type")
        behaviour = self.context.editor.scripted.get(kind) if isinstance(kind, str) else None
        if behaviour is None:  # a subgraph host or its boundary
            return origin.stands_for(self.graph, origin, slot, wanted)
        with Guard(
            behaviour, "stands_for", self.context.diagnostics, origin.pointer, origin.id, origin.label
        ):
            return checked_stand_in(origin.stands_for(self.graph, origin, slot, wanted))
        self.failed.add(origin.id)
        return None

    def follow(self, node: Node, slot: Slot, bound: Link) -> Binding:
        """The same for longer paths, step by step, reporting problems on the way."""
        wanted = slot.type
        path: list[Hop] = []
        seen: set[Hop] = set()
        result: Binding = bound
        while isinstance(result, Link):
            origin = self.graph.nodes.get(result.origin)
            if origin is None:
                self.report_missing(node, slot, result)
                result = None
                break
            if not origin.vanishes:
                break
            hop = (result.origin, result.origin_slot, _hashable(wanted))
            if path:
                self.onward[path[-1]] = hop
            if hop in self.known:
                result = self.known[hop]
                break
            if hop in seen:
                self.report_loop(node, slot, path)
                result = None
                break
            seen.add(hop)
            path.append(hop)
            self.steps += 1
            if (origin.mode == BYPASSED or self.steps > MAX_STEPS) and not self.may_go_on(node, origin):
                result = None
                break
            inside, wanted = self.step(node, slot, origin, result, wanted)
            result = inside.binding if isinstance(inside, Input) else inside
        for hop in path:
            self.known[hop] = result
        if len(path) > 1:
            self.report_oddities(node, slot, path)
        if result is None and not _is_driven(self.graph.nodes.get(bound.origin)):
            self.report_unlinked(node, slot, bound)
        if isinstance(result, Link):  # findings point at the link into this input
            return Link(result.origin, result.origin_slot, bound.pointer)
        return result

    def may_go_on(self, node: Node, origin: Node) -> bool:
        """Count a step; report the first one beyond the limit."""
        before = self.steps - 1
        self.steps += len(origin.inputs) / 2 if origin.mode == BYPASSED else 0
        if self.steps > MAX_STEPS >= before:
            self.context.diagnostics.report(
                codes.EXPANSION_TOO_LARGE,
                f"the ways through reroutes, subgraphs and bypassed nodes have more than {MAX_STEPS:,} steps",
                pointer=node.pointer,
                node=node.id,
                title=node.label,
            )
        return self.steps <= MAX_STEPS

    def step(
        self, node: Node, slot: Slot, origin: Node, link: Link, wanted: Any
    ) -> tuple[Input | Const | None, Any]:
        """What the output of a vanishing node stands for, and the type to continue with."""
        if origin.mode == MUTED:
            return None, wanted
        if origin.mode == BYPASSED:
            through = self.bypass(node, slot, origin, link, wanted)
            if through is None or isinstance(through.binding, Const):
                return None, wanted  # a promoted value applies only inside its host
            return through, through.type
        if origin.stands_for is None:
            return None, wanted
        stands_for = self.stand_in(origin, _index(link.origin_slot), wanted)
        if origin.resets_type and isinstance(stands_for, Input):
            return stands_for, stands_for.type
        return stands_for, wanted

    def bypass(self, node: Node, slot: Slot, origin: Node, link: Link, wanted: Any) -> Input | None:
        """The input that a bypassed node passes to its output (``_getBypassSlotIndex``)."""
        index = _index(link.origin_slot)
        if not isinstance(index, int) or not 0 <= index < len(origin.outputs):
            self.report_missing(node, slot, link)
            return None
        return passed_through(origin.inputs, origin.outputs, index, wanted)

    def report_missing(self, node: Node, slot: Slot, link: Link) -> None:
        self.context.diagnostics.report(
            codes.MISSING_ORIGIN,
            f"input '{slot.name}' is linked to output {link.origin_slot} of node {link.origin},"
            " which does not exist",
            pointer=link.pointer or node.pointer,
            node=node.id,
            title=node.label,
            hint="draw the link again in the editor, or delete it",
        )

    def report_loop(self, node: Node, slot: Slot, path: list[Hop]) -> None:
        names = " -> ".join(dict.fromkeys(hop[0] for hop in path[:8]))
        self.context.diagnostics.report(
            codes.RESOLVE_LOOP,
            f"input '{slot.name}' is linked in a cycle through nodes {names}",
            pointer=node.pointer,
            node=node.id,
            title=node.label,
            hint="remove a link between these nodes, or take one of them out of bypass",
        )

    def report_oddities(self, node: Node, slot: Slot, path: list[Hop]) -> None:
        """Report paths that the editor refuses although they lead to a node."""
        visited: set[tuple[Any, Any]] = set()
        previous: Node | None = None
        for ident, index, _ in path:
            origin = self.graph.nodes[ident]
            if origin.resets_type:
                if previous is not None and f"{previous.id}:" == ident[: len(previous.id) + 1]:
                    self.report_passthrough(node, slot, previous)
                    return
            elif (origin.pointer, index) in visited:
                self.context.diagnostics.report(
                    codes.EDITOR_REFUSES,
                    f"the editor mistakes the path of input '{slot.name}' through subgraphs for a cycle",
                    pointer=node.pointer,
                    node=node.id,
                    title=node.label,
                )
                return
            visited.add((origin.pointer, index))
            previous = origin

    def report_passthrough(self, node: Node, slot: Slot, host: Node) -> None:
        self.context.diagnostics.report(
            codes.PASSTHROUGH,
            f"input '{slot.name}' passes straight through subgraph '{host.title}', which the editor refuses",
            pointer=host.pointer,
            node=node.id,
            title=node.label,
            hint="link the nodes directly, without the subgraph",
        )

    def report_unlinked(self, node: Node, slot: Slot, bound: Link) -> None:
        """Report an input without a value; ``way`` in the data has the vanishing nodes up to the dead end."""
        way = list(self.way_from((bound.origin, bound.origin_slot, _hashable(slot.type))))
        data: dict[str, Any] = {"input": slot.name, "type": slot.type, "way": [origin.id for origin in way]}
        origin = self.graph.nodes.get(bound.origin)
        reason = f"node {bound.origin} provides no value"
        if origin is not None and origin.resets_type:
            reason = f"subgraph node {bound.origin.rpartition(':')[0]} has no value for it"
        if way:
            mode = way[-1].mode
            state = "muted" if mode == MUTED else "bypassed" if mode == BYPASSED else "unlinked"
            data |= {"state": state, "end": way[-1].label or way[-1].type}
            reason = _why_nothing(way[-1])
        own = _sent_widget(node, slot)
        self.context.diagnostics.report(
            codes.INPUT_UNLINKED if own is None else codes.OWN_VALUE_USED,
            f"input '{slot.name}' is left out: {reason}"
            if own is None
            else f"'{slot.name}' keeps its own value {shown(own.value)}, although it is linked: {reason}",
            pointer=bound.pointer or node.pointer,
            node=node.id,
            title=node.label,
            hint=None if own is None else "delete the link, or link a node that provides a value",
            data=data,
        )

    def way_from(self, hop: Hop) -> Iterator[Node]:
        """The vanishing nodes from this hop on, without boundaries."""
        for _ in range(_MAX_PATH):
            origin = self.graph.nodes.get(hop[0])
            if origin is not None and not origin.resets_type:
                yield origin
            if hop not in self.onward:
                return
            hop = self.onward[hop]


def _is_driven(origin: Node | None) -> bool:
    """Whether a node is a PrimitiveNode that has written its value into the linked widgets."""
    return origin is not None and origin.raw.get("type") == PRIMITIVE and len(origin.widgets) > 0


def _sent_widget(node: Node, slot: Slot) -> Widget | None:
    """The widget whose value is exported if the input is not linked."""
    if slot.widget is None:
        return None
    widget = node.widgets.get(slot.widget)
    return widget if widget is not None and widget.sent and widget.value is not ABSENT else None


def _why_nothing(end: Node) -> str:
    """Why the last node of a path provides no value, for findings."""
    if end.mode == MUTED:
        return f"node {end.id} is muted"
    if end.mode == BYPASSED:
        return f"node {end.id} is bypassed and has no value of this type to pass on"
    if end.raw.get("type") == PRIMITIVE:
        return f"PrimitiveNode {end.id} sets only widgets that it is linked to directly"
    return f"node {end.id} provides no value because it is not linked itself"


def _index(slot: Any) -> Any:
    """A slot number as an integer; some files write it as text."""
    return int(slot) if isinstance(slot, str) and is_index(slot) else slot


def _hashable(wanted: Any) -> Any:
    return wanted if wanted.__hash__ is not None else text(wanted)
