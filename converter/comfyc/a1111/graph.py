"""The graph that is built of the settings of a picture, in the terms that its builders need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog import Catalog
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor.loading.known import shape_in, share_shapes
from comfyc.editor.nodes.state import Editor
from comfyc.graph import ABSENT, Widget
from comfyc.packs import default_packs
from comfyc.rebuild.apply import connect
from comfyc.rebuild.document import document_of
from comfyc.rebuild.layout import arrange
from comfyc.rebuild.nodes import NewGraph, NewNode, make_node
from comfyc.rebuild.sizes import initial_size


@dataclass(frozen=True, slots=True, eq=False)
class PictureNode:
    """A node of the graph. ``origins`` has, by the names of its widgets, the offsets of their values in the
    text that the graph is built of."""

    made: NewNode
    origins: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.made.key

    @property
    def type(self) -> str:
        return self.made.live.file.type

    def value(self, name: str) -> Any:
        """The value of a widget, ABSENT if there is none."""
        widget = self._widget(name)
        return ABSENT if widget is None else widget.value

    def options(self, name: str) -> list[str]:
        """What may be chosen in a combo, as far as it is text."""
        widget = self._widget(name)
        options = None if widget is None else widget.options.get("options")
        return [one for one in options if isinstance(one, str)] if isinstance(options, list) else []

    def set(self, name: str, value: Any, offset: int | None = None) -> None:
        """Give a widget a value, if there is such a widget."""
        widget = self._widget(name)
        if widget is not None:
            widget.value = value
            if offset is not None:
                self.origins[name] = offset

    def _widget(self, name: str) -> Widget | None:
        return self.made.live.own_widgets().get(name)


class PictureGraph:
    """Nodes and links, each with the next number for an id."""

    def __init__(self, catalog: Catalog, diagnostics: Collector) -> None:
        editor = Editor(catalog, default_packs(), diagnostics)
        share_shapes(editor)
        self._graph = NewGraph(editor)
        self._nodes: list[PictureNode] = []

    def lacks(self, kind: str) -> bool:
        """Whether the catalogue has no such node type."""
        return shape_in(self._graph.editor, kind) is None

    def add(self, kind: str) -> PictureNode | None:
        """Add a node; None if the catalogue lacks its type, or if there are too many nodes, which is
        reported."""
        if self.lacks(kind):
            return None
        number = len(self._nodes) + 1
        made = make_node(str(number), number, {"class_type": kind, "inputs": {}}, self._graph.editor)
        if not made.is_known:
            return None
        made.size = initial_size(made)
        node = PictureNode(made)
        self._graph.nodes[node.id] = made
        self._nodes.append(node)
        return node

    def connect(self, origin: PictureNode, slot: int, target: PictureNode, index: int) -> None:
        """Link an output with an input, in the place of the link that went into it. If one of the two does
        not exist, nothing happens."""
        if slot < len(origin.made.live.outputs) and index < len(target.made.live.inputs):
            connect(self._graph, origin.made, slot, target.made, index)

    def document(self) -> dict[str, Any]:
        """The workflow, arranged as the editor does. A node whose widgets all have no value, such as a combo
        without options, has no values in it: null would be one (see :func:`as_saved`)."""
        arrange(self._graph)
        workflow = document_of(self._graph)
        for saved, node in zip(workflow["nodes"], self._nodes, strict=True):
            stored = [widget.value for widget in node.made.live.widgets if widget.stored]
            if stored and all(value is ABSENT for value in stored):
                del saved["widgets_values"], saved["widgets_values_named"]
        return workflow

    def offsets(self) -> dict[Pointer, int]:
        """By the pointers of values in :meth:`document`: the offset in the text of what they are made of."""
        found: dict[Pointer, int] = {}
        for number, node in enumerate(self._nodes):
            stored = [widget.name for widget in node.made.live.widgets if widget.stored]
            for name, offset in node.origins.items():
                if name in stored:
                    found["nodes", number, "widgets_values", stored.index(name)] = offset
        return found


def as_saved(workflow: dict[str, Any]) -> dict[str, Any]:
    """The workflow of a picture as File > Save writes it: with null for values that are not there."""
    nodes = []
    for node in workflow["nodes"]:
        names = [slot["widget"]["name"] for slot in node["inputs"] if "widget" in slot]
        if names and "widgets_values" not in node:
            missing = {"widgets_values": [None] * len(names), "widgets_values_named": dict.fromkeys(names)}
            node = {**node, **missing}
        nodes.append(node)
    return {**workflow, "nodes": nodes}
