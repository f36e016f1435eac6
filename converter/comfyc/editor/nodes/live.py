"""A node as the editor holds it: inputs, links and widgets, which change while values are assigned.

Source: ``services/litegraphService.ts`` (addInputSocket, addInputWidget),
``core/graph/widgets/dynamicWidgets.ts`` and ``dynamicGroupWidget.ts`` of frontend 1.58.1.

``passes.expand`` makes the nodes of the flat graph from live nodes and does not change them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog.specs import InputSpec
from comfyc.diagnostics import Pointer
from comfyc.graph import ABSENT, NO_OPTIONS, OFF, StandsFor, Widget, WidgetList, Widgets
from comfyc.javascript.values import truthy
from comfyc.workflow.model import FileLink, FileNode

CONTROL_MODES = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
"""The values of a seed's ``control_after_generate`` widget."""


@dataclass(slots=True)
class LiveInput:
    """An input of a live node. ``LiveNode.links`` has the link that goes into it."""

    name: str
    type: Any
    widget: str | None = None
    """The name of the widget behind the input, None for a socket."""
    spec: InputSpec | None = None
    """The definition of an input that was added while the file was loaded. None for the inputs that a new
    node starts with: the editor looks those up in object_info by name (measured, 1.58.1)."""
    promoted: Promoted | None = None
    """On a subgraph node: the value that the node holds for the input."""
    made_of: InputSpec | None = None
    """The definition that the input was made of, None for an input that only the file has. (Unlike ``spec``
    it is there for the inputs of a new node, too.)"""

    def anew(self) -> LiveInput:
        """A copy without a promoted value, for another node."""
        return LiveInput(self.name, self.type, self.widget, self.spec, made_of=self.made_of)


@dataclass(slots=True)
class Promoted:
    """The value that a subgraph node holds for the widget behind an input of an inner node.

    ``pointer`` is the JSON pointer of the value in the file; ``inner`` is the inner node and its input.
    """

    value: Any
    pointer: Pointer
    inner: tuple[LiveNode, LiveInput]


@dataclass(frozen=True, slots=True)
class Autogrow:
    """A group of inputs that grows by one member each time its last input is linked."""

    specs: tuple[Any, ...]
    """The definitions (``InputSpec``) of the inputs of one member, usually one."""
    names: tuple[str, ...] | None
    """The names of the members, None if they are numbered."""
    prefix: str
    smallest: int
    """The number of members that are always there."""
    largest: int
    """The number of members at which the group stops growing."""

    def name(self, group: str, ordinal: int, key: str) -> str:
        """The name of an input: ``group`` is that of the group, ``key`` that of the input in its spec."""
        if self.names is not None:
            base = self.names[ordinal] if 0 <= ordinal < len(self.names) else "undefined"
        else:
            base = f"{self.prefix if len(self.specs) == 1 else key}{ordinal}"
        return f"{group}.{base}"


