"""comfyui-art-venture: values saved by name (``web/*.js``)."""

from __future__ import annotations

from comfyc.packs.behaviour import Behaviour, Saved

FOLDER = "comfyui-art-venture"


def restore_by_name(saved: Saved) -> bool:
    """Give each widget the saved value of its name; a list of values is read by position as usual."""
    values = saved.raw.get("widgets_values")
    if not isinstance(values, dict):
        return False
    for widget in saved.widgets:
        if widget.name in values:
            widget.value, widget.saved_at = values[widget.name], widget.name
    return True


_BY_NAME = Behaviour(restore=restore_by_name)

BEHAVIOURS = {
    "LoadImageFromUrl": _BY_NAME,
    "LoadImageAsMaskFromUrl": _BY_NAME,
    "TextSwitchCase": _BY_NAME,
}
