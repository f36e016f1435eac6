"""The graph between the two languages: flat, named nodes and what each of their inputs is bound to.

A :class:`Graph` holds every node that the editor looks at when it exports: those that become part of the
prompt and those that only *stand for* something else (reroutes, subgraph nodes and their boundaries,
bypassed and muted nodes, notes). ``passes.splice`` makes the latter disappear.

networkx is imported only by :meth:`Graph.to_networkx`: a cold ``convert`` does not pay for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from comfyc.diagnostics import Pointer
from comfyc.gc_pause import paused_collector
from comfyc.javascript.values import is_safe

if TYPE_CHECKING:
    import networkx

MUTED = 2
"""``mode`` of a node that does not run and gives nothing (LGraphEventMode.NEVER)."""
BYPASSED = 4
"""``mode`` of a node that passes a fitting input through (LGraphEventMode.BYPASS)."""
OFF = (MUTED, BYPASSED)
"""The modes of nodes that are not in the prompt."""

BROWSER_KINDS = frozenset({"webcam", "load3D", "load3DAdvanced", "audiorecord"})
"""Kinds of widgets whose value the browser makes while it exports."""


@dataclass(slots=True)
class Link:
    """A binding to an output of the node ``origin``; ``pointer`` is where the link stands in the file."""

    origin: str
    origin_slot: Any
    pointer: Pointer = ()


class Const(NamedTuple):
    """A binding to a value: what a subgraph node holds for a promoted widget.

    ``value`` is :data:`ABSENT` where the editor would export ``undefined`` (the member vanishes).
    ``pointer`` is where the value stands in the file.
    """

    value: Any
    pointer: Pointer = ()


Binding = Link | Const | None


class _NoOptions(Mapping[str, Any]):
    """An empty mapping that may be a default of a dataclass field: hashable, and no dict for Python 3.10."""

    __slots__ = ()
    __hash__ = object.__hash__

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def get(self, key: str, default: Any = None) -> Any:
        return default


NO_OPTIONS: Mapping[str, Any] = _NoOptions()


class _Absent:
    """No value at all, which is not ``null``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> _Absent:
        return self

    def __deepcopy__(self, memo: object) -> _Absent:
        return self


ABSENT: Any = _Absent()


# --- inputs --------------------------------------------------------------------------------------


class Slot(Protocol):
    """What all descriptions of an input have: its name, its type, and the widget behind it (or None)."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> Any: ...
    @property
    def widget(self) -> str | None: ...


class Input(NamedTuple):
    """An input of a node: its name, its type, the widget behind it (or None) and what it is bound to."""

    name: str
    type: Any
    widget: str | None = None
    binding: Binding = None


class Inputs:
    """The inputs of one node, in order.

    ``declared`` describes them all and may be shared by many nodes; ``bindings`` has what is bound, by the
    index of the input and in ascending order. All else about an input is the same for all nodes of a type.
    """

    __slots__ = ("_bindings", "_declared")

    def __init__(self, declared: Sequence[Slot], bindings: dict[int, Link | Const]) -> None:
        self._declared = declared
        self._bindings = bindings

    def __len__(self) -> int:
        return len(self._declared)

    def __getitem__(self, index: int) -> Input:
        if index < 0:
            index += len(self._declared)
        slot = self._declared[index]
        return Input(slot.name, slot.type, slot.widget, self._bindings.get(index))

    def __iter__(self) -> Iterator[Input]:
        bindings = self._bindings
        for index, slot in enumerate(self._declared):
            yield Input(slot.name, slot.type, slot.widget, bindings.get(index))

    def bound(self) -> Iterator[Input]:
        """The inputs that are bound, in order."""
        return map(self.__getitem__, self._bindings)

    def bound_indexes(self) -> list[int]:
        """The indexes of the inputs that are bound, in order; they may be bound anew meanwhile."""
        return list(self._bindings)

    def bindings(self) -> list[tuple[str, Link | Const]]:
        """The names of the inputs that are bound and what they are bound to, in order."""
        declared = self._declared
        return [(declared[index].name, binding) for index, binding in self._bindings.items()]

    def bind(self, index: int, binding: Binding) -> None:
        """Bind the input of this index to something else, or to nothing."""
        bindings = self._bindings
        if binding is None:
            bindings.pop(index, None)
            return
        is_new = index not in bindings
        bindings[index] = binding
        if is_new and len(bindings) > 1:
            self._bindings = dict(sorted(bindings.items()))

    def links_outside(self, nodes: Container[str]) -> list[tuple[int, Slot, Link]]:
        """The inputs that are linked with a node that is not among these: index, description and link."""
        declared = self._declared
        return [
            (index, declared[index], binding)
            for index, binding in self._bindings.items()
            if not isinstance(binding, Const) and binding.origin not in nodes
        ]

    def extended(self, more: Input) -> Inputs:
        """These inputs and one more, for a node of its own."""
        made = Inputs([*self._declared, more], dict(self._bindings))
        made.bind(len(self._declared), more.binding)
        return made

    def renamed(self, old: str, new: str) -> Inputs:
        """These inputs with another name for those of this name."""
        if all(slot.name != old for slot in self._declared):
            return self
        return inputs_of([slot._replace(name=new) if slot.name == old else slot for slot in self])

    def copy(self) -> Inputs:
        """The same inputs, for a node whose bindings change without these."""
        return Inputs(self._declared, dict(self._bindings))


def inputs_of(slots: Sequence[Input]) -> Inputs:
    """Inputs from a list of them."""
    return Inputs(slots, {at: slot.binding for at, slot in enumerate(slots) if slot.binding is not None})


# --- widgets -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Widget:
    """A widget of a node.

    ``kind`` is the editor's type of it ("number", "combo", "customtext", ...); ``sent`` says whether it goes
    into the prompt, ``stored`` whether ``widgets_values`` has a value for it; ``options`` are those of its
    input in object_info; ``finish`` names the last change that its text gets when the prompt is written
    ("dynamic", "filename", "index", "scene"; "always" for ``options["always"]`` instead).

    ``saved_at`` is where the file has the value: an index or a key of the node's ``widgets_values``, or a
    whole pointer where the value stands elsewhere; None for a default.
    """

    name: str
    kind: str
    value: Any
    sent: bool = True
    stored: bool = True
    options: Mapping[str, Any] = NO_OPTIONS
    finish: str | None = None
    saved_at: int | str | Pointer | None = None
    change: Callable[[Any, Widget, Any], None] | None = None
    """What assigning a value does while a file is loaded, where it is more than setting ``value``."""

    def anew(self) -> Widget:
        """A widget like this one, whose value stands nowhere in the file."""
        return Widget(
            self.name,
            self.kind,
            self.value,
            self.sent,
            self.stored,
            self.options,
            self.finish,
            None,
            self.change,
        )


class Widgets(ABC):
    """The widgets of one node, in order, to be read. ``editable`` gives a list of them to change."""

    __slots__ = ()

    @abstractmethod
    def __iter__(self) -> Iterator[Widget]: ...

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def get(self, name: str) -> Widget | None:
        """The first widget of this name."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a widget of this name."""

    @abstractmethod
    def plain_values(self) -> dict[str, Any] | None:
        """The values that go into the prompt, by name, if each is written as it stands.

        That is so for texts, booleans and numbers whose widgets' names are no array indexes, which
        JavaScript would list first. None where a value or a name is of another kind.
        """

    @abstractmethod
    def special(self) -> Sequence[Widget]:
        """The widgets that the prompt may have another value for: those with a ``finish``, those whose value
        the browser makes, and those with an integer that JavaScript rounds."""

    @abstractmethod
    def editable(self) -> WidgetList:
        """The widgets as a list: these themselves if they are one, else made anew."""


