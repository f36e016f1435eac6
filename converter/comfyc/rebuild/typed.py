"""Type values into the widgets of new nodes: what widgets make of them, and how nodes grow with that.

Source: ``LGraphNode.ts`` expandToFitContent, ``core/graph/widgets/dynamicWidgets.ts``,
``dynamicGroupWidget.ts``, ``extensions/core/customWidgets.ts`` and ``widgetValuePropagation.ts``, frontend
1.58.1.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from comfyc.editor.loading.numbers import convert, live_options
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.values import taken
from comfyc.graph import ABSENT, Widget, WidgetList
from comfyc.javascript.values import text, truthy
from comfyc.rebuild.linking import put_behind
from comfyc.rebuild.nodes import NewGraph, NewNode
from comfyc.rebuild.sizes import needed_size

_LONGEST_CHAIN = 50
"""Combos that hand their choice on to each other."""


def type_in(graph: NewGraph, node: NewNode, widget: Widget, value: Any, depth: int = 0) -> None:
    """Assign a value as if somebody had typed it: the widget rounds it, and what hangs on it follows."""
    live = node.live
    assign(graph, node, widget, taken(widget, value))
    if graph.faithful:
        return
    convert(widget, live_options(live, widget))
    widgets = live.own_widgets()
    if not has_own_options(widgets):
        return
    is_new = widget is widgets[0] or (widget.name.startswith("option") and choose_among(widgets))
    if is_new and depth < _LONGEST_CHAIN:
        _hand_on(graph, node, widgets[0].value, depth)


def _hand_on(graph: NewGraph, node: NewNode, value: Any, depth: int) -> None:
    """Type the choice of a combo with options of its own into the widgets that it is linked to."""
    for link in list(node.leaving[0].values()) if node.leaving else ():
        target = graph.nodes[link.target]
        slot = target.live.inputs[link.target_slot]
        widget = target.live.own_widgets().get(slot.widget) if slot.widget is not None else None
        if widget is not None:
            type_in(graph, target, widget, value, depth + 1)


def assign(graph: NewGraph, node: NewNode, widget: Widget, value: Any) -> None:
    """Set the value of a widget, and correct the size of a node whose inputs depend on it."""
    live = node.live
    before, count = list(live.inputs), len(live.widgets)
    if widget.kind == "customindex":
        choice = live.own_widgets()[0].value
        values = [one.value for one in live.own_widgets()[2:]]
        widget.value = values.index(choice) if choice in values else -1
    live.assign(widget, value)
    if widget.kind == "boundingbox":
        _share_box(live, widget)
    if widget.change is None:
        return
    if widget.kind == "rows":
        _expand_by_rows(node, before)
    elif not _is_same(before, live.inputs) or len(live.widgets) > count:
        expand(node)
    if widget.kind == "combo":
        node.size = (node.size[0], needed_size(node, node.title)[1])
    put_behind(graph, node)


def _share_box(live: LiveNode, widget: Widget) -> None:
    """Write the members of a rectangle into the four widgets that follow it."""
    box = widget.value if isinstance(widget.value, dict) else {}
    at = next(index for index, one in enumerate(live.own_widgets()) if one is widget)
    for part, name in zip(live.own_widgets()[at + 1 : at + 5], ("x", "y", "width", "height"), strict=False):
        if part.kind == "number" and not part.sent:
            part.value = box.get(name, ABSENT)


def _expand_by_rows(node: NewNode, before: Sequence[LiveInput]) -> None:
    """Make room for the rows of a group: each of its widgets is drawn only while it is being made."""
    old = {id(slot) for slot in before}
    for slot in node.live.inputs:
        if id(slot) not in old:
            own = {
                one.name
                for one in node.live.widgets
                if one.name == slot.name or one.name.startswith(f"{slot.name}.")
            }
            expand(node, shown=own)


def _is_same(before: Sequence[LiveInput], now: Sequence[LiveInput]) -> bool:
    return len(before) == len(now) and all(one is other for one, other in zip(before, now, strict=True))


def has_own_options(widgets: WidgetList) -> bool:
    """Whether these are the widgets of a combo whose options are widgets, too."""
    return len(widgets) > 1 and widgets[1].kind == "customindex"


def choose_among(widgets: WidgetList) -> bool:
    """Choose the first option in a combo with options of its own, unless its choice is among them. Returns
    whether the choice has changed."""
    options = [text(one.value) for one in widgets if one.name.startswith("option") and truthy(one.value)]
    if text(widgets[0].value) in options:
        return False
    widgets[0].value = options[0] if options else ""
    return True


def expand(node: NewNode, shown: Set[str] = frozenset(), bare: Set[str] = frozenset()) -> None:
    """Make a node large enough for what has been added to it (``expandToFitContent``).

    ``shown`` and ``bare`` are as in :func:`needed_size`.
    """
    width, height = needed_size(node, node.title, shown, bare)
    node.size = (max(node.size[0], width), max(node.size[1], height))


def expand_by_members(node: NewNode, before: Sequence[LiveInput]) -> None:
    """Make room for a new member of an autogrow group; the label of its last input is made afterwards."""
    old = {id(slot) for slot in before}
    labels = {widget.name for widget in node.live.widgets if widget.kind == "shim"}
    new = [slot for slot in node.live.inputs if id(slot) not in old]
    expand(node, bare={slot.name for slot in new[-1:] if slot.widget in labels})
