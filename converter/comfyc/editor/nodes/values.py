"""What widgets hold: text areas turn values into text, and a new widget may find its saved value waiting.

Sources: ``LGraphNode.addCustomWidget`` and the text widgets of ``useStringWidget.ts``, frontend 1.58.1.
"""

from __future__ import annotations

from typing import Any

from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import text

MEASURED_TEXT = "measuredtext"
"""A text area of a custom-node type whose browser was recorded (see ``Scripts.rearrange``)."""

TEXT_KINDS = frozenset({"customtext", "markdown", MEASURED_TEXT})
"""Widgets that are text areas: whatever is assigned to them becomes text."""


def held(widget: Widget, value: Any) -> Any:
    """Coerce an assigned value to text as a text area does; types measured with 1.49.6 keep numbers."""
    if widget.kind == MEASURED_TEXT and value is not None and value is not ABSENT:
        return value
    return as_text(value)


def as_text(value: Any) -> str:
    """A value as a text area shows it."""
    if value is None:
        return ""
    return "undefined" if value is ABSENT else text(value)


def taken(widget: Widget, value: Any) -> Any:
    """What a widget holds after a saved value was assigned to it."""
    return held(widget, value) if widget.kind in TEXT_KINDS and not isinstance(value, str) else value


def add_widget(node: LiveNode, widget: Widget) -> Widget:
    """Append a widget; while values are assigned it gets the one at its present index at once.

    (``LGraphNode.addCustomWidget``; it may move, and then gets another one in its turn.)
    """
    widgets = node.own_widgets()
    widgets.append(widget)
    if node.restored is not None and widget.stored:
        index = sum(item.stored for item in widgets) - 1
        if index < len(node.restored):
            widget.value, widget.saved_at = taken(widget, node.restored[index]), index
    return widget
