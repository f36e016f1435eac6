"""The graph between the two languages: flat, named nodes and what each of their inputs is bound to.

A :class:`Graph` holds every node that the editor would look at when it exports: those that become
part of the prompt and those that only *stand for* something else (reroutes, subgraph hosts and their
boundaries, bypassed and muted nodes, notes). ``passes.splice`` makes the latter disappear.

networkx is imported only by :meth:`Graph.to_networkx`: a cold ``convert`` does not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from comfyc.diagnostics import Pointer
from comfyc.gc_pause import paused_collector

if TYPE_CHECKING:
    import networkx

MUTED = 2
"""``mode`` of a node that does not run and gives nothing (LGraphEventMode.NEVER)."""
BYPASSED = 4
"""``mode`` of a node that passes a fitting input through (LGraphEventMode.BYPASS)."""
OFF = (MUTED, BYPASSED)
"""The modes of nodes that are not in the prompt."""

BROWSER_KINDS = frozenset({"webcam", "load3D", "load3DAdvanced", "audiorecord"})
"""Widgets whose value the browser makes while it exports."""


class _Placed(Protocol):
    """A node or link of the file, which knows its place: few are ever asked for it."""

    @property
    def pointer(self) -> Pointer: ...


@dataclass(slots=True)
class Link:
    """A binding to an output of the node ``origin``; ``place`` is the link in the file or where it stands."""

    origin: str
    origin_slot: Any
    place: Pointer | _Placed = ()

    @property
    def pointer(self) -> Pointer:
        """Where the link stands in the file."""
        return self.place if isinstance(self.place, tuple) else self.place.pointer


@dataclass(slots=True)
class Const:
    """A binding to a value: what a subgraph host holds for a promoted widget.

    ``value`` is :data:`ABSENT` where the editor would export ``undefined`` (the member vanishes).
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


@dataclass(slots=True)
class Input:
    """An input slot: its name, its type, the widget behind it (or None) and what it is bound to."""

    name: str
    type: Any
    widget: str | None = None
    binding: Binding = None

    def anew(self) -> Input:
        """An input like this one, bound to nothing."""
        return Input(self.name, self.type, self.widget)


@dataclass(slots=True)
class Widget:
    """A widget of a node.

    ``kind`` is the editor's type of it ("number", "combo", "customtext", ...); ``sent`` says whether
    it goes into the prompt, ``stored`` whether it takes a place in ``widgets_values``; ``place`` is
    that place (an index, a key of a dict, or a whole pointer where the value came from another node),
    None where the value is a default; ``options`` are
    those of its input in object_info; ``finish`` names the last change that its text gets when the
    prompt is written ("dynamic", "filename", "index", "scene"; "always" for ``options["always"]`` instead).
    """

    name: str
    kind: str
    value: Any
    sent: bool = True
    stored: bool = True
    options: Mapping[str, Any] = NO_OPTIONS
    finish: str | None = None
    place: int | str | Pointer | None = None
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


