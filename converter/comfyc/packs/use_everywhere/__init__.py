"""cg-use-everywhere 7.8: links that are not in the file but made when the prompt is queued.

A broadcaster links what its inputs (or, with ``ue_convert``, its outputs) are linked to into every open
input of its graph that matches its rules; of several matching broadcasters the highest priority wins.
Source: ``js/use_everywhere_graph_analysis.js``, ``use_everywhere_apply.js``, ``use_everywhere.js``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from comfyc import codes
from comfyc.graph import Graph, Input, Inputs, Link, Node
from comfyc.javascript.pattern import Work
from comfyc.javascript.values import truthy
from comfyc.packs.behaviour import Behaviour, Export
from comfyc.packs.setget import scope_of
from comfyc.packs.use_everywhere.restrictions import Restrictions
from comfyc.packs.use_everywhere.rules import Filters, Labels, is_broadcaster, is_connectable, is_own
from comfyc.packs.use_everywhere.senders import Broadcast, broadcasts_of

FOLDER = "cg-use-everywhere"

MAX_CHECKS = 1_000_000
"""Comparisons of an open input with a broadcast before the search ends: a file may have any number of
both."""


@dataclass(frozen=True, slots=True)
class Added:
    """A link to add into one of the inputs; ``node`` is None for an output of the enclosing subgraph."""

    inputs: Inputs
    index: int
    slot: Input
    node: Node | None
    by: Broadcast


def broadcast(export: Export) -> None:
    """Add the links of all broadcasters for the Queue button; for an export only report them."""
    if export.as_queue:
        _forget_saved(export)
    added: list[Added] = []
    filters, checks = Filters(export.diagnostics), Work(MAX_CHECKS)
    for scope, nodes in _scopes(export.graph).items():
        added += _Scope(export, scope, nodes, filters, checks).links()
    if export.as_queue:
        for link in added:
            link.inputs.bind(link.index, link.by.source)
    elif added:
        _report_missing(export, added)
    _compare(export, added)


def _scopes(graph: Graph) -> dict[str, list[Node]]:
    """The nodes of each graph that has a broadcaster, by the id of its subgraph node."""
    scopes: dict[str, list[Node]] = {}
    sending: set[str] = set()
    for node in graph.nodes.values():
        if not node.resets_type:
            scope = scope_of(node)
            scopes.setdefault(scope, []).append(node)
            if node.mode == 0 and is_broadcaster(node):
                sending.add(scope)
    return {scope: nodes for scope, nodes in scopes.items() if scope in sending}


def _forget_saved(export: Export) -> None:
    """Remove links that the script added: a file saved while a prompt is queued still has them."""
    extra = export.document.get("extra")
    listed = extra.get("links_added_by_ue") if isinstance(extra, dict) else None
    idents = {item for item in listed if isinstance(item, (int, str))} if isinstance(listed, list) else set()
    rows = export.document.get("links")
    if not idents or not isinstance(rows, list):
        return
    pointers = {("links", index) for index, row in enumerate(rows) if _ident(row) in idents}
    for node in export.graph.nodes.values():
        for index in node.inputs.bound_indexes():
            bound = node.inputs[index].binding
            if isinstance(bound, Link) and bound.pointer[:2] in pointers:
                node.inputs.bind(index, None)


def _ident(row: Any) -> Any:
    value = (row[0] if row else None) if isinstance(row, list) else None
    value = row.get("id") if isinstance(row, dict) else value
    return value if isinstance(value, (int, str)) else None


@dataclass(slots=True)
class _Scope:
    """One graph: the main graph, or the inside of a subgraph node."""

    export: Export
    host: str
    nodes: list[Node]
    filters: Filters
    checks: Work

    def links(self) -> list[Added]:
        restrictions = Restrictions(self.export.document, self.nodes, self.filters)
        senders = [
            sender
            for node in self.nodes
            if node.mode == 0 and is_broadcaster(node)
            for sender in broadcasts_of(node, self.export, restrictions, self.filters)
        ]
        senders.sort(key=lambda sender: -sender.priority)
        by_kind: dict[str, list[Broadcast]] = {}
        for sender in senders:
            by_kind.setdefault(str(sender.kind), []).append(sender)
        anywhere = [sender for sender in senders if sender.send_to_any or sender.kind == "*"]
        to_combos = [sender for sender in senders if sender.string_to_combo or sender.kind == "COMBO"]
        found = []
        for node, inputs, index, labels in self.receivers():
            slot = inputs[index]
            fitting = by_kind.get(str(slot.type), [])
            if slot.type in ("*", "COMBO"):
                fitting = anywhere if slot.type == "*" else to_combos
            best = self.best(fitting, node, slot, labels)
            if best is not None:
                found.append(Added(inputs, index, slot, node, best))
        if senders:
            self.filters.report_exhausted(senders[0].controller)
        return found

    def receivers(self) -> Iterator[tuple[Node | None, Inputs, int, Labels]]:
        """The open inputs that accept a broadcast: for each its node, the node's inputs, the index among
        these and their labels."""
        for node in self.nodes:
            if not is_own(node) and not truthy(node.properties.get("rejects_ue_links")):
                labels = Labels(node)
                for index, slot in enumerate(node.inputs):
                    is_open = not isinstance(slot.binding, Link)
                    if is_open and is_connectable(node, slot, labels, main=not self.host):
                        yield node, node.inputs, index, labels
        host = self.export.graph.nodes.get(self.host)
        exits = host.exits if host is not None else None
        if exits is not None:
            for index, slot in enumerate(exits):
                if slot.binding is None:
                    yield None, exits, index, Labels(None)

    def best(
        self, senders: list[Broadcast], node: Node | None, slot: Input, labels: Labels
    ) -> Broadcast | None:
        """The broadcast of highest priority that reaches an input; None if two tie."""
        best: Broadcast | None = None
        for sender in senders:
            self.checks.left -= 1
            if self.checks.left < 0 or (best is not None and sender.priority < best.priority):
                break
            if sender.reaches(node, slot, labels):
                if best is not None:
                    self.report_tie(node, slot, best, sender)
                    return None
                best = sender
        return best

    def report_tie(self, node: Node | None, slot: Input, first: Broadcast, second: Broadcast) -> None:
        target = node or self.export.graph.nodes[self.host]
        names = " and ".join(dict.fromkeys((first.controller.id, second.controller.id)))
        self.export.report(
            codes.BROADCAST_AMBIGUOUS,
            f"nodes {names} reach input '{slot.name}' with the same priority, so it stays open",
            target,
            hint="give one of them a higher priority, or link the input",
        )


def _report_missing(export: Export, added: list[Added]) -> None:
    names = [f"{'output' if link.node is None else link.node.id}.{link.slot.name}" for link in added]
    more = f" and {len(added) - 5} more" if len(added) > 5 else ""
    controller = added[0].by.controller
    export.report(
        codes.BROADCAST_LINKS,
        f"the Queue button would link {len(added)} inputs that stay open here: {', '.join(names[:5])}{more}",
        controller,
        hint="pass --as queue to get what the Queue button would run",
    )


def _compare(export: Export, added: list[Added]) -> None:
    """Compare the links of the main graph with those that the file records."""
    extra = export.document.get("extra")
    listed = extra.get("ue_links") if isinstance(extra, dict) else None
    if not isinstance(listed, list):
        return
    keys = ("downstream", "upstream", "upstream_slot")
    recorded = {tuple(str(item.get(key)) for key in keys) for item in listed if isinstance(item, dict)}
    ours = {
        (link.node.id, link.by.source.origin, str(link.by.source.origin_slot))
        for link in added
        if link.node is not None and ":" not in link.node.id
    }
    if recorded != ours:
        export.diagnostics.report(
            codes.BROADCAST_UNSAID,
            f"the file records {len(recorded)} links of Anything Everywhere,"
            f" but its rules produce {len(ours)}; {len(recorded ^ ours)} differ",
            pointer=("extra", "ue_links"),
            hint="open the workflow in the editor with cg-use-everywhere and save it again",
        )


_BROADCASTER = Behaviour(rewire=broadcast, grows=True)

BEHAVIOURS = {
    "Anything Everywhere": _BROADCASTER,
    "Anything Everywhere?": _BROADCASTER,
    "Anything Everywhere3": _BROADCASTER,
    "Prompts Everywhere": _BROADCASTER,
    "Seed Everywhere": _BROADCASTER,
}
