"""What a drawn workflow shows, read back from its SVG with an XML parser."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

from comfyc.rebuild.text_width import text_width

NAMESPACE = "{http://www.w3.org/2000/svg}"
_SIZES = {"t": 14, "h": 20, "g": 20, "k": 11}
_FIXED = 0.602
"""The width of a character in DejaVu Sans Mono, as a part of the font's size."""


@dataclass(frozen=True)
class Text:
    """A text of a box: where it begins and ends across, its base line, and what it says."""

    left: float
    right: float
    base: float
    text: str
    whole: str | None


@dataclass
class DrawnBox:
    """A node in the picture: its position in the graph, its size with the title, and its texts."""

    path: str
    x: float
    y: float
    top: float
    width: float
    height: float
    texts: list[Text] = field(default_factory=list)
    dimmed: bool = False
    findings: str = ""


def drawn_boxes(svg: str) -> dict[str, DrawnBox]:
    """The boxes of a picture by the paths of their nodes. ``ParseError`` if the SVG is no XML."""
    root = ET.fromstring(svg)
    return {box.path: box for box in map(_box, root.iter(f"{NAMESPACE}g")) if box is not None}


def _box(group: ET.Element) -> DrawnBox | None:
    classes = group.get("class", "").split()
    if "box" not in classes:
        return None
    x, y = map(float, re.findall(r"[-\d.]+", group.get("transform", "")))
    body = next(one for one in group.iter(f"{NAMESPACE}rect") if "err" not in one.get("class", "").split())
    top, width, height = (float(body.get(name, "0")) for name in ("y", "width", "height"))
    box = DrawnBox(group.get("data-path", ""), x, y, top, width, height, dimmed="dim" in classes)
    box.texts = list(_texts(group))
    badge = next((one for one in group if one.get("class") == "badge"), None)
    box.findings = "" if badge is None else badge.findtext(f"{NAMESPACE}title", "")
    return box


def _texts(group: ET.Element) -> Iterator[Text]:
    for one in group.iter(f"{NAMESPACE}text"):
        classes = one.get("class", "").split()
        if "k" in classes:  # the number of a badge, which is a mark of ours at the corner of a node
            continue
        title = one.find(f"{NAMESPACE}title")
        text = "".join(one.itertext())
        whole = None if title is None else title.text or ""
        text = text.removeprefix(whole or "")
        size = next((_SIZES[name] for name in classes if name in _SIZES), 12)
        width = len(text) * 10 * _FIXED if "m" in classes else text_width(text, size)
        width = float(one.get("textLength", width))
        x, base = float(one.get("x", "nan")), float(one.get("y", "nan"))
        left = x - width if "e" in classes else x - width / 2 if "c" in classes else x
        yield Text(left, left + width, base, text, whole)