class WidgetList(list[Widget], Widgets):
    """Widgets one by one, to be changed and rearranged."""

    __slots__ = ()

    def get(self, name: str) -> Widget | None:
        for widget in self:
            if widget.name == name:
                return widget
        return None

    def has(self, name: str) -> bool:
        return self.get(name) is not None

    def plain_values(self) -> dict[str, Any] | None:
        return None

    def special(self) -> Sequence[Widget]:
        return [
            widget
            for widget in self
            if widget.finish is not None
            or widget.kind in BROWSER_KINDS
            or (widget.value.__class__ is int and not is_safe(widget.value))
        ]

    def editable(self) -> WidgetList:
        return self


# --- nodes ---------------------------------------------------------------------------------------


StandsFor = Callable[["Graph", "Node", Any, Any], Input | Const | None]
"""What the output ``slot`` of a node that vanishes stands for, asked for an input of a wanted type."""


@dataclass(slots=True)
class Node:
    """One node of the flat graph.

    ``id`` is the execution id ("30:13" inside a subgraph); ``type`` the class, None for a class that is
    written without ``class_type``; ``outputs`` the types of its outputs; ``pointer`` is where the node stands
    in the user's file; ``stands_for`` is set for nodes that never reach the prompt.
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
    """True where resolution goes on with the type of the node's own input (a subgraph boundary)."""
    raw: Mapping[str, Any] = NO_OPTIONS
    """The node as the file has it."""
    exits: Inputs | None = None
    """On a subgraph node: what is bound to each of its outputs inside."""

    def pointer_of(self, widget: Widget) -> Pointer:
        """Where in the file the value of a widget stands; the node itself for a default."""
        saved_at = widget.saved_at
        if saved_at is None:
            return self.pointer
        return saved_at if isinstance(saved_at, tuple) else (*self.pointer, "widgets_values", saved_at)

    @property
    def label(self) -> str | None:
        """The title, for findings; None where there is none, or no text."""
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
                for name, bound in node.inputs.bindings():
                    if isinstance(bound, Link) and bound.origin in nodes:
                        origins.setdefault(bound.origin, []).append((name, bound.origin_slot))
                digraph.add_edges_from((origin, ident, {"inputs": rows}) for origin, rows in origins.items())
        return digraph


# --- from the prompt back to the file ------------------------------------------------------------


def origin_of(graph: Graph, node_id: str, name: str | None = None) -> tuple[Pointer, str | None]:
    """The pointer and the title of a node; with ``name`` the pointer of that input's link or widget value.

    A finding about a prompt names a node and an input, but must point into the file that the editor saved.
    ``((), None)`` for a node that the graph does not have. For an input that the file does not have (a
    default) the pointer is the node's.
    """
    node = graph.nodes.get(node_id)
    if node is None:
        return (), None
    title = node.title if isinstance(node.title, str) else node.type
    pointer = value_pointer(node, name) if name is not None else None
    return pointer or node.pointer, title


def value_pointer(node: Node, name: str) -> Pointer | None:
    """The pointer of an input's link or value in the file; None if the file does not have it."""
    for own, bound in node.inputs.bindings():
        if own == name:
            return bound.pointer or None
    for widget in node.widgets:
        if widget.name == name and widget.sent and widget.saved_at is not None:
            return node.pointer_of(widget)
    return None
