"""Text from files and servers made fit for a terminal: no escapes, no line breaks, no tricks."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
"""Controls, invisible formats (bidirectional overrides among them), surrogates, private use, separators."""


def printable(text: str, longest: int = 2000) -> str:
    """``text`` on one line, with what cannot be seen replaced by a space or left out, cut to ``longest``."""
    if text.isascii() and text.isprintable() and len(text) <= longest:
        return text
    cut = text[: longest + 1]
    shown = "".join(char if unicodedata.category(char) not in _UNSEEN else _stand_in(char) for char in cut)
    return shown if len(text) <= longest else shown[:longest] + "…"


def _stand_in(char: str) -> str:
    return " " if char in "\t\n\r\v\f\u2028\u2029" else "" if unicodedata.category(char) == "Cf" else "\ufffd"
