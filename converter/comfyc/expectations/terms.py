"""The words of the language of assertions: what can be asked of outputs, and the units of numbers."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Dimension(Enum):
    """What a value is; the text is what messages call it."""

    NUMBER = "a number"
    SIZE = "a number of bytes"
    TIME = "a number of seconds"
    TEXT = "a text"
    TRUTH = "true or false"


class Term(NamedTuple):
    """A name that stands for a property of an output, or of the run."""

    name: str
    dimension: Dimension
    of: str
    """The outputs that have it, for messages; "" if it is one of the run."""
    kinds: tuple[str, ...]
    """The kinds of these outputs, each output being of one: of those of ``KINDS``, without "outputs"."""


_FILES = ("files", "images", "videos", "audio")
_SEEN = ("images", "videos")

TERMS = (
    Term("type", Dimension.TEXT, "file", _FILES),
    Term("name", Dimension.TEXT, "file", _FILES),
    Term("size", Dimension.SIZE, "file", _FILES),
    Term("width", Dimension.NUMBER, "picture or video", _SEEN),
    Term("height", Dimension.NUMBER, "picture or video", _SEEN),
    Term("duration", Dimension.TIME, "video or sound", ("videos", "audio")),
    Term("blank", Dimension.TRUTH, "picture", ("images",)),
    Term("text", Dimension.TEXT, "text", ("texts",)),
    Term("seconds", Dimension.TIME, "", ()),
)
"""docs/assertions.md says what each of them is."""
BY_NAME = {term.name: term for term in TERMS}

KINDS = ("outputs", "files", "images", "videos", "audio", "texts")
"""The kinds of outputs that can be counted and chosen; ``outputs`` are all."""

UNITS = {
    "B": (Dimension.SIZE, 1.0),
    "kB": (Dimension.SIZE, 1e3),
    "MB": (Dimension.SIZE, 1e6),
    "GB": (Dimension.SIZE, 1e9),
    "KiB": (Dimension.SIZE, 1024.0),
    "MiB": (Dimension.SIZE, 1024.0**2),
    "GiB": (Dimension.SIZE, 1024.0**3),
    "ms": (Dimension.TIME, 1e-3),
    "s": (Dimension.TIME, 1.0),
    "min": (Dimension.TIME, 60.0),
    "h": (Dimension.TIME, 3600.0),
}
"""What a unit measures, and how many bytes or seconds it is. Capitals do not count, except to be read."""

UNIT_NAMES = {unit.casefold(): unit for unit in UNITS}

TYPE_NAMES = {"jpg": "jpeg", "oga": "ogg", "m4v": "mp4", "htm": "html", "tif": "tiff"}
"""Other names of types."""
