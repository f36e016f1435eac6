"""Where a key of a TOML file stands: ``tomllib`` does not tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_PARTS = 64
"""Parts of a dotted key. ``tomllib`` works with the square of their number, and recurses with it."""

_TOKEN = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+)|[ \t]+|(\.)|.""")
_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+))\s*(\.?)""")
_ERROR = re.compile(r"at line (\d+)")


def line_of(text: str, path: Sequence[str]) -> int:
    """The line (from 1) of the key with this path, or of the nearest key or table above it."""
    best, length = 1, 0
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        is_table = line.lstrip().startswith("[")
        if is_table:
            table = _keys(line.lstrip().lstrip("["))
        full = table if is_table else table + _keys(line)
        if length < len(full) <= len(path) and full == list(path[: len(full)]):
            best, length = number, len(full)
    return best


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


def _keys(line: str) -> list[str]:
    found: list[str] = []
    position = 0
    while part := _PART.match(line, position):
        found.append(next(each for each in part.group(1, 2, 3) if each is not None))
        position = part.end()
        if not part.group(4):
            break
    return found


def line_of_error(text: str, error: Exception) -> int:
    """The line that a message of ``tomllib`` names; the last one for the end of the document."""
    named = _ERROR.search(str(error))
    return int(named.group(1)) if named else text.count("\n", 0, len(text.rstrip())) + 1
