"""Setting values before the export, so that it treats them like values typed into the editor.

The editor replaces tokens and dynamic prompts in a typed value when it exports, and uses the value where
other texts refer to it. Values that the caller sets are therefore applied before those steps.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.editor.loading.primitives import REPLACE_PROPERTY
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.graph import Const, Graph, Input, Node, Widget, WidgetList
from comfyc.javascript.values import truthy
from comfyc.passes.context import Context


def set_given(graph: Graph, context: Context) -> Graph:
    """Set the given values in widgets and inputs, except lists and objects, which cannot be typed."""
    nodes = graph.nodes
    for (ident, name), value in context.given.inputs.items():
        if ident in nodes and not isinstance(value, (list, dict)):
            nodes[ident] = _with_value(nodes[ident], name, value, context)
    return graph


def _with_value(node: Node, name: str, value: Any, context: Context) -> Node:
    """A copy of the node with another value. Texts of other nodes still refer to the original."""
    index = next((index for index, slot in enumerate(node.inputs) if slot.name == name), None)
    held = None if index is None else node.inputs[index].binding
    if index is not None and isinstance(held, Const):  # it is sent unchanged
        return _with_binding(node, name, index, Const(value, held.pointer))
    widgets = node.widgets.editable()
    old = next((widget for widget in widgets if widget.name == name and widget.sent), None)
    if old is None:
        return _with_binding(node, name, index, Const(value))
    new = replace(old, value=_replaced(old, value, context))
    if new.finish in ("always", "index", "scene"):  # the export would overwrite it
        new.finish = None
    inputs = node.inputs.copy()
    if index is not None:
        inputs.bind(index, None)
    return replace(
        node, widgets=WidgetList(new if widget is old else widget for widget in widgets), inputs=inputs
    )


def _with_binding(node: Node, name: str, index: int | None, bound: Const) -> Node:
    """A copy of the node with a value instead of a link, or in a new input."""
    if index is None:
        return replace(node, inputs=node.inputs.extended(Input(name, "*", None, bound)))
    inputs = node.inputs.copy()
    inputs.bind(index, bound)
    return replace(node, inputs=inputs)


def _replaced(widget: Widget, value: Any, context: Context) -> Any:
    """The value after the token replacement of the PrimitiveNode that feeds the widget, if there is one."""
    if not isinstance(widget.saved_at, tuple) or not isinstance(value, str):
        return value
    found = _primitive_at(widget.saved_at[:-2], context)
    if found is None or not truthy(found[0].properties.get(REPLACE_PROPERTY)):
        return value
    return context.replacements.apply(value, found[1])


def _primitive_at(pointer: Pointer, context: Context) -> tuple[LiveNode, Scope] | None:
    editor = context.editor
    for scope in (editor.root, *editor.scopes.values()):
        for node in scope.nodes.values():
            if node.file.pointer == pointer:
                return node, scope
    return None
