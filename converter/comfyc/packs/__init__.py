"""What nodes do in the browser beyond what object_info says: one :class:`Behaviour` per node type.

A pack is a table of them, one module each; the editor's own nodes are the pack ``core``. What a table
of facts can say is none of them: ``layouts.json`` holds the widgets of every measured node type that
differ from object_info (see ``layouts.py``).

Third parties add packs by an entry point of the group ``comfyc.packs`` that names a mapping from
node types to behaviours. Of two packs with one type the later wins, and entry points come last. Nothing
registers itself on import, and nothing beyond ``core`` is imported before a node type asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from comfyc.catalog.specs import NodeSpec
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer, Rule
from comfyc.graph import Graph, Node, StandsFor, Widget
from comfyc.packs.layouts import Layout, Layouts, load_layouts


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
        place = widget.saved_at if widget is not None else None
        if place is None or isinstance(place, tuple):
            pointer = place or self.pointer
        else:
            pointer = (*self.pointer, "widgets_values", place)
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
    Export (API). ``choose(n)`` picks a number below n; ``replaced(text)`` fills in ``%Node.widget%``.
    """

    graph: Graph
    document: Mapping[str, Any]
    diagnostics: Collector
    as_queue: bool
    choose: Callable[[int], int]
    replaced: Callable[[str], str]


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
    grows: bool = False
    """Whether the node has inputs that come and go beside those of object_info."""


@dataclass(slots=True)
class Packs:
    """Behaviours by node type.

    ``core`` is consulted for every type, ``more`` (what custom-node packs add; made when first needed)
    only for those that are not the editor's or ComfyUI's own.
    """

    core: Mapping[str, Behaviour]
    more: Callable[[], tuple[Mapping[str, Behaviour], Layouts, list[str]]] = lambda: ({}, Layouts(), [])
    marks: Mapping[str, str] = field(default_factory=dict)
    """Members of ``extra`` that call a type's ``rewire`` although no node of that type need be there."""
    _more: tuple[Mapping[str, Behaviour], Layouts, list[str]] | None = field(default=None, init=False)

    def behaviour(self, node_type: str, *, custom: bool = True) -> Behaviour | None:
        """The behaviour of a node type, None for the many that have none."""
        found = self.core.get(node_type)
        return found if found is not None or not custom else self._loaded()[0].get(node_type)

    def layout(self, node_type: str) -> Layout | None:
        """The measured differences of a custom node type's widgets from object_info."""
        return self._loaded()[1].nodes.get(node_type)

    @property
    def widget_types(self) -> Mapping[str, Any]:
        """The input types that packs make widgets for, with the default value."""
        return self._loaded()[1].types

    def is_measured(self, module: Any) -> bool:
        """Whether a node type's ``python_module`` is a pack whose nodes were recorded in a browser."""
        return isinstance(module, str) and pack_folder(module) in self._loaded()[1].packs

    @property
    def failures(self) -> list[str]:
        """Why packs could not be loaded, one message each; empty before any was needed."""
        return self._more[2] if self._more is not None else []

    def _loaded(self) -> tuple[Mapping[str, Behaviour], Layouts, list[str]]:
        if self._more is None:
            self._more = self.more()
        return self._more


def pack_folder(module: str) -> str:
    """The folder of a pack as ``python_module`` names it, without regard to capitals."""
    return module.removeprefix("custom_nodes.").partition(".")[0].casefold()


def merged(tables: Iterable[Mapping[str, Behaviour]]) -> dict[str, Behaviour]:
    """One table of several; of two with one type the later wins."""
    behaviours: dict[str, Behaviour] = {}
    for table in tables:
        behaviours.update(table)
    return behaviours


@cache
def default_packs() -> Packs:
    """The packs that ship with comfyc, and those that entry points name."""
    from comfyc.packs import core  # noqa: PLC0415 - the tables need Behaviour from here

    return Packs(core.BEHAVIOURS, _load_more, {"ue_links": "Anything Everywhere"})


def _bundled() -> Iterator[ModuleType]:
    """The modules of this package that are packs: those with a table ``BEHAVIOURS``, but for ``core``."""
    from pkgutil import iter_modules  # noqa: PLC0415 - only for workflows that use packs

    for found in iter_modules(__path__):
        module = import_module(f"comfyc.packs.{found.name}")
        if found.name != "core" and hasattr(module, "BEHAVIOURS"):
            yield module


def editor_only_types() -> dict[str, str]:
    """The editor-only node types of the bundled packs, with the pack's folder."""
    found: dict[str, str] = {}
    for module in _bundled():
        for kind, behaviour in module.BEHAVIOURS.items():
            if behaviour.stands_for is not None:
                found[kind] = module.FOLDER
    return found


def _load_more() -> tuple[Mapping[str, Behaviour], Layouts, list[str]]:
    from comfyc.packs.third_party import load_third_parties  # noqa: PLC0415

    tables = [module.BEHAVIOURS for module in _bundled()]
    others, failures = load_third_parties()
    return merged([*tables, *others]), load_layouts(), failures
