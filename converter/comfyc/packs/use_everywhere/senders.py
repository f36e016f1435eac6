"""What a broadcaster of cg-use-everywhere sends, and where to (``js/use_everywhere_classes.js``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.graph import BYPASSED, MUTED, Input, Link, Node
from comfyc.javascript.values import truthy
from comfyc.packs.behaviour import Export
from comfyc.packs.use_everywhere.restrictions import Restrictions
from comfyc.packs.use_everywhere.rules import (
    Filter,
    Filters,
    Labels,
    Members,
    default_priority,
    rule_for,
    settings_of,
)

Requirement = Callable[[str, "Node | None"], bool]
"""An additional condition on the input's name and node."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One value that a broadcaster (``controller``) sends: its source, its type, and which inputs it may
    reach."""

    controller: Node
    source: Link
    kind: Any
    priority: float
    title: Filter | None
    name: Filter | None
    members: Members | None
    string_to_combo: bool
    send_to_any: bool
    requirement: Requirement | None

    def reaches(self, node: Node | None, slot: Input, labels: Labels) -> bool:
        """Whether it reaches an open input; ``node`` is None for an output of the enclosing subgraph."""
        if self.requirement is not None and not self.requirement(labels.label(slot.name), node):
            return False
        if node is not None and self.source.origin == node.id:
            return False
        if self.kind != slot.type and not (
            (self.kind == "STRING" and slot.type == "COMBO" and self.string_to_combo)
            or (slot.type == "*" and self.send_to_any)
        ):
            return False
        if self.members is not None and (node is None or node.id not in self.members):
            return False
        if self.title is not None and not self.title.fits(_name(node)):
            return False
        return self.name is None or self.name.fits(labels.shown(slot.name))


def _name(node: Node | None) -> str:
    if node is None:
        return "subgraph output node"
    return node.label or str(node.raw.get("type") or "")


def broadcasts_of(
    node: Node, export: Export, restrictions: Restrictions, filters: Filters
) -> Iterator[Broadcast]:
    """What one node sends, leaving out values whose origin is muted or bypassed."""
    settings = settings_of(node)
    if truthy(settings.get("seed_inputs")):
        sent: list[tuple[str, Link, Any]] = [("", Link(node.id, 0), "INT")]
    elif truthy(node.properties.get("ue_convert")):
        sent = list(_outputs(node, settings))
    else:
        sent = list(_inputs(node, export))
    counts = Counter(str(kind) for _, _, kind in sent)
    repeats = any(count > 1 for count in counts.values())
    own = settings.get("priority")
    is_own = isinstance(own, (int, float)) and not isinstance(own, bool) and own
    priority: float = own if is_own else default_priority(node, settings, repeated=repeats)  # type: ignore[assignment]
    title, name = filters.of(node, settings, "title"), filters.of(node, settings, "input")
    members = restrictions.members(node, settings)
    to_combo, to_any = truthy(settings.get("string_to_combo")), truthy(settings.get("send_to_any"))
    by_name = truthy(settings.get("apply_to_unrepeated"))
    for label, link, kind in sent:
        origin = export.graph.nodes.get(link.origin)
        if origin is None or (not origin.resets_type and origin.mode in (MUTED, BYPASSED)):
            continue
        strict = not truthy(settings.get("seed_inputs")) and (by_name or counts[str(kind)] > 1)
        rule = rule_for(settings.get("repeated_type_rule"), label, node, filters) if strict else None
        yield Broadcast(node, link, kind, priority, title, name, members, to_combo, to_any, rule)


def _outputs(node: Node, settings: Mapping[str, Any]) -> Iterator[tuple[str, Link, Any]]:
    """Label, origin and type of the outputs that a node sends."""
    silent = settings.get("output_not_broadcasting")
    silent = silent if isinstance(silent, dict) else {}
    outputs = node.raw.get("outputs")
    for index, item in enumerate(outputs if isinstance(outputs, list) else ()):
        entry = item if isinstance(item, dict) else {}
        name, label = entry.get("name"), entry.get("label")
        name = name if isinstance(name, str) else ""
        if not truthy(silent.get(name)):
            kind = node.outputs[index] if index < len(node.outputs) else entry.get("type")
            yield label if isinstance(label, str) and label else name, Link(node.id, index), kind


def _inputs(node: Node, export: Export) -> Iterator[tuple[str, Link, Any]]:
    """Label, origin and type of the links into a node's inputs."""
    labels = Labels(node)
    for index, slot in enumerate(node.inputs):
        source = _source(slot, export)
        if source is not None:
            label = labels.label(slot.name)
            if node.raw.get("type") == "Prompts Everywhere" and index < 2:
                label = ("positive", "negative")[index]
            yield label, *source


def _source(slot: Input, export: Export) -> tuple[Link, Any] | None:
    """The link that feeds an input, followed through bypassed nodes, and its type."""
    bound = slot.binding
    if not isinstance(bound, Link):
        return None
    nodes = export.graph.nodes
    first, kind, seen = bound, _link_type(bound, slot.type, export), set()
    while (
        (parent := nodes.get(bound.origin)) is not None and parent.mode == BYPASSED and parent.id not in seen
    ):
        seen.add(parent.id)
        inputs, index = parent.inputs, bound.origin_slot
        same = isinstance(index, int) and 0 <= index < len(inputs) and inputs[index].type == kind
        through = inputs[index] if same else next((item for item in inputs if item.type == kind), None)
        if through is None or not isinstance(through.binding, Link):
            return first, kind
        bound = through.binding
        kind = _link_type(bound, kind, export)
    return bound, kind


def _link_type(link: Link, otherwise: Any, export: Export) -> Any:
    """The type of a link in the file's link table."""
    row: Any = export.document
    for key in link.pointer:
        try:
            row = row[key]
        except (KeyError, IndexError, TypeError):
            return otherwise
    kind = row[5] if isinstance(row, list) and len(row) > 5 else None
    kind = row.get("type") if isinstance(row, dict) else kind
    return kind if isinstance(kind, str) else otherwise
