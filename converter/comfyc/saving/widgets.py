"""Write values of a node's own widgets into its ``widgets_values``.

A value that the file has is replaced where it is. Otherwise the list is written as the editor saves it: the
values of all stored widgets in their order (``LGraphNode.serialize``, frontend 1.58.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.diagnostics import Pointer
from comfyc.documents import value_at
from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import is_index
from comfyc.saving.draft import Draft
from comfyc.saving.unsaved import UnsavedError


def write_widgets(draft: Draft, node: LiveNode, values: Mapping[str, Any], *, anew: bool) -> None:
    """Write values by the names of widgets.

    ``anew`` says that the node has other widgets now than the file has values for, so that all of them are
    written. Raises :class:`UnsavedError`.
    """
    widgets = list(node.widgets)
    ends = {name: _widget(widgets, name) for name in values}
    pointers = {name: _pointer(draft, node, widget) for name, widget in ends.items()}
    if not anew and None not in pointers.values():
        for name, pointer in pointers.items():
            draft.put(pointer or (), values[name])
        return
    saved = draft.get((*node.file.pointer, "widgets_values"))
    has_names = any(isinstance(widget.saved_at, str) and not is_index(widget.saved_at) for widget in widgets)
    if isinstance(saved, dict) and has_names and not anew:
        for name, pointer in pointers.items():
            draft.put(pointer or (*node.file.pointer, "widgets_values", name), values[name])
        return
    _write_list(draft, node, [widget for widget in widgets if widget.stored], saved, ends, values, anew=anew)


def _widget(widgets: list[Widget], name: str) -> Widget:
    found = next((widget for widget in widgets if widget.name == name and widget.sent), None)
    if found is None:
        raise UnsavedError(
            codes.SETTING_UNSAVED,
            f"a workflow holds no value for '{name}', which is an input for links alone",
            "link it in the editor, or convert with --set",
        )
    if not found.stored and found.saved_at is None:
        raise UnsavedError(
            codes.SETTING_UNSAVED,
            f"the editor does not save the value of '{name}'",
            "convert with --set instead",
        )
    return found


def _pointer(draft: Draft, node: LiveNode, widget: Widget) -> Pointer | None:
    """The pointer of a widget's value in the file, None for a value that the file does not have."""
    at = widget.saved_at
    if at is None:
        return None
    pointer = at if isinstance(at, tuple) else (*node.file.pointer, "widgets_values", at)
    return None if draft.get(pointer) is ABSENT else pointer


def _write_list(
    draft: Draft,
    node: LiveNode,
    stored: list[Widget],
    saved: Any,
    ends: Mapping[str, Widget],
    values: Mapping[str, Any],
    *,
    anew: bool,
) -> None:
    """Write the values of stored widgets: as many as are needed, or all of them if the file's own list has
    them at other indexes."""
    ranks = {id(widget): rank for rank, widget in enumerate(stored)}
    assigned = {ranks[id(widget)]: values[name] for name, widget in ends.items() if id(widget) in ranks}
    own = saved if isinstance(saved, list) else []
    full: list[Any] = []
    for rank, widget in enumerate(stored):
        at = widget.saved_at
        value = ABSENT
        if isinstance(at, int | str):
            value = value_at(saved, (at,), ABSENT)
        elif at is not None and rank < len(own) and not anew:
            value = own[rank]  # a PrimitiveNode overrides it
        value = widget.value if value is ABSENT else value
        full.append(assigned.get(rank, None if value is ABSENT else value))
    are_in_order = all(
        isinstance(widget.saved_at, tuple) or widget.saved_at in (rank, None)
        for rank, widget in enumerate(stored[: len(own)])
    )
    if not anew and are_in_order and len(own) <= len(full):
        full = full[: max(len(own), max(assigned, default=-1) + 1)]
    draft.put((*node.file.pointer, "widgets_values"), full)
