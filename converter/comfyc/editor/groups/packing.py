"""Move nodes of the main graph into a new subgraph, and put a subgraph node in their place.

Source: ``LGraph.ts`` (convertToSubgraph), ``subgraphUtils.ts`` (getBoundaryLinks,
mapSubgraphInputsAndLinks, mapSubgraphOutputsAndLinks) and ``promotionUtils.ts``
(promoteRecommendedWidgets), frontend 1.58.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog.core_types import Trait, types_with
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor.groups.wiring import Wiring
from comfyc.editor.loading.configure import make_node
from comfyc.editor.loading.match_types import settle_match_types
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.state import Editor, Scope
from comfyc.editor.promoted.values import promote, read_promoted
from comfyc.graph import Widget
from comfyc.javascript.values import text
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE, FileGraph, FileLink, FileNode, FileSlot

NAME = "New Subgraph"

_RECOMMENDED_TYPES = types_with(Trait.SHOWN_OUTSIDE)
_RECOMMENDED_WIDGET = "seed"
_PREVIEW_KINDS = frozenset({"preview", "video", "audioUI"})

Crossing = tuple[FileLink, LiveNode, LiveInput]
"""A link that crosses the boundary of the new subgraph, and the node and input that it goes into."""


def pack(items: list[LiveNode], ident: str, wiring: Wiring, editor: Editor, pointer: Pointer) -> LiveNode:
    """Move ``items``, nodes of the main graph, into a new definition.

    Returns the only subgraph node of the definition, which gets the id ``ident`` and, for findings,
    the JSON pointer ``pointer``.
    """
    root = wiring.scope
    scope = Scope(FileGraph(f"{NAME} {ident}", NAME, pointer))
    scope.nodes = {node.id: node for node in items}
    entering, leaving = _cross(scope, wiring)
    for node in items:
        del root.nodes[node.id]
    inputs = _Side(scope.inputs)
    arrivals = _declare_inputs(scope, inputs, entering)
    departures = _declare_outputs(scope, leaving, editor)
    settle_match_types(scope, Collector())
    editor.scopes[scope.file.id] = scope
    host = make_node(FileNode(ident, scope.file.id, {}, pointer), editor)
    read_promoted(host, scope)
    root.nodes[ident] = host
    for index, link in enumerate(arrivals):
        origin = root.nodes.get(link.origin)
        if origin is not None:
            wiring.connect(origin, link.origin_slot, host, index, link.pointer)
    for index, crossings in enumerate(departures):
        for link, target, slot in crossings:
            at = next(at for at, item in enumerate(target.inputs) if item is slot)
            wiring.connect(host, index, target, at, link.pointer)
    _promote_recommended(host, scope, inputs, wiring)
    return host


def _cross(scope: Scope, wiring: Wiring) -> tuple[list[Crossing], list[Crossing]]:
    """Remove the links of the nodes from the main graph. Links between the nodes move into the new graph.

    Returns the links that enter the new graph and those that leave it.
    """
    root, inside = wiring.scope, scope.nodes
    arriving = [
        (link, node, node.inputs[index])
        for node in inside.values()
        for index, link in sorted(node.links.items())
    ]
    entering = [row for row in arriving if row[0].origin not in inside and row[0].origin in root.nodes]
    leaving: list[Crossing] = []
    for node in inside.values():
        for index in range(len(node.outputs)):
            for link in wiring.links_from(node, index):
                target = wiring.target_of(link)
                if target is not None and target[0].id not in inside:
                    leaving.append((link, target[0], target[0].inputs[target[1]]))
    for link, node, _ in [*arriving, *leaving]:
        wiring.forget(link)
        if link.origin in inside and link.target in inside:
            scope.links[link.id] = link
        else:
            node.links.pop(link.target_slot, None)
    return entering, leaving


def _declare_inputs(scope: Scope, inputs: _Side, entering: list[Crossing]) -> list[FileLink]:
    """Declare one input for each outside output that feeds the nodes. Returns one outside link per input."""
    grouped: dict[tuple[str, Any], list[Crossing]] = {}
    for crossing in entering:
        grouped.setdefault((crossing[0].origin, crossing[0].origin_slot), []).append(crossing)
    for crossings in grouped.values():
        first = crossings[0]
        declared = inputs.declare(first[2].name, first[2].type, first[0].pointer)
        for link, node, _ in crossings:
            index = len(scope.inputs) - 1
            inner = FileLink(INPUT_NODE, index, link.pointer, link.id, node.id, link.target_slot)
            scope.links[link.id] = inner
            node.insert(inner, link.target_slot)
            declared.link_ids.append(link.id)
    return [crossings[0][0] for crossings in grouped.values()]


def _declare_outputs(scope: Scope, leaving: list[Crossing], editor: Editor) -> list[list[Crossing]]:
    """Declare one output for each inner output that is linked outside. Returns the outside links of each."""
    grouped: dict[tuple[str, Any], list[Crossing]] = {}
    for crossing in leaving:
        grouped.setdefault((crossing[0].origin, crossing[0].origin_slot), []).append(crossing)
    outputs = _Side(scope.outputs)
    for (origin, output), crossings in grouped.items():
        kind = scope.nodes[origin].outputs[output]
        name = _output_name(scope.nodes[origin], output, editor) or text(kind)
        declared = outputs.declare(name, kind, crossings[0][0].pointer)
        for link, _, _ in crossings:
            index = len(scope.outputs) - 1
            scope.links[link.id] = FileLink(origin, output, link.pointer, link.id, OUTPUT_NODE, index)
            declared.link_ids.append(link.id)
    return list(grouped.values())


def _output_name(node: LiveNode, output: int, editor: Editor) -> str:
    """The name of an output: the saved one, else that of the type; "" if there is none."""
    saved = node.file.raw.get("outputs")
    slot = saved[output] if isinstance(saved, list) and output < len(saved) else None
    if isinstance(slot, dict) and isinstance(slot.get("name"), str):
        return str(slot["name"])
    info = editor.catalog.info(node.type) if node.type is not None else None
    names = info.get("output_name") if info is not None else None
    name = names[output] if isinstance(names, list) and output < len(names) else None
    return name if isinstance(name, str) else ""


@dataclass(slots=True)
class _Side:
    """The inputs or outputs of a definition while they are declared."""

    slots: list[FileSlot]
    names: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def declare(self, base: str, kind: Any, pointer: Pointer) -> FileSlot:
        """Add a slot, under the first free name among ``base``, ``base_1``, ... (``nextUniqueName``)."""
        name, count = base, self.counts.get(base, 0)
        while name in self.names:
            count += 1
            name = f"{base}_{count}"
        self.counts[base] = count
        self.names.add(name)
        declared = FileSlot(name, "undefined" if kind is None else text(kind), [], pointer)
        self.slots.append(declared)
        return declared


def _promote_recommended(host: LiveNode, scope: Scope, inputs: _Side, wiring: Wiring) -> None:
    """Promote the widgets that the editor shows on every new subgraph node, which then holds their values."""
    for node in scope.nodes.values():
        for slot in _recommended(node):
            index = len(scope.inputs)
            declared = inputs.declare(slot.widget or slot.name, slot.type, node.file.pointer)
            at = next(at for at, item in enumerate(node.inputs) if item is slot)
            wiring.last_id += 1
            link = FileLink(INPUT_NODE, index, declared.pointer, wiring.last_id, node.id, at)
            node.insert(link, at)
            scope.links[link.id] = link
            declared.link_ids.append(link.id)
            shown = LiveInput(declared.name, declared.type)
            promote(shown, node, slot)
            host.own_inputs().append(shown)


def _recommended(node: LiveNode) -> list[LiveInput]:
    """The unlinked inputs whose widgets the editor promotes, in the order of the widgets."""
    if node.definition is not None:
        names = [slot.widget for slot in node.inputs if slot.promoted is not None]
    else:
        names = [widget.name for widget in node.widgets if not _is_preview(widget)]
    inputs = {slot.widget: slot for slot in reversed(node.own_inputs()) if slot.widget is not None}
    found = [
        inputs[name]
        for name in names
        if name in inputs and (node.type in _RECOMMENDED_TYPES or name == _RECOMMENDED_WIDGET)
    ]
    linked = {id(node.inputs[index]) for index in node.links}
    return [slot for slot in found if id(slot) not in linked]


def _is_preview(widget: Widget) -> bool:
    if widget.name.startswith("$$"):
        return True
    return not (widget.stored and widget.sent) and widget.kind in _PREVIEW_KINDS