@dataclass(slots=True)
class LiveNode:
    """A node of one graph of the file, made from its type and then configured.

    ``type`` is its class, None for an unknown type that is exported without a class.

    ``inputs`` may be shared with other nodes of the type, and ``widgets`` may be the file's own list of
    values: call :meth:`own_inputs` or :meth:`own_widgets` before changing them.

    ``links`` has the links into the node by the index of the input, which is also the ``target_slot`` of the
    link.
    """

    file: FileNode
    id: str
    type: str | None
    title: Any
    mode: Any
    properties: Mapping[str, Any]
    inputs: Sequence[LiveInput] = field(default_factory=list)
    links: dict[int, FileLink] = field(default_factory=dict)
    widgets: Widgets = field(default_factory=WidgetList)
    outputs: list[Any] = field(default_factory=list)
    """The types of the outputs."""
    declared: Mapping[str, InputSpec] = NO_OPTIONS
    """The inputs of the type by name, as object_info has them, required ones first."""
    output_matchtypes: tuple[Any, ...] = ()
    """For each output of the type its template id, None for an output of a fixed type."""
    stands_for: StandsFor | None = None
    """For an editor-only node: a function that resolves its outputs."""
    definition: str | None = None
    """For a subgraph node: the id of its definition."""
    autogrow: dict[str, Autogrow] | None = None
    matchtypes: dict[str, tuple[str, Any]] | None = None
    """By the name of each match-type input: its template id and the types that it allows."""
    is_pattern: bool = False
    """Whether all new nodes of the type are copied from this node."""
    is_unknown: bool = False
    """Whether the catalogue lacks the type."""
    restored: list[Any] | None = None
    """While saved values are assigned by position: all of them. None otherwise."""
    grown: list[int] | None = None
    """The indexes at which match-type inputs of autogrow groups were added; ``compact`` visits them."""

    @property
    def label(self) -> str | None:
        """The title, for findings; None if there is none or if it is not text."""
        return self.title if isinstance(self.title, str) and self.title else None

    @property
    def vanishes(self) -> bool:
        """Whether the node is left out of the prompt."""
        return self.stands_for is not None or self.mode in OFF

    def own_inputs(self) -> list[LiveInput]:
        """The inputs as the node's own list, which may be changed; shared inputs are copied first."""
        inputs = self.inputs
        if not isinstance(inputs, list):
            self.inputs = inputs = [slot.anew() for slot in inputs]
        return inputs

    def own_widgets(self) -> WidgetList:
        """The widgets as the node's own list, which may be changed; folded widgets are unfolded first."""
        widgets = self.widgets
        if not isinstance(widgets, WidgetList):
            self.widgets = widgets = widgets.editable()
        return widgets

    def assign(self, widget: Widget, value: Any) -> None:
        """Set the value of one of the node's own widgets as the editor's setter does."""
        if widget.change is None:
            widget.value = value
        else:
            widget.change(self, widget, value)

    def put(self, link: FileLink, index: int) -> None:
        """Make a link go into the input of this index."""
        self.links[index] = link
        link.target_slot = index

    def sort_links(self) -> None:
        """Sort the links by the index of the input. Call this after :meth:`put` on a configured node."""
        self.links = dict(sorted(self.links.items()))

    def insert(self, link: FileLink, index: int) -> None:
        """As :meth:`put`, on a configured node, whose links stay sorted."""
        is_last = index > next(reversed(self.links), -1)  # sorting for each of many links would be a square
        self.put(link, index)
        if not is_last:
            self.sort_links()

    def index_of(self, link: FileLink) -> int | None:
        """The index of the input that a link goes into; None if it goes into no input of this node."""
        index = link.target_slot
        return index if index.__class__ is int and self.links.get(index) is link else None

    def input_value(self, name: str) -> Any:
        """The value of an input: its widget's, or the promoted one of a subgraph node; else ABSENT."""
        if self.definition is not None:
            for slot in self.inputs:
                if slot.name == name and slot.promoted is not None:
                    return slot.promoted.value
        widget = self.widgets.get(name)
        return ABSENT if widget is None else widget.value


def saved_state(file: FileNode) -> tuple[Any, Any, Mapping[str, Any]]:
    """The saved title (None if the type's title applies), mode and properties of a node."""
    member = file.raw.get
    title, mode, properties = member("title"), member("mode"), member("properties")
    if title is not None and title.__class__ is not str and not truthy(title):
        title = None
    return title or None, 0 if mode is None else mode, properties if properties.__class__ is dict else {}


def all_outputs(kinds: list[Any], file: FileNode) -> list[Any]:
    """The output types of a node: ``kinds``, followed by those of further outputs that the file has."""
    saved = file.raw.get("outputs")
    if saved.__class__ is not list or len(saved) <= len(kinds):
        return kinds
    return [*kinds, *(slot.get("type") if isinstance(slot, dict) else None for slot in saved[len(kinds) :])]
