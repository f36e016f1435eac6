"""Dynamic prompts: comments are removed, and ``{a|b}`` is replaced by one of its alternatives.

Source: ``processDynamicPrompt`` of ``packages/shared-frontend-utils/src/formatUtil.ts``, frontend
1.58.1, which calls itself for the chosen alternative; :class:`DynamicPromptRenderer` uses a stack instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_COMMENT = re.compile(r"/\*|//[^\n\r\u2028\u2029]*")
_LINE_COMMENT = re.compile(r"//[^\n\r\u2028\u2029]*")
_START = re.compile(r"[\\{]")
_MARK = re.compile(r"\\[\s\S]?|[{}|]")
_ESCAPED = re.compile(r"\\([{}|])")

MAX_WORK = 1_000_000
"""Braces, bars and backslashes that are scanned in all texts of a file together. A nested brace is scanned
again in each alternative that contains it."""
_CHARACTERS = 64
"""Characters of plain text that count as one step of this work."""


def strip_comments(text: str) -> tuple[str, str]:
    """Remove ``/* */`` and ``//`` comments. Returns the text and the first comment, "" if there is none."""
    if "/*" not in text and "//" not in text:
        return text, ""
    kept: list[str] = []
    first = ""
    position = begin = 0
    last_end = text.rfind("*/")
    while match := (_COMMENT if begin + 2 <= last_end else _LINE_COMMENT).search(text, begin):
        start, end = match.span()
        if match.group() == "/*":
            closing = text.find("*/", end)
            if closing < 0:  # an unclosed comment is text
                begin = end
                continue
            end = closing + 2
        first = first or text[start:end]
        kept.append(text[position:start])
        position = begin = end
    kept.append(text[position:])
    return "".join(kept), first


class TooManyAlternativesError(Exception):
    """The alternatives are more, or more deeply nested, than :data:`MAX_WORK` allows."""


class DynamicPromptRenderer:
    """Renders the dynamic prompts of one conversion."""

    __slots__ = ("_left",)

    def __init__(self, work: int = MAX_WORK) -> None:
        self._left = work

    def render(self, text: str, choose: Callable[[int], int]) -> str:
        """Replace each ``{a|b}``, also nested ones, from left to right.

        ``choose(count)`` returns the index of the alternative. Raises TooManyAlternativesError.
        """
        text, position = strip_comments(text)[0], 0
        parts: list[str] = []
        outer: list[tuple[str, int, list[str]]] = []
        while True:
            match = _START.search(text, position)
            if match is None:
                parts.append(text[position:])
                rendered = _ESCAPED.sub(r"\1", "".join(parts))
                if not outer:
                    return rendered
                text, position, parts = outer.pop()
                parts.append(rendered)
                continue
            start, end = match.span()
            parts.append(text[position:start])
            if match.group() == "\\":
                parts.append(_escape(text[start : start + 2]))
                position = start + 2
                self._spend(1)
                continue
            options, position = self._options(text, end)
            outer.append((text, position, parts))
            text, position, parts = strip_comments(options[choose(len(options))])[0], 0, []
            self._spend(len(text) // _CHARACTERS)

    def _options(self, text: str, position: int) -> tuple[list[str], int]:
        """The alternatives after an opening brace at ``position``, and the position after the closing
        brace."""
        options: list[str] = []
        start, depth = position, 0
        for match in _MARK.finditer(text, position):
            self._spend(1)
            mark = match.group()
            if mark == "{":
                depth += 1
            elif mark == "\\":  # at the very end
                return [*options, text[start : match.start()] + _escape(mark)], len(text)
            elif mark == "}":
                if not depth:
                    return [*options, text[start : match.start()]], match.end()
                depth -= 1
            elif mark == "|" and not depth:
                options.append(text[start : match.start()])
                start = match.end()
        return [*options, text[start:]], len(text)

    def _spend(self, work: int) -> None:
        self._left -= work
        if self._left < 0:
            raise TooManyAlternativesError


def _escape(pair: str) -> str:
    """A backslash and the escaped character; after the end of a text JavaScript reads ``undefined``."""
    return pair if len(pair) == 2 else "\\undefined"
