"""What a custom-node pack's scripts make of a new node: its measured layout and its behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from comfyc.catalog.specs import InputSpec, NodeSpec
from comfyc.collector import Collector
from comfyc.editor.infer import add_marked_widgets, restore_as_told
from comfyc.editor.nodes import LiveNode
from comfyc.editor.values import MEASURED_TEXT
from comfyc.graph import NO_OPTIONS, WidgetList
from comfyc.packs import Behaviour, Saved
from comfyc.packs.layouts import PACK_WIDGET, Layout


@dataclass(frozen=True, slots=True)
class Scripts:
    """How a custom node type differs from its entry in object_info.

    ``widget_types`` are the input types that packs have widgets for, with flags and default
    (``comfyc.packs.layouts``).
    """

    widget_types: Mapping[str, Any] = NO_OPTIONS
    measured: bool = False
    """Whether the pack is one whose nodes were recorded in a browser (frontend 1.49.6)."""
    layout: Layout | None = None
    behaviour: Behaviour | None = None
    pack: Mapping[str, Any] | None = None
    """The bundled catalogue that the entry comes from (``Catalog.pack_of``), None for a server's."""
    lent: bool = False
    """Whether the catalogue that the workflow is converted with lacks the type."""
    infers: bool = False
    """Whether the file may tell which widgets a node has, as nobody has measured its pack."""

    def with_widgets(self, spec: NodeSpec) -> NodeSpec:
        """The inputs of the type, those of a type that a pack has a widget for as widgets."""
        changed = {
            item.name: self._with_widget(item)
            for item in spec.declared
            if item.widget_type in self.widget_types
        }
        if not changed:
            return spec
        return replace(
            spec,
            declared=tuple(changed.get(item.name, item) for item in spec.declared),
            ordered=tuple(changed.get(item.name, item) for item in spec.ordered),
        )

    def _with_widget(self, spec: InputSpec) -> InputSpec:
        options = {
            **spec.options,
            "widgetType": PACK_WIDGET,
            PACK_WIDGET: self.widget_types[str(spec.widget_type)],
        }
        return InputSpec(spec.name, spec.type, spec.optional, options)

    def rearrange(self, node: LiveNode, spec: NodeSpec) -> None:
        """Change the widgets of a new node as the scripts do.

        In what was recorded of packs, text areas keep numbers as they are. (Frontend 1.58.1 makes text
        of them; the server does so in either case.)
        """
        if self.layout is not None:
            node.widgets = WidgetList(self.layout.apply(node.own_widgets()))
        if self.behaviour is not None and self.behaviour.arrange is not None:
            node.widgets = WidgetList(self.behaviour.arrange(node.own_widgets(), spec))
        names = {widget.name for widget in node.widgets}
        for widget in node.widgets:
            if self.measured and widget.kind == "customtext":
                widget.kind = MEASURED_TEXT
        added = {name for _, name, _, _ in self.layout.add} if self.layout is not None else set()
        for slot in node.own_inputs():
            if slot.widget is not None and slot.widget not in names:
                slot.widget = None
            elif slot.name in added:
                slot.widget = slot.name

    @property
    def grows(self) -> bool:
        """Whether the node has inputs that come and go beside those of object_info."""
        return (self.layout is not None and self.layout.grows) or (
            self.behaviour is not None and self.behaviour.grows
        )

    def restore(self, node: LiveNode, by_position: Callable[[], None], diagnostics: Collector) -> None:
        """Give the node its saved values, which the pack may read itself, and let the pack correct them."""
        behaviour = self.behaviour
        if self.infers:
            add_marked_widgets(node, list(node.declared)[::-1], diagnostics)
            if (behaviour is None or behaviour.restore is None) and restore_as_told(node, diagnostics):
                by_position = _nothing_more
        if behaviour is None or (behaviour.restore is None and behaviour.settle is None):
            by_position()
            return
        saved = Saved(node.file.raw, node.own_widgets(), diagnostics, node.file.pointer, node.id)
        if behaviour.restore is None or not behaviour.restore(saved):
            saved.widgets = node.widgets = WidgetList(saved.widgets)
            by_position()
        if behaviour.settle is not None:
            saved.widgets = node.own_widgets() if behaviour.restore is None else saved.widgets
            behaviour.settle(saved)
        node.widgets = WidgetList(saved.widgets)


def _nothing_more() -> None:
    """The values have been read."""
