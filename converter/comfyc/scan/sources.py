"""The syntax tree of a source file, also of one for a newer Python as far as its f-strings are concerned."""

from __future__ import annotations

import ast
import re

_TRIES = 100
"""Lines with new f-strings that are mended in one file."""
_START = re.compile(rb"""(?<![\w"'])[rR]?[fF][rR]?(["'])""")


def parse_source(source: bytes) -> ast.Module:
    """The syntax tree of a file; raises what ``ast.parse`` raises.

    From Python 3.12 on, an f-string may hold its own quotes. Where an older Python fails at that, the line's
    f-strings count as empty texts: they are mostly in code that says nothing about nodes.
    """
    for _ in range(_TRIES):
        try:
            return ast.parse(source)
        except SyntaxError as error:
            mended = _without_texts(source, error)
            if mended is None:
                raise
            source = mended
    return ast.parse(source)


def _without_texts(source: bytes, error: SyntaxError) -> bytes | None:
    """The source with an empty text from the first f-string to the last quote in the line of the error."""
    if error.lineno is None or "f-string" not in (error.msg or ""):
        return None
    lines = source.split(b"\n")
    if not 0 < error.lineno <= len(lines):
        return None
    line = lines[error.lineno - 1]
    start = _START.search(line)
    end = line.rfind(start[1]) if start is not None else -1
    if start is None or end < start.end():
        return None
    lines[error.lineno - 1] = line[: start.start()] + b'""' + line[end + 1 :]
    return b"\n".join(lines)
