"""The inputs of a node and their bindings: each to an output of another node, a value, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from comfyc.diagnostics import Pointer


@dataclass(slots=True)
class Link:
    """A binding to an output of the node ``origin``; ``pointer`` is the link's JSON pointer in the file."""

    origin: str
    origin_slot: Any
    pointer: Pointer = ()


class Const(NamedTuple):
    """A binding to a constant: the value that a subgraph node holds for a promoted widget.

    ``value`` is :data:`ABSENT` if the editor would export ``undefined`` (which leaves the input out).
    ``pointer`` is the value's JSON pointer in the file.
    """

    value: Any
    pointer: Pointer = ()


Binding = Link | Const | None


class Slot(Protocol):
    """The description of an input: its name, its type, and the name of the widget behind it (or None)."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> Any: ...
    @property
    def widget(self) -> str | None: ...


class Input(NamedTuple):
    """An input of a node: its name, its type, the name of the widget behind it (or None) and its binding."""

    name: str
    type: Any
    widget: str | None = None
    binding: Binding = None


class Inputs:
    """The inputs of one node, in order.

    ``declared`` describes all inputs and may be shared by many nodes of a type. ``bindings`` has the bindings
    of this node's bound inputs by index, in ascending order, which :meth:`bind` keeps.
    """

    __slots__ = ("bindings", "declared")

    def __init__(self, declared: Sequence[Slot], bindings: dict[int, Link | Const]) -> None:
        self.declared = declared
        self.bindings = bindings

    def __len__(self) -> int:
        return len(self.declared)

    def __getitem__(self, index: int) -> Input:
        """The input at an index, which must not be negative."""
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
        """The indexes of the inputs that are bound, in order: a copy, so that inputs may be rebound
        meanwhile."""
        return list(self.bindings)

    def named_bindings(self) -> list[tuple[str, Link | Const]]:
        """The name and the binding of each input that is bound, in order."""
        declared = self.declared
        return [(declared[index].name, binding) for index, binding in self.bindings.items()]

    def bind(self, index: int, binding: Binding) -> None:
        """Replace the binding of the input at this index; None unbinds it."""
        bindings = self.bindings
        if binding is None:
            bindings.pop(index, None)
        elif index in bindings:
            bindings[index] = binding
        else:
            self.bindings = dict(sorted([*bindings.items(), (index, binding)]))

    def extended(self, more: Input) -> Inputs:
        """A copy of these inputs with one more at the end."""
        made = Inputs([*self.declared, more], dict(self.bindings))
        made.bind(len(self.declared), more.binding)
        return made

    def renamed(self, old: str, new: str) -> Inputs:
        """These inputs, with ``new`` as the name of all that are called ``old``."""
        if all(slot.name != old for slot in self.declared):
            return self
        return inputs_of([slot._replace(name=new) if slot.name == old else slot for slot in self])

    def copy(self) -> Inputs:
        """A copy whose bindings can be changed independently."""
        return Inputs(self.declared, dict(self.bindings))


def inputs_of(slots: Sequence[Input]) -> Inputs:
    """Make ``Inputs`` from a sequence of inputs and their bindings."""
    return Inputs(slots, {at: slot.binding for at, slot in enumerate(slots) if slot.binding is not None})
