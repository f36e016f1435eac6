"""What the documents at hand say about the widgets of a node type that no catalogue knows.

A picture carries the prompt that was run beside the workflow, and so do requests to a server. The editor
writes the widgets of a node into a prompt first, in their order, and then the links; a linked widget keeps
its position. (A server keeps that order, and writes the prompt into the picture.) So the prompt names the
widgets of each of its types, also for nodes that it does not have. It may be of another state than the
workflow: :meth:`Witnesses.own` looks up a node by its id, and the caller compares the values.

Within the workflow, nodes of the type may list names of widgets (an input that has one names it) or save
their values by name, and subgraph nodes name the widgets that they show (``proxyWidgets``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from comfyc.editor.naming.alignment import Comparable
from comfyc.graph import ABSENT
from comfyc.workflow.model import FileGraph, FileNode

_MOST_PAIRS = 1 << 19
"""Upper bound on the pairs of names and values that are compared for one document."""
_CHEAP = 16
"""So many names are looked through in the time that a pair takes."""
_MOST_NODES = 64
"""Upper bound on the nodes of a type whose names are put together."""
_MOST_ENTRIES = 16
"""Upper bound on the nodes of the prompt that one node inside a subgraph is compared with."""
_MOST_NAMES = 512
"""Upper bound on the inputs of a node whose names are put together with others'."""
_SAME_STATE = 0.8
"""The least share of a prompt's values that the workflow repeats if both are of one state. Texts may differ,
as dynamic prompts are resolved, and so do values that links, subgraph nodes and scripts give."""

Inputs = Mapping[str, Any]
"""The inputs of a node of a prompt."""


