"""Apply what a custom node pack's scripts do to a new node: its measured layout and its behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from comfyc.catalog.specs import InputSpec, NodeSpec
from comfyc.collector import Collector
from comfyc.editor.nodes.infer import add_marked_widgets, restore_as_noted
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.values import MEASURED_TEXT
from comfyc.graph import NO_OPTIONS, WidgetList
from comfyc.packs.behaviour import PACK_WIDGET, Behaviour, Saved
from comfyc.packs.guard import Guard, checked_widgets, put_back, values_of

if TYPE_CHECKING:
    from comfyc.catalog.shelf import Edition
    from comfyc.packs.layouts import Layout


@dataclass(frozen=True, slots=True)
class Scripts:
    """How a custom node type differs from its entry in object_info.

    ``widget_types`` maps the input types that packs have widgets for to (flags, default), see
    ``comfyc.packs.layouts``.
    """

    widget_types: Mapping[str, Any] = NO_OPTIONS
    keeps_numbers: bool = False
    """Whether the pack was recorded in a frontend whose text areas keep numbers as they are (1.49.6)."""
    layout: Layout | None = None
    behaviour: Behaviour | None = None
    edition: Edition | None = None
    """The bundled definition that the entry is; None if it comes from a server."""
    lent: bool = False
    """Whether the catalogue that the workflow is converted with lacks the type."""
    infers: bool = False
    """Whether the widgets of a node may be inferred from the file, because its pack has not been measured."""
    diagnostics: Collector = field(default_factory=Collector)
    """The collector that a failure to arrange the widgets of the type is reported to."""

    def with_widgets(self, spec: NodeSpec) -> NodeSpec:
        """A copy of the specification in which inputs that a pack has a widget for are widgets."""
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

        In packs that were recorded with frontend 1.49.6, text areas keep numbers as they are. (1.58.1 turns
        them into text; the server does so in either case.)
        """
        if self.layout is not None:
            node.widgets = WidgetList(self.layout.apply(node.own_widgets()))
        if self.behaviour is not None and self.behaviour.arrange is not None:
            with Guard(self.behaviour, "arrange", self.diagnostics):
                made = self.behaviour.arrange(list(node.own_widgets()), spec)
                node.widgets = WidgetList(checked_widgets(made))
        names = {widget.name for widget in node.widgets}
        for widget in node.widgets:
            if self.keeps_numbers and widget.kind == "customtext":
                widget.kind = MEASURED_TEXT
        added = {name for _, name, _, _ in self.layout.add} if self.layout is not None else set()
        for slot in node.own_inputs():
            if slot.widget is not None and slot.widget not in names:
                slot.widget = None
            elif slot.name in added:
                slot.widget = slot.name

    @property
    def grows(self) -> bool:
        """Whether the node has inputs that come and go besides those of object_info."""
        return (self.layout is not None and self.layout.grows) or (
            self.behaviour is not None and self.behaviour.grows
        )

    @property
    def reads_values(self) -> bool:
        """Whether the pack itself reads or corrects the saved values."""
        behaviour = self.behaviour
        return behaviour is not None and (behaviour.restore is not None or behaviour.settle is not None)

    def restore(self, node: LiveNode, by_position: Callable[[], None], diagnostics: Collector) -> None:
        """Assign the node's saved values, by the pack's own ``restore`` hook if it has one, else by
        ``by_position``; then let the pack's ``settle`` hook correct them."""
        behaviour = self.behaviour
        if self.infers:
            add_marked_widgets(node, list(node.declared)[::-1], diagnostics)
            if (behaviour is None or behaviour.restore is None) and restore_as_noted(node, diagnostics):
                by_position = _nothing_more
        if behaviour is None or (behaviour.restore is None and behaviour.settle is None):
            by_position()
            return
        saved = Saved(node.file.raw, node.own_widgets(), diagnostics, node.file.pointer, node.id)
        if behaviour.restore is None or not _is_done(behaviour, "restore", saved):
            saved.widgets = node.widgets = WidgetList(saved.widgets)
            by_position()
        if behaviour.settle is not None:
            saved.widgets = node.own_widgets() if behaviour.restore is None else saved.widgets
            _is_done(behaviour, "settle", saved)
        node.widgets = WidgetList(saved.widgets)


def _is_done(behaviour: Behaviour, hook: str, saved: Saved) -> bool:
    """Run a hook that reads or corrects the saved values. Returns whether the hook says that it has done so;
    if it fails, the widgets are put back as they were and the result is False."""
    before = values_of(saved.widgets)
    title = saved.raw.get("title")
    with Guard(
        behaviour,
        hook,
        saved.diagnostics,
        saved.pointer,
        saved.node,
        title if isinstance(title, str) else None,
    ) as guard:
        done = getattr(behaviour, hook)(saved)
        checked_widgets(saved.widgets)
    if not guard.failed:
        return bool(done)
    saved.widgets = put_back(before)
    return False


def _nothing_more() -> None:
    """Stands in for ``by_position`` once the values have been read."""
