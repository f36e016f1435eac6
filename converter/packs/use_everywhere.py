"""cg-use-everywhere: links that no file holds, made when the prompt is queued (``js/use_everywhere_*.js``, 7.8).

A broadcaster sends what its inputs (or, with ``ue_convert``, its outputs) are linked to into every open
input of its graph that fits its rules; of several that fit the one of highest priority wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from converter import codes
from converter.graph import BYPASSED, Graph, Input, Link, Node
from converter.jsvalues import truthy
from converter.packs import Behaviour, Export
from converter.packs.setget import scope_of
from converter.packs.ue_rules import (
    Inputs,
    Members,
    Pattern,
    best_match,
    default_priority,
    is_broadcaster,
    is_connectable,
    label_of,
    pattern_of,
    rule_for,
    settings_of,
)
from converter.packs.ue_places import Places

FOLDER = "cg-use-everywhere"

INPUT_NODE = "-10"


@dataclass(slots=True)
class Broadcast:
    """One thing that is sent: where it comes from, its type, and whom it may reach."""

    controller: Node
    source: Link
    kind: Any
    priority: float
    title: Pattern | None
    name: Pattern | None
    members: Members | None
    requirement: Callable[[Input, Node | None], bool] | None
    string_to_combo: bool
    send_to_any: bool

    def reaches(self, node: Node | None, slot: Input, kind: Any, shown: str) -> bool:
        """Whether an open input fits; ``node`` is None for an output of the subgraph around."""
        if self.requirement is not None and not self.requirement(slot, node):
            return False
        if node is not None and self.source.node == node.id:
            return False
        if self.kind != kind and not (
            (self.kind == "STRING" and kind == "COMBO" and self.string_to_combo)
            or (kind == "*" and self.send_to_any)
        ):
            return False
        if self.members is not None and (node is None or node.id not in self.members):
            return False
        if self.title is not None and not self.title.fits(_name(node)):
            return False
        return self.name is None or self.name.fits(shown)


def _name(node: Node | None) -> str:
    if node is None:
        return "subgraph output node"
    if isinstance(node.title, str) and node.title:
        return node.title
    return str(node.raw.get("type") or "")


def broadcast(export: Export) -> None:
    """Add the links of all broadcasters if the prompt is that of the Queue button; else tell how many there are."""
    if export.as_queue:
        _forget_saved(export)
    added: list[tuple[Input, Link, Node | None, Broadcast]] = []
    for scope, nodes in _scopes(export.graph).items():
        added += _Scope(export, scope, nodes).links()
    if export.as_queue:
        for slot, link, _, _ in added:
            slot.binding = link
    elif added:
        _report_missing(export, added)
    _compare(export, added)


def _scopes(graph: Graph) -> dict[str, list[Node]]:
    """The nodes of each graph by the id of its host; only graphs that have a broadcaster."""
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
    """A file saved from a queued prompt still has the links that were added; the script takes them away."""
    extra = export.document.get("extra")
    listed = extra.get("links_added_by_ue") if isinstance(extra, dict) else None
    idents = {item for item in listed if isinstance(item, (int, str))} if isinstance(listed, list) else set()
    if idents:
        rows = {
            ("links", place)
            for place, row in enumerate(_rows(export.document.get("links")))
            if (row[0] if isinstance(row, list) and row else _member(row, "id")) in idents
        }
        for node in export.graph.nodes.values():
            for slot in node.inputs:
                if isinstance(slot.binding, Link) and slot.binding.origin[:2] in rows:
                    slot.binding = None


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _member(row: Any, name: str) -> Any:
    value = row.get(name) if isinstance(row, dict) else None
    return value if isinstance(value, (int, str)) else None


@dataclass(slots=True)
class _Scope:
    """One graph: the main one, or the inside of a host."""

    export: Export
    host: str
    nodes: list[Node]

    def links(self) -> list[tuple[Input, Link, Node | None, Broadcast]]:
        """The links to add: the open input, the link, its node (None: an output of the subgraph), by whom."""
        places = Places(self.export.document, self.nodes)
        senders: list[Broadcast] = []
        for node in self.nodes:
            if node.mode == 0 and is_broadcaster(node):
                senders += self.of(node, places)
        by_kind: dict[Any, list[Broadcast]] = {}
        for sender in senders:
            by_kind.setdefault(str(sender.kind), []).append(sender)
        anywhere = [sender for sender in senders if sender.send_to_any]
        to_combos = [sender for sender in senders if sender.string_to_combo and sender.kind == "STRING"]
        found = []
        for node, slot, shown in self.receivers():
            candidates = list(by_kind.get(str(slot.type), ()))
            if slot.type == "*":
                candidates = anywhere
            elif slot.type == "COMBO":
                candidates += to_combos
            fitting = [item for item in candidates if item.reaches(node, slot, slot.type, shown)]
            sender = best_match(fitting, lambda tied, n=node, s=slot: self.ambiguous(n, s, tied))  # type: ignore[misc]
            if sender is not None:
                found.append((slot, sender.source, node, sender))
        return found

    def receivers(self) -> Iterator[tuple[Node | None, Input, str]]:
        for node in self.nodes:
            if not Inputs.of_broadcaster(node) and not truthy(node.properties.get("rejects_ue_links")):
                labels = Inputs(node)
                for slot in node.inputs:
                    if not isinstance(slot.binding, Link) and is_connectable(node, slot, main=not self.host):
                        yield node, slot, labels.shown(slot.name)
        host = self.export.graph.nodes.get(self.host)
        for slot in (host.exits or ()) if host is not None else ():
            if slot.binding is None:
                yield None, slot, slot.name

    def of(self, node: Node, places: Places) -> list[Broadcast]:
        """The broadcasts of one node."""
        settings = settings_of(node)
        if truthy(settings.get("seed_inputs")):
            return self.made(node, settings, places, Link(node.id, 0), "INT", None, set())
        sent: list[tuple[str, Link, Any]] = []
        if truthy(node.properties.get("ue_convert")):
            silent = settings.get("output_not_broadcasting")
            silent = silent if isinstance(silent, dict) else {}
            for index, (name, label, kind) in enumerate(_outputs(node)):
                if not truthy(silent.get(name)):
                    sent.append((label, Link(node.id, index), kind))
        else:
            for index, slot in enumerate(node.inputs):
                source = self.source(slot)
                if source is not None:
                    sent.append((label_of(node, index, slot), *source))
        kinds = [str(kind) for _, _, kind in sent]
        repeated = {kind for kind in kinds if kinds.count(kind) > 1}
        found: list[Broadcast] = []
        for label, link, kind in sent:
            found += self.made(node, settings, places, link, kind, label, repeated)
        return found

    def made(
        self,
        node: Node,
        settings: Mapping[str, Any],
        places: Places,
        link: Link,
        kind: Any,
        label: str | None,
        repeated: set[str],
    ) -> list[Broadcast]:
        origin = self.export.graph.nodes.get(link.node)
        if origin is None or (not origin.resets_type and origin.mode in (2, BYPASSED)):
            return []
        requirement = None
        if label is not None and (str(kind) in repeated or truthy(settings.get("apply_to_unrepeated"))):
            requirement = rule_for(settings.get("repeated_type_rule"), label)
        priority = settings.get("priority")
        own = isinstance(priority, (int, float)) and not isinstance(priority, bool) and priority
        return [
            Broadcast(
                node,
                link,
                kind,
                priority if own else default_priority(node, settings, bool(repeated)),
                pattern_of(settings, "title"),
                pattern_of(settings, "input"),
                places.members(node, settings),
                requirement,
                truthy(settings.get("string_to_combo")),
                truthy(settings.get("send_to_any")),
            )
        ]

    def source(self, slot: Input) -> tuple[Link, Any] | None:
        """What an input is linked to, past bypassed nodes, and the type of the last link."""
        bound = slot.binding
        if not isinstance(bound, Link):
            return None
        nodes = self.export.graph.nodes
        kind = self.kind_of(bound, slot.type)
        first, seen = bound, set()
        while (parent := nodes.get(bound.node)) is not None and parent.mode == BYPASSED and parent.id not in seen:
            seen.add(parent.id)
            inputs = parent.inputs
            index = bound.slot
            same = isinstance(index, int) and 0 <= index < len(inputs) and inputs[index].type == kind
            through = inputs[index] if same else next((item for item in inputs if item.type == kind), None)
            if through is None or not isinstance(through.binding, Link):
                return first, kind
            bound = through.binding
            kind = self.kind_of(bound, kind)
        return bound, kind

    def kind_of(self, link: Link, otherwise: Any) -> Any:
        """The type that the file notes for a link."""
        row: Any = self.export.document
        for key in link.origin:
            try:
                row = row[key]
            except (KeyError, IndexError, TypeError):
                return otherwise
        kind = row[5] if isinstance(row, list) and len(row) > 5 else _member(row, "type")
        return kind if isinstance(kind, str) else otherwise

    def ambiguous(self, node: Node | None, slot: Input, tied: list[Broadcast]) -> None:
        names = " and ".join(dict.fromkeys(item.controller.id for item in tied[:4]))
        place = node or self.export.graph.nodes[self.host]
        self.export.diagnostics.report(
            codes.BROADCAST_AMBIGUOUS,
            f"nodes {names} reach input '{slot.name}' with the same priority: it stays open",
            pointer=place.origin,
            node=place.id,
            title=place.title if isinstance(place.title, str) else None,
            hint="give one of them a higher priority, or link the input",
        )


def _outputs(node: Node) -> Iterator[tuple[str, str, Any]]:
    """Name, label and type of a node's outputs as the file has them."""
    outputs = node.raw.get("outputs")
    for index, item in enumerate(outputs if isinstance(outputs, list) else ()):
        entry = item if isinstance(item, dict) else {}
        name = entry.get("name")
        name = name if isinstance(name, str) else ""
        label = entry.get("label")
        kind = node.outputs[index] if index < len(node.outputs) else entry.get("type")
        yield name, label if isinstance(label, str) and label else name, kind


