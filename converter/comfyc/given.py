"""Values that somebody gives for inputs of a workflow, as if they had typed them into the editor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.graph import Const, Graph, Node, Widget


@dataclass(frozen=True, slots=True)
class Given:
    """``inputs`` holds the values by node id and input name; ``places`` the same by the places of their
    widgets, where those find them that read the widgets of other nodes (``%Node.widget%`` in a file name)."""

    inputs: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    places: Mapping[Pointer, Any] = field(default_factory=dict)


NOTHING = Given()


def given(inputs: Mapping[tuple[str, str], Any], graph: Graph) -> Given:
    """The values with the places that their widgets have in ``graph``, which came of the same document."""
    nodes = graph.nodes
    return Given(
        inputs, {_place(nodes[node], name): value for (node, name), value in inputs.items() if node in nodes}
    )


def _place(node: Node, name: str) -> Pointer:
    for slot in node.slots:
        if slot.name == name and isinstance(slot.binding, Const):
            return promoted_place(slot.binding, name)
    widgets = node.held if node.sketch is None else [node.sketch.look(node.held, name)]
    return widget_place(
        node, next((one for one in widgets if one is not None and one.name == name), None), name
    )


def promoted_place(value: Const, name: str) -> Pointer:
    """Where the widget of a host's input ``name`` stands; those that were saved nowhere share one pointer."""
    place = value.pointer
    return (*place, name) if place[-1:] == ("widgets_values",) else place


def widget_place(node: Node, widget: Widget | None, name: str) -> Pointer:
    """Where a widget stands in the file; one that stands nowhere is below its node by its name."""
    return (*node.pointer, name) if widget is None or widget.place is None else node.pointer_of(widget)
