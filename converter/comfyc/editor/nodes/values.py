"""Assign values to widgets: text areas turn them into text, and a new widget takes its saved value at once.

Sources: ``LGraphNode.addCustomWidget`` and the text widgets of ``useStringWidget.ts``, frontend 1.58.1.
"""

from __future__ import annotations

from typing import Any

from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import text

MEASURED_TEXT = "measuredtext"
"""A text area of a custom node type that was recorded in a browser (see ``Scripts.rearrange``)."""

TEXT_KINDS = frozenset({"customtext", "markdown", MEASURED_TEXT})
"""The kinds of widgets that are text areas: an assigned value becomes text."""


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
    """The value of a widget after a saved value was assigned to it."""
    return held(widget, value) if widget.kind in TEXT_KINDS and not isinstance(value, str) else value


def add_widget(node: LiveNode, widget: Widget) -> Widget:
    """Append a widget (``LGraphNode.addCustomWidget``) and return it.

    While saved values are being assigned, the widget takes the value at its present index at once. If it
    moves afterwards, it is assigned another value when its turn comes.
    """
    widgets = node.own_widgets()
    widgets.append(widget)
    if node.restored is not None and widget.stored:
        index = sum(item.stored for item in widgets) - 1
        if index < len(node.restored):
            widget.value, widget.saved_at = taken(widget, node.restored[index]), index
    return widget


def first_option(widget: Widget, otherwise: Any) -> Any:
    """The first option of a combo, with which the editor replaces null; ``otherwise`` for other widgets."""
    options = widget.options.get("options")
    return options[0] if widget.kind == "combo" and isinstance(options, list) and options else otherwise
