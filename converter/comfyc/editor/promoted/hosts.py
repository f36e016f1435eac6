"""Subgraph hosts: which of their inputs carry a value, and which value.

Source: ``SubgraphNode.ts`` (_resolveInputWidget, _applyPromotedWidgetValues), frontend 1.58.1. A
host input carries a value if the first of its inner links that can leads to a widget, directly or
through the input of a nested host that carries one. The value is the host's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfyc.editor.live import LiveInput, LiveNode, Promoted
from comfyc.graph import Widget
from comfyc.javascript.values import utf16_units
from comfyc.safety.json_size import parse_inner
from comfyc.workflow import FileLink, FileSlot

if TYPE_CHECKING:
    from comfyc.editor.load import Scope

Target = tuple[str, str]
"""An inner node and its widget, or the input of a nested host."""

End = tuple[tuple[LiveNode, LiveInput] | None, Target | None]
"""The source and the target of an input of a definition (:func:`end_of`)."""


def host_inputs(slots: list[FileSlot]) -> list[LiveInput]:
    """The inputs of a host are those of its definition, in that order; the file's order is not read."""
    return [LiveInput(slot.name, slot.type) for slot in slots]


def end_of(scope: Scope, declared: FileSlot) -> End:
    """What an input of a definition stands for.

    Its source is the inner input that its first link to a widget goes into; its target the id and widget
    (or input) of the first inner node that has one, or is a host.
    """
    key = id(declared)
    if key in scope.ends:
        return scope.ends[key]
    source, target = None, None
    for ident in declared.link_ids:
        found = linked_input(scope, ident)
        if found is None:
            continue
        node, slot = found
        is_source = _has_widget_behind(node, slot)
        if target is None and node.definition is not None:
            target = node.id, slot.name
        elif target is None and is_source and slot.widget is not None:
            target = node.id, slot.widget
        if is_source:
            source = found
            break
    if scope.is_configured:  # else, with definitions in each other, what is inside changes yet
        scope.ends[key] = source, target
    return source, target


def linked_input(scope: Scope, ident: Any) -> tuple[LiveNode, LiveInput] | None:
    """The inner node and input that a link of a definition goes into."""
    link = scope.links.get(ident)
    node = scope.nodes.get(link.target) if link is not None else None
    slot = node.slot_of(link) if node is not None and link is not None else None
    return None if node is None or slot is None else (node, slot)


def links_by_origin(scope: Scope) -> dict[str, list[FileLink]]:
    """The links of a graph by the node that they leave."""
    leaving: dict[str, list[FileLink]] = {}
    for link in scope.links.values():
        leaving.setdefault(link.origin, []).append(link)
    return leaving


def widget_behind(node: LiveNode, slot: LiveInput) -> Widget | None:
    """The widget that an input is bound to, to read; for a host's input the one that it promotes."""
    while node.definition is not None:
        if slot.promoted is None:
            return None
        node, slot = slot.promoted.inner
    return None if slot.widget is None else node.look(slot.widget)


def _has_widget_behind(node: LiveNode, slot: LiveInput) -> bool:
    if node.definition is not None:
        return slot.promoted is not None
    return slot.widget is not None and node.has_widget(slot.widget)


def promote(slot: LiveInput, node: LiveNode, inner: LiveInput) -> None:
    """Let a host input carry the value of the widget behind ``inner`` (of ``node``)."""
    if slot.name and _has_widget_behind(node, inner):
        slot.widget = slot.name
        slot.promoted = _inner_value(node, inner)


def _inner_value(node: LiveNode, inner: LiveInput) -> Promoted:
    """What a host holds for an inner input until it gets a value of its own."""
    if inner.promoted is not None:
        return Promoted(inner.promoted.value, inner.promoted.pointer, (node, inner))
    value, place = node.value_and_place(inner.widget or "")
    if not isinstance(place, tuple):
        pointer = (*node.file.pointer, "widgets_values")
        place = pointer if place is None else (*pointer, place)
    return Promoted(value, place, (node, inner))


def bind_promoted(host: LiveNode, definition: Scope) -> None:
    """Find the inputs that carry a value and give them the host's saved values, by their index."""
    quarantined = _quarantined_values(host)
    values = saved_values(host, len(host.inputs))
    is_list = isinstance(values, list)
    if isinstance(values, dict) and values.get("length") == 0:
        values = {}
    pointer = (*host.file.pointer, "widgets_values")
    index = 0
    for slot, declared in zip(host.inputs, definition.inputs, strict=False):
        found = end_of(definition, declared)[0]
        if found is None or not slot.name:
            continue
        slot.widget = slot.name
        key = index if is_list else str(index)
        if slot.name in quarantined:
            slot.promoted = _inner_value(*found)
            slot.promoted.value = quarantined[slot.name]
        elif index < len(values) if is_list else key in values:
            slot.promoted = Promoted(values[key], (*pointer, key), found)
        else:
            slot.promoted = _inner_value(*found)
        index += 1


def saved_values(host: LiveNode, count: int) -> Any:
    """The first values that a host was saved with: a list, or an object with indexes for names.

    The editor takes text as the list of its UTF-16 units.
    """
    values = host.file.raw.get("widgets_values")
    if isinstance(values, str):
        return utf16_units(values[:count])
    return values if isinstance(values, (list, dict)) else []


def _quarantined_values(host: LiveNode) -> dict[str, Any]:
    """Values that an earlier migration could not place and kept by input name; one bad entry voids all."""
    entries = parse_property(host.properties.get("proxyWidgetErrorQuarantine"))
    values: dict[str, Any] = {}
    for entry in reversed(entries):
        original = entry.get("originalEntry") if isinstance(entry, dict) else None
        if original is None or not is_proxy_entry(original) or entry.get("attemptedAtVersion") != 1:
            return {}
        if original[0] == "-1" and "hostValue" in entry:
            values[original[1]] = entry["hostValue"]
    return values


def parse_property(value: Any) -> list[Any]:
    """A list saved in a node property, or JSON text of one; [] for anything else."""
    if isinstance(value, str):
        try:
            value = parse_inner(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def is_proxy_entry(entry: Any) -> bool:
    """Whether this is a ``[node id, widget name]`` or ``[..., inner node id]``, all text."""
    if not isinstance(entry, list) or len(entry) not in (2, 3):
        return False
    return isinstance(entry[0], str) and isinstance(entry[1], str) and isinstance(entry[-1], str)
