"""ComfyUI-Custom-Scripts (pysssss): text presets, displayed texts and repeaters (``web/js``)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from comfyc import codes
from comfyc.graph import Graph, Input, Link, Node, Widget
from comfyc.javascript.values import key_order, text
from comfyc.packs.behaviour import Behaviour, Export, Saved, pass_through
from comfyc.packs.reroute_primitives import REROUTE, finish_value, restore_value

FOLDER = "ComfyUI-Custom-Scripts"

PRESET = "PresetText|pysssss"
REPEATER = "Repeater|pysssss"
SIGN = "ShowText|pysssss"
"""A node type that shows whether a catalogue includes the pack."""
PRESETS = {"default negative": "worst quality"}
"""The presets of a fresh installation; all others are kept in the browser's storage."""
MAX_CLONES = 1000

_TEXTS = frozenset({"text", "customtext", "measuredtext"})
_REFERENCE = re.compile(r"(?<![A-Za-z0-9_])@([A-Za-z0-9_-]+)")


def apply_presets(export: Export) -> None:
    """Write each PresetText into the widgets that it is linked to, and expand ``@preset`` in every text."""
    nodes = export.graph.nodes
    texts = {name: node for name, node in nodes.items() if node.type == PRESET}
    for node in nodes.values():
        for slot in node.inputs.bound():
            bound = slot.binding
            source = texts.get(bound.origin) if isinstance(bound, Link) else None
            if source is not None and slot.widget is not None:
                _write(source, node, slot, export)
    for node in nodes.values():
        if any(map(_may_refer, node.widgets)):
            node.widgets = node.widgets.editable()
            for widget in filter(_may_refer, node.widgets):
                widget.value = fill_presets(widget.value)


def _may_refer(widget: Widget) -> bool:
    return isinstance(widget.value, str) and "@" in widget.value and widget.kind in _TEXTS


def fill_presets(value: str) -> str:
    """Replace every ``@preset`` with the preset's text, if the preset is known."""
    names = {name.replace(" ", "-"): text for name, text in PRESETS.items()}
    return _REFERENCE.sub(lambda match: names.get(match.group(1), match.group()), value)


def _write(source: Node, target: Node, slot: Input, export: Export) -> None:
    own = next(iter(source.widgets), None)
    name = own.value if own is not None else None
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if preset is None:
        export.report(
            codes.PRESET_UNKNOWN,
            f"the text of the preset '{name}' is stored only in the author's browser,"
            f" so '{slot.name}' of node {target.id} keeps its own text",
            source,
            own,
            hint=f"set the text when you convert or run it: --set '{target.id}.{slot.name}=...'",
        )
        return
    target.widgets = target.widgets.editable()
    for widget in target.widgets:
        if widget.name == slot.widget:
            widget.value = preset


def _restore_shown(saved: Saved) -> bool:
    """ShowText: the texts of the last run become widgets, except the first one if it is empty."""
    values = saved.raw.get("widgets_values")
    shown = list(enumerate(values)) if isinstance(values, list) else []
    if shown and not shown[0][1]:
        shown = shown[1:]
    for index, value in shown:
        for item in value if isinstance(value, list) else [value]:
            shown_text = "" if item is None else text(item)
            name = f"text_{len(saved.widgets)}"
            saved.widgets.append(Widget(name, "customtext", shown_text, saved_at=index))
    return True


def settle_model(saved: Saved) -> None:
    """Loaders with preview images: old files save the image together with the name; no example is
    selected."""
    if not saved.widgets or saved.widgets[0].value is None:
        return
    model = saved.widgets[0]
    if isinstance(model.value, dict) and "content" in model.value:
        model.value = model.value["content"]
    for widget in saved.widgets:
        if widget.name == "example" and isinstance(model.value, str):
            widget.value = "[none]"


def repeat(node: Node, export: Export) -> None:
    """Repeater: add copies of its source or of itself, as the browser does (with ids made from the time)."""
    values = {widget.name: widget.value for widget in node.widgets}
    source = next((slot.binding for slot in node.inputs if slot.name == "source"), None)
    count = values.get("repeats")
    multi, create = values.get("output") == "multi", values.get("node_mode") == "create"
    if not (multi or create) or not isinstance(count, int) or isinstance(count, bool):
        return
    graph = export.graph
    if create and (not isinstance(source, Link) or source.origin not in graph.nodes or count > MAX_CLONES):
        return
    repeaters = [node.id] if multi and count > 0 else []
    if create and isinstance(source, Link):
        repeaters = _clone(graph, node, source, count, multi)
    if multi:
        _deal(graph, node.id, repeaters)


def _clone(graph: Graph, node: Node, source: Link, count: int, multi: bool) -> list[str]:
    """Add the copies and return the ids of the repeaters; consumers are given them from the last to the
    first."""
    numbered = (f"{node.id}_{number}" for number in itertools.count(1))
    ids: Iterator[str] = (ident for ident in numbered if ident not in graph.nodes)
    original = graph.nodes[source.origin]
    repeaters = []
    for _ in range(count - 1):
        ident = next(ids)
        graph.nodes[ident] = replace(original, id=ident)
        link = Link(ident, source.origin_slot)
        if multi:
            own = next(ids)
            inputs = node.inputs.copy()
            for index, slot in enumerate(inputs):
                if slot.name == "source":
                    inputs.bind(index, link)
            graph.nodes[own] = replace(node, id=own, inputs=inputs.extended(Input(ident, "*", None, link)))
            repeaters.append(own)
        else:
            node.inputs = node.inputs.extended(Input(ident, "*", None, link))
    return [*repeaters, node.id]


def _deal(graph: Graph, ident: str, repeaters: list[str]) -> None:
    """Link each consumer of a repeater with several outputs to its own repeater."""
    for name in key_order(graph.nodes):
        inputs = graph.nodes[name].inputs
        for index in inputs.bound_indexes():
            bound = inputs[index].binding
            if isinstance(bound, Link) and bound.origin == ident and name not in repeaters:
                origin = repeaters.pop() if len(repeaters) > 1 else ident
                inputs.bind(index, Link(origin, 0, bound.pointer))


def _own(title: str = "", **hooks: Any) -> Behaviour:
    return Behaviour(title=title, rewire=apply_presets, **hooks)


BEHAVIOURS = {
    PRESET: Behaviour(
        pass_through, "Preset Text 🐍", (), ("STRING",), ("value", "Manage"), rewire=apply_presets
    ),
    "ShowText|pysssss": _own(restore=_restore_shown),
    REPEATER: _own(finish=repeat),
    REROUTE: _own(restore=restore_value, finish=finish_value),
    "CheckpointLoader|pysssss": _own(settle=settle_model),
    "LoraLoader|pysssss": _own(settle=settle_model),
    **{
        f"{name}|pysssss": _own()
        for name in (
            "ConstrainImage",
            "ConstrainImageforVideo",
            "LoadText",
            "MathExpression",
            "PlaySound",
            "SaveText",
            "StringFunction",
            "SystemNotification",
        )
    },
}
