"""Give the widgets of a node the values that the file holds for them: by position, nothing else.

Sources: ``LGraphNode.configure`` and ``stores/widgetValueStore.ts`` (restoration by position),
``utils/litegraphUtil.ts`` migrateWidgetsValues (values of inputs that no longer are widgets) and the
text widgets of ``useStringWidget.ts``, frontend 1.58.1. No value is converted, rounded or checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from comfyc import codes
from comfyc.diagnostics import Diagnostics
from comfyc.editor.live import CONTROL_MODES, LiveNode
from comfyc.editor.surplus import report_surplus
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import is_index, key_order, shown, text

if TYPE_CHECKING:
    from comfyc.editor.construct import Shape

MEASURED_TEXT = "measuredtext"
"""A text area of a custom-node type whose browser was recorded (see ``Scripts.rearrange``)."""

TEXT_KINDS = frozenset({"customtext", "markdown", MEASURED_TEXT})
"""Widgets that are text areas: whatever is assigned to them becomes text."""

Place = int | str

_MOST = 500
"""Values that are taken for there because the file says so: more than any node has widgets."""


def restore(node: LiveNode, shape: Shape, diagnostics: Diagnostics) -> None:
    """Assign ``widgets_values`` to the live widgets in order; what is left over is reported."""
    saved = node.file.raw.get("widgets_values")
    if saved is None:
        return
    values: list[Any]
    places: list[Place] | None = None
    if type(saved) is list and shape.as_is in (-1, len(saved)):
        values = saved
    else:
        values, places = _migrate(saved, shape, node, diagnostics)
    used = _assign_static(node.widgets, values) if not shape.is_dynamic else _assign_live(node, values)
    if places is not None:
        for widget in node.widgets:
            if widget.place is not None:
                widget.place = places[widget.place] if isinstance(widget.place, int) else widget.place
    if shape.has_control:
        _report_shift(node, diagnostics)
    if used < len(values):
        left = places if places is not None else range(len(values))
        report_surplus(node, shape, values[used:], list(left[used:]), diagnostics)
    elif used < shape.stored or shape.is_dynamic:
        report_defaults(
            node,
            (
                w.name
                for w in node.widgets
                if w.stored and w.sent and w.place is None and w.kind != "customindex"
            ),
            diagnostics,
        )


def held(widget: Widget, value: Any) -> Any:
    """What a text area holds after a value was assigned to it: text, but for recorded types of packs."""
    if widget.kind == MEASURED_TEXT and value is not None and value is not ABSENT:
        return value
    return as_text(value)


def as_text(value: Any) -> str:
    """A value as a text area shows it."""
    if value is None:
        return ""
    return "undefined" if value is ABSENT else text(value)


def add_widget(node: LiveNode, widget: Widget) -> Widget:
    """Append a widget; while values are assigned it gets the one of its present place at once.

    (``LGraphNode.addCustomWidget``; it may move, and then gets another one in its turn.)
    """
    node.widgets.append(widget)
    if node.restored is not None and widget.stored:
        place = sum(item.stored for item in node.widgets) - 1
        if place < len(node.restored):
            widget.value, widget.place = _taken(widget, node.restored[place]), place
    return widget


def _taken(widget: Widget, value: Any) -> Any:
    """What a widget holds after a saved value was assigned to it."""
    return held(widget, value) if widget.kind in TEXT_KINDS and not isinstance(value, str) else value


def _assign_static(widgets: list[Widget], values: list[Any]) -> int:
    index, count = 0, len(values)
    for widget in widgets:
        if widget.stored:
            if index == count:
                break
            widget.value = _taken(widget, values[index])
            widget.place = index
            index += 1
    return index


def _assign_live(node: LiveNode, values: list[Any]) -> int:
    index = position = 0
    node.restored = values
    while position < len(node.widgets) and index < len(values):
        widget = node.widgets[position]
        position += 1
        if widget.stored:
            value = _taken(widget, values[index])
            widget.place = index
            index += 1
            node.assign(widget, value)
    node.restored = None
    return index


def _migrate(
    saved: Any, shape: Shape, node: LiveNode, diagnostics: Diagnostics
) -> tuple[list[Any], list[Place] | None]:
    """Drop the values that old files hold for inputs which are plain sockets today.

    The editor goes by the number of values alone. A dict of values counts as a list of them where
    their number fits, and is not read otherwise.
    """
    places: list[Place]
    if isinstance(saved, dict):
        values, places, read = _dict_values(saved)
    elif isinstance(saved, (list, str)):
        values, places, read = list(saved), list(range(len(saved))), True
    else:
        values, places, read = [], [], False
    stored = shape.widgets_stored
    kept = [
        index
        for index, place in enumerate(places)
        if not is_index(str(place)) or int(place) >= len(stored) or stored[int(place)]
    ]
    flags = shape.force_flags
    if shape.as_is == -1 or (read and True not in flags and len(values) == shape.stored):
        pass
    elif len(kept) == len(flags) or (read and len(values) == len(flags)):
        aligned = kept if len(kept) == len(flags) else list(range(len(values)))
        chosen = [index for index, forced in zip(aligned, flags, strict=True) if not forced]
        if len(chosen) < len(aligned):
            _report_migrated(
                node, [places[i] for i, forced in zip(aligned, flags, strict=True) if forced], diagnostics
            )
        return [values[index] for index in chosen], [places[index] for index in chosen]
    if not read:
        diagnostics.report(
            codes.VALUES_UNREAD,
            "the widget values are saved by name, which only a script of the node's pack would read:"
            " all widgets keep their defaults",
            pointer=(*node.file.pointer, "widgets_values"),
            node=node.id,
            title=node.title if isinstance(node.title, str) else None,
        )
        return [], []
    return values, places


def _dict_values(saved: dict[str, Any]) -> tuple[list[Any], list[Place], bool]:
    length = saved.get("length")
    if isinstance(length, int) and not isinstance(length, bool):
        keys: list[Place] = [str(index) for index in range(min(max(0, length), _MOST))]
        return [saved.get(str(key), ABSENT) for key in keys], keys, True
    names = key_order(saved)
    return [saved[name] for name in names], list(names), False


def _report_migrated(node: LiveNode, places: list[Place], diagnostics: Diagnostics) -> None:
    diagnostics.report(
        codes.VALUE_MIGRATED,
        f"{len(places)} saved value{'s' if len(places) > 1 else ''} of inputs that are no widgets any more"
        f" {'are' if len(places) > 1 else 'is'} dropped, as the editor does when the number of values fits",
        pointer=(*node.file.pointer, "widgets_values", places[0]),
        node=node.id,
        title=node.title if isinstance(node.title, str) else None,
    )


def _report_shift(node: LiveNode, diagnostics: Diagnostics) -> None:
    for widget in node.widgets:
        if widget.kind == "control" and widget.place is not None and not _is_control(widget.value):
            diagnostics.report(
                codes.VALUES_SHIFTED,
                f"the values stand one place too early: {shown(widget.value)} fills the seed control of this"
                " node, which the file seems to be older than",
                pointer=(*node.file.pointer, "widgets_values", widget.place),  # type: ignore[arg-type]
                node=node.id,
                title=node.title if isinstance(node.title, str) else None,
                hint="open the workflow in the editor, correct the values behind the seed and save",
            )
            return


def report_defaults(node: LiveNode, names: Iterable[str | None], diagnostics: Diagnostics) -> None:
    """Tell that the file has no value for these widgets; None is for one that is not sent."""
    missing = [name for name in names if name is not None]
    if missing:
        diagnostics.report(
            codes.DEFAULT_USED,
            default_message(missing),
            pointer=(*node.file.pointer, "widgets_values"),
            node=node.id,
            title=node.label,
            data={"widgets": missing},
        )


def default_message(names: list[str]) -> str:
    """What is told of widgets for which the file has no value."""
    return f"the file has no value for {', '.join(map(repr, names[:5]))}: the default is used"


def _is_control(value: Any) -> bool:
    return value in CONTROL_MODES or value is None or isinstance(value, bool) or value == ""
