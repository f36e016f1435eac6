"""ComfyUI-Easy-Use: its own Set and Get nodes, which see their own graph only, and values written as text."""

from __future__ import annotations

import json
from typing import Any

from converter.graph import Node, Widget
from converter.jsvalues import text
from converter.packs import Behaviour, Export, Saved
from converter.packs.setget import connect, pass_through

FOLDER = "ComfyUI-Easy-Use"


def _connect(export: Export) -> None:
    connect(export, "easy setNode", "easy getNode", enclosing=False)


def write_text(node: Node, export: Export) -> None:
    """Lists of choices are joined by commas, settings of panels are JSON."""
    for widget in node.widgets:
        if widget.name in ("select_styles", "mask_components") and isinstance(widget.value, list):
            widget.value = ",".join(map(_shown, widget.value))
        elif widget.name in ("toolbar", "multi_angle") and isinstance(widget.value, (dict, list)):
            widget.value = json.dumps(widget.value, ensure_ascii=False, separators=(",", ":"))


def _shown(item: Any) -> str:
    return "" if item is None else text(item)


def restore_shown(saved: Saved) -> bool:
    """The texts of the last run become widgets, all of one name."""
    values = saved.raw.get("widgets_values")
    for place, value in enumerate(values if isinstance(values, list) else ()):
        saved.widgets.append(Widget("text", "customtext", _shown(value), place=place))
    return True


_TEXT = Behaviour(finish=write_text)
_SHOWN = Behaviour(restore=restore_shown)

BEHAVIOURS = {
    "easy showAnything": _SHOWN,
    "easy showTensorShape": _SHOWN,
    "easy stylesSelector": _TEXT,
    "easy humanSegmentation": _TEXT,
    "easy promptAwait": _TEXT,
    "easy multiAngle": _TEXT,
    "easy setNode": Behaviour(pass_through, "Set", (("*", "*"),), (), ("Constant",)),
    "easy getNode": Behaviour(pass_through, "Get", (), ("*",), ("Constant",), rewire=_connect),
    "easy bookmark": Behaviour(pass_through, "Bookmark", widgets=("shortcut_key", "zoom")),
}
