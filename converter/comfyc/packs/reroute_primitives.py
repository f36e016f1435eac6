"""Custom-Scripts' reroute, which acts as a primitive if nothing is linked to it
(``web/js/reroutePrimitive.js``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comfyc import codes
from comfyc.graph import Link, Node, Widget, WidgetList
from comfyc.packs.behaviour import Export, Saved

REROUTE = "ReroutePrimitive|pysssss"

_DEFAULTS: Mapping[str, Any] = {"INT": 0, "FLOAT": 0, "STRING": "", "BOOLEAN": False, "COMBO": None}
"""The types for which the script makes a widget, with the value if the file has none."""

_NAME = "value"


def restore_value(saved: Saved) -> bool:
    """Keep the value of an unlinked reroute until :func:`finish_value` knows where it leads."""
    inputs = saved.raw.get("inputs")
    linked = isinstance(inputs, list) and any(
        isinstance(slot, dict) and slot.get("link") is not None for slot in inputs
    )
    values = saved.raw.get("widgets_values")
    if not linked:
        has_value = isinstance(values, list) and bool(values)
        value = values[0] if isinstance(values, list) and values else None
        saved.widgets.append(Widget(_NAME, "custom", value, saved_at=0 if has_value else None))
    return True


def finish_value(node: Node, export: Export) -> None:
    """Export the value if the first node behind the reroute takes it with a widget."""
    widget = next((item for item in node.widgets if item.name == _NAME), None)
    if widget is None or any(isinstance(slot.binding, Link) for slot in node.inputs):
        return
    kind = _first_type(node.raw, export.document) if ":" not in node.id else None
    if kind is not None and kind in _DEFAULTS and (widget.saved_at is not None or kind != "COMBO"):
        widget.value = widget.value if widget.saved_at is not None else _DEFAULTS[kind]
        return
    if widget.saved_at is not None and ":" in node.id:
        export.report(
            codes.VALUE_LOST,
            "the pack's script makes the widget of this node only in the main graph, so its value is dropped",
            node,
            widget,
            hint="use a Primitive node instead",
        )
    node.widgets = WidgetList(item for item in node.widgets if item is not widget)


def _first_type(raw: Mapping[str, Any], document: Mapping[str, Any]) -> str | None:
    """The type of the link into the first node behind a reroute that is not a reroute itself."""
    nodes = {
        item.get("id"): item
        for item in _list(document.get("nodes"))
        if isinstance(item, dict) and _plain(item)
    }
    links = {link[0]: link for link in _links(document)}
    waiting = [raw]
    seen: set[int] = set()
    while waiting:
        reroute = waiting.pop(0)
        if id(reroute) in seen:
            continue
        seen.add(id(reroute))
        outputs = _list(reroute.get("outputs"))
        first = outputs[0] if outputs and isinstance(outputs[0], dict) else {}
        behind = [links[item] for item in _list(first.get("links")) if _hashable(item) and item in links]
        targets = [(link, nodes.get(link[3])) for link in behind]
        for link, target in targets:
            if target is not None and target.get("type") != REROUTE:
                return "COMBO" if _lists_choices(target, link[4]) else link[5]
        waiting += [target for _, target in targets if target is not None]
    return None


def _links(document: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any, Any, Any, Any]]:
    for row in _list(document.get("links")):
        if isinstance(row, dict):
            names = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
            row = [row.get(name) for name in names]
        if isinstance(row, list) and len(row) > 5 and _hashable(row[0]) and _hashable(row[3]):
            yield row[0], row[1], row[2], row[3], row[4], row[5] if isinstance(row[5], str) else None


def _lists_choices(target: Mapping[str, Any], index: Any) -> bool:
    """Whether an old file lists the choices of the widget behind an input."""
    inputs = _list(target.get("inputs"))
    slot = inputs[index] if isinstance(index, int) and 0 <= index < len(inputs) else None
    widget = slot.get("widget") if isinstance(slot, dict) else None
    config = widget.get("config") if isinstance(widget, dict) else None
    return isinstance(config, list) and bool(config) and isinstance(config[0], list)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(item: Mapping[str, Any]) -> bool:
    return _hashable(item.get("id"))


def _hashable(value: Any) -> bool:
    return isinstance(value, (int, str))
