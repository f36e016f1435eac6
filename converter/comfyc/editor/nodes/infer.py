"""Infer the widgets of packs that have not been measured from the file itself.

Recent editors record the widget behind an input, and a copy of all values by name (``widgets_values_named``).
In older files, a node to which a script added widgets has more values than the catalogue has widgets for.
Both are used only where the values do not fit otherwise, and each use is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from comfyc import codes
from comfyc.catalog.scanned import OPEN_CHOICES
from comfyc.collector import Collector
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.graph import Widget

BY_TYPE = {"INT": "number", "FLOAT": "float", "STRING": "text", "BOOLEAN": "toggle", "COMBO": "combo"}
"""The kind of widget behind an input, by the type of the input, as far as values can show it."""


_GROWING = ("COMFY_DYNAMICCOMBO_V3", "COMFY_DYNAMICGROUP_V3", "COMFY_AUTOGROW_V3")
"""The types of inputs that bring further widgets while values are assigned."""


def fits(widget: Widget, value: Any) -> bool:
    """Whether a saved value may belong to this widget."""
    if widget.kind in ("number", "float"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if widget.kind == "toggle":
        return isinstance(value, bool)
    if widget.kind in ("text", "customtext", "measuredtext"):
        return isinstance(value, str)
    if widget.kind == "control":
        return value in CONTROL_MODES or value is None or isinstance(value, bool)
    if widget.kind == "combo":
        options = widget.options.get("options")
        if isinstance(options, list) and options and not widget.options.get(OPEN_CHOICES):
            return value in options
        return isinstance(value, str)
    return True


def align(widgets: Sequence[Widget], values: Sequence[Any]) -> list[int] | None:
    """For each widget the index of its value, if some values belong to widgets that a script added.

    None if the values fit as they are, or if no choice of values fits. Only values that a button or a display
    may hold are skipped: null, texts, lists and objects.
    """
    has_surplus = len(values) > len(widgets)
    if not has_surplus or all(fits(widget, value) for widget, value in zip(widgets, values, strict=False)):
        return None
    return _first_fits(widgets, values, lambda value: not isinstance(value, (bool, int, float)))


def _first_fits(
    widgets: Sequence[Widget], values: Sequence[Any], may_pass: Callable[[Any], bool] = lambda value: True
) -> list[int] | None:
    """For each widget the first index, after that of the widget before it, at which a value fits.

    None if some widget finds no value, or if a value in between may not be skipped.
    """
    indexes: list[int] = []
    reach = 0
    for widget in widgets:
        while reach < len(values) and not fits(widget, values[reach]):
            if not may_pass(values[reach]):
                return None
            reach += 1
        if reach == len(values):
            return None
        indexes.append(reach)
        reach += 1
    return indexes


def add_marked_widgets(node: LiveNode, order: Sequence[str], diagnostics: Collector) -> None:
    """Add widgets for inputs of an unknown type if the file records that the input has a widget.

    ``order`` has the names of the declared inputs in their order.
    """
    marked = {
        slot["name"]
        for slot in node.file.inputs
        if isinstance(slot.get("widget"), dict) and slot["widget"].get("name") == slot["name"]
    }
    rank = {name: index for index, name in enumerate(order)}
    found = []
    widgets = node.own_widgets()
    for slot in node.own_inputs():
        if slot.widget is None and slot.name in marked and slot.name in rank and slot.type not in BY_TYPE:
            position = next(
                (i + 1 for i in range(len(widgets) - 1, -1, -1) if _before(widgets, i, rank, slot.name)),
                0,
            )
            widgets.insert(position, Widget(slot.name, "custom", None))
            slot.widget = slot.name
            found.append(slot.name)
    if found:
        shown = ", ".join(f"'{name}'" for name in found[:5])
        _report(
            node, f"the file has a widget for {shown}, whose type the catalogue does not know", diagnostics
        )


def _before(widgets: Sequence[Widget], index: int, rank: dict[str, int], name: str) -> bool:
    """Whether the widget at an index belongs before the input; companions go with the widget they follow."""
    while index >= 0 and widgets[index].name not in rank:
        index -= 1
    return index >= 0 and rank[widgets[index].name] < rank[name]


def restore_as_noted(node: LiveNode, diagnostics: Collector) -> bool:
    """Assign the values that the file itself attributes to the widgets, by name or by kind.

    Returns False if the values are to be assigned by position instead.
    """
    stored = [widget for widget in node.own_widgets() if widget.stored]
    values, named = node.file.raw.get("widgets_values"), node.file.raw.get("widgets_values_named")
    growing = [name for name, spec in node.declared.items() if spec.type in _GROWING]
    if growing and not isinstance(values, dict):
        own = [name for name in named if _is_own(name, growing)] if isinstance(named, dict) else []
        if not own or own == [widget.name for widget in stored]:
            return False  # the values of the inputs that grow stand between the others
    if isinstance(named, dict) and named and list(named) != [widget.name for widget in stored]:
        known = [widget for widget in stored if widget.name in named]
        if known and not isinstance(values, dict):
            for widget in known:
                widget.value = named[widget.name]
                widget.saved_at = (*node.file.pointer, "widgets_values_named", widget.name)
            _report(node, "the values are assigned by the names in widgets_values_named", diagnostics)
            return True
    if isinstance(values, dict):
        known = [widget for widget in stored if widget.name in values]
        for widget in known:
            widget.value, widget.saved_at = values[widget.name], widget.name
        if known:
            _report(node, "the values are assigned by the names that they are saved under", diagnostics)
        return bool(known)
    indexes = align(stored, values) if isinstance(values, list) else None
    if indexes is None:
        return False
    assert isinstance(values, list)
    for widget, index in zip(stored, indexes, strict=True):
        widget.value, widget.saved_at = values[index], index
    skipped = [index for index in range(len(values)) if index not in indexes]
    shown = ", ".join(repr(values[index])[:30] for index in skipped[:3])
    count = "1 value seems" if len(skipped) == 1 else f"{len(skipped)} values seem"
    skips = "is" if len(skipped) == 1 else "are"
    _report(
        node, f"{count} to belong to widgets that a script adds, and {skips} skipped: {shown}", diagnostics
    )
    return True


def _is_own(name: str, growing: Sequence[str]) -> bool:
    """Whether a widget is there from the start, and not brought by an input that grows."""
    return not any(name.startswith(f"{group}.") for group in growing)


def _report(node: LiveNode, message: str, diagnostics: Collector) -> None:
    diagnostics.report(
        codes.WIDGET_INFERRED,
        message,
        pointer=node.file.pointer,
        node=node.id,
        title=node.label,
        hint="compare the values with the node in the editor, and correct wrong ones with --set",
    )
