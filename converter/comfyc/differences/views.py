"""What counts of a workflow or prompt when it is compared: nodes, with values and links by names of inputs.

A view forgets all that is only form: the order of nodes, links and members, positions of values in
``widgets_values``, ids of links, and values behind a link, which do not count while the link is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comfyc.api import Conversion
from comfyc.catalog import Catalog
from comfyc.catalog.core_types import PRIMITIVE, Trait, types_with
from comfyc.diagnostics import Pointer
from comfyc.documents import value_at
from comfyc.editor import Editor
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.graph import ABSENT, NO_OPTIONS
from comfyc.interface.settings import title_in
from comfyc.interface.values import has_link_form
from comfyc.javascript.values import text
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE, FileSlot

_NOTES = types_with(Trait.NOTE)
_NO_VALUE = ("button",)
"""Kinds of widgets that hold nothing."""


@dataclass(frozen=True, slots=True)
class ComparedLink:
    """Where a link comes from: a node of the same graph by its id, and its output by index and name.

    The name is "" if it is not known. In a subgraph, links also come from the inputs of the definition, whose
    id is ``INPUT_NODE``.
    """

    node: str
    slot: Any
    name: str


@dataclass(slots=True, eq=False)
class ComparedNode:
    """A node: ``type`` is its class, or the name of the definition of a subgraph node, whose id is
    ``definition``; ``title`` is what the editor shows, None if a prompt does not say. ``values`` and
    ``links`` are by the name of the input. ``raw`` is the node as the file has it."""

    id: str
    type: str
    title: str | None
    mode: Any = 0
    definition: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, ComparedLink] = field(default_factory=dict)
    raw: Mapping[str, Any] = NO_OPTIONS
    pointer: Pointer = ()

    @property
    def label(self) -> str:
        """The title, or the type of a node without one."""
        return self.title or self.type


@dataclass(frozen=True, slots=True)
class ComparedSlot:
    """An input or output of a definition: its name, its type, and the label that the editor shows."""

    name: str
    kind: str
    label: str


@dataclass(slots=True, eq=False)
class ComparedGraph:
    """The main graph (``id`` ""), a definition, or a prompt. ``raw`` is the graph as the file has it.

    A definition has a node with the id ``OUTPUT_NODE``, whose links go into the outputs of the definition.
    """

    id: str
    name: str
    nodes: dict[str, ComparedNode] = field(default_factory=dict)
    inputs: list[ComparedSlot] = field(default_factory=list)
    outputs: list[ComparedSlot] = field(default_factory=list)
    raw: Mapping[str, Any] = NO_OPTIONS


@dataclass(slots=True, eq=False)
class ComparedDocument:
    """All graphs of a document: the main graph, and the definitions by id."""

    main: ComparedGraph
    definitions: dict[str, ComparedGraph] = field(default_factory=dict)


def view_of_workflow(editor: Editor, document: Any) -> ComparedDocument:
    """The view of a workflow that the editor has loaded from ``document``."""
    made = _Views(editor, document)
    return ComparedDocument(
        made.graph(editor.root, ""),
        {ident: made.graph(scope, ident) for ident, scope in editor.scopes.items()},
    )


def view_of_prompt(conversion: Conversion, only: Iterable[str] | None = None) -> ComparedDocument:
    """The view of the prompt of a conversion; ``only`` are the ids of the nodes that count."""
    prompt = conversion.prompt
    graph = ComparedGraph("", "", raw=prompt)
    outputs = _Outputs(conversion.catalog or Catalog.load())
    for ident in prompt if only is None else only:
        node = prompt[ident]
        meta = node.get("_meta")
        has_title = isinstance(meta, dict) and isinstance(meta.get("title"), str)
        flat = conversion.ir.nodes.get(ident)
        view = ComparedNode(
            ident,
            str(node.get("class_type", "")),
            title_in(node) if has_title else None,
            pointer=flat.pointer if flat is not None else (ident,),
        )
        for name, value in node["inputs"].items():
            if has_link_form(value) and value[0] in prompt:
                origin = str(prompt[value[0]].get("class_type", ""))
                view.links[name] = ComparedLink(value[0], value[1], _at(outputs.of(origin), value[1]))
            else:
                view.values[name] = value
        graph.nodes[ident] = view
    return ComparedDocument(graph)


class _Outputs:
    """The names of the outputs of node types."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.known: dict[str, Sequence[Any]] = {}

    def of(self, kind: str) -> Sequence[Any]:
        if kind not in self.known:
            info = self.catalog.info(kind)
            names = info.get("output_name") or info.get("output") if info is not None else None
            self.known[kind] = names if isinstance(names, list) else ()
        return self.known[kind]


