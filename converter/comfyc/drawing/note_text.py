"""The text of notes in Markdown: pieces in one style each, and the lines that they take.

Only links to http and https lead anywhere; the tags of HTML are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from comfyc.drawing.labels import AREA_SIZE, columns_of
from comfyc.drawing.model import NoteText
from comfyc.rebuild.text_width import text_width
from comfyc.safety.escaping import visible

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_BOLDER = 1.06
"""How much wider Inter is in bold type (measured: 1.03 to 1.07)."""
_MONOSPACE = 0.602
_TAG = re.compile(r"<[^>]*>")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\]{1,2000}", re.ASCII)


class NotePiece(NamedTuple):
    """A part of a line in one style. ``text`` "\\n" ends the line."""

    text: str
    look: str = ""
    href: str = ""


END = NotePiece("\n")
"""The end of a line."""


def run_of(text: str, x: float, y: float, look: str, size: float, href: str) -> NoteText:
    """A text at its base line."""
    return NoteText(text, x, y, measured(text, look, size), size, look, href)


def measured(text: str, look: str, size: float) -> float:
    """The width of a text in pixels."""
    if "m" in look:
        return columns_of(text) * _MONOSPACE * size
    return text_width(text, 10) * size / 10 * (_BOLDER if "b" in look else 1.0)


def width_of(pieces: Sequence[NotePiece]) -> float:
    """The width of some pieces in one line of the usual size."""
    return sum(measured(one.text, one.look, AREA_SIZE) for one in pieces)


def broken(pieces: Sequence[NotePiece], room: float, size: float) -> Iterator[list[NotePiece]]:
    """The lines that some pieces take, in so much room."""
    line: list[NotePiece] = []
    used = 0.0
    for piece in pieces:
        for word in re.findall(r"\s+|\S+", piece.text):
            width = measured(word, piece.look, size)
            if line and used + width > room:
                yield line
                line, used = [], 0.0
                if word.isspace():
                    continue
            rest = word
            while len(rest) > 1 and measured(rest, piece.look, size) > room:
                end = max(_fitting(rest, piece.look, size, room), 1)
                yield [piece._replace(text=rest[:end])]
                rest = rest[end:]
            line.append(piece._replace(text=rest))
            used += measured(rest, piece.look, size)
    if line or not pieces:
        yield line


def _fitting(text: str, look: str, size: float, room: float) -> int:
    """How many characters of a text fit into the room."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measured(text[:middle], look, size) <= room else (low, middle - 1)
    return low


def pieces_of(node: SyntaxTreeNode, look: str, href: str = "") -> Iterator[NotePiece]:
    """The text of an inline node and of what is in it, with its styles."""
    for child in node.children:
        kind = child.type
        if kind in ("text", "code_inline"):
            yield NotePiece(visible(child.content), "m" if kind == "code_inline" else look, href)
        elif kind == "softbreak":
            yield NotePiece(" ", look, href)
        elif kind == "hardbreak":
            yield END
        elif kind == "html_inline":
            yield from untagged(child.content, look, href)
        elif kind == "image":
            yield NotePiece(visible(f"[{child.content}]"), look, href)
        elif kind == "link":
            address = str(child.attrs.get("href", ""))
            yield from pieces_of(child, look, address if _ADDRESS.fullmatch(address) else "")
        else:
            more = {"strong": "b", "em": "i", "s": "s"}.get(kind, "")
            yield from pieces_of(child, look if more in look else look + more, href)


def has_text(text: str) -> bool:
    """Whether anything is left of HTML without its tags."""
    return bool(_TAG.sub("", text).strip())


def untagged(text: str, look: str, href: str) -> Iterator[NotePiece]:
    """The text of HTML without its tags; a ``br`` ends the line."""
    for index, part in enumerate(_LINE_BREAK.split(text)):
        if index:
            yield END
        shown = " ".join(_TAG.sub("", part).split())
        if shown:
            yield NotePiece(visible(shown), look, href)
