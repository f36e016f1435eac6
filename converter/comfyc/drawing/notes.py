"""Notes in Markdown, laid out in their box as the editor shows them.

Measured in the editor (Tiptap, frontend 1.58.1): Inter of 10 pixels, headings of 20, 15, 11.7 and 10 pixels
in bold type, the margins of a browser, which collapse, and 40 pixels for each level of a list. HTML is not
drawn: its tags are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from comfyc.drawing.labels import AREA_SIZE
from comfyc.drawing.model import NoteShape, NoteText
from comfyc.drawing.note_text import (
    END,
    NotePiece,
    broken,
    has_text,
    measured,
    pieces_of,
    run_of,
    untagged,
    width_of,
)
from comfyc.rebuild.text_width import text_width

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

_HEADINGS = {"h1": 20.0, "h2": 15.0, "h3": 11.7}
_HEADING_MARGIN = 0.67
_PARAGRAPH, _RULE, _CODE = 10.0, 5.0, 5.0
"""Margins above and below."""
_LEAST_CELL = 25.0
_LONGEST = 20_000
"""Characters of a note that are looked at."""
_INDENT, _QUOTED, _QUOTE_END, _CELL = 40.0, 18.0, 40.0, 5.5


def laid_out_note(
    text: str, width: float, height: float
) -> tuple[tuple[NoteText, ...], tuple[NoteShape, ...]]:
    """The texts and shapes of a note in an area of this size, measured from its upper left corner. What has
    no room below is left out, and the last line ends with an ellipsis then."""
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415 - only for files with notes

    page = _Page(width, height)
    for node in SyntaxTreeNode(_parser().parse(text[:_LONGEST])).children:
        page.block(node, 0.0, width)
        if page.is_full:
            break
    return page.result()


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


class _Page:
    """What has been laid out so far: texts, shapes, the height that is used up, and the margin below."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.runs: list[NoteText] = []
        self.shapes: list[NoteShape] = []
        self.y = self.margin = 0.0
        self.is_full = False

    def result(self) -> tuple[tuple[NoteText, ...], tuple[NoteShape, ...]]:
        """All texts, and all shapes that begin in the area, cut at its end."""
        if self.is_full and self.runs:
            last = self.runs[-1]
            while last.text and last.x + last.width + measured("…", last.look, last.size) > self.width:
                last = run_of(last.text[:-1], last.x, last.y, last.look, last.size, last.href)
            self.runs[-1] = run_of(f"{last.text}…", last.x, last.y, last.look, last.size, last.href)
        shapes = (
            one._replace(height=min(one.height, self.height - one.y))
            for one in self.shapes
            if one.y < self.height
        )
        return tuple(self.runs), tuple(shapes)

    def keep(self, margin: float) -> None:
        """Ask for room above or below; of two margins the larger one counts."""
        self.margin = max(self.margin, margin)

    def begin(self) -> None:
        """Take the margin, which nothing needs at the top."""
        self.y += self.margin if self.y else 0.0
        self.margin = 0.0

    # --- blocks -------------------------------------------------------------------------------------

    def block(self, node: SyntaxTreeNode, left: float, right: float, outer: float = _PARAGRAPH) -> None:
        """Lay out a block between two edges. ``outer`` is the margin of paragraphs and lists there."""
        if self.is_full:
            return
        if node.type == "heading":
            size = _HEADINGS.get(node.tag, float(AREA_SIZE))
            self.keep(_HEADING_MARGIN * size)
            self.lines(list(pieces_of(node, "b")), left, right, size)
            self.keep(_HEADING_MARGIN * size)
        elif node.type == "paragraph":
            self.keep(outer)
            self.lines(list(pieces_of(node, "")), left, right)
            self.keep(outer)
        elif node.type in ("bullet_list", "ordered_list"):
            self.keep(outer)
            self.items(node, left, right)
            self.keep(outer)
        elif node.type == "blockquote":
            self.quote(node, left, right)
        elif node.type in ("fence", "code_block"):
            self.code(node.content, left, right)
        elif node.type == "table":
            self.table(node, left, right)
        elif node.type == "hr":
            self.keep(_RULE)
            self.begin()
            self.shapes.append(NoteShape("rule", left, self.y, right - left, 1.0))
            self.y += 2.0
            self.keep(_RULE)
        elif node.type == "html_block" and has_text(node.content):
            self.keep(outer)
            self.lines(list(untagged(node.content, "", "")), left, right)
            self.keep(outer)

    def items(self, node: SyntaxTreeNode, left: float, right: float) -> None:
        inner = left + _INDENT
        first = int(node.attrs.get("start", 1))
        for index, item in enumerate(node.children):
            if self.is_full or inner >= right:
                self.is_full = True
                return
            self.begin()
            top = self.y
            if node.type == "ordered_list":
                number = f"{first + index}."
                x = max(inner - 5.0 - text_width(number, AREA_SIZE), 0.0)
                if top + 12.0 <= self.height:
                    self.runs.append(run_of(number, x, top + 10.0, "", float(AREA_SIZE), ""))
            else:
                self.shapes.append(NoteShape("dot", inner - 11.0, top + 4.5, 3.5, 3.5))
            for at, child in enumerate(item.children):
                self.block(child, inner, right, 0.0)
                if child.type == "paragraph" and at + 1 < len(item.children):
                    self.keep(_PARAGRAPH)
            self.y = max(self.y, top + (0.0 if item.children else 12.0))

    def quote(self, node: SyntaxTreeNode, left: float, right: float) -> None:
        self.keep(_PARAGRAPH)
        self.begin()
        top = self.y
        for child in node.children:
            self.block(child, left + _QUOTED, max(right - _QUOTE_END, left + _QUOTED), 0.0)
        self.shapes.append(NoteShape("rule", left + 10.0, top, 3.0, self.y - top))
        self.keep(_PARAGRAPH)

    def code(self, text: str, left: float, right: float) -> None:
        self.keep(_CODE)
        self.begin()
        top = self.y
        self.y += 6.0
        pieces = [one for line in text.rstrip("\n").split("\n") for one in (NotePiece(line, "m"), END)]
        self.lines(pieces[:-1], left + 11.0, right - 11.0)
        self.y += 6.0
        self.shapes.append(NoteShape("frame", left + 5.0, top, max(right - left - 10.0, 0.0), self.y - top))
        self.keep(_CODE)

    def table(self, node: SyntaxTreeNode, left: float, right: float) -> None:
        rows = [row for part in node.children for row in part.children]
        cells = [
            [list(pieces_of(one, "b" if one.type == "th" else "")) for one in row.children] for row in rows
        ]
        columns = max(map(len, cells), default=0)
        if not columns:
            return
        widest = [
            max(_LEAST_CELL, *(width_of(row[at]) + 2 * _CELL + 1.0 for row in cells if at < len(row)))
            for at in range(columns)
        ]
        scale = min(1.0, (right - left) / max(sum(widest), 1.0))
        self.begin()
        for row in cells:
            if self.is_full:
                return
            top, x, bottom = self.y, left, self.y + 2 * _CELL + 12.0
            for at, cell in enumerate(row):
                self.y = top + _CELL
                self.lines(cell, x + _CELL, x + max(widest[at] * scale - _CELL, _CELL))
                bottom = max(bottom, self.y + _CELL)
                x += widest[at] * scale
            x = left
            for at in range(len(row)):
                self.shapes.append(NoteShape("frame", x, top, widest[at] * scale, bottom - top))
                x += widest[at] * scale
            self.y = bottom

    # --- lines --------------------------------------------------------------------------------------

    def lines(
        self, pieces: Sequence[NotePiece], left: float, right: float, size: float = float(AREA_SIZE)
    ) -> None:
        """Lay out pieces in lines, which are broken at spaces, or inside words that are too long."""
        self.begin()
        for is_end, group in groupby(pieces, key=lambda piece: piece.text == "\n"):
            if is_end:
                self.y += (len(list(group)) - 1) * _line_height(size)[1]
                continue
            for line in broken([*group], right - left, size):
                above, whole = _line_height(size, is_code=all(one.look == "m" for one in line))
                if self.y + whole > self.height or self.is_full:
                    self.is_full = True
                    return
                x = left
                for (look, href), same in groupby(line, key=lambda piece: piece[1:]):
                    text = "".join(one.text for one in same)
                    inner = text.strip()
                    before = measured(text[: len(text) - len(text.lstrip())], look, size)
                    if inner:
                        self.runs.append(run_of(inner, x + before, self.y + above, look, size, href))
                    x += measured(text, look, size)
                self.y += whole


def _line_height(size: float, *, is_code: bool = False) -> tuple[float, float]:
    """How much of a line is above its base line, and its height."""
    above, below = (0.928, 0.236) if is_code else (0.969, 0.241)
    return float(round(above * size)), float(round(above * size) + round(below * size))
