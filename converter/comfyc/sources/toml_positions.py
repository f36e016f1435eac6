"""Find positions in a TOML text: ``tomllib`` keeps none.

A text that ``tomllib`` has accepted is walked once more, by its tokens. Keys that it would be slow with are
found before it reads them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module

from comfyc.sources.positions import line_columns

MAX_PARTS = 64
"""Parts of a dotted key. ``tomllib`` works with the square of their number, and recurses with it."""

_TOKEN = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+)|[ \t]+|(\.)|.""")
_LINE = re.compile(r" ?\(at line (\d+)(?:, column (\d+))?\)| ?\(at end of document\)")

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+)[ \t]*(\.?)""")
_SCALAR = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|[^\s,\]}#]+(?: \d\d:[^\s,\]}#]+)?",  # a date may have a blank before its time
    re.DOTALL,
)


def toml_positions(text: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Line and column, both from 1, of each key of a TOML text that ``tomllib`` reads, where the key stands
    first; of a dotted key each part. Tables in an array (``[[key]]``) have the path of the array."""
    offsets = _Walk(text).offsets
    lines = line_columns(text, offsets.values())
    return {path: lines[offset] for path, offset in offsets.items()}


def array_offsets(text: str, key: str) -> list[int]:
    """The offset of each table in the array with this key: of the line ``[[key]]``."""
    return [offset for offset, path in _Walk(text).heads if path == (key,) and text.startswith("[[", offset)]


class _Walk:
    """A walk over a text that is known to be TOML; ``offsets`` are those of its keys, ``heads`` those of its
    tables with their paths."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.offsets: dict[tuple[str, ...], int] = {}
        self.heads: list[tuple[int, tuple[str, ...]]] = []
        at = self.after_gap(0)
        table: tuple[str, ...] = ()
        while at < len(text):
            if text[at] == "[":
                head = at
                at = self.after_brackets(at)
                at, table = self.keys(at, ())
                at = self.after_brackets(at)
                self.heads.append((head, table))
            else:
                at = self.pair(at, table)
            at = self.after_gap(at)

    def after_gap(self, at: int) -> int:
        """The offset behind blanks, line ends and comments."""
        found = _GAP.match(self.text, at)
        return found.end() if found is not None else at

    def after_brackets(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in "[]":
            at += 1
        return at

    def keys(self, at: int, table: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        """The offset behind a dotted key, and its path below a table."""
        path = table
        while (part := _KEY.match(self.text, at)) is not None:
            path = (*path, _key(part[1]))
            self.offsets.setdefault(path, part.start(1))
            at = part.end()
            if not part[2]:
                break
        return at, path

    def pair(self, at: int, table: tuple[str, ...]) -> int:
        """The offset behind a key and its value."""
        at, path = self.keys(at, table)
        return self.value(self.after_gap(at + 1), path)

    def value(self, at: int, path: tuple[str, ...]) -> int:
        """The offset behind a value; keys in inline tables are noted on the way."""
        opening = self.text[at]
        if opening not in "[{":
            found = _SCALAR.match(self.text, at)
            return found.end() if found is not None else len(self.text)
        at = self.after_gap(at + 1)
        while self.text[at] not in "]}":
            at = self.pair(at, path) if opening == "{" else self.value(at, path)
            at = self.after_gap(at)
            if self.text[at] == ",":
                at = self.after_gap(at + 1)
        return at + 1


def _key(written: str) -> str:
    if written[0] == '"' and "\\" in written:
        toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
        return str(toml.loads(f"key = {written}")["key"])
    return written[1:-1] if written[0] in "\"'" else written


def line_of(text: str, path: Sequence[str]) -> int:
    """The line (from 1) of the key with this path in a TOML text, or of the nearest key or table above it."""
    positions = toml_positions(text)
    for length in range(len(path), 0, -1):
        if tuple(path[:length]) in positions:
            return positions[tuple(path[:length])][0]
    return 1


def line_of_long_key(text: str) -> int | None:
    """The first line (from 1) with a key of more than :data:`MAX_PARTS` parts; None if there is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") >= MAX_PARTS and _longest_key(line) > MAX_PARTS:
            return number
    return None


def _longest_key(line: str) -> int:
    """The parts of the longest row of words and texts with dots between them."""
    longest, parts, is_open = 0, 0, True
    for token in _TOKEN.finditer(line):
        if token.group(1):
            parts, is_open = parts + 1 if is_open else 1, False
            longest = max(longest, parts)
        elif token.group(2):
            is_open = True
        elif not token.group().isspace():
            parts, is_open = 0, True
    return longest


def position_of_error(text: str, error: Exception) -> tuple[int, int | None]:
    """The line and the column that a message of ``tomllib`` names; of the end of the document the last line
    with something in it."""
    named = _LINE.search(str(error))
    if named is None or named[1] is None:
        return text.count("\n", 0, len(text.rstrip())) + 1, None
    return int(named[1]), int(named[2]) if named[2] else None


def words_of_error(error: Exception) -> str:
    """A message of ``tomllib`` without its position."""
    return _LINE.sub("", str(error))
