"""What a pack says of a node type: a :class:`Behaviour`, and what its hooks are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from comfyc import codes
from comfyc.catalog.specs import NodeSpec
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer, Rule
from comfyc.graph import Graph, Input, Node, StandsFor, Widget

PACK_WIDGET = "comfyc.pack"
"""The widget type of inputs for which a pack's script makes a widget; no server uses this name."""


@dataclass(slots=True)
class Saved:
    """A node of the file that is about to get its values, for :data:`Restore`."""

    raw: Mapping[str, Any]
    """The node as the file has it."""
    widgets: list[Widget]
    """The widgets of the new node, at their defaults: to be changed and rearranged."""
    diagnostics: Collector = field(default_factory=Collector)
    pointer: Pointer = ()
    """Where the node stands in the file."""
    node: str | None = None
    """The node's id, for findings."""

    def report(self, rule: Rule, message: str, widget: Widget | None = None, hint: str | None = None) -> None:
        """Record a finding at the saved value of a widget, or at the node."""
        saved_at = widget.saved_at if widget is not None else None
        if saved_at is None or isinstance(saved_at, tuple):
            pointer = saved_at or self.pointer
        else:
            pointer = (*self.pointer, "widgets_values", saved_at)
        title = self.raw.get("title")
        self.diagnostics.report(
            rule,
            message,
            pointer=pointer,
            node=self.node,
            title=title if isinstance(title, str) else None,
            hint=hint,
        )


@dataclass(slots=True)
class Export:
    """What the hooks that act on the whole workflow work with.

    ``document`` is the file. ``as_queue`` says whether the prompt is that of the Queue button instead of
    Export (API). ``choose(n)`` picks a number below n, by the seed ``seed``, or 0 always if that is None;
    ``replaced(text)`` fills in ``%Node.widget%``.
    """

    graph: Graph
    document: Mapping[str, Any]
    diagnostics: Collector
    as_queue: bool
    choose: Callable[[int], int]
    replaced: Callable[[str], str]
    seed: int | None = None

    def report(
        self,
        rule: Rule,
        message: str,
        node: Node,
        widget: Widget | None = None,
        *,
        hint: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Record a finding at the saved value of a node's widget, or at the node."""
        pointer = node.pointer if widget is None else node.pointer_of(widget)
        self.diagnostics.report(
            rule, message, pointer=pointer, node=node.id, title=node.label, hint=hint, data=data
        )

    def report_drawn(self, what: str, node: Node, widget: Widget | None = None) -> None:
        """Say that something was drawn at random, and how to draw it again; for ``seed`` that is not None."""
        self.report(
            codes.DRAWN_AT_RANDOM,
            f"{what}, drawn at random with the seed {self.seed}",
            node,
            widget,
            hint=f"pass --random-seed {self.seed} to get the same again",
            data={"seed": self.seed},
        )


Arrange = Callable[[list[Widget], NodeSpec], list[Widget]]
"""The widgets of a new node, as object_info and the table have them -> as the pack's script leaves them."""

Restore = Callable[[Saved], bool]
"""Reads the saved values into ``saved.widgets``; False leaves that to the editor, value by value."""

Settle = Callable[[Saved], None]
"""Corrects the widgets once they have their saved values, however these were read."""

Finish = Callable[[Node, Export], None]
"""The last word on a node of the prompt; links are resolved by then."""

Rewire = Callable[[Export], None]
"""Changes the flat graph before links are resolved; called once if the workflow has a node of the type."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one node type behaves in the editor.

    ``stands_for`` makes it an editor-only node: it never reaches the prompt, and its outputs stand
    for what the function says. ``title`` is what such a node is called where the file has no title;
    ``inputs`` (name and type) and ``outputs`` (type) are its slots where the file lists none, and
    ``widgets`` names what its saved values are.
    """

    stands_for: StandsFor | None = None
    title: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    outputs: tuple[str, ...] = ()
    widgets: tuple[str, ...] = ()
    arrange: Arrange | None = None
    restore: Restore | None = None
    settle: Settle | None = None
    finish: Finish | None = None
    rewire: Rewire | None = None
    becomes: str = ""
    """For a former name of a type, which a script replaces while a file is opened: today's name. It counts
    where no catalogue has the type itself."""
    grows: bool = False
    """Whether the node has inputs that come and go beside those of object_info."""
    pack: str = ""
    """The pack as findings name it, in quotes; filled in when the pack is loaded."""


def named(table: Mapping[str, Behaviour], pack: str) -> dict[str, Behaviour]:
    """A table whose behaviours know the pack that they are of."""
    return {kind: replace(behaviour, pack=pack) for kind, behaviour in table.items()}


def pass_through(graph: Graph, node: Node, slot: Any, wanted: Any) -> Input | None:
    """A reroute: the output stands for the input of the same index (``LGraphNode.getInputLink``).

    So it is for all nodes of the editor, even where a file gives a note inputs and outputs. Most have
    none: PrimitiveNodes have copied their value into their targets' widgets.
    """
    return node.inputs[slot] if isinstance(slot, int) and 0 <= slot < len(node.inputs) else None
