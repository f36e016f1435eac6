"""The values of a legacy group node go to the widgets of its inner nodes, by the names of its type.

Source: ``extensions/core/groupNode.ts`` (convertToNodes), frontend 1.58.1. The values of PrimitiveNodes
inside a group get lost on the way: their widgets are made after the nodes they feed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter import codes
from converter.diagnostics import Diagnostics
from converter.editor.grouptypes import GroupType
from converter.editor.live import LiveNode
from converter.editor.load import Editor
from converter.editor.slots import settle
from converter.editor.values import TEXT_KINDS, as_text, restore
from converter.editor.wiring import Wiring, is_primitive
from converter.graph import ABSENT, Widget
from converter.jsvalues import key_order, shown, truthy
from converter.workflow import FileNode


def copy_values(
    node: LiveNode, group: GroupType, inner: list[LiveNode], wiring: Wiring, diagnostics: Diagnostics
) -> None:
    """Copy each value of the group node ``node`` once, in the order of the inner nodes."""
    consumed: set[int] = set()
    for index, target in enumerate(inner):
        names = group.widgets.get(index, {})
        links = {at: slot.link for at, slot in enumerate(target.inputs) if slot.link is not None}
        target.placed = links  # inputs may come and go with the values
        for name in key_order(names):
            shown = names[name]
            at = _find(node.widgets, shown, consumed) if shown else None
            if at is None:
                continue
            if is_primitive(target):
                _give_to_primitive(node, at, target, wiring, consumed, diagnostics)
            else:
                _copy_value(node, at, target, name, consumed)
        for slot in target.inputs:
            slot.link = None
        for link in settle(target):
            wiring.forget(link)


def _copy_value(node: LiveNode, at: int, target: LiveNode, name: str, consumed: set[int]) -> None:
    widget, source = target.widget(name), node.widgets[at]
    if widget is None:
        return
    consumed.add(at)
    if widget.stored:
        target.assign(widget, as_text(source.value) if widget.kind in TEXT_KINDS else source.value)
        widget.place = _place(node, source)
        for control, own in zip(_controls(node, source), _controls(target, widget), strict=False):
            own.value = control.value


def _controls(node: LiveNode, widget: Widget) -> Iterator[Widget]:
    """The control widgets that belong to a widget: those right behind it."""
    found = False
    for item in node.widgets:
        if found and item.kind != "control" and item.name != "control_filter_list":
            return
        if found:
            yield item
        found = found or item is widget


def _find(widgets: list[Widget], name: str | None, consumed: set[int]) -> int | None:
    for index, widget in enumerate(widgets):
        if widget.name == name and index not in consumed:
            return index
    return None


def _place(node: LiveNode, widget: Widget) -> Any:
    place = widget.place
    return (*node.file.pointer, "widgets_values", place) if isinstance(place, (int, str)) else place


def _give_to_primitive(
    node: LiveNode,
    at: int,
    primitive: LiveNode,
    wiring: Wiring,
    consumed: set[int],
    diagnostics: Diagnostics,
) -> None:
    """As many widgets as the PrimitiveNode has are taken from the group node, whatever they are."""
    own = wiring.values.get(primitive.id)
    if own is None:
        return
    source = node.widgets[at]
    place = _place(node, source)
    if own.kind in TEXT_KINDS:  # a text area tells its node when its value is set
        own.value, own.place = as_text(source.value), place
        wiring.spread(primitive)
    elif place is not None and source.value != own.value:
        diagnostics.report(
            codes.GROUP_CHANGED,
            f"the value {_shown(source)} of '{source.name}' is lost when the editor unpacks the group node:"
            f" the PrimitiveNode inside takes over {_shown(own)} from the node that it feeds",
            pointer=place,
            node=node.id,
            title=node.title if isinstance(node.title, str) and node.title else None,
            hint="set the value in the node that the PrimitiveNode feeds",
        )
    own.value, own.place = source.value, place
    consumed.update(range(at, min(at + 1 + _companions(own), len(node.widgets))))


def _shown(widget: Widget) -> str:
    return shown(widget.value)


def _companions(own: Widget) -> int:
    """How many control widgets a PrimitiveNode has behind its value."""
    if own.kind == "combo":
        return 2
    slides = own.options.get("display") in ("slider", "knob")
    controlled = truthy(own.options.get("control_after_generate"))
    return int(own.kind in ("number", "float") and (controlled or not slides))


def save_values(node: LiveNode, editor: Editor) -> None:
    """What being copied into the subgraph does to a node: it is saved and loaded, twice."""
    for widget in node.widgets:
        if widget.stored and widget.value is ABSENT:
            widget.value = None
    shape = editor.shapes.get(node.file.type) if node.type is not None and node.stands_for is None else None
    count = sum(widget.stored for widget in node.widgets)
    if shape is None or shape.is_dynamic or shape.as_is in (-1, count):
        return
    file = node.file
    for _ in range(2):  # the number of values may be one at which some are taken for those of old inputs
        stored = [widget for widget in node.widgets if widget.stored]
        values = [widget.value for widget in stored]
        node.file = FileNode(file.id, file.type, {"widgets_values": values}, file.pointer)
        node.widgets = shape.node(node.file, "", 0, {}).widgets
        restore(node, shape, Diagnostics())
        for widget in node.widgets:
            if isinstance(widget.place, int):
                widget.place = stored[widget.place].place
    node.file = file
