"""What the documents at hand say about the widgets of a node type that no catalogue knows.

A picture carries the prompt that was run beside the workflow, and so do requests to a server. The editor writes the
widgets of a node into a prompt first, in their order, and then the links; a linked widget keeps its position. (A server
keeps that order, and writes the prompt into the picture.) So the prompt names the widgets of each of its types, also
for nodes that it does not have. It may be of another state than the workflow: :meth:`Witnesses.own` looks up a node by
its id, and the caller compares the values.

Within the workflow, nodes of the type may list names of widgets (an input that has one names it) or save their values
by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from comfyc.graph import ABSENT
from comfyc.workflow.model import FileGraph, FileNode

MOST_PAIRS = 1 << 20
"""Upper bound on the pairs of a name and a value that are compared for one document."""
_MOST_NODES = 64
"""Upper bound on the nodes of a type whose names are put together."""
_MOST_NAMES = 512
"""Upper bound on the inputs of a node whose names are put together with others'."""

Inputs = Mapping[str, Any]
"""The inputs of a node of a prompt."""


class Witnesses:
    """The names of widgets by node type, as the documents at hand have them.

    ``read_prompt`` gives the prompt beside the workflow, or anything else if there is none; it is called once, when the
    first unknown type is met. ``graphs`` are those of the workflow.
    """

    def __init__(self, read_prompt: Callable[[], Any] | None, graphs: Iterable[FileGraph]) -> None:
        self._inner: dict[str, list[tuple[str, Inputs]]] = {}
        self._by_id: dict[str, tuple[str, Inputs]] = {}
        self._by_type: dict[str, list[Inputs]] = {}
        self._nodes: dict[str, list[FileNode]] = {}
        self._marked: dict[str, dict[str, Any]] = {}
        self.pairs_left = MOST_PAIRS
        self._index(read_prompt() if read_prompt is not None else None)
        for graph in graphs:
            for node in graph.nodes:
                self._nodes.setdefault(node.type, []).append(node)

    def _index(self, prompt: Any) -> None:
        for ident, node in prompt.items() if isinstance(prompt, dict) else ():
            kind, inputs = (node.get("class_type"), node.get("inputs")) if isinstance(node, dict) else (None, None)
            if isinstance(kind, str) and isinstance(inputs, dict) and len(inputs) <= _MOST_NAMES:
                self._by_id[ident] = (kind, inputs)
                self._by_type.setdefault(kind, []).append(inputs)
                outer, _, inner = ident.rpartition(":")
                if outer:
                    self._inner.setdefault(inner, []).append((kind, inputs))

    def own(self, node: FileNode, *, is_inner: bool) -> list[Inputs]:
        """What the prompt has for a node: its inputs if id, type and links agree. A node inside a subgraph has as many
        entries as there are subgraph nodes."""
        names = set(node.input_names)
        entry = self._by_id.get(node.id)
        found = self._inner.get(node.id, []) if is_inner else [entry] if entry is not None else []
        return [inputs for kind, inputs in found if kind == node.type and names.issuperset(_linked(inputs))]

    def of_type(self, kind: str) -> list[Inputs]:
        """What the prompt has for nodes of a type."""
        return self._by_type.get(kind, [])[:_MOST_NODES]

    def marked(self, kind: str) -> dict[str, Any]:
        """The names of widgets that inputs of nodes of a type mention in the file, with the type of the input, in the
        order of the widgets as far as it shows."""
        known = self._marked.get(kind)
        if known is None:
            order: list[str] = []
            types: dict[str, Any] = {}
            nodes = [node for node in self._nodes.get(kind, ())[:_MOST_NODES] if len(node.inputs) <= _MOST_NAMES]
            for node in sorted(nodes, key=lambda one: -len(one.inputs)):
                marks = marked_widgets(node)
                insert_names(order, list(marks))
                types = {**marks, **types}
            known = self._marked[kind] = {name: types[name] for name in order}
        return known

    def saved_by_name(self, kind: str) -> Mapping[str, Any]:
        """Values by name of a node of a type that has them, in the order of its widgets; {} if no node does."""
        for node in self._nodes.get(kind, ())[:_MOST_NODES]:
            named = node.raw.get("widgets_values_named")
            if isinstance(named, dict) and named:
                return named
        return {}

    def take(self, pairs: int) -> bool:
        """Whether so many pairs of names and values may still be compared."""
        self.pairs_left -= pairs
        return self.pairs_left >= 0


def marked_widgets(node: FileNode) -> dict[str, Any]:
    """The names of widgets that the inputs of a saved node mention, with the types of the inputs."""
    found: dict[str, Any] = {}
    for slot in node.inputs:
        widget = slot.get("widget")
        name = widget.get("name") if isinstance(widget, dict) else None
        if isinstance(name, str):
            found.setdefault(name, slot.get("type"))
    return found


def widget_names(inputs: Inputs, marked: Iterable[str]) -> list[str]:
    """The names of the widgets among the inputs of a prompt's node, in order.

    A link is behind a widget if the file says so (``marked``), or if a value follows.
    """
    marks = set(marked)
    last = max((index for index, value in enumerate(inputs.values()) if not is_link(value)), default=-1)
    return [name for index, name in enumerate(inputs) if index <= last or name in marks]


def example_of(inputs: Inputs, name: str) -> Any:
    """The value of an input in a prompt; ABSENT if it is linked or not there."""
    value = inputs.get(name, ABSENT)
    return ABSENT if is_link(value) else value


def insert_names(order: list[str], others: Sequence[str]) -> None:
    """Insert the names that ``order`` lacks, each behind the one that it follows in ``others``."""
    known = set(order)
    position = 0
    for name in others:
        if name in known:
            position = order.index(name) + 1
        else:
            order.insert(position, name)
            known.add(name)
            position += 1


def is_link(value: Any) -> bool:
    """Whether a value of a prompt is a link. (Lists that are values are wrapped in an object.)"""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )


def _linked(inputs: Inputs) -> Iterable[str]:
    return (name for name, value in inputs.items() if is_link(value))