def _report_missing(export: Export, added: list[tuple[Input, Link, Node | None, Broadcast]]) -> None:
    shown = ", ".join(f"{'output' if n is None else n.id}.{slot.name}" for slot, _, n, _ in added[:5])
    more = f" and {len(added) - 5} more" if len(added) > 5 else ""
    controller = added[0][3].controller
    export.diagnostics.report(
        codes.BROADCAST_LINKS,
        f"{len(added)} inputs are left open that the Queue button would link: {shown}{more}",
        pointer=controller.origin,
        node=controller.id,
        title=controller.title if isinstance(controller.title, str) else None,
        hint="pass --as queue to get what the Queue button would run",
    )


def _compare(export: Export, added: list[tuple[Input, Link, Node | None, Broadcast]]) -> None:
    """Hold the links of the main graph against those that the file notes."""
    extra = export.document.get("extra")
    listed = extra.get("ue_links") if isinstance(extra, dict) else None
    if not isinstance(listed, list):
        return
    noted = {
        (str(item.get("downstream")), str(item.get("upstream")), str(item.get("upstream_slot")))
        for item in listed
        if isinstance(item, dict)
    }
    ours = {
        (node.id, link.node, str(link.slot))
        for _, link, node, _ in added
        if node is not None and ":" not in node.id
    }
    if noted != ours:
        export.diagnostics.report(
            codes.BROADCAST_UNSAID,
            f"the file notes {len(noted)} links of Anything Everywhere, its rules give {len(ours)};"
            f" {len(noted ^ ours)} differ",
            pointer=("extra", "ue_links"),
            hint="open the workflow in the editor with cg-use-everywhere and save it again",
        )


_BROADCASTER = Behaviour(rewire=broadcast, grows=True)

BEHAVIOURS = {
    name: _BROADCASTER
    for name in (
        "Anything Everywhere",
        "Anything Everywhere?",
        "Anything Everywhere3",
        "Prompts Everywhere",
        "Seed Everywhere",
    )
}
