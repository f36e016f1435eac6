"""Values that the caller sets for inputs of a workflow, as if they had been typed into the editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.graph import Const, Graph, Node, Widget

Typed = Mapping[tuple[Pointer, str], Any]
"""Values by the JSON pointer of a node and the name of one of its widgets."""


@dataclass(frozen=True, slots=True)
class Given:
    """Values to set.

    ``inputs`` holds the values by (node id, input name), ``by_pointer`` by the JSON pointer of the widget's
    value. The latter is for code that reads widgets of other nodes (``%Node.widget%`` in a file name).
    ``typed`` are those that decide which inputs a node has: they are assigned to the widgets before the nodes
    are copied into the flat graph.
    """

    inputs: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    by_pointer: Mapping[Pointer, Any] = field(default_factory=dict)
    typed: Typed = field(default_factory=dict)


NOTHING = Given()


def given(inputs: Mapping[tuple[str, str], Any], graph: Graph) -> Given:
    """Index the values by the pointers of their widgets in ``graph``, a conversion of the same document."""
    nodes = graph.nodes
    return Given(
        inputs,
        {
            value_pointer_of(nodes[node], name): value
            for (node, name), value in inputs.items()
            if node in nodes
        },
    )


def value_pointer_of(node: Node, name: str) -> Pointer:
    """The pointer of an input's value. For a value that the file does not have, it ends with the name."""
    for slot in node.inputs.bound():
        if slot.name == name and isinstance(slot.binding, Const):
            return promoted_pointer(slot.binding, name)
    return widget_pointer(node.pointer, node.widgets.get(name), name)


def promoted_pointer(held: Const, name: str) -> Pointer:
    """The pointer of a promoted value. For a value that the file does not have, it ends with the name."""
    pointer = held.pointer
    return (*pointer, name) if pointer[-1:] == ("widgets_values",) else pointer


def widget_pointer(node: Pointer, widget: Widget | None, name: str) -> Pointer:
    """The pointer of a widget's value, where ``node`` is the node's pointer. For a value that the file does
    not have, it is the node's pointer followed by the name."""
    saved_at = None if widget is None else widget.saved_at
    if saved_at is None:
        return (*node, name)
    return saved_at if isinstance(saved_at, tuple) else (*node, "widgets_values", saved_at)
