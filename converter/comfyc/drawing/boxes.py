"""The box of a node: its position and size as in the file, its slots, and its widgets.

Source: ``LGraphNode.ts`` (measure, arrange, drawSlots), ``slotCalculations.ts``, ``rerouteNode.ts`` and
``noteNode.ts`` of frontend 1.58.1. A node whose widgets need more height than the file gives it grows, as in
the editor.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc.catalog.core_types import REROUTE, Trait, types_with
from comfyc.drawing.labels import LABEL_SIZE, TITLE_SIZE, fitted
from comfyc.drawing.model import SLOT, TITLE_HEIGHT, Dot, Label, NodeBox, WidgetRow
from comfyc.drawing.rows import ShownWidget, dot_height, rows_of, whole_value
from comfyc.drawing.slots import Seen, ShownInput, ShownOutput, entries_of, exits_of, shown_widgets
from comfyc.editor import Editor
from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import OFF
from comfyc.javascript.values import text
from comfyc.rebuild.text_width import text_width

_FARTHEST = 1e6
"""Positions and sizes beyond it count for none."""
_WITHOUT_WIDGETS, _WITH_WIDGETS = 140.0, 210.0
_BESIDE_LABEL, _BESIDE_TITLE = 104.0, 1.33 * TITLE_HEIGHT
"""What a row has beside its name, and a title beside its text, in a node that is as narrow as can be."""
_NOTES = types_with(Trait.NOTE)
_NOTE_COLORS = ("#432", "#653")
_COLLAPSED_TITLE = 20
_BETWEEN = 5.0
_OPENER = 20.0
"""The width of the mark that leads into the subgraph of a node."""
_FIRST_SLOT = 0.7 * SLOT


def pair(value: Any) -> tuple[float, float] | None:
    """A position or size: a list, or what old files have, an object with the members "0" and "1"; None for
    anything else."""
    if isinstance(value, dict):
        value = [value.get("0"), value.get("1")]
    if not isinstance(value, list) or len(value) < 2:
        return None
    for one in value[:2]:
        if not isinstance(one, (int, float)) or isinstance(one, bool) or not abs(one) < _FARTHEST:
            return None
    return float(value[0]), float(value[1])


def has_position(node: LiveNode) -> bool:
    """Whether the file says where a node is."""
    return pair(node.file.raw.get("pos")) is not None


def box_of(node: LiveNode, editor: Editor, path: str, declared: Mapping[str, str], seen: Seen) -> NodeBox:
    """The box of a node, at (0, 0) if the file has no position for it.

    ``path`` is the node's id as findings have it; ``declared`` are the labels of its definition's inputs;
    ``seen`` is kept from node to node.
    """
    raw = node.file.raw
    title = editor.title_of(node)
    x, y = pair(raw.get("pos")) or (0.0, 0.0)
    width, height = pair(raw.get("size")) or (0.0, 0.0)
    kind = node.file.type if node.definition is None else editor.scopes[node.definition].file.name
    box = NodeBox(path, kind, x, y, width, height, Label("", 0.0, 0.0))
    box.color, box.bgcolor = _colors(node, raw)
    box.shape = raw["shape"] if raw.get("shape") in (1, 2, 4) else 2
    box.mode = node.mode if node.mode in OFF else 0
    box.is_unknown = node.is_unknown and node.definition is None
    box.is_virtual = node.stands_for is not None
    box.opens = node.definition
    if node.file.type == REROUTE and box.is_virtual:
        return _reroute(box, title, node, raw)
    widgets = list(node.widgets)
    entries, exits = entries_of(node, widgets, declared, seen), exits_of(node, editor)
    shown = shown_widgets(node, widgets, entries, seen)
    least = _least_size(title, entries, exits, shown)
    box.width, box.height = max(width, least[0]), max(height, least[1])
    flags = raw.get("flags")
    if isinstance(flags, dict) and bool(flags.get("collapsed")):
        box.values = [(one.label, whole_value(one.widget)) for one in shown if one.widget.kind != "button"]
        return _collapse(box, title, entries, exits)
    beside = _BESIDE_TITLE + (_OPENER if node.definition is not None else 0.0)
    box.title = fitted(title, max(box.width - beside, 0.0), TITLE_SIZE)
    rows = max(sum([one.widget is None for one in entries]), len(exits))
    start = SLOT * rows + 6.0 if rows else 2.0
    box.rows, end = rows_of(shown, box.width, start, box.height, seen.rows)
    box.height = max(box.height, end if shown else 0.0)
    box.values = [(row.name.whole, row.whole) for row in box.rows if row.look != "button"]
    box.by_input = {one.widget.name: row for one, row in zip(shown, box.rows, strict=True)}
    _add_slots(box, entries, exits, box.by_input)
    return box


def _least_size(
    title: str, entries: list[ShownInput], exits: list[ShownOutput], shown: list[ShownWidget]
) -> tuple[float, float]:
    """The size below which the editor lets no node be that it opens (``computeSize``)."""
    drawn = {one.widget.name for one in shown}
    left = labels = 0.0
    sockets = 0
    for one in entries:
        if one.widget is None:
            left, sockets = max(left, text_width(one.label, LABEL_SIZE)), sockets + 1
        elif one.widget.name in drawn:
            labels = max(labels, text_width(one.label, LABEL_SIZE))
    right = max([text_width(one.label, LABEL_SIZE) for one in exits], default=0.0)
    width = max(
        left + right + 2 * SLOT + (_BETWEEN if left and right else 0.0),
        labels + _BESIDE_LABEL if labels else 0.0,
        text_width(title, TITLE_SIZE) + _BESIDE_TITLE,
        _WITH_WIDGETS if shown else _WITHOUT_WIDGETS,
    )
    rows = sum([one.least + 4.0 for one in shown]) + 8.0 if shown else 0.0
    return width, SLOT * max(sockets, len(exits), 1) + rows + 6.0


def _colors(node: LiveNode, raw: Mapping[str, Any]) -> tuple[str | None, str | None]:
    own = tuple(one if isinstance(one, str) else None for one in (raw.get("color"), raw.get("bgcolor")))
    usual = _NOTE_COLORS if node.file.type in _NOTES else (None, None)
    return own[0] or usual[0], own[1] or usual[1]


def _reroute(box: NodeBox, title: str, node: LiveNode, raw: Mapping[str, Any]) -> NodeBox:
    """A Reroute has no title, and at most the type beside its output (``rerouteNode.ts`` computeSize)."""
    box.has_title = False
    saved = raw.get("outputs")
    first = saved[0] if isinstance(saved, list) and saved and isinstance(saved[0], dict) else {}
    kind = text(node.outputs[0]) if node.outputs else "*"
    if kind == "*" and isinstance(first.get("type"), str):
        kind = first["type"]
    named = first.get("name") if isinstance(first.get("name"), str) else ""
    box.width = max(box.width, TITLE_SIZE * len(kind) * 0.6 + 2 * SLOT if named else 0.0, 75.0)
    box.height = max(box.height, 26.0)
    box.title = fitted(title, box.width)
    label = fitted(named, max(box.width - 2 * SLOT, 0.0)) if named else None
    box.inputs = [Dot(SLOT / 2, _FIRST_SLOT, "", kind, is_linked=0 in node.links)]
    box.outputs = [Dot(box.width + 1 - SLOT / 2, _FIRST_SLOT, kind, kind, label)]
    return box


def _collapse(box: NodeBox, title: str, entries: list[ShownInput], exits: list[ShownOutput]) -> NodeBox:
    """A collapsed node is its title, with all slots at its ends."""
    shown = title[:_COLLAPSED_TITLE]
    box.is_collapsed = True
    box.width = min(box.width, text_width(title, LABEL_SIZE) + 2 * TITLE_HEIGHT)
    label = fitted(shown, max(box.width - 1.2 * TITLE_HEIGHT, 0.0), TITLE_SIZE)
    box.title = Label(label.text, label.width, label.room, title)
    box.height = 0.0
    y = -TITLE_HEIGHT / 2
    box.inputs = [Dot(0.0, y, one.name, one.kind, is_linked=one.is_linked) for one in entries]
    box.outputs = [Dot(box.width, y, one.label, one.kind) for one in exits]
    return box


def _add_slots(
    box: NodeBox, entries: list[ShownInput], exits: list[ShownOutput], row_of: Mapping[str, WidgetRow]
) -> None:
    """Add the dots: of inputs with a widget at its row, of all others one below the other."""
    names = [one for one in entries if one.widget is None]
    room = max(box.width - 2 * SLOT, 0.0)
    left = max((text_width(one.label, LABEL_SIZE) for one in names), default=0.0)
    right = max((text_width(one.label, LABEL_SIZE) for one in exits), default=0.0)
    if left + right > room and left and right:
        for_left = min(left, max(room / 2, room - right - _BETWEEN))
        left, right = for_left, room - for_left - _BETWEEN
    else:
        left = right = room
    sockets = 0
    for one in entries:
        if one.widget is None:
            y = SLOT * sockets + _FIRST_SLOT
            label = fitted(one.label, max(left, 0.0)) if one.label else None
            shape = "optional" if one.is_optional else ""
            box.inputs.append(Dot(SLOT / 2, y, one.name, one.kind, label, shape, one.is_linked))
            sockets += 1
        else:
            row = row_of.get(one.widget.name)
            y = dot_height(row) if row is not None else SLOT / 2
            box.inputs.append(Dot(SLOT / 2, y, one.name, one.kind, is_linked=one.is_linked))
    for index, exit_ in enumerate(exits):
        y = SLOT * index + _FIRST_SLOT
        label = fitted(exit_.label, max(right, 0.0)) if exit_.label else None
        shape = "list" if exit_.is_list else ""
        box.outputs.append(Dot(box.width + 1 - SLOT / 2, y, exit_.label, exit_.kind, label, shape))
