"""The colors of the editor's default palettes, dark and light, and of what the file colors itself.

Source: ``assets/palettes/dark.json`` and ``light.json``, ``colorUtil.ts`` and ``LGraphGroup.ts`` of frontend
1.58.1. The light palette makes the colors that a node has in the file lighter.
"""

from __future__ import annotations

import colorsys
import enum
import re
from collections.abc import Iterable, Sequence

from comfyc.diagnostics import Severity


class Theme(enum.Enum):
    """The colors of a picture: those that the reader prefers, dark ones or light ones."""

    AUTO = "auto"
    DARK = "dark"
    LIGHT = "light"


Pair = tuple[str, str]
"""A color in the dark and in the light palette."""

TYPES: dict[str, Pair] = {
    "CLIP": ("#FFD500", "#FFA726"),
    "CLIP_VISION": ("#A8DADC", "#5C6BC0"),
    "CLIP_VISION_OUTPUT": ("#ad7452", "#8D6E63"),
    "CONDITIONING": ("#FFA931", "#EF5350"),
    "CONTROL_NET": ("#6EE7B7", "#66BB6A"),
    "GUIDER": ("#66FFFF", "#66FFFF"),
    "IMAGE": ("#64B5F6", "#42A5F5"),
    "LATENT": ("#FF9CF9", "#AB47BC"),
    "MASK": ("#81C784", "#9CCC65"),
    "MODEL": ("#B39DDB", "#7E57C2"),
    "NOISE": ("#B0B0B0", "#B0B0B0"),
    "SAMPLER": ("#ECB4B4", "#ECB4B4"),
    "SIGMAS": ("#CDFFCD", "#CDFFCD"),
    "STYLE_MODEL": ("#C2FFAE", "#D4E157"),
    "TAESD": ("#DCC274", "#DCC274"),
    "VAE": ("#FF6E6E", "#FF7043"),
}
"""The colors of links and slots by their type; others have the color of LINK and SLOT."""

_PARTS: dict[str, tuple[str, Pair]] = {
    "bg": ("fill", ("#141414", "#d3d3d3")),
    "panel": ("fill", ("#1c1c1c", "#dedede")),
    "rim": ("stroke", ("#5a5a5a", "#909090")),
    "head": ("fill", ("#ddd", "#222")),
    "body": ("fill", ("#353535", "#F5F5F5")),
    "bar": ("fill", ("#333", "#F7F7F7")),
    "led": ("fill", ("#666", "#CCC")),
    "title": ("fill", ("#999", "#222")),
    "text": ("fill", ("#AAA", "#444")),
    "well": ("fill", ("#222", "#D4D4D4")),
    "edge": ("stroke", ("#666", "#999")),
    "value": ("fill", ("#DDD", "#222")),
    "name": ("fill", ("#999", "#555")),
    "off": ("fill", ("#333", "#bbb")),
    "on": ("fill", ("#89A", "#579")),
    "bound": ("stroke", ("#efefef", "#444")),
    "link": ("fill", ("#9E9EFF", "#1d4ed8")),
    "error": ("stroke", ("#E00", "#E00")),
}
"""What has a color of its own, by its class in the picture."""
LINK: Pair = ("#9A9", "#4CAF50")
SLOT: Pair = ("#7F7", "#3a9d3a")
FREE: Pair = ("#778", "#778")
MARKS = {Severity.ERROR: "#d13438", Severity.WARNING: "#c77700", Severity.INFO: "#2b7cd3"}
"""The colors of findings."""
_GROUP = "#335"
_DARK_GROUP, _LEAST_LIGHT = 80.0, 130.0

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_NAMED = re.compile(r"[a-zA-Z]{3,24}|(?:rgb|hsl)a?\([0-9., %]{5,40}\)")
_LIGHTER = 0.5


def safe_color(value: str | None) -> str | None:
    """A color of a file if it is one that CSS understands and no more than that, else None."""
    text = value.strip() if value is not None else ""
    return text if _HEX.fullmatch(text) or _NAMED.fullmatch(text) else None


def lighter(color: str) -> str:
    """What the light palette makes of the color of a node."""
    rgb = _rgb(color)
    if rgb is None:
        return color
    hue, light, saturation = colorsys.rgb_to_hls(*(one / 255 for one in rgb))
    return _hex([255 * one for one in colorsys.hls_to_rgb(hue, min(light + _LIGHTER, 1.0), saturation)])


def group_colors(color: str | None) -> tuple[str, str]:
    """The color of a group and that of its title."""
    color = safe_color(color) or _GROUP
    rgb = _rgb(color)
    if rgb is None:
        return color, color
    light = _luminance(rgb)
    if light >= _DARK_GROUP:
        return color, color
    part = (_LEAST_LIGHT - light) / (255 - light)
    return color, _hex([one + (255 - one) * part for one in rgb])


def _luminance(rgb: tuple[int, int, int]) -> float:
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]


def _rgb(color: str) -> tuple[int, int, int] | None:
    if not _HEX.fullmatch(color):
        return None
    digits = color[1:]
    if len(digits) < 6:
        digits = "".join(2 * one for one in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _hex(parts: Iterable[float]) -> str:
    return "#" + "".join(f"{min(max(round(one), 0), 255):02x}" for one in parts)


def style(types: Iterable[str], custom: Iterable[tuple[str, Pair]], theme: Theme) -> str:
    """The rules of a style sheet: for what is in each picture, for these types of links, and for ``custom``
    colors by their class."""
    rules = [(f".{name}", prop, colors) for name, (prop, colors) in _PARTS.items()]
    for name in types:
        rules += [(f".l-{name}", "stroke", TYPES[name]), (f".s-{name}", "fill", TYPES[name])]
    rules += [
        (".l-other", "stroke", LINK),
        (".s-other", "fill", SLOT),
        (".m-other", "fill", LINK),
        (".free", "fill", FREE),
    ]
    rules += [(f".{name}", "fill", colors) for name, colors in custom]
    return themed(rules, theme)


def themed(rules: Sequence[tuple[str, str, Pair]], theme: Theme) -> str:
    """A style sheet of rules, each a selector, a property and a color for each palette."""
    side = 1 if theme is Theme.LIGHT else 0
    sheet = "".join(f"{selector}{{{prop}:{colors[side]}}}" for selector, prop, colors in rules)
    if theme is Theme.AUTO:
        light = "".join(
            f"{selector}{{{prop}:{colors[1]}}}" for selector, prop, colors in rules if colors[0] != colors[1]
        )
        sheet += f"@media (prefers-color-scheme:light){{{light}}}"
    return sheet
