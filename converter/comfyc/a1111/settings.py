"""Read the text in which the Stable Diffusion web UI notes how a picture was made, as the editor reads it.

    a green square <lora:foo:0.8>
    Negative prompt: red
    Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1234, Size: 512x512, Model: v1-5-pruned

The editor takes the last line that begins with ``Steps:`` for the settings, and what is before it for the two
prompts. A setting is ``name: value`` up to the next comma; a value in quotation marks or curly brackets may
hold commas, and of a value with colons only the part before the first one is kept.

Source: ``scripts/pnginfo.ts`` importA1111 of frontend 1.58.1.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from comfyc.javascript.values import SPACE, key_order

_STEPS, _NEGATIVE = "\nSteps:", "\nNegative prompt:"
_BREAK = re.compile("[\r\u2028\u2029]")
_CLOSINGS = {mark: re.compile(f"{end}[{SPACE}]*(?:,|\\Z)") for mark, end in (('"', '"'), ("{", "}"))}

LONGEST_LINE = 1 << 18
"""Characters of a line of settings that are read; no picture has a quarter of them."""


@dataclass(frozen=True, slots=True)
class PictureSetting:
    """One setting of a picture. ``written`` is all of it, ``value`` the part of its value that the editor
    keeps, ``offset`` that of its name in the text."""

    label: str
    value: str
    written: str
    offset: int


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """How a picture was made.

    ``positive`` and ``negative`` are the prompts, ``offsets`` where they begin in the text. ``by_name`` has
    the settings by their names in lower case, in the order in which the editor goes through them. ``rest`` is
    the offset of further lines, which are not read; None if there are none.
    """

    positive: str
    negative: str
    offsets: tuple[int, int]
    by_name: dict[str, PictureSetting]
    rest: int | None
    is_read: bool = True
    """Whether the editor reads such a text: it needs a line before that of the settings, if an empty one."""


def read_settings(text: str) -> PictureSettings | None:
    """Read such a text; None if the editor takes it for none: no line begins with ``Steps:``,
    or that line has no settings.

    Takes time in proportion to the text. Of a line of settings, ``LONGEST_LINE`` characters are read.
    """
    start = text.rfind(_STEPS)
    if start < 0 and not text.startswith(_STEPS[1:]):
        return None
    end = text.find("\n", start + 1)
    end = len(text) if end < 0 else end
    line = text[start + 1 : min(end, start + 1 + LONGEST_LINE)]
    by_name: dict[str, PictureSetting] = {}
    for offset, written in _matches(line):
        label, value, *_ = written.split(":", 2)
        label, value = label.strip(SPACE), value.removesuffix(",").strip(SPACE)
        whole = written.removesuffix(",").strip(SPACE)
        by_name[label.lower()] = PictureSetting(label, value, whole, start + 1 + offset)
    if not by_name:
        return None
    by_name.pop("__proto__", None)  # the editor keeps settings in an object, for which this is no name
    before = text[: max(start, 0)]
    middle = before.rfind(_NEGATIVE)
    behind = len(before) if middle < 0 else middle + len(_NEGATIVE)
    positive, negative = before if middle < 0 else before[:middle], before[behind:]
    rest = min(end, start + 1 + LONGEST_LINE)
    return PictureSettings(
        positive.strip(SPACE),
        negative.strip(SPACE),
        (_indent(positive), behind + _indent(negative)),
        {name: by_name[name] for name in key_order(by_name)},
        rest + _indent(text[rest:]) if text[rest:].strip(SPACE) else None,
        is_read=start >= 0,
    )


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(SPACE))


def _matches(line: str) -> Iterator[tuple[int, str]]:
    r"""The offset and the text of each setting: what JavaScript finds with the flag ``g`` of
    ``\s*([^:]+:\s*([^"\{].*?|".*?"|\{.*?\}))\s*(,|$)``, without its backtracking."""
    values = _Values(line)
    at = 0
    while True:
        while line.startswith(":", at):
            at += 1
        colon = line.find(":", at)
        if colon < 0:
            return
        end = values.end(colon + 1)
        if end is None:
            at = colon + 1
            continue
        yield at + _indent(line[at:colon]), line[at:end]
        at = end


class _Values:
    """Finds where values end, in a line whose commas, line breaks and closing marks it knows."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._commas = [found.start() for found in re.finditer(",", line)]
        self._ends: dict[int, int] = {}
        self._breaks = [found.start() for found in _BREAK.finditer(line)]
        self._closings = {
            mark: [found.span() for found in ending.finditer(line)] for mark, ending in _CLOSINGS.items()
        }

    def end(self, start: int) -> int | None:
        """The offset behind a value that begins at ``start``, and behind the comma that ends it; None if it
        does not end as a value does."""
        first = start
        while first < len(self._line) and self._line[first] in SPACE:
            first += 1
        if first < len(self._line):
            closings = self._closings.get(self._line[first])
            found = self._plain(first + 1) if closings is None else self._closed(first + 1, closings)
            if found is not None:
                return found
        return self._plain(first) if first > start else None  # a blank counts as the value's first character

    def _plain(self, start: int) -> int | None:
        """The end of a value that goes on from ``start`` up to the next comma, without a line break."""
        stop = _next(self._commas, start, len(self._line))
        broken = _next(self._breaks, start, stop)
        return min(stop + 1, len(self._line)) if self._content_end(stop) <= broken else None

    def _content_end(self, stop: int) -> int:
        """Where the white space before ``stop`` begins. Each is walked over once."""
        end = self._ends.get(stop, stop)
        while end and self._line[end - 1] in SPACE:
            end -= 1
        self._ends[stop] = end
        return end

    def _closed(self, start: int, closings: list[tuple[int, int]]) -> int | None:
        """The end of a value in quotation marks or brackets, which goes on from ``start``."""
        at = bisect_left(closings, (start, 0))
        if at == len(closings) or _next(self._breaks, start, closings[at][0]) < closings[at][0]:
            return None
        return closings[at][1]


def _next(offsets: list[int], start: int, otherwise: int) -> int:
    """The first of these offsets from ``start`` on, but not beyond ``otherwise``."""
    at = bisect_left(offsets, start)
    return min(offsets[at], otherwise) if at < len(offsets) else otherwise
