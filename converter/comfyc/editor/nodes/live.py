"""A node as the editor holds it: inputs, links and widgets, which change while values are assigned.

Source: ``services/litegraphService.ts`` (addInputSocket, addInputWidget),
``core/graph/widgets/dynamicWidgets.ts`` and ``dynamicGroupWidget.ts`` of frontend 1.58.1.

``passes.expand`` makes nodes of the flat graph from these; it leaves them as they are.
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
"""What the companion of a seed says of the next run."""


@dataclass(slots=True)
class LiveInput:
    """An input of a live node. The link that goes into it stands in ``LiveNode.links``."""

    name: str
    type: Any
    widget: str | None = None
    """The widget behind the input."""
    spec: InputSpec | None = None
    """The definition behind an input that came while the file was loaded. For the inputs that a new node
    begins with it is None: the editor looks these up in object_info by name (measured, 1.58.1)."""
    promoted: Promoted | None = None
    """On a subgraph node: the value that it holds for the input."""

    def anew(self) -> LiveInput:
        """An input like this one, for another node."""
        return LiveInput(self.name, self.type, self.widget, self.spec)


@dataclass(slots=True)
class Promoted:
    """The value that a subgraph node holds for the widget behind an input of an inner node.

    ``pointer`` is where the value stands in the file; ``inner`` the inner node and its input.
    """

    value: Any
    pointer: Pointer
    inner: tuple[LiveNode, LiveInput]


@dataclass(frozen=True, slots=True)
class Autogrow:
    """A group of inputs that grows by one each time its last one is linked."""

    specs: tuple[Any, ...]
    names: tuple[str, ...] | None
    prefix: str
    smallest: int
    largest: int

    def name(self, group: str, ordinal: int, key: str) -> str:
        if self.names is not None:
            base = self.names[ordinal] if 0 <= ordinal < len(self.names) else "undefined"
        else:
            base = f"{self.prefix if len(self.specs) == 1 else key}{ordinal}"
        return f"{group}.{base}"


@dataclass(slots=True)
class LiveNode:
    """A node of one graph of the file, made from its type and then configured.

    ``type`` is its class, None for a type that nobody knows and that is exported without a class.

    ``inputs`` may be shared with other nodes of the type, and ``widgets`` may be the file's own list of
    values: whoever changes them calls :meth:`own_inputs` or :meth:`own_widgets` first.

    ``links`` has the links that go into the node by the index of the input. A link in it has that index for
    its ``target_slot``.
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
    """The inputs of the type by name, required ones first, as object_info has them."""
    output_matchtypes: tuple[Any, ...] = ()
    """For each output its template id if it is of a match type, else None."""
    stands_for: StandsFor | None = None
    """For a node that only the editor knows: what its outputs stand for."""
    definition: str | None = None
    """For a subgraph node: the id of its definition."""
    autogrow: dict[str, Autogrow] | None = None
    matchtypes: dict[str, tuple[str, Any]] | None = None
    """For each input of a match type: its template id and the types it allows."""
    is_pattern: bool = False
    """Whether this is the node that all new nodes of its type are copied from."""
    is_unknown: bool = False
    """Whether the catalogue lacks the type."""
    restored: list[Any] | None = None
    """While values are assigned by position: all of them."""
    grown: list[int] | None = None
    """The indexes at which match-type inputs of growing groups were made, at which ``compact`` looks."""

    @property
    def label(self) -> str | None:
        """The title, for findings; None where there is none, or no text."""
        return self.title if isinstance(self.title, str) and self.title else None

    @property
    def vanishes(self) -> bool:
        """Whether the node is left out of the prompt."""
        return self.stands_for is not None or self.mode in OFF

    def own_inputs(self) -> list[LiveInput]:
        """The inputs, to be changed: from now on the node has its own."""
        inputs = self.inputs
        if not isinstance(inputs, list):
            self.inputs = inputs = [slot.anew() for slot in inputs]
        return inputs

    def own_widgets(self) -> WidgetList:
        """The widgets, to be changed: from now on the node has its own."""
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
        """Let a link go into the input of this index."""
        self.links[index] = link
        link.target_slot = index

    def sort_links(self) -> None:
        """Put the links into the order of the inputs; whoever puts links into a configured node does this."""
        self.links = dict(sorted(self.links.items()))

    def index_of(self, link: FileLink) -> int | None:
        """The index of the input that a link goes into, None where it goes into none."""
        index = link.target_slot
        return index if index.__class__ is int and self.links.get(index) is link else None

    def input_value(self, name: str) -> Any:
        """The value behind an input: its widget's, or what a subgraph node holds; else ABSENT."""
        if self.definition is not None:
            for slot in self.inputs:
                if slot.name == name and slot.promoted is not None:
                    return slot.promoted.value
        widget = self.widgets.get(name)
        return ABSENT if widget is None else widget.value


def saved_state(file: FileNode) -> tuple[Any, Any, Mapping[str, Any]]:
    """The title that a node was saved with, None if it has the one of its type; its mode; its properties."""
    member = file.raw.get
    title, mode, properties = member("title"), member("mode"), member("properties")
    if title is not None and title.__class__ is not str and not truthy(title):
        title = None
    return title or None, 0 if mode is None else mode, properties if properties.__class__ is dict else {}


def all_outputs(kinds: list[Any], file: FileNode) -> list[Any]:
    """The types of a node's outputs, with those that the file has beyond them."""
    saved = file.raw.get("outputs")
    if saved.__class__ is not list or len(saved) <= len(kinds):
        return kinds
    return [*kinds, *(slot.get("type") if isinstance(slot, dict) else None for slot in saved[len(kinds) :])]


def rename_duplicates(widgets: WidgetList) -> None:
    """Give widgets of one name the names ``name#1``, ``name#2`` ... as ``types/widgetId.ts`` does."""
    names = {widget.name for widget in widgets}
    if len(names) == len(widgets):
        return
    used: set[str] = set()
    counts: dict[str, int] = {}
    for widget in widgets:
        base = name = widget.name
        count = counts.get(base, 0)
        while name in used or (count and name in names):
            count += 1
            name = f"{base}#{count}"
        counts[base] = count
        widget.name = name
        used.add(name)
        names.add(name)
