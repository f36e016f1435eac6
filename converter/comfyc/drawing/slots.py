"""The inputs, outputs and widgets of a node as the editor shows them, with their labels.

Source: ``NodeSlot.ts`` (renderingLabel), ``litegraphService.ts`` (addInputs, addOutputs) and
``SubgraphNode.ts`` of frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from comfyc.catalog.core_types import PRIMITIVE, Trait, types_with
from comfyc.drawing.rows import KnownRows, ShownWidget, shown_widget
from comfyc.editor import Editor
from comfyc.editor.nodes.live import CONTROL_MODES, LiveInput, LiveNode
from comfyc.editor.promoted.ends import widget_behind
from comfyc.graph import NO_OPTIONS, Widget
from comfyc.javascript.values import text
from comfyc.rebuild.nodes import slot_label
from comfyc.rebuild.sizes import hidden_widgets

_NOTES = types_with(Trait.NOTE)
_IN_MARKDOWN = types_with(Trait.MARKDOWN)


class ShownInput(NamedTuple):
    """An input: what is shown for it, its widget if there is one, and whether a link goes into it."""

    label: str
    kind: str
    name: str
    widget: Widget | None
    is_optional: bool
    is_linked: bool


class _Slot(NamedTuple):
    """What is the same about an input of all nodes that share it."""

    name: str
    behind: str
    label: str
    kind: str
    is_optional: bool


@dataclass(slots=True)
class Seen:
    """What has been found out for one picture about what many of its nodes share, by the ``id()`` of the
    editor's objects, which live longer than this."""

    slots: dict[int, list[_Slot]] = field(default_factory=dict)
    hidden: dict[int, Set[str]] = field(default_factory=dict)
    rows: KnownRows = field(default_factory=dict)

    def slots_of(self, node: LiveNode) -> list[_Slot]:
        """The inputs of a node."""
        found = self.slots.get(id(node.inputs))
        if found is None:
            found = [
                _Slot(
                    slot.name,
                    slot.widget or "",
                    slot_label(slot, node),
                    text(slot.type),
                    slot.made_of is not None and slot.made_of.optional,
                )
                for slot in node.inputs
            ]
            if _is_shared(node):
                self.slots[id(node.inputs)] = found
        return found

    def hidden_in(self, node: LiveNode, widgets: Sequence[Widget]) -> Set[str]:
        """The names of the widgets of a node that are not drawn."""
        found = self.hidden.get(id(node.inputs))
        if found is None:
            found = hidden_widgets(node, widgets) if widgets else frozenset()
            if _is_shared(node):
                self.hidden[id(node.inputs)] = found
        return found


def _is_shared(node: LiveNode) -> bool:
    """Whether all nodes with these inputs have the same widgets: those of a sketch are a tuple."""
    return isinstance(node.inputs, tuple)


class ShownOutput(NamedTuple):
    """An output: what is shown for it, and whether it gives a list."""

    label: str
    kind: str
    is_list: bool


def entries_of(
    node: LiveNode, widgets: Sequence[Widget], declared: Mapping[str, str], seen: Seen
) -> list[ShownInput]:
    """The inputs of a node. ``declared`` has the labels of a definition's inputs for a subgraph node."""
    by_name = {widget.name: widget for widget in reversed(widgets)}
    own = {saved["name"]: saved["label"] for saved in reversed(node.file.inputs) if saved.get("label")}
    found = []
    for index, (name, behind, usual, kind, optional) in enumerate(seen.slots_of(node)):
        widget = by_name.get(behind) if node.definition is None else _promoted(node, node.inputs[index])
        label = declared.get(name) or own.get(name)
        shown = label if isinstance(label, str) else usual
        found.append(ShownInput(shown, kind, name, widget, optional, index in node.links))
    return found


def shown_widgets(
    node: LiveNode, widgets: Sequence[Widget], entries: list[ShownInput], seen: Seen
) -> list[ShownWidget]:
    """The widgets of a node that are drawn, in order: of a subgraph node those that it promotes."""
    if node.definition is not None:
        return [
            shown_widget(one.label, one.widget, is_linked=one.is_linked)
            for one in entries
            if one.widget is not None
        ]
    if node.file.type in _NOTES:
        kind = "markdown" if node.file.type in _IN_MARKDOWN else "customtext"
        return [shown_widget("text", Widget("text", kind, _note_text(node)))]
    widgets = [*widgets, *_control(node, widgets)]
    behind = {one.widget.name: one for one in entries if one.widget is not None}
    hidden = seen.hidden_in(node, widgets)
    found = []
    for widget in widgets:
        if widget.name not in hidden:
            entry = behind.get(widget.name)
            label, is_linked = (entry.label, entry.is_linked) if entry else (widget.name, False)
            found.append(shown_widget(label, widget, is_linked=is_linked))
    return found


def _control(node: LiveNode, widgets: Sequence[Widget]) -> list[Widget]:
    """The widget that says how a PrimitiveNode goes on to the next value, which no prompt needs either."""
    saved = node.file.raw.get("widgets_values")
    if node.file.type != PRIMITIVE or len(widgets) != 1 or not isinstance(saved, list) or len(saved) < 2:
        return []
    return [Widget("control_after_generate", "control", saved[1])] if saved[1] in CONTROL_MODES else []


def _note_text(node: LiveNode) -> str:
    """The text of a note, whose only widget the loaded workflow does not have: no prompt needs it."""
    saved = node.file.raw.get("widgets_values")
    value = saved[0] if isinstance(saved, list) and saved else node.properties.get("text")
    return value if isinstance(value, str) else ""


def exits_of(node: LiveNode, editor: Editor) -> list[ShownOutput]:
    """The outputs of a node."""
    saved = node.file.raw.get("outputs")
    saved = saved if isinstance(saved, list) else []
    info = None if node.type is None else editor.catalog.info(node.type)
    names, lists = (info.get("output_name"), info.get("output_is_list")) if info is not None else (None, None)
    found = []
    for index, kind in enumerate(node.outputs):
        own = saved[index] if index < len(saved) and isinstance(saved[index], dict) else {}
        name = own.get("label") or _at(names, index) or own.get("localized_name") or own.get("name") or kind
        found.append(ShownOutput(text(name), text(kind), bool(_at(lists, index))))
    return found


def _at(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list) and index < len(items) else None


def _promoted(node: LiveNode, slot: LiveInput) -> Widget | None:
    if slot.promoted is None:
        return None
    behind = widget_behind(node, slot)
    kind, options = (behind.kind, behind.options) if behind is not None else ("text", NO_OPTIONS)
    return Widget(slot.name, kind, slot.promoted.value, options=options)
