"""The text of a JSON file in its own encoding, so that a changed file differs in what was changed only."""

from __future__ import annotations

import json

_ERRORS = {"utf-8": "surrogateescape"}
"""How bytes survive that are not valid in an encoding."""
_MARKS = {"utf-8-sig": "utf-8", "utf-16": "utf-16-be", "utf-32": "utf-32-be"}


def decoded(data: bytes, text: str) -> tuple[str, str]:
    """The text of a file with its byte order mark and all that is not valid in its encoding, and the
    encoding; ``text``, which is without these, and UTF-8 if the bytes cannot be kept."""
    encoding: str = json.detect_encoding(data)
    if encoding in ("utf-16", "utf-32") and data[:2] == b"\xff\xfe":
        encoding = f"{encoding}-le"
    encoding = _MARKS.get(encoding, encoding)
    try:
        return data.decode(encoding, _ERRORS.get(encoding, "surrogatepass")), encoding
    except UnicodeDecodeError:
        return text, "utf-8"


def encoded_as(encoding: str, text: str) -> bytes:
    """The bytes of a text in an encoding that :func:`decoded` has given."""
    return text.encode(encoding, _ERRORS.get(encoding, "surrogatepass"))
