"""The pictures of two documents with what changed, as a page: both move together, and a click on a change
shows it in both. One file that asks no network, with a policy as in ``html.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from comfyc.drawing.differences_marks import ComparedPictures, ListedChange
from comfyc.drawing.differences_rows import ChangedRow
from comfyc.drawing.differences_svg import sheet_of_changes
from comfyc.drawing.html import page_of
from comfyc.drawing.palette import Theme
from comfyc.drawing.svg import SYMBOLS, Drawing
from comfyc.drawing.svg_text import escaped, multiline
from comfyc.drawing.wires import number

_FOLDER = Path(__file__).parent


def html_of_differences(compared: ComparedPictures, names: tuple[str, str], title: str) -> str:
    """Both pictures and the list as the text of an HTML file. ``names`` are those of the two documents."""
    old = Drawing(compared.old, "a")
    new = Drawing(compared.new, "b", like=old)
    panes = [
        _pane(one, word, name) for one, word, name in zip((old, new), ("old", "new"), names, strict=True)
    ]
    script, sheet = ((_FOLDER / f"differences.{ending}").read_text("utf-8") for ending in ("js", "css"))
    sheet += new.sheet(Theme.AUTO) + sheet_of_changes(Theme.AUTO)
    items = "".join(_item(change, old, new, count) for count, change in enumerate(compared.changes, 1))
    layout = f"<p>layout: {escaped(compared.layout)}</p>" if compared.layout else ""
    none = "" if items else "<p>no change of meaning</p>"
    body = (
        f"<main>{''.join(panes)}</main>\n<aside><h1>{escaped(title)}</h1>"
        '<p class="tools"><button id="back" title="Previous change (p)">←</button>'
        '<button id="on" title="Next change (n)">→</button><output></output>'
        '<button id="closer" title="Zoom in (+)">+</button>'
        '<button id="farther" title="Zoom out (-)">−</button>'
        '<button id="all" title="Show all (0)">⤢</button>'
        '<button id="turn" title="Beside or below each other (s)">◫</button></p>'
        f"{none}<ol>{items}</ol>{layout}</aside>"
    )
    return page_of(title, sheet, body, script)


def _pane(drawing: Drawing, word: str, name: str) -> str:
    width, height = (number(one) for one in drawing.picture.size)
    return (
        f'<section><h2>{word}: {escaped(name)}</h2><svg id="{word}" viewBox="0 0 {width} {height}"'
        f' role="img" aria-label="{escaped(name)}">{SYMBOLS}{"".join(drawing.parts())}</svg></section>'
    )


def _item(change: ListedChange, old: Drawing, new: Drawing, count: int) -> str:
    """A change in the list, with the numbers of its boxes in both pictures."""
    ends = "".join(
        f' data-{word}="{drawing.idents[box]}"'
        for word, drawing, box in (("old", old, change.old), ("new", new, change.new))
        if box is not None and box in drawing.idents
    )
    where = f"<small>in the subgraph {escaped(change.where)}</small>" if change.where else ""
    rows = "".join(map(_row, change.rows))
    return (
        f'<li class="{change.mark}"><button{ends}><b>{count}</b> <span>{change.mark}:'
        f" {escaped(change.heading)}</span>{where}</button>{f'<dl>{rows}</dl>' if rows else ''}</li>"
    )


def _row(row: ChangedRow) -> str:
    return f"<dt>{escaped(row.name)}</dt><dd>{''.join(_values(row))}</dd>"


def _values(row: ChangedRow) -> Iterator[str]:
    tags = {"removed": "del", "added": "ins", "same": "span"}
    if row.pieces:
        for piece in row.pieces:
            tag = tags[piece.sort]
            yield f"<{tag}>{multiline(piece.text)}</{tag}>"
        return
    if row.old:
        yield f"<del>{escaped(row.old)}</del>"
    if row.old and row.new:
        yield " → "
    if row.new:
        yield f"<ins>{escaped(row.new)}</ins>"
