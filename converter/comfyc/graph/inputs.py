"""The inputs of a node, and what each of them is bound to: an output of another node, a value, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from comfyc.diagnostics import Pointer


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
    index of the input and in ascending order, which :meth:`bind` keeps. All else about an input is the same
    for all nodes of a type.
    """

    __slots__ = ("bindings", "declared")

    def __init__(self, declared: Sequence[Slot], bindings: dict[int, Link | Const]) -> None:
        self.declared = declared
        self.bindings = bindings

    def __len__(self) -> int:
        return len(self.declared)

    def __getitem__(self, index: int) -> Input:
        """The input of an index, which is not negative."""
        slot = self.declared[index]
        return Input(slot.name, slot.type, slot.widget, self.bindings.get(index))

    def __iter__(self) -> Iterator[Input]:
        bindings = self.bindings
        for index, slot in enumerate(self.declared):
            yield Input(slot.name, slot.type, slot.widget, bindings.get(index))

    def bound(self) -> Iterator[Input]:
        """The inputs that are bound, in order."""
        return map(self.__getitem__, self.bindings)

    def bound_indexes(self) -> list[int]:
        """The indexes of the inputs that are bound, in order; they may be bound anew meanwhile."""
        return list(self.bindings)

    def named_bindings(self) -> list[tuple[str, Link | Const]]:
        """The names of the inputs that are bound and what they are bound to, in order."""
        declared = self.declared
        return [(declared[index].name, binding) for index, binding in self.bindings.items()]

    def bind(self, index: int, binding: Binding) -> None:
        """Bind the input of this index to something else, or to nothing."""
        bindings = self.bindings
        if binding is None:
            bindings.pop(index, None)
        elif index in bindings:
            bindings[index] = binding
        else:
            self.bindings = dict(sorted([*bindings.items(), (index, binding)]))

    def extended(self, more: Input) -> Inputs:
        """These inputs and one more, for a node of its own."""
        made = Inputs([*self.declared, more], dict(self.bindings))
        made.bind(len(self.declared), more.binding)
        return made

    def renamed(self, old: str, new: str) -> Inputs:
        """These inputs with another name for those of this name."""
        if all(slot.name != old for slot in self.declared):
            return self
        return inputs_of([slot._replace(name=new) if slot.name == old else slot for slot in self])

    def copy(self) -> Inputs:
        """The same inputs, for a node whose bindings change without these."""
        return Inputs(self.declared, dict(self.bindings))


def inputs_of(slots: Sequence[Input]) -> Inputs:
    """Inputs from a list of them."""
    return Inputs(slots, {at: slot.binding for at, slot in enumerate(slots) if slot.binding is not None})
