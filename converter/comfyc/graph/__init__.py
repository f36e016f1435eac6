"""The flat graph between the workflow and the prompt: nodes by id, and the binding of each of their inputs.

A :class:`Graph` holds every node that the editor visits when it exports: the nodes of the prompt, and nodes
that only *stand for* something else (reroutes, subgraph nodes and their boundaries, bypassed and muted nodes,
notes). ``passes.splice`` removes the latter.

Only :meth:`Graph.to_networkx` imports networkx, so that a cold ``convert`` does not pay for the import.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comfyc.diagnostics import Pointer
from comfyc.gc_pause import paused_collector
from comfyc.graph.inputs import Binding, Const, Input, Inputs, Link, Slot, inputs_of
from comfyc.graph.widgets import (
    ABSENT,
    BROWSER_KINDS,
    NO_OPTIONS,
    Widget,
    WidgetList,
    Widgets,
    numbered_name,
    rename_duplicates,
)

if TYPE_CHECKING:
    import networkx

__all__ = [
    "ABSENT",
    "BROWSER_KINDS",
    "BYPASSED",
    "MUTED",
    "NO_OPTIONS",
    "OFF",
    "Binding",
    "Const",
    "Graph",
    "Input",
    "Inputs",
    "Link",
    "Node",
    "Slot",
    "StandsFor",
    "Widget",
    "WidgetList",
    "Widgets",
    "inputs_of",
    "numbered_name",
    "origin_of",
    "rename_duplicates",
    "value_pointer",
]

MUTED = 2
"""``mode`` of a node that does not run and provides no value (LGraphEventMode.NEVER)."""
BYPASSED = 4
"""``mode`` of a node that passes on the value of a fitting input (LGraphEventMode.BYPASS)."""
OFF = (MUTED, BYPASSED)
"""The modes of nodes that are not in the prompt."""

StandsFor = Callable[["Graph", "Node", Any, Any], Input | Const | None]
"""Resolves an output of a node that vanishes: called with the graph, the node, the output slot and the type
of the input to feed. Returns an input of the node to go on with, a constant, or None for no value."""


@dataclass(slots=True)
class Node:
    """One node of the flat graph.

    ``id`` is the execution id ("30:13" inside a subgraph); ``type`` is the class, None for a node that is
    written without ``class_type``; ``outputs`` has the types of its outputs; ``pointer`` is the node's JSON
    pointer in the user's file; ``stands_for`` is set for nodes that never reach the prompt.
    """

    id: str
    type: str | None
    title: Any
    mode: Any
    inputs: Inputs
    outputs: list[Any]
    widgets: Widgets
    properties: Mapping[str, Any]
    pointer: Pointer = ()
    stands_for: StandsFor | None = None
    resets_type: bool = False
    """Whether resolution continues with the type of the node's own input (true for a subgraph boundary)."""
    raw: Mapping[str, Any] = NO_OPTIONS
    """The node as the file has it."""
    exits: Inputs | None = None
    """On a subgraph node: the inner bindings of its outputs, one input for each output."""

    def pointer_of(self, widget: Widget) -> Pointer:
        """The JSON pointer of a widget's value in the file; for a default, that of the node."""
        saved_at = widget.saved_at
        if saved_at is None:
            return self.pointer
        return saved_at if isinstance(saved_at, tuple) else (*self.pointer, "widgets_values", saved_at)

    @property
    def label(self) -> str | None:
        """The title, for findings; None if there is none or if it is not text."""
        return self.title if isinstance(self.title, str) and self.title else None

    @property
    def vanishes(self) -> bool:
        """Whether the node is left out of the prompt."""
        return self.stands_for is not None or self.mode in OFF


@dataclass(slots=True)
class Graph:
    """All nodes by id, in the order in which the editor visits them."""

    nodes: dict[str, Node] = field(default_factory=dict)

    def to_networkx(self) -> networkx.DiGraph[str]:
        """The links between the nodes as a ``networkx.DiGraph``.

        Nodes carry ``type`` and ``title``; an edge u -> v carries ``inputs``: a list of (input name of v,
        output slot of u). Only links whose origin is in the graph become edges.
        """
        import networkx  # noqa: PLC0415 - 145 ms that a plain conversion does not need

        digraph: networkx.DiGraph[str] = networkx.DiGraph()
        nodes = self.nodes
        with paused_collector():
            digraph.add_nodes_from(
                (ident, {"type": node.type, "title": node.title}) for ident, node in nodes.items()
            )
            for ident, node in nodes.items():
                origins: dict[str, list[tuple[str, Any]]] = {}
                for name, bound in node.inputs.named_bindings():
                    if isinstance(bound, Link) and bound.origin in nodes:
                        origins.setdefault(bound.origin, []).append((name, bound.origin_slot))
                digraph.add_edges_from((origin, ident, {"inputs": rows}) for origin, rows in origins.items())
        return digraph


# --- from the prompt back to the file ------------------------------------------------------------


def origin_of(graph: Graph, node_id: str, name: str | None = None) -> tuple[Pointer, str | None]:
    """The pointer and the title of a node; with ``name``, the pointer of that input's link or widget value.

    A finding about a prompt names a node and an input, but must point into the file that the editor saved.
    Returns ``((), None)`` for a node that the graph does not have. For an input that the file does not have
    (a default), the pointer is that of the node.
    """
    node = graph.nodes.get(node_id)
    if node is None:
        return (), None
    title = node.title if isinstance(node.title, str) else node.type
    pointer = value_pointer(node, name) if name is not None else None
    return pointer or node.pointer, title


def value_pointer(node: Node, name: str) -> Pointer | None:
    """The pointer of an input's link or value in the file; None if the file has neither."""
    for own, bound in node.inputs.named_bindings():
        if own == name:
            return bound.pointer or None
    for widget in node.widgets:
        if widget.name == name and widget.sent and widget.saved_at is not None:
            return node.pointer_of(widget)
    return None
