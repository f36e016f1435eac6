"""Assign the saved values of a node to its widgets, by position alone.

Sources: ``LGraphNode.configure`` and ``stores/widgetValueStore.ts`` (restoration by position) and
``utils/litegraphUtil.ts`` migrateWidgetsValues (values of inputs that are no longer widgets), 1.58.1.
No value is rounded or checked, and only text areas convert theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from comfyc import codes
from comfyc.collector import Collector
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.editor.nodes.shapes import Shape
from comfyc.editor.nodes.surplus import (
    VERSION_HINT,
    is_of_version,
    pack_name,
    report_surplus,
    saved_version,
)
from comfyc.editor.nodes.values import taken
from comfyc.graph import ABSENT, WidgetList
from comfyc.javascript.values import is_index, key_order, shown

Key = int | str
"""An index or a key of ``widgets_values``."""

DEFAULTS_USED = frozenset({codes.DEFAULT_USED, codes.BUNDLE_ADDS_WIDGETS})
"""The rules of widgets for which a file has no value."""

_MAX_LENGTH = 500
"""Upper bound on the ``length`` of an object of saved values: more than any node has widgets."""


def restore(node: LiveNode, shape: Shape, diagnostics: Collector) -> None:
    """Assign ``widgets_values`` to the widgets in order; report missing values and values left over."""
    saved = node.file.raw.get("widgets_values")
    if saved is None:
        return
    values: list[Any]
    keys: list[Key] | None = None
    if type(saved) is list and shape.is_current(len(saved)):
        values = saved
    else:
        values, keys = _migrate(saved, shape, node, diagnostics)
    widgets = node.own_widgets()
    used = _assign_live(node, values) if shape.is_dynamic else _assign_static(widgets, values)
    widgets = node.own_widgets()
    if keys is not None:
        for widget in widgets:
            if isinstance(widget.saved_at, int):
                widget.saved_at = keys[widget.saved_at]
    if shape.has_control:
        _report_shift(node, diagnostics)
    if used < len(values):
        left = keys if keys is not None else range(len(values))
        report_surplus(node, shape, values[used:], list(left[used:]), diagnostics)
    elif used < shape.stored or shape.is_dynamic:
        report_defaults(
            node,
            shape,
            (
                w.name
                for w in widgets
                if w.stored and w.sent and w.saved_at is None and w.kind != "customindex"
            ),
            diagnostics,
        )


def _assign_static(widgets: WidgetList, values: list[Any]) -> int:
    index, count = 0, len(values)
    for widget in widgets:
        if widget.stored:
            if index == count:
                break
            widget.value = taken(widget, values[index])
            widget.saved_at = index
            index += 1
    return index


def _assign_live(node: LiveNode, values: list[Any]) -> int:
    index = position = 0
    node.restored = values
    while position < len(widgets := node.own_widgets()) and index < len(values):
        widget = widgets[position]
        position += 1
        if widget.stored:
            value = taken(widget, values[index])
            widget.saved_at = index
            index += 1
            node.assign(widget, value)
    node.restored = None
    return index


def _migrate(
    saved: Any, shape: Shape, node: LiveNode, diagnostics: Collector
) -> tuple[list[Any], list[Key] | None]:
    """Drop the values that old files hold for inputs which are plain sockets today.

    The editor decides by the number of values alone. An object of values is read like a list if their number
    fits, and ignored otherwise. Returns the values, and the index or key of each in ``widgets_values``.
    """
    keys: list[Key]
    if isinstance(saved, dict):
        values, keys, read = _dict_values(saved)
    elif isinstance(saved, (list, str)):
        values, keys, read = list(saved), list(range(len(saved))), True
    else:
        values, keys, read = [], [], False
    stored = shape.widgets_stored
    kept = [
        index
        for index, key in enumerate(keys)
        if not is_index(str(key)) or int(key) >= len(stored) or stored[int(key)]
    ]
    flags = shape.force_flags
    if shape.keeps_all or (read and True not in flags and len(values) == shape.stored):
        pass
    elif len(kept) == len(flags) or (read and len(values) == len(flags)):
        aligned = kept if len(kept) == len(flags) else list(range(len(values)))
        chosen = [index for index, forced in zip(aligned, flags, strict=True) if not forced]
        if len(chosen) < len(aligned):
            _report_migrated(
                node, [keys[i] for i, forced in zip(aligned, flags, strict=True) if forced], diagnostics
            )
        return [values[index] for index in chosen], [keys[index] for index in chosen]
    if not read:
        diagnostics.report(
            codes.VALUES_UNREAD,
            "the widget values are saved by name, which only the script of the node's pack can read:"
            " all widgets keep their defaults",
            pointer=(*node.file.pointer, "widgets_values"),
            node=node.id,
            title=node.label,
        )
        return [], []
    return values, keys


def _dict_values(saved: dict[str, Any]) -> tuple[list[Any], list[Key], bool]:
    length = saved.get("length")
    if isinstance(length, int) and not isinstance(length, bool):
        keys: list[Key] = [str(index) for index in range(min(max(0, length), _MAX_LENGTH))]
        return [saved.get(str(key), ABSENT) for key in keys], keys, True
    names = key_order(saved)
    return [saved[name] for name in names], list(names), False


def _report_migrated(node: LiveNode, keys: list[Key], diagnostics: Collector) -> None:
    diagnostics.report(
        codes.VALUE_MIGRATED,
        f"{len(keys)} saved value{'s' if len(keys) > 1 else ''} of inputs that are no longer widgets"
        f" {'are' if len(keys) > 1 else 'is'} dropped, as in the editor when the number of values fits",
        pointer=(*node.file.pointer, "widgets_values", keys[0]),
        node=node.id,
        title=node.label,
    )


def _report_shift(node: LiveNode, diagnostics: Collector) -> None:
    for widget in node.widgets:
        saved_at = widget.saved_at
        if widget.kind == "control" and isinstance(saved_at, (int, str)) and not _is_control(widget.value):
            diagnostics.report(
                codes.VALUES_SHIFTED,
                f"the saved values are shifted by one: the file predates this node's seed control, so"
                f" {shown(widget.value)} ends up in it",
                pointer=(*node.file.pointer, "widgets_values", saved_at),
                node=node.id,
                title=node.label,
                hint="open the workflow in the editor, correct the values after the seed and save",
            )
            return


def report_defaults(
    node: LiveNode, shape: Shape, names: Iterable[str | None], diagnostics: Collector
) -> None:
    """Report that the file has no value for these widgets; None stands for a widget that is not sent.

    If the definition of the node is bundled, another version of the pack may be the reason.
    """
    missing = [name for name in names if name is not None]
    if not missing:
        return
    rule, message, hint = codes.DEFAULT_USED, default_message(missing), None
    edition = shape.scripts.edition if shape.scripts is not None else None
    if edition is not None and node.file.raw.get("widgets_values") and not is_of_version(node, edition):
        rule, hint = codes.BUNDLE_ADDS_WIDGETS, VERSION_HINT
        message += (
            f"; the file was saved with {saved_version(node)} of '{pack_name(node, edition)}',"
            f" but the bundled catalogue of '{edition.volume.title}' is from {edition.volume.version}"
        )
    diagnostics.report(
        rule,
        message,
        pointer=(*node.file.pointer, "widgets_values"),
        node=node.id,
        title=node.label,
        hint=hint,
        data={"widgets": missing},
    )


def default_message(names: list[str]) -> str:
    """The message about widgets for which the file has no value."""
    return f"the file has no value for {', '.join(map(repr, names[:5]))}: the default is used"


def _is_control(value: Any) -> bool:
    return value in CONTROL_MODES or value is None or isinstance(value, bool) or value == ""
