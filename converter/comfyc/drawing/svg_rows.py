"""The widgets of a box in SVG.

Source: ``BaseWidget.ts``, ``BaseSteppedWidget.ts``, ``BooleanWidget.ts``, ``ButtonWidget.ts``,
``ColorWidget.ts`` and ``SliderWidget.ts`` of frontend 1.58.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from comfyc.drawing.labels import LINE_HEIGHT
from comfyc.drawing.model import NodeBox, NoteText, WidgetRow
from comfyc.drawing.palette import safe_color
from comfyc.drawing.rows import AREA_INSET, MARGIN, NOTE_INSET
from comfyc.drawing.svg_text import drawn_text, escaped, multiline
from comfyc.drawing.wires import number

_BASE = 14.0
_SIZES = {20.0: "n1", 15.0: "n2", 11.7: "n3"}
_STYLES = {"b": "nb", "i": "ni", "s": "ns", "m": "m"}
"""The classes of the parts of a note, by their sizes and styles."""


def drawn_rows(box: NodeBox, known: dict[int, str]) -> Iterator[str]:
    """The rows of a box, each as a group whose title is the whole value.

    ``known`` keeps what was drawn by the ``id()`` of the row: boxes of the same width share rows.
    """
    for row in box.rows:
        if id(row) not in known:
            known[id(row)] = _drawn_row(row, box.width)
        yield known[id(row)]


def _drawn_row(row: WidgetRow, width: float) -> str:
    whole = f"<title>{escaped(row.name.whole)}: {multiline(row.whole)}</title>" if row.whole else ""
    return f'<g class="row">{whole}{"".join(_PARTS[row.look](row, width))}</g>'


def _well(row: WidgetRow, width: float, radius: float) -> str:
    rounded = f' rx="{number(radius)}"' if radius else ""
    at = f'x="{MARGIN}" y="{number(row.y)}" width="{number(max(width - 2 * MARGIN, 0))}"'
    return f'<rect class="well edge" {at} height="20"{rounded}/>'


def _texts(row: WidgetRow, left: float, right: float) -> Iterator[str]:
    yield drawn_text(row.name, left, row.y + _BASE, "name")
    if row.value is not None:
        yield drawn_text(row.value, right, row.y + _BASE, "e value")


def _stepped(row: WidgetRow, width: float) -> Iterator[str]:
    yield _well(row, width, 10)
    top, middle, low = (number(row.y + one) for one in (5, 10, 15))
    for tip, inner in ((21.0, 31.0), (width - 21, width - 31)):
        at, to = number(inner), number(tip)
        yield f'<path class="value" d="M{at} {top}L{to} {middle}L{at} {low}z"/>'
    yield from _texts(row, 35, width - 50)


def _plain(row: WidgetRow, width: float) -> Iterator[str]:
    yield _well(row, width, 10)
    yield from _texts(row, 30, width - 30)


def _toggle(row: WidgetRow, width: float) -> Iterator[str]:
    yield _well(row, width, 10)
    state = "on" if row.filled else "off"
    yield f'<circle class="{state}" cx="{number(width - 30)}" cy="{number(row.y + 10)}" r="7.2"/>'
    yield from _texts(row, 30, width - 40)


def _color(row: WidgetRow, width: float) -> Iterator[str]:
    yield _well(row, width, 10)
    color = safe_color(row.whole)
    if color is not None:
        at = f'x="{number(width - 65)}" y="{number(row.y + 3)}"'
        yield f'<rect fill="{escaped(color)}" {at} width="40" height="14" rx="7"/>'
    yield from _texts(row, 35, width - 73)


def _button(row: WidgetRow, width: float) -> Iterator[str]:
    yield _well(row, width, 0)
    yield drawn_text(row.name, width / 2, row.y + _BASE, "c value")


def _slider(row: WidgetRow, width: float) -> Iterator[str]:
    yield _well(row, width, 0)
    filled = number(row.filled * max(width - 2 * MARGIN, 0))
    yield f'<rect fill="#678" x="{MARGIN}" y="{number(row.y)}" width="{filled}" height="20"/>'
    yield drawn_text(row.name, width / 2, row.y + _BASE, "c value")


def _linked(row: WidgetRow, width: float) -> Iterator[str]:
    yield '<g class="half">' + drawn_text(row.name, 35, row.y + _BASE, "name") + "</g>"


def _area(row: WidgetRow, width: float) -> Iterator[str]:
    inset = AREA_INSET
    at = f'x="10" y="{number(row.y + 10)}" width="{number(max(width - 20, 0))}"'
    yield f'<rect class="well" {at} height="{number(max(row.height - 20, 0))}"/>'
    if not row.lines:
        if row.height >= 40:
            yield drawn_text(row.name, inset, row.y + inset + 11, "name")
        return
    y = row.y + inset + 10
    for line in row.lines:
        yield drawn_text(line, inset, y, "m value")
        y += LINE_HEIGHT


def _note(row: WidgetRow, width: float) -> Iterator[str]:
    left, top = NOTE_INSET, row.y + NOTE_INSET
    for shape in row.shapes:
        at = f'x="{number(left + shape.x)}" y="{number(top + shape.y)}" width="{number(max(shape.width, 0))}"'
        rounded = f' rx="{number(shape.width / 2)}"' if shape.look == "dot" else ""
        look = "cell edge" if shape.look == "frame" else "value"
        yield f'<rect class="{look}" {at} height="{number(max(shape.height, 0))}"{rounded}/>'
    for run in row.runs:
        yield _run(run, left, top)


def _run(run: NoteText, left: float, top: float) -> str:
    """A text of a note, as long as it was measured; a link has its address as its title."""
    styles = [_STYLES[letter] for letter in run.look]
    looks = " ".join([_SIZES.get(run.size, "n"), *styles, "link" if run.href else "value"])
    at = f'x="{number(left + run.x)}" y="{number(top + run.y)}"'
    length = f'textLength="{number(run.width)}" lengthAdjust="spacingAndGlyphs"'
    shown = escaped(run.text).replace(" ", "\u00a0") if "m" in run.look else escaped(run.text)
    drawn = f'<text class="{looks}" {at} {length}>{shown}</text>'
    if not run.href:
        return drawn
    address = escaped(run.href)
    leads = f'href="{address}" target="_blank" rel="noopener noreferrer"'
    return f"<a {leads}><title>{address}</title>{drawn}</a>"


_PARTS = {
    "stepped": _stepped,
    "plain": _plain,
    "toggle": _toggle,
    "color": _color,
    "button": _button,
    "slider": _slider,
    "linked": _linked,
    "area": _area,
    "note": _note,
}
