"""Add one input of a type to a node: a plain socket, or what the maker of its type makes of it.

Source: ``services/litegraphService.ts`` (addNodeInput), frontend 1.58.1. The makers of ordinary widgets are
in ``widgets``; ``construct`` puts those of inputs that bring other inputs along into the tables here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comfyc.catalog.specs import InputSpec
from comfyc.editor.nodes import widgets
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.graph import Widget
from comfyc.javascript.values import key_order

MAX_SLOTS = 10_000
"""Inputs and widgets of one node; groups inside groups bring no more from there on."""

Maker = Callable[[LiveNode, InputSpec], "Widget | None"]
"""Adds the widgets of an input and returns the one that the input is bound to, None for no socket."""

MAKERS: dict[str, Maker] = dict(widgets.MAKERS)
"""The makers of widgets by widget type."""

SOCKETS: dict[str, Callable[[LiveNode, InputSpec], None]] = {}
"""What adds the sockets of types that are more than one socket, by type."""


def has_widget(spec: InputSpec) -> bool:
    """Whether the editor makes a widget for this input."""
    return spec.widget_type is not None and spec.widget_type in MAKERS


def add_input(node: LiveNode, spec: InputSpec) -> None:
    """Add the socket, or the widget with its socket, of one input (``addNodeInput``)."""
    count = len(node.inputs) + len(node.own_widgets()) + len(node.autogrow or ())
    if count <= MAX_SLOTS:
        add_socket(node, spec)
        add_widget_input(node, spec)


def add_socket(node: LiveNode, spec: InputSpec) -> None:
    """Add the socket of an input that has no widget."""
    if has_widget(spec):
        return
    special = SOCKETS.get(spec.type) if isinstance(spec.type, str) else None
    if special is not None:
        special(node, spec)
    else:
        node.own_inputs().append(LiveInput(spec.name, spec.type))


def add_widget_input(node: LiveNode, spec: InputSpec) -> None:
    """Add the widget of an input that has one, and its socket."""
    maker = MAKERS.get(spec.widget_type) if spec.widget_type is not None else None
    if maker is not None and maker(node, spec) is not None:
        kept = None if node.is_pattern else spec
        node.own_inputs().append(LiveInput(spec.name, spec.type, spec.name, kept))


def fields(group: Any) -> list[tuple[str, Any, bool]]:
    """The inputs ``{required, optional}`` of an option or template: (name, definition, optional)."""
    found: list[tuple[str, Any, bool]] = []
    for key, optional in (("required", False), ("optional", True)):
        members = group.get(key) if isinstance(group, dict) else None
        if isinstance(members, dict):
            found += [(name, members[name], optional) for name in key_order(members)]
    return found
