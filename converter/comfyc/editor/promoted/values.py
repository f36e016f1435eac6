"""Promoted values: made, read from the file, corrected, overwritten and bound here.

The values of files with ``proxyWidgets`` are found by ``entries`` and set by :func:`set_saved`.

Source: ``SubgraphNode.ts`` (_applyPromotedWidgetValues), frontend 1.58.1. An input of a subgraph node holds a
value if one of its inner links leads to a widget, directly or through an input of a nested subgraph node that
holds a value; the first such link counts. The value is the subgraph node's own.
"""

from __future__ import annotations

from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.editor.nodes.live import LiveInput, LiveNode, Promoted
from comfyc.editor.nodes.state import Scope
from comfyc.editor.nodes.values import first_option
from comfyc.editor.promoted.ends import end_of, has_widget_behind, widget_behind
from comfyc.graph import ABSENT, Const
from comfyc.javascript.values import utf16_units
from comfyc.safety.json_size import parse_inner
from comfyc.workflow.model import FileSlot


def host_inputs(slots: list[FileSlot]) -> list[LiveInput]:
    """The inputs of a subgraph node: those of its definition in their order. The saved order is ignored."""
    return [LiveInput(slot.name, slot.type) for slot in slots]


def promote(slot: LiveInput, node: LiveNode, inner: LiveInput) -> None:
    """Make an input of a subgraph node hold the value of the widget behind the input ``inner`` of
    ``node``."""
    if slot.name and has_widget_behind(node, inner):
        slot.widget = slot.name
        slot.promoted = _inner_value(node, inner)


def _inner_value(node: LiveNode, inner: LiveInput) -> Promoted:
    """The value that a subgraph node holds for an inner input until it gets one of its own."""
    if inner.promoted is not None:
        return Promoted(inner.promoted.value, inner.promoted.pointer, (node, inner))
    widget = node.widgets.get(inner.widget or "")
    value, saved_at = (ABSENT, None) if widget is None else (widget.value, widget.saved_at)
    if isinstance(saved_at, tuple):
        return Promoted(value, saved_at, (node, inner))
    pointer: Pointer = (*node.file.pointer, "widgets_values")
    return Promoted(value, pointer if saved_at is None else (*pointer, saved_at), (node, inner))


def read_promoted(host: LiveNode, definition: Scope) -> None:
    """Find the inputs of a subgraph node that hold a value and assign its saved values to them, in order."""
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


def set_saved(slot: LiveInput, host: LiveNode, value: Any, key: int | str) -> None:
    """Assign to a promoted input a saved value of the subgraph node; ``key`` is its index or key in
    ``widgets_values``."""
    if slot.promoted is not None:
        slot.promoted.value = value
        slot.promoted.pointer = (*host.file.pointer, "widgets_values", key)


def overwrite(slot: LiveInput, value: Any) -> None:
    """Assign to a promoted input the value of a PrimitiveNode that feeds it."""
    if slot.promoted is not None:
        slot.promoted.value = value


def correct_promoted(host: LiveNode) -> None:
    """Replace null with the first option of the combo behind the input, as the editor does in every file
    (``loadGraphData``)."""
    for slot in host.inputs:
        if slot.promoted is not None and slot.promoted.value is None:
            widget = widget_behind(host, slot)
            slot.promoted.value = None if widget is None else first_option(widget, None)


def promoted_bindings(host: LiveNode) -> dict[int, Const]:
    """The bindings of a subgraph node's unlinked inputs to their promoted values, by the index of the
    input."""
    return {
        index: Const(slot.promoted.value, slot.promoted.pointer)
        for index, slot in enumerate(host.inputs)
        if slot.promoted is not None and index not in host.links
    }


def saved_values(host: LiveNode, count: int) -> Any:
    """The saved values of a subgraph node: a list, or an object with indexes for keys.

    The editor treats text as the list of its UTF-16 units, of which the first ``count`` are returned.
    """
    values = host.file.raw.get("widgets_values")
    if isinstance(values, str):
        return utf16_units(values[:count])
    return values if isinstance(values, (list, dict)) else []


def _quarantined_values(host: LiveNode) -> dict[str, Any]:
    """The values that an earlier migration could not assign, by input name; {} if any entry is malformed."""
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
    """Whether this is a list ``[node id, widget name]`` or ``[node id, widget name, inner node id]`` of
    texts."""
    if not isinstance(entry, list) or len(entry) not in (2, 3):
        return False
    return isinstance(entry[0], str) and isinstance(entry[1], str) and isinstance(entry[-1], str)