class Witnesses:
    """The names of widgets by node type, as the documents at hand have them.

    ``read_prompt`` gives the prompt beside the workflow, or anything else if there is none. ``graphs`` are
    those of the workflow by id, the main graph under None.
    """

    def __init__(self, read_prompt: Callable[[], Any] | None, graphs: Mapping[str | None, FileGraph]) -> None:
        self._by_id: dict[str, tuple[str, Inputs]] = {}
        self._inner: dict[str, list[tuple[str, Inputs]]] = {}
        self._by_type: dict[str, list[Inputs]] = {}
        self._nodes: dict[str, list[FileNode]] = {}
        self._shown: dict[tuple[str, str], dict[str, None]] = {}
        self._marks: dict[str, tuple[dict[str, Any], bool]] = {}
        self._examples: dict[str, dict[str, Any]] = {}
        self._is_same_state: bool | None = None
        self._pairs_left = _MOST_PAIRS
        self._index_prompt(read_prompt() if read_prompt is not None else None)
        for graph in graphs.values():
            for node in graph.nodes:
                self._nodes.setdefault(node.type, []).append(node)
                if node.type in graphs:
                    self._index_shown(node)

    def _index_prompt(self, prompt: Any) -> None:
        for ident, node in prompt.items() if isinstance(prompt, dict) else ():
            if not isinstance(node, dict):
                continue
            kind, inputs = node.get("class_type"), node.get("inputs")
            if isinstance(kind, str) and isinstance(inputs, dict) and len(inputs) <= _MOST_NAMES:
                self._by_id[ident] = (kind, inputs)
                self._by_type.setdefault(kind, []).append(inputs)
                outer, _, inner = ident.rpartition(":")
                if outer:
                    self._inner.setdefault(inner, []).append((kind, inputs))

    def _index_shown(self, host: FileNode) -> None:
        properties = host.raw.get("properties")
        entries = properties.get("proxyWidgets") if isinstance(properties, dict) else None
        for entry in entries if isinstance(entries, list) else ():
            if (
                not isinstance(entry, list)
                or len(entry) != 2
                or not all(isinstance(one, str) for one in entry)
            ):
                continue
            ident, name = entry
            if not name.endswith("control_after_generate") and not name.startswith("$$"):  # neither is sent
                self._shown.setdefault((host.type, ident), {})[name] = None

    def own(self, node: FileNode, *, is_inner: bool) -> list[Inputs]:
        """What the prompt has for a node: its inputs if id, type and links agree. A node inside a subgraph
        has as many entries as there are subgraph nodes."""
        names = set(node.input_names)
        entry = self._by_id.get(node.id)
        found = self._inner.get(node.id, []) if is_inner else [entry] if entry is not None else []
        return [
            inputs
            for kind, inputs in found[:_MOST_ENTRIES]
            if kind == node.type
            and names.issuperset(name for name, value in inputs.items() if is_link(value))
        ]

    def examples(self, kind: str) -> dict[str, Any]:
        """The names of a type's widgets in the prompt, in order, each with a value if one is not linked; {}
        if the prompt has no node of the type."""
        known = self._examples.get(kind)
        if known is None:
            found: dict[str, Any] = {}
            order: list[str] = []
            marks, _ = self._marks_of(kind)
            for inputs in sorted(self._by_type.get(kind, ())[:_MOST_NODES], key=len, reverse=True):
                names = widget_names(inputs, marks)
                if self.insert(order, names):
                    found = {**without_absent({name: example_of(inputs, name) for name in names}), **found}
            known = self._examples[kind] = {name: found.get(name, ABSENT) for name in order}
        return known

    def knows(self, kind: str) -> bool:
        """Whether the prompt has a node of a type."""
        return kind in self._by_type

    def is_same_state(self) -> bool:
        """Whether prompt and workflow are of one state, by the values of the nodes that both have."""
        if self._is_same_state is None:
            compared = repeated = 0
            for node in (node for nodes in self._nodes.values() for node in nodes):
                kind, inputs = self._by_id.get(node.id, (None, {}))
                values = node.raw.get("widgets_values")
                if kind == node.type and isinstance(values, list):
                    saved = {(one.kind, one.content) for one in map(Comparable, values)}
                    given = [Comparable(value) for value in inputs.values() if not is_link(value)]
                    compared += len(given)
                    repeated += sum((one.kind, one.content) in saved for one in given)
            self._is_same_state = repeated > 0 and repeated >= _SAME_STATE * compared
        return self._is_same_state

    def marked(self, kind: str) -> dict[str, Any]:
        """The names of widgets that inputs of nodes of a type mention in the file, with the type of the
        input, in the order of the widgets. {} if the file does not tell their order."""
        marks, is_known = self._marks_of(kind)
        return marks if is_known else {}

    def _marks_of(self, kind: str) -> tuple[dict[str, Any], bool]:
        """The names that inputs mention, with their types, and whether the file tells their order."""
        known = self._marks.get(kind)
        if known is None:
            order: list[str] = []
            types: dict[str, Any] = {}
            follows: set[tuple[str, str]] = set()
            nodes = [
                node for node in self._nodes.get(kind, ())[:_MOST_NODES] if len(node.inputs) <= _MOST_NAMES
            ]
            for node in sorted(nodes, key=lambda one: -len(one.inputs)):
                marks = marked_widgets(node)
                names = list(marks)
                if self.insert(order, names):
                    types = {**marks, **types}
                    follows.update(pairwise(names))
            is_known = follows.issuperset(pairwise(order))
            known = self._marks[kind] = {name: types[name] for name in order}, is_known
        return known

    def shown(self, definition: str, node: FileNode) -> Sequence[str]:
        """The names of widgets of a node inside a definition that subgraph nodes show."""
        return tuple(self._shown.get((definition, node.id), ()))

    def saved_by_name(self, kind: str) -> Mapping[str, Any]:
        """Values by name of a node of a type that has them, in the order of its widgets; {} if no node
        does."""
        for node in self._nodes.get(kind, ())[:_MOST_NODES]:
            named = node.raw.get("widgets_values_named")
            if isinstance(named, dict) and named:
                return named
        return {}

    def insert(self, order: list[str], others: Sequence[str]) -> bool:
        """Insert the names that ``order`` lacks, each behind the one that it follows in ``others``. False if
        too much has been compared."""
        if not self.takes(len(order) // _CHEAP + 1, len(others)):
            return False
        known = set(order)
        position = 0
        for name in others:
            if name in known:
                position = order.index(name) + 1
            else:
                order.insert(position, name)
                known.add(name)
                position += 1
        return True

    def takes(self, names: int, values: int) -> bool:
        """Whether so many names may still be compared with so many values."""
        self._pairs_left -= names * values
        return self._pairs_left >= 0


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


def without_absent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in values.items() if value is not ABSENT}


def is_link(value: Any) -> bool:
    """Whether a value of a prompt is a link. (Lists that are values are wrapped in an object.)"""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )
