"""Add one input of a node type to a node: a plain socket, or a widget with its socket.

Source: ``services/litegraphService.ts`` (addNodeInput), frontend 1.58.1. The makers of ordinary widgets are
in ``widgets``. ``construct`` adds the makers of inputs that bring further inputs along to the tables here.
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
"""Upper bound on the inputs and widgets of one node; nested groups of inputs add none beyond it."""

Maker = Callable[[LiveNode, InputSpec], "Widget | None"]
"""Adds the widgets of an input. Returns the widget that the input is bound to, None for an input that gets no
socket."""

MAKERS: dict[str, Maker] = dict(widgets.MAKERS)
"""The makers of widgets by widget type."""

SOCKETS: dict[str, Callable[[LiveNode, InputSpec], None]] = {}
"""Functions that add the sockets of input types with more than one socket, by type."""


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
        node.own_inputs().append(LiveInput(spec.name, spec.type, made_of=spec))


def add_widget_input(node: LiveNode, spec: InputSpec) -> None:
    """Add the widget of an input that has one, and its socket."""
    maker = MAKERS.get(spec.widget_type) if spec.widget_type is not None else None
    if maker is not None and maker(node, spec) is not None:
        kept = None if node.is_pattern else spec
        node.own_inputs().append(LiveInput(spec.name, spec.type, spec.name, kept, made_of=spec))


def fields(group: Any) -> list[tuple[str, Any, bool]]:
    """The inputs of an option or template ``{required: {...}, optional: {...}}``.

    Returns rows of (name, definition as in object_info, whether the input is optional).
    """
    found: list[tuple[str, Any, bool]] = []
    for key, optional in (("required", False), ("optional", True)):
        members = group.get(key) if isinstance(group, dict) else None
        if isinstance(members, dict):
            found += [(name, members[name], optional) for name in key_order(members)]
    return found
