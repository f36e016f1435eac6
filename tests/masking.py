"""What no offline converter can know: pictures that the browser takes of a live view while it exports.

A Load3D node (and its kin) that is on screen is exported with a snapshot of its scene: the names of
pictures just uploaded, stamped with the time, and the camera as the graphics driver computed it. A node that
is not on screen has "" there, and so has comfyc. Both sides of a comparison are therefore masked; the mask
looks at what a value is, never at names of files, nodes or inputs (frontend: extensions/core/load3d*.ts).
"""

from __future__ import annotations

import json
import re

_OPENS_INPUT = re.compile(r'^ {6}("(?:[^"\\]|\\.)*": )\{$')
_CLOSES_INPUT = re.compile(r"^ {6}\}(,?)$")
_SNAPSHOT = frozenset({"camera_info", "model_3d_info"})


def mask_captures(text: str) -> str:
    """The text of a prompt with every snapshot of a 3D view replaced by "", all other bytes untouched.

    `text` is what the browser downloads: two spaces a level, so that the value of an input opens and closes
    at six; a line break inside a string is escaped, so lines are enough.
    """
    lines: list[str] = []
    start: int | None = None
    for line in text.split("\n"):
        lines.append(line)
        if _OPENS_INPUT.match(line):
            start = len(lines) - 1
            continue
        closed = _CLOSES_INPUT.match(line)
        if start is None or closed is None:
            continue
        key = lines[start].removesuffix("{")
        value = json.loads("\n".join(["{", *lines[start + 1 : -1], "}"]))
        if value.keys() >= _SNAPSHOT:
            lines[start:] = [f'{key}""{closed.group(1)}']
        start = None
    return "\n".join(lines)
