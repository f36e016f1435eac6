"""Copy the values of a legacy group node to the widgets of its inner nodes, by the names of its type.

Source: ``extensions/core/groupNode.ts`` (convertToNodes), frontend 1.58.1. The values of PrimitiveNodes
inside a group are lost, as in the editor, because the widgets of PrimitiveNodes are made after the nodes they
feed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from comfyc import codes
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor.groups.types import GroupType
from comfyc.editor.groups.wiring import Wiring, is_primitive
from comfyc.editor.nodes.links import drop_beyond
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.restore import restore
from comfyc.editor.nodes.state import Editor
from comfyc.editor.nodes.values import TEXT_KINDS, as_text
from comfyc.graph import ABSENT, Widget
from comfyc.javascript.values import key_order, shown, truthy
from comfyc.workflow.model import FileNode


def copy_values(
    node: LiveNode, group: GroupType, inner: list[LiveNode], wiring: Wiring, diagnostics: Collector
) -> None:
    """Copy each value of the group node ``node`` once, in the order of the inner nodes."""
    consumed: set[int] = set()
    indexes: dict[str, deque[int]] = {}
    for at, widget in enumerate(node.own_widgets()):
        indexes.setdefault(widget.name, deque()).append(at)
    for index, target in enumerate(inner):
        names = group.widgets.get(index, {})
        for name in key_order(names):
            free = indexes.get(names[name] or "", deque())
            while free and free[0] in consumed:
                free.popleft()
            if free and is_primitive(target):
                _give_to_primitive(node, free[0], target, wiring, consumed, diagnostics)
            elif free:
                _copy_value(node, free[0], target, name, consumed)
        for link in drop_beyond(target):  # the new values may have removed inputs
            wiring.forget(link)


def _copy_value(node: LiveNode, at: int, target: LiveNode, name: str, consumed: set[int]) -> None:
    own_at = next((i for i, item in enumerate(target.own_widgets()) if item.name == name), None)
    if own_at is None:
        return
    widget, source = target.own_widgets()[own_at], node.own_widgets()[at]
    consumed.add(at)
    if widget.stored:
        target.assign(widget, as_text(source.value) if widget.kind in TEXT_KINDS else source.value)
        widget.saved_at = _pointer(node, source)
        for control, own in zip(_controls(node, at), _controls(target, own_at), strict=False):
            own.value = control.value


def _controls(node: LiveNode, at: int) -> Iterator[Widget]:
    """The control widgets of a widget: those that directly follow it."""
    for widget in node.own_widgets()[at + 1 :]:
        if widget.kind != "control" and widget.name != "control_filter_list":
            return
        yield widget


def _pointer(node: LiveNode, widget: Widget) -> Pointer | None:
    """The JSON pointer of a widget's value, None for a default."""
    saved_at = widget.saved_at
    if isinstance(saved_at, (int, str)):
        return (*node.file.pointer, "widgets_values", saved_at)
    return saved_at


def _give_to_primitive(
    node: LiveNode,
    at: int,
    primitive: LiveNode,
    wiring: Wiring,
    consumed: set[int],
    diagnostics: Collector,
) -> None:
    """Take as many widgets from the group node as the PrimitiveNode has, whatever they are."""
    own = wiring.values.get(primitive.id)
    if own is None:
        return
    source = node.own_widgets()[at]
    pointer = _pointer(node, source)
    if own.kind in TEXT_KINDS:  # a text area notifies its node when its value is set
        own.value, own.saved_at = as_text(source.value), pointer
        wiring.spread(primitive)
    elif pointer is not None and source.value != own.value:
        diagnostics.report(
            codes.GROUP_CHANGED,
            f"the value {_shown(source)} of '{source.name}' is lost when the editor unpacks the group node:"
            f" the PrimitiveNode inside takes over {_shown(own)} from the node that it feeds",
            pointer=pointer,
            node=node.id,
            title=node.label,
            hint="set the value in the node that the PrimitiveNode feeds",
        )
    own.value, own.saved_at = source.value, pointer
    consumed.update(range(at, min(at + 1 + _companions(own), len(node.own_widgets()))))


def _shown(widget: Widget) -> str:
    return shown(widget.value)


def _companions(own: Widget) -> int:
    """How many control widgets follow the value widget of a PrimitiveNode."""
    if own.kind == "combo":
        return 2
    slides = own.options.get("display") in ("slider", "knob")
    controlled = truthy(own.options.get("control_after_generate"))
    return int(own.kind in ("number", "float") and (controlled or not slides))


def save_values(node: LiveNode, editor: Editor) -> None:
    """Do to a node's values what copying it into the subgraph does: it is saved and loaded, twice."""
    for widget in node.own_widgets():
        if widget.stored and widget.value is ABSENT:
            widget.value = None
    shape = editor.shapes.get(node.file.type) if node.type is not None and node.stands_for is None else None
    count = sum(widget.stored for widget in node.widgets)
    if shape is None or shape.is_dynamic or shape.is_current(count):
        return
    file = node.file
    for _ in range(2):  # each time, some values may be mistaken for those of inputs that are sockets today
        stored = [widget for widget in node.widgets if widget.stored]
        values = [widget.value for widget in stored]
        node.file = FileNode(file.id, file.type, {"widgets_values": values}, file.pointer)
        node.widgets = shape.node(node.file, "", 0, {}).widgets
        restore(node, shape, Collector())
        for widget in node.own_widgets():
            if isinstance(widget.saved_at, int):
                widget.saved_at = stored[widget.saved_at].saved_at
    node.file = file