class _Views:
    """Makes the views of the graphs of one workflow."""

    def __init__(self, editor: Editor, document: Any) -> None:
        self.editor = editor
        self.document = document
        self.outputs = _Outputs(editor.catalog)

    def graph(self, scope: Scope, ident: str) -> ComparedGraph:
        raw = value_at(self.document, scope.file.pointer)
        view = ComparedGraph(ident, scope.file.name, raw=raw if isinstance(raw, dict) else NO_OPTIONS)
        view.nodes = {node.id: self.node(node) for node in scope.nodes.values()}
        if ident:
            view.inputs = [self.slot(slot) for slot in scope.inputs]
            view.outputs = [self.slot(slot) for slot in scope.outputs]
            view.nodes[OUTPUT_NODE] = ComparedNode(OUTPUT_NODE, "", "the outputs of the subgraph")
        for node in scope.nodes.values():
            own = view.nodes[node.id]
            names = _different([slot.name for slot in node.inputs])
            for index, name in enumerate(names):
                link = node.links.get(index)
                if link is not None and (link.origin in scope.nodes or link.origin == INPUT_NODE):
                    own.links[name] = self.end(link.origin, link.origin_slot, scope)
                    behind = node.inputs[index].widget or node.inputs[index].name
                    own.values.pop(behind, None)
        if ident:
            last = view.nodes[OUTPUT_NODE]
            for link in scope.links.values():
                if link.target == OUTPUT_NODE and (link.origin in scope.nodes or link.origin == INPUT_NODE):
                    name = _at(view.outputs, link.target_slot)
                    if isinstance(name, ComparedSlot):
                        last.links[name.name] = self.end(link.origin, link.origin_slot, scope)
        return view

    def node(self, node: LiveNode) -> ComparedNode:
        kind = node.file.type
        if node.definition is not None:
            kind = self.editor.scopes[node.definition].file.name
        mode = node.mode if node.mode in (2, 4) else 0
        view = ComparedNode(
            node.id, kind, self.editor.title_of(node), mode, node.definition, raw=node.file.raw,
            pointer=node.file.pointer,
        )  # fmt: skip
        view.values = dict(_values(node))
        return view

    def slot(self, slot: FileSlot) -> ComparedSlot:
        own = value_at(self.document, slot.pointer)
        label = own.get("label") if isinstance(own, dict) else None
        return ComparedSlot(
            slot.name, text(slot.type), label if isinstance(label, str) and label else slot.name
        )

    def end(self, origin: str, slot: Any, scope: Scope) -> ComparedLink:
        if origin == INPUT_NODE:
            found = _at(scope.inputs, slot)
            return ComparedLink(origin, slot, found.name if found else "")
        node = scope.nodes[origin]
        if node.definition is not None:
            found = _at(self.editor.scopes[node.definition].outputs, slot)
            return ComparedLink(origin, slot, found.name if found else "")
        name = _at(self.outputs.of(node.file.type), slot)
        if not name:
            saved = node.file.raw.get("outputs")
            own = _at(saved if isinstance(saved, list) else (), slot)
            name = own.get("name") if isinstance(own, dict) else ""
        return ComparedLink(origin, slot, name if isinstance(name, str) else "")


def _values(node: LiveNode) -> Iterator[tuple[str, Any]]:
    """The values of a node by the names of their inputs: of a subgraph node those that it holds."""
    if node.definition is not None:
        for name, slot in zip(_different([slot.name for slot in node.inputs]), node.inputs, strict=True):
            if slot.promoted is not None and slot.promoted.value is not ABSENT:
                yield name, slot.promoted.value
        return
    saved = node.file.raw.get("widgets_values")
    if node.file.type in _NOTES:
        value = saved[0] if isinstance(saved, list) and saved else node.properties.get("text")
        yield "text", value
        return
    widgets = [one for one in node.widgets if one.kind not in _NO_VALUE and one.value is not ABSENT]
    names = _different([one.name for one in widgets])
    for name, widget in zip(names, widgets, strict=True):
        if widget.stored or widget.sent:
            yield name, widget.value
    if node.file.type == PRIMITIVE and len(widgets) == 1 and isinstance(saved, list) and len(saved) > 1:
        if saved[1] in CONTROL_MODES:
            yield "control_after_generate", saved[1]
    elif node.is_unknown:
        named = {one.saved_at for one in widgets}
        rows = saved.items() if isinstance(saved, dict) else enumerate(_list(saved))
        yield from (
            (key if isinstance(key, str) else f"widgets_values[{key}]", value)
            for key, value in rows
            if key not in named
        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _different(names: list[str]) -> list[str]:
    """The names, each of which occurs once: a second one of the same name has a number behind it."""
    if len(set(names)) == len(names):
        return names
    found: dict[str, int] = {}
    made = []
    for name in names:
        count = found[name] = found.get(name, 0) + 1
        made.append(name if count == 1 else f"{name} ({count})")
    return made


def _at(items: Sequence[Any], index: Any) -> Any:
    return items[index] if isinstance(index, int) and 0 <= index < len(items) else ""
