"""Values that are set by hand come before all that the editor does to values while it exports.

Whoever types a value into the editor and presses the button gets it with its tokens and alternatives
replaced, and other texts with the value in them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.editor.live import LiveNode
from comfyc.editor.load import Scope
from comfyc.editor.primitives import REPLACE_PROPERTY
from comfyc.graph import Const, Graph, Input, Node, Widget
from comfyc.javascript.values import truthy
from comfyc.passes.context import Context


def set_given(graph: Graph, context: Context) -> Graph:
    """Put the given values into widgets and inputs. A link or an object is no value that can be typed."""
    nodes = graph.nodes
    for (ident, name), value in context.given.inputs.items():
        if ident in nodes and not isinstance(value, (list, dict)):
            nodes[ident] = _with_value(nodes[ident], name, value, context)
    return graph


def _with_value(node: Node, name: str, value: Any, context: Context) -> Node:
    """The node with another value; as it was, it stays for the texts of others."""
    slot = next((slot for slot in node.inputs if slot.name == name), None)
    if slot is not None and isinstance(slot.binding, Const):  # what a host holds is sent as it is
        return _with_slot(node, name, slot, Const(value, slot.binding.pointer))
    old = next((widget for widget in node.widgets if widget.name == name and widget.sent), None)
    if old is None:
        return _with_slot(node, name, slot, Const(value))
    new = replace(old, value=_replaced(old, value, context))
    if new.finish in ("always", "index", "scene"):  # the script would put something else in its place
        new.finish = None
    held = [new if widget is old else widget for widget in node.widgets]
    slots = [one.anew() if one is slot else one for one in node.inputs]
    return replace(node, held=held, slots=slots)


def _with_slot(node: Node, name: str, slot: Input | None, bound: Const) -> Node:
    """The node with a value in the place of a link, or in an input that it does not have yet."""
    if slot is None:
        return replace(node, slots=[*node.inputs, Input(name, "*", None, bound)])
    new = Input(slot.name, slot.type, slot.widget, bound)
    return replace(node, slots=[new if one is slot else one for one in node.inputs])


def _replaced(widget: Widget, value: Any, context: Context) -> Any:
    """The value as it comes out of the PrimitiveNode that feeds the widget, if one does."""
    if not isinstance(widget.place, tuple) or not isinstance(value, str):
        return value
    found = _primitive_at(widget.place[:-2], context)
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
