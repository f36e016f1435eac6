"""The size that the editor gives a new node, from its title, slots and widgets.

Source: ``LGraphNode.ts`` computeSize and expandToFitContent, ``litegraphService.ts`` setInitialSize,
``widgets/BaseWidget.ts`` and the core extensions that set a size, frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import Widget
from comfyc.javascript.values import text, truthy
from comfyc.rebuild.nodes import NODE_HEIGHT, NODE_WIDTH, NewNode, slot_label
from comfyc.rebuild.text_width import text_width

TITLE_HEIGHT = 30
"""The height of a node's title, which stands above the node's position."""
_TITLE_SIZE, _LABEL_SIZE = 14, 12
_TITLE_PADDING = TITLE_HEIGHT * 1.33
_SLOT = 20
_ROW, _GAP, _BELOW_WIDGETS, _MARGIN = 20, 4, 8, 6
_BETWEEN_SLOTS = 5
_WIDGET_PADDING = 42 + 2 * (15 + 6 + 10)
"""The least width of a value, and on both sides of it margin, arrow and the margin of the arrow."""
_FOR_VALUES = 60
"""What a node with widgets is wider than it needs to be, so that values can be read."""

AREAS = {
    "customtext": 50,
    "measuredtext": 50,
    "markdown": 50,
    "audioUI": 50,
    "audiorecord": 50,
    "load3D": 50,
    "load3DAdvanced": 50,
    "preview3D": 50,
    "webcam": 50,
    "multiselect": 50,
    "textPreview": 60,
}
"""The least height of widgets that are elements of the page."""
_KNOB = 60
_HIDDEN = frozenset({"rows", "customindex", "branchnames"})
_TEXT_AREAS = frozenset({"customtext", "measuredtext", "markdown"})
_LEAST_WITH_TEXT = (400.0, 200.0)

OWN_SIZES: dict[str, tuple[float, float]] = {
    "CreateBoundingBoxes": (420, 560),
    "CreateCameraInfo": (360, 480),
    "ImageCompare": (400, 350),
    "ImageCompositor": (300, 400),
    "ImageCropV2": (300, 450),
    "Load3D": (300, 600),
    "Load3DAdvanced": (300, 600),
    "Painter": (450, 550),
    "Preview3D": (400, 550),
    "Preview3DAdvanced": (400, 550),
    "PreviewGaussianSplat": (400, 550),
    "PreviewPointCloud": (400, 550),
    "Save3DAdvanced": (400, 550),
    "SaveGLB": (400, 550),
    "SaveGaussianSplat": (400, 550),
    "SavePointCloud": (400, 550),
}
"""Node types for which an extension of the editor asks for a larger size."""


def initial_size(node: NewNode) -> tuple[float, float]:
    """The size of a node whose inputs and widgets are those of its type."""
    if node.shape is None:
        width, height = needed_size(node, node.title)
        return max(width, NODE_WIDTH), max(height, NODE_HEIGHT)
    width, height = needed_size(node, node.shape.title)
    widgets = list(node.live.widgets)
    least_width = least_height = 1.0
    if any(widget.kind in _TEXT_AREAS for widget in widgets):
        least_width, least_height = _LEAST_WITH_TEXT
    width = max(least_width, width + (_FOR_VALUES if any(map(_is_early, widgets)) else 0))
    own_width, own_height = OWN_SIZES.get(str(node.live.type), (0.0, 0.0))
    return max(width, own_width), max(least_height, height, own_height)


def _is_early(widget: Widget) -> bool:
    """Whether a widget is there when a new node gets its size; an extension adds text previews later."""
    return widget.name not in ("preview_text", "preview_mode")


def needed_size(
    node: NewNode, title: Any, shown: Set[str] = frozenset(), bare: Set[str] = frozenset()
) -> tuple[float, float]:
    """The least width and height in pixels for everything that a node shows (``computeSize``).

    ``shown`` are names of widgets that are drawn although they are hidden else, ``bare`` those of inputs
    whose widgets are not there yet.
    """
    live = node.live
    hidden = hidden_widgets(live).difference(shown)
    sockets, left, labels, right = 0, 0.0, 0.0, 0.0
    for slot in live.inputs:
        width = text_width(slot_label(slot, live), _LABEL_SIZE)
        if slot.widget is None or slot.name in bare:
            sockets += 1
            left = max(left, width)
        elif slot.widget not in hidden:
            labels = max(labels, width)
    for name in output_names(node):
        right = max(right, text_width(name, _LABEL_SIZE))
    above = "" if title is None else text(title)
    width = max(_slots_width(above, left, right), labels + _WIDGET_PADDING if labels else 0)
    has_widgets = node.is_known and len(live.widgets) > 0
    width = max(width, NODE_WIDTH * (1.5 if has_widgets else 1))
    height = max(sockets, len(live.outputs), 1) * _SLOT
    if has_widgets:
        hidden |= bare
        rows = [row_height(widget) + _GAP for widget in live.widgets if widget.name not in hidden]
        height += sum(rows) + _BELOW_WIDGETS
    return width, float(height + _MARGIN)


def _slots_width(title: str, left: float, right: float) -> float:
    """The width for a title, and for inputs and outputs beside each other whose longest names are so wide."""
    slots = left + right + 2 * _SLOT + (_BETWEEN_SLOTS if left and right else 0)
    return max(slots, _TITLE_PADDING + text_width(title, _TITLE_SIZE))


def size_of_slots(title: str, inputs: Sequence[str], outputs: Sequence[str]) -> tuple[float, float]:
    """The size of a node with these inputs and outputs and without widgets."""
    left = max((text_width(name, _LABEL_SIZE) for name in inputs), default=0.0)
    right = max((text_width(name, _LABEL_SIZE) for name in outputs), default=0.0)
    height = max(len(inputs), len(outputs), 1) * _SLOT + _MARGIN
    return max(_slots_width(title, left, right), NODE_WIDTH), float(height)


def output_names(node: NewNode) -> list[str]:
    """The names of a node's outputs; one without a name gets its number."""
    named = node.entry.get("output_name")
    names = [text(name) for name in named] if isinstance(named, list) else []
    count = len(node.live.outputs)
    names += [""] * (count - len(names))
    return [name or f"output_{index}" for index, name in enumerate(names[:count])]


def hidden_widgets(live: LiveNode, given: Sequence[Widget] | None = None) -> set[str]:
    """The names of the widgets that are not drawn; ``given`` are those of the node if they are at hand."""
    widgets = list(live.widgets) if given is None else given
    names = {
        widget.name for widget in widgets if widget.kind in _HIDDEN or truthy(widget.options.get("hidden"))
    }
    for controller in [widget for widget in widgets if widget.kind == "rows"]:
        group, notice = f"{controller.name}.", f"{controller.name}.$notice"
        names.update(
            widget.name for widget in widgets if widget.name.startswith(group) and widget.name != notice
        )
    names.update(
        slot.widget
        for slot in live.inputs
        if slot.widget is not None and slot.made_of is not None and truthy(slot.made_of.options.get("hidden"))
    )
    return names


def row_height(widget: Widget) -> int:
    """The least height of a widget in pixels."""
    if widget.kind in ("number", "float") and widget.options.get("display") == "knob":
        return _KNOB
    return AREAS.get(widget.kind, _ROW)
