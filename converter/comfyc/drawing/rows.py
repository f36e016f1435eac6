"""The rows of a box: a node's widgets with their names and values, as high and wide as the editor has them.

Source: ``LGraphNode.ts`` (_arrangeWidgets, drawWidgets), ``spaceDistribution.ts``, ``widgets/*.ts`` and
``utils/widget.ts`` (formatNumericWidgetValue), frontend 1.58.1. Unlike the editor, a row keeps some room for
the name of a long value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from comfyc.drawing.labels import fitted, kept, lines_of
from comfyc.drawing.model import SLOT, Label, WidgetRow
from comfyc.graph import Widget
from comfyc.javascript.values import text, truthy
from comfyc.rebuild.sizes import AREAS, row_height

MARGIN = 15
_GAP = 4
_BETWEEN = 5.0
AREA_INSET = 13.0
"""Where the lines of an area begin: its margin and its padding."""
NOTE_INSET = 10.0
"""Where a note in Markdown begins, which has no padding."""
_SWATCH = 58.0
"""The width of what a row with a color has behind its text."""
_ROOMS = {
    "stepped": (35.0, 50.0),
    "toggle": (30.0, 40.0),
    "color": (35.0, MARGIN + _SWATCH),
    "plain": (30.0, 30.0),
}
"""What a row needs left and right of its texts."""
_FOR_NAME = 0.4
"""The part of a row that its name may take if the value is long."""

_STEPPED = frozenset({"number", "float", "combo", "control"})
_LOOKS = {"toggle": "toggle", "button": "button", "color": "color"}


class ShownWidget(NamedTuple):
    """A widget to draw: its label, whether a link gives it its value, and the least height of its row."""

    label: str
    widget: Widget
    is_linked: bool
    least: float


def shown_widget(label: str, widget: Widget, *, is_linked: bool = False) -> ShownWidget:
    """A widget to draw, with the height that the editor gives a widget of its kind."""
    return ShownWidget(label, widget, is_linked, row_height(widget))


KnownRows = dict[tuple[Any, ...], WidgetRow]
"""The rows that have been made for a picture, by all that they depend on."""


def rows_of(
    shown: Sequence[ShownWidget], width: float, start: float, height: float, known: KnownRows
) -> tuple[list[WidgetRow], float]:
    """The rows of a box of this width and height, from ``start`` on, and where the last one ends. Rows that
    are alike are one, which is in ``known``."""
    areas = sum([one.widget.kind in AREAS for one in shown])
    free = height - start - sum([one.least for one in shown]) - _GAP * (len(shown) - areas)
    more = max(0.0, free) / areas if areas else 0.0
    rows: list[WidgetRow] = []
    y = start
    for one in shown:
        if one.widget.kind in AREAS:
            rows.append(_area(one, y, one.least + more, width))
            y += one.least + more
        else:
            rows.append(_known_row(one, y, width, known))
            y += one.least + _GAP
    return rows, y


def value_text(widget: Widget) -> str:
    """What the editor shows as the value of a widget, whole."""
    value, kind = widget.value, widget.kind
    if value is None or value.__class__.__name__ == "_Absent":
        return ""
    if kind == "float" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:.{_digits(widget)}f}" if math.isfinite(value) else text(value)
    if kind == "toggle":
        default, name = ("true", "on") if truthy(value) else ("false", "off")
        label = widget.options.get(f"label_{name}")
        return label if isinstance(label, str) and label else default
    if isinstance(value, (dict, list)):
        return _json(value)
    return kept(value) if isinstance(value, str) else text(value)


def whole_value(widget: Widget) -> str:
    """The value of a widget as the file has it, for people; a number with all its digits."""
    value = widget.value
    return text(value) if isinstance(value, float) else value_text(widget)


def _json(value: Any) -> str:
    try:
        return kept(json.dumps(value, ensure_ascii=False))
    except (RecursionError, TypeError, ValueError):
        return "…"


def _digits(widget: Widget) -> int:
    """The digits behind the point of a float (``useFloatWidget.ts``)."""
    step = widget.options.get("step", 0.5)
    if not isinstance(step, (int, float)) or isinstance(step, bool) or not 1e-12 < step < 1e12:
        return 1
    return max(0, -math.floor(math.log10(step)))


def _known_row(one: ShownWidget, y: float, width: float, known: KnownRows) -> WidgetRow:
    widget, value = one.widget, one.widget.value
    if not isinstance(value, (str, int, float)):
        return _row(one, y, one.least, width)
    kind = value.__class__  # 1, 1.0 and True are equal
    key = (one.label, widget.kind, id(widget.options), kind, value, one.is_linked, y, one.least, width)
    row = known.get(key)
    if row is None:
        row = known[key] = _row(one, y, one.least, width)
    return row


def _row(one: ShownWidget, y: float, height: float, width: float) -> WidgetRow:
    widget = one.widget
    value = value_text(widget)
    whole = text(widget.value) if isinstance(widget.value, float) else value
    if one.is_linked:
        return _made("linked", one.label, value, whole, y, height, width, 0.0)
    look = _LOOKS.get(widget.kind) or ("stepped" if widget.kind in _STEPPED else "plain")
    filled = 0.0
    if look == "stepped" and widget.options.get("display") in ("slider", "gradientslider"):
        look, filled = "slider", _filled(widget)
    elif look == "toggle":
        filled = float(truthy(widget.value))
    return _made(look, one.label, value, whole, y, height, width, filled)


def _made(
    look: str, label: str, value: str, whole: str, y: float, height: float, width: float, filled: float
) -> WidgetRow:
    inside = max(width - 2 * MARGIN - 10.0, 0.0)
    if look == "linked":
        return WidgetRow(look, y, height, fitted(label, max(width - 65.0, 0.0)), whole=whole)
    if look == "slider":
        return WidgetRow(look, y, height, fitted(f"{label}  {value}", inside), whole=whole, filled=filled)
    if look == "button":
        return WidgetRow(look, y, height, fitted(label, inside))
    left, right = _ROOMS[look]
    name_label, value_label = _shared(label, value, width - left - right)
    return WidgetRow(look, y, height, name_label, value_label, whole=whole, filled=filled)


def _shared(name: str, value: str, room: float) -> tuple[Label, Label]:
    """A name and a value beside each other: if there is not enough room, the name is cut first, though not
    below a part of the room."""
    room = max(room, 0.0)
    both = fitted(name, room), fitted(value, room)
    if both[0].width + _BETWEEN + both[1].width <= room:
        return both
    for_name = min(both[0].width, max(room * _FOR_NAME, room - _BETWEEN - both[1].width))
    return fitted(name, for_name), fitted(value, max(room - for_name - _BETWEEN, 0.0))


def _filled(widget: Widget) -> float:
    low, high = widget.options.get("min", 0), widget.options.get("max", 1)
    numbers = (widget.value, low, high)
    if not all(isinstance(one, (int, float)) and abs(one) < 1e300 for one in numbers) or high <= low:
        return 0.0
    return float(min(max((widget.value - low) / (high - low), 0.0), 1.0))


def _area(one: ShownWidget, y: float, height: float, width: float) -> WidgetRow:
    name = fitted(one.label, max(width - 65.0, 0.0))
    if one.is_linked:
        return WidgetRow("linked", y, height, name, whole=whole_value(one.widget))
    value = one.widget.value
    content = value if isinstance(value, str) else value_text(one.widget)
    if one.widget.kind == "markdown" and content:
        from comfyc.drawing.notes import laid_out_note  # noqa: PLC0415 - few files have notes

        area = width - 2 * NOTE_INSET, height - 2 * NOTE_INSET
        runs, shapes = laid_out_note(content, *area)
        return WidgetRow("note", y, height, name, whole=kept(content), runs=runs, shapes=shapes)
    lines = lines_of(content, width - 2 * AREA_INSET, height - 2 * AREA_INSET) if content else ()
    return WidgetRow("area", y, height, name, lines=lines, whole=kept(content))


def dot_height(row: WidgetRow) -> float:
    """The middle of the dot of a row's input."""
    return row.y + SLOT / 2
