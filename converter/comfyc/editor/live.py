"""A node as the editor holds it: live inputs and widgets, which change while values are assigned.

Source: ``services/litegraphService.ts`` (addInputSocket, addInputWidget),
``core/graph/widgets/dynamicWidgets.ts`` and ``dynamicGroupWidget.ts`` of frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comfyc.catalog.specs import InputSpec
from comfyc.diagnostics import Pointer
from comfyc.graph import ABSENT, NO_OPTIONS, Const, Input, Node, Widget
from comfyc.workflow import FileLink, FileNode

CONTROL_MODES = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
"""What the companion of a seed says of the next run."""


@dataclass(slots=True)
class LiveInput(Input):
    """An input slot of a live node, bound to the link that goes into it, if there is one.

    It becomes an input of the flat graph itself, in which ``passes.expand`` binds what else there is.
    """

    binding: FileLink | None = None
    spec: InputSpec | None = None
    """The definition behind an input that came while the file was loaded. Measured: the editor forgets it
    for all inputs that a new node begins with, and looks these up in object_info by name."""
    promoted: Promoted | None = None
    """On a subgraph host: the value that it holds for the input."""

    def anew(self) -> LiveInput:
        """An input like this one, linked to nothing."""
        return LiveInput(self.name, self.type, self.widget, None, self.spec)


@dataclass(slots=True)
class Promoted(Const):
    """The value that a subgraph host holds for the widget behind an input of an inner node."""

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


NO_FILE = FileNode("", "", {}, ())


@dataclass(slots=True)
class LiveNode(Node):
    """A node of one graph of the file after it has been made from its type and configured.

    It becomes a node of the flat graph itself, once: ``passes.expand`` changes its ``id`` then.
    ``type`` is its class, None for a type that nobody knows and that is exported without a class;
    ``definition`` the id of the subgraph definition that a host stands for.
    """

    file: FileNode = NO_FILE
    definition: str | None = None
    autogrow: dict[str, Autogrow] | None = None
    matchtypes: dict[str, tuple[str, Any]] | None = None
    """For each input of a match type: its template id and the types it allows."""
    output_matchtypes: tuple[Any, ...] = ()
    declared: Mapping[str, InputSpec] = NO_OPTIONS
    """The inputs of the type by name, required ones first, as object_info has them."""
    by_name: dict[str, Widget] | None = None
    """The widgets of an unknown node, which may be any number, but do not change."""
    placed: dict[int, FileLink] | None = None
    """While the node is configured: the links into it by the index of the input."""
    restored: list[Any] | None = None
    """While values are assigned by position: all of them."""
    grown: list[int] | None = None
    """The indexes at which match-type inputs of growing groups were made, at which ``compact`` looks."""

    if TYPE_CHECKING:  # all inputs are live; a list of these is none of others, for mypy
        slots: list[LiveInput]  # type: ignore[assignment]

        @property  # type: ignore[override]
        def inputs(self) -> list[LiveInput]: ...

        @inputs.setter
        def inputs(self, inputs: list[LiveInput]) -> None: ...

    def assign(self, widget: Widget, value: Any) -> None:
        """Set a widget's value as the editor's setter does."""
        if widget.change is None:
            widget.value = value
        else:
            widget.change(self, widget, value)

    def put(self, link: FileLink, index: int) -> None:
        """Let a link go into the input of this index."""
        link.at = index
        if self.sketch is None:
            self.slots[index].binding = link
            return
        pattern = self.known_inputs()[index]
        position = 0
        for slot in self.slots:
            if slot.name == pattern.name:
                slot.binding = link
                return
            position += slot.binding is None or (slot.binding.at or 0) < index
        made = pattern.anew()
        made.binding = link
        self.slots.insert(position, made)

    def known_inputs(self) -> Sequence[LiveInput]:
        """All inputs, to read their names, types and widgets alone."""
        return self.slots if self.sketch is None else self.sketch.inputs  # type: ignore[return-value]

    def slot_of(self, link: FileLink) -> LiveInput | None:
        """The input that a link goes into."""
        if self.sketch is not None:
            for slot in self.slots:
                if slot.binding is link:
                    return slot
            return None
        index = self.index_of(link)
        return None if index is None else self.slots[index]

    def index_of(self, link: FileLink) -> int | None:
        """The index of the input that a link goes into."""
        if link.at is None:
            return None
        inputs = self.inputs
        if not (link.at < len(inputs) and inputs[link.at].binding is link):
            found = next((index for index, slot in enumerate(inputs) if slot.binding is link), None)
            if found is None:
                return None
            link.at = found
        return link.at

    def look(self, name: str) -> Widget | None:
        """The first widget of this name, to read and not to change."""
        return self.widget(name) if self.sketch is None else self.sketch.look(self.held, name)

    def value_and_place(self, name: str) -> tuple[Any, int | str | Pointer | None]:
        """What the first widget of this name holds and where the file has it (``Widget.place``)."""
        if self.sketch is None:
            widget = self.widget(name)
            return (ABSENT, None) if widget is None else (widget.value, widget.place)
        place, widget = self.sketch.places[name]
        if place is None or place >= len(self.held):
            return widget.value, None
        return self.held[place], place

    def has_widget(self, name: str) -> bool:
        """Whether there is a widget of this name."""
        return self.widget(name) is not None if self.sketch is None else name in self.sketch.places

    def widget(self, name: str) -> Widget | None:
        """The first widget of this name."""
        if self.by_name is not None:
            return self.by_name.get(name)
        for widget in self.widgets:
            if widget.name == name:
                return widget
        return None

    def input_value(self, name: str) -> Any:
        """The value behind an input: its widget's, or on a host what the host holds; else ABSENT."""
        if self.definition is not None:
            for slot in self.slots:
                if slot.name == name and slot.promoted is not None:
                    return slot.promoted.value
        widget = self.look(name)
        return ABSENT if widget is None else widget.value


def rename_duplicates(widgets: list[Widget]) -> None:
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