StandsFor = Callable[["Graph", "Node", Any, Any], Input | Const | None]
"""What the output ``slot`` of a node that vanishes stands for, asked for an input of a wanted type."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """What all nodes of an ordinary type have in common: their inputs, unlinked, and their widgets.

    With it a node can be *folded*: hold nothing but the inputs that are linked, in order, and the values
    of its widgets as the file has them. Most nodes of most files are, and few are ever unfolded.

    The values are those of ``stored`` widgets in order, as many as the file has, ``least`` at least.
    """

    inputs: tuple[Input, ...]
    slots: list[str]
    """The names of the inputs."""
    widgets: tuple[Widget, ...]
    names: tuple[str | None, ...]
    """The names under which the values are sent, None for those that are not."""
    defaults: tuple[Any, ...]
    """What takes the place of values that the file does not have."""
    least: int
    is_simple: bool
    """Whether the values are all that is sent."""
    finished: tuple[tuple[int, str], ...]
    """The places of values with a ``finish``, and this."""
    texts: tuple[int, ...]
    """The places of values in text areas."""
    controls: tuple[int, ...]
    """The places of seed controls."""
    idle: frozenset[int]
    """The places of values that may be null, as nothing ever looks at them."""
    places: Mapping[str, tuple[int | None, Widget]]
    """By the name of each widget the place of its value, None if it has none, and the widget itself."""

    def look(self, values: list[Any], name: str) -> Widget | None:
        """One widget of a folded node as it is, to read and not to change."""
        place, w = self.places.get(name, (None, None))
        if w is None or place is None or place >= len(values):
            return w
        return Widget(w.name, w.kind, values[place], w.sent, w.stored, w.options, w.finish, place)

    def all_inputs(self, linked: list[Input]) -> list[Input]:
        """The inputs of a folded node, those that are not linked made anew."""
        found = {slot.name: slot for slot in linked}
        return [found.get(slot.name) or slot.anew() for slot in self.inputs]

    def all_widgets(self, values: list[Any]) -> list[Widget]:
        """The widgets of a folded node; those without a value are at their defaults."""
        made = [widget.anew() for widget in self.widgets]
        stored = (widget for widget in made if widget.stored)
        for place, (widget, value) in enumerate(zip(stored, values, strict=False)):
            widget.value, widget.place = value, place
        return made


@dataclass(slots=True)
class Node:
    """One node of the flat graph.

    ``id`` is the execution id ("30:13" inside a subgraph); ``type`` the class, None for a class that
    is written without ``class_type``; ``outputs`` the types of its outputs; ``place`` is the node in
    the user's file or where it stands; ``stands_for`` is set for nodes that never reach the prompt.

    While ``sketch`` is set, the node is folded: ``slots`` are its linked inputs and ``held`` the values of
    its widgets. ``inputs`` and ``widgets`` unfold it, so what looks at every node should do without them.
    """

    id: str
    type: str | None
    title: Any
    mode: Any
    slots: list[Input]
    outputs: list[Any]
    held: list[Any]
    properties: Mapping[str, Any]
    place: Pointer | _Placed = ()
    stands_for: StandsFor | None = None
    resets_type: bool = False
    """True where resolution goes on with the type of the node's own input (a subgraph boundary)."""
    raw: Mapping[str, Any] = NO_OPTIONS
    """The node as the file has it."""
    exits: list[Input] | None = None
    """On a subgraph host: what is bound to each of its outputs inside."""
    sketch: Sketch | None = None

    @property
    def pointer(self) -> Pointer:
        """Where the node stands in the file."""
        return self.place if isinstance(self.place, tuple) else self.place.pointer

    def pointer_of(self, widget: Widget) -> Pointer:
        """Where in the file the value of a widget stands; the node itself for a default."""
        place = widget.place
        if place is None:
            return self.pointer
        return place if isinstance(place, tuple) else (*self.pointer, "widgets_values", place)

    @property
    def inputs(self) -> list[Input]:
        """All inputs."""
        if self.sketch is not None:
            self.unfold()
        return self.slots

    @inputs.setter
    def inputs(self, inputs: list[Input]) -> None:
        self.unfold()
        self.slots = inputs

    @property
    def widgets(self) -> list[Widget]:
        """All widgets."""
        if self.sketch is not None:
            self.unfold()
        return self.held

    @widgets.setter
    def widgets(self, widgets: list[Widget]) -> None:
        self.unfold()
        self.held = widgets

    def unfold(self) -> None:
        """Make what the sketch stands for, if there is one."""
        if self.sketch is not None:
            self.slots = self.sketch.all_inputs(self.slots)
            self.held = self.sketch.all_widgets(self.held)
            self.sketch = None

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
        inside: Any = digraph  # filled by hand: add_nodes_from and add_edges_from take twice as long
        attributes, successors, predecessors = inside._node, inside._succ, inside._pred
        with paused_collector():
            successors.update({ident: {} for ident in nodes})
            for ident, node in nodes.items():
                attributes[ident] = {"type": node.type, "title": node.title}
                origins: dict[str, dict[str, Any]] = {}
                predecessors[ident] = origins
                for slot in node.slots:
                    bound = slot.binding
                    if isinstance(bound, Link) and bound.origin in successors:
                        origin = bound.origin
                        if origin in origins:
                            origins[origin]["inputs"].append((slot.name, bound.origin_slot))
                        else:
                            edge = {"inputs": [(slot.name, bound.origin_slot)]}
                            origins[origin] = successors[origin][ident] = edge
        return digraph
