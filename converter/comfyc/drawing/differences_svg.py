"""The pictures of two documents with what changed, as one SVG: beside or below each other, with the list of
changes, whose numbers are at the nodes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from comfyc.drawing.differences_marks import ComparedPictures, ListedChange
from comfyc.drawing.differences_rows import ChangedRow
from comfyc.drawing.labels import LABEL_SIZE, TITLE_SIZE, fitted
from comfyc.drawing.model import Label
from comfyc.drawing.palette import Pair, Theme, themed
from comfyc.drawing.svg import Drawing, framed
from comfyc.drawing.svg_text import drawn_text
from comfyc.drawing.wires import number

CHANGED: dict[str, Pair] = {
    "added": ("#3fb950", "#1a7f37"),
    "removed": ("#f85149", "#cf222e"),
    "changed": ("#e3a008", "#b45309"),
}
"""The colors of what was added, removed and changed."""
_SHEET = (
    ".mark{fill:none;stroke-width:6}.hit{fill-opacity:.22;stroke-width:1.5}.halo{fill:none;stroke-width:12;"
    "stroke-opacity:.75}.dim{opacity:.4}.tag{stroke:#000;stroke-opacity:.4}text.b{font-weight:700}"
    ".struck{text-decoration:line-through}"
)
_GAP, _HEAD, _MARGIN = 40.0, 60.0, 24.0
_ROW, _NARROWEST, _LEGIBLE = 20.0, 1100.0, 1600.0
_MOST_ROWS = 300
_SHAPE = 1.6
"""Of a picture that is easy to look at, width by height."""


def sheet_of_changes(theme: Theme) -> str:
    """The rules of a style sheet for what changed."""
    rules = [
        rule
        for name, colors in CHANGED.items()
        for rule in (
            (f".d-{name}", "stroke", colors),
            (f".x-{name}", "fill", colors),
        )
    ]
    return _SHEET + themed(rules, theme)


def svg_of_differences(
    compared: ComparedPictures, names: tuple[str, str], title: str, theme: Theme = Theme.AUTO
) -> str:
    """Both pictures and the list as the text of an SVG file. ``names`` are those of the two documents."""
    old = Drawing(compared.old, "a")
    new = Drawing(compared.new, "b", like=old)
    (width, height), (other_width, other_height) = compared.old.size, compared.new.size
    beside = width + _GAP + other_width, max(height, other_height)
    below = max(width, other_width), height + other_height
    is_beside = _distance(*beside) < _distance(*below)
    whole = max(beside[0] if is_beside else below[0], _NARROWEST)
    scale = max(1.0, whole / _LEGIBLE)
    head = _HEAD * scale
    second = (width + _GAP, 0.0) if is_beside else (0.0, height + head)
    bottom = beside[1] + head if is_beside else below[1] + 2 * head
    body = []
    for drawing, name, (x, y), word in ((old, names[0], (0.0, 0.0), "old"), (new, names[1], second, "new")):
        label = fitted(f"{word}: {name}", max(drawing.picture.size[0] / scale - 2 * _MARGIN, 0.0), 18)
        body.append(
            f'<g transform="translate({number(x)} {number(y)})"><g transform="scale({number(scale)})">'
        )
        body.append(drawn_text(label, _MARGIN, 40, "h head"))
        body += [f'</g><g transform="translate(0 {number(head)})">', *drawing.parts(), "</g></g>"]
    lines = list(_lines(compared, whole / scale - 2 * _MARGIN))
    body.append(
        f'<g transform="translate({number(_MARGIN)} {number(bottom + _GAP)}) scale({number(scale)})">'
    )
    y = 0.0
    for line in lines:
        y += _ROW
        body += [drawn_text(label, x, y, classes) for label, x, classes in line]
    body.append("</g>")
    size = whole, bottom + 2 * _GAP + scale * (y + _ROW)
    return framed(size, title, new.sheet(theme) + sheet_of_changes(theme), body)


def _distance(width: float, height: float) -> float:
    return abs(math.log(max(width, 1.0) / max(height, 1.0) / _SHAPE))


_Part = tuple[Label, float, str]
"""A text of a line: its label, where it begins, and its classes."""


def _lines(compared: ComparedPictures, room: float) -> Iterator[list[_Part]]:
    """The lines of the list: for each node its number and name, and below it what changed."""
    rows = 0
    for count, change in enumerate(compared.changes, 1):
        yield list(_heading(change, count, room))
        for row in change.rows:
            rows += 1
            if rows <= _MOST_ROWS:
                yield list(_row(row, room))
    if rows > _MOST_ROWS:
        yield [(fitted(f"and {rows - _MOST_ROWS} more", room), 30.0, "text")]
    if not compared.changes:
        yield [(fitted("no change of meaning", room, TITLE_SIZE), 0.0, "t value")]
    if compared.layout:
        yield [(fitted(f"layout: {compared.layout}", room), 0.0, "text")]


def _heading(change: ListedChange, count: int, room: float) -> Iterator[_Part]:
    where = f", in the subgraph {change.where}" if change.where else ""
    label = fitted(f"{count}  {change.mark}: {change.heading}{where}", room, TITLE_SIZE)
    yield label, 0.0, f"t b x-{change.mark}"


def _row(row: ChangedRow, room: float) -> Iterator[_Part]:
    left = 30.0
    name = fitted(f"{row.name}:" if row.old or row.new else row.name, 0.3 * room)
    yield name, left, "value"
    left += name.width * 1.15 + 8.0
    if row.pieces:
        yield from _pieces(row, left, room)
        return
    each = max((room - left - 60.0) / 2, 0.0)
    for text, mark in ((row.old, "removed"), (row.new, "added")):
        if not text:
            continue
        if mark == "added" and row.old:
            yield fitted("→", 20.0, LABEL_SIZE), left, "value"
            left += 24.0
        label = fitted(text, each)
        yield label, left, f"x-{mark}"
        left += label.width * 1.15 + 10.0


def _pieces(row: ChangedRow, left: float, room: float) -> Iterator[_Part]:
    """The parts of a long text, as far as there is room."""
    looks = {"removed": "x-removed struck", "added": "x-added", "same": "value"}
    for piece in row.pieces:
        text = " ".join(piece.text.split())
        label = fitted(text, max(room - left, 0.0))
        if not label.text:
            return
        yield label, left, looks[piece.sort]
        left += label.width * 1.15 + 4.0
