"""Assign values to widgets of a workflow that is open, as if somebody typed them."""

from __future__ import annotations

from comfyc.editor.nodes.state import Editor
from comfyc.given import Typed


def assign_typed(editor: Editor, typed: Typed) -> None:
    """Assign values by node and widget. Widgets and inputs of the node change with them, as in the editor,
    where a value that a widget has already changes nothing (``BaseWidget.ts``: setValue)."""
    for scope in editor.scopes_in_order():
        for node in scope.nodes.values():
            for (pointer, name), value in typed.items():
                if node.file.pointer != pointer:
                    continue
                widget = node.own_widgets().get(name)
                if widget is not None and widget.value != value:
                    node.assign(widget, value)
