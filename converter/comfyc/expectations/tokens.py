"""The text of an assertion as tokens."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, NoReturn, cast

from comfyc.diagnostics import ComfycError
from comfyc.safety.escaping import printable

Sort = Literal["word", "number", "text", "pattern", "sign", "end"]

LONGEST = 2_000
"""Characters of an assertion."""

_TOKEN = re.compile(
    r"""(?P<word>[A-Za-z_]\w*)
      |(?P<number>\d+(?:\.\d+)?)
      |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      |(?P<pattern>/(?:[^/\\]|\\.)+/[A-Za-z]*)
      |(?P<sign>==|!=|<=|>=|&&|\|\||[<>=!():,])""",
    re.VERBOSE | re.DOTALL,
)
_OPEN = {
    '"': "the quote is not closed",
    "'": "the quote is not closed",
    "/": "the pattern is not closed by /",
}


class Token(NamedTuple):
    """A piece of the text, which begins ``at`` this offset."""

    sort: Sort
    text: str
    at: int


def misunderstood(text: str, at: int, problem: str, hint: str | None = None) -> NoReturn:
    """Raise the ``ComfycError`` of an assertion that is not understood at an offset."""
    message = f"the assertion {printable(text, 200)!r} is not understood at column {at + 1}: {problem}"
    raise ComfycError(message, hint)


def tokens_of(text: str) -> list[Token]:
    """The tokens, and one of the sort ``end`` after them. ``ComfycError`` for what is none."""
    if len(text) > LONGEST:
        raise ComfycError(f"an assertion has more than {LONGEST:,} characters", "write several")
    tokens: list[Token] = []
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if at == len(text):
            return [*tokens, Token("end", "", at)]
        found = _TOKEN.match(text, at)
        if found is None:
            misunderstood(text, at, _OPEN.get(text[at], f"{printable(text[at])!r} has no meaning here"))
        tokens.append(Token(cast(Sort, found.lastgroup), found.group(), at))
        at = found.end()


def unquoted(token: Token) -> str:
    """The text between quotes; a backslash stands before a quote or a backslash."""
    return re.sub(r"\\([\"'\\])", r"\1", token.text[1:-1])
