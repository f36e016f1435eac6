"""ComfyUI_Custom_Nodes_AlekPet: values of older files, and pictures named after the node
(``web_alekpet_nodes``)."""

from __future__ import annotations

from comfyc import codes
from comfyc.graph import Node
from comfyc.packs.behaviour import Behaviour, Export, Saved

FOLDER = "ComfyUI_Custom_Nodes_AlekPet"


def settle_translation(saved: Saved) -> None:
    """Google Translate: in older files the third value is the text."""
    values = saved.raw.get("widgets_values")
    if not isinstance(values, list) or len(values) < 3 or not isinstance(values[2], str):
        return
    for widget in saved.widgets:
        if widget.name == "text":
            widget.value, widget.saved_at = values[2], 2
        elif widget.name == "manual_translate":
            widget.value, widget.saved_at = False, None


def restore_code(saved: Saved) -> bool:
    """IDE node: old files have six values, three of them for buttons that no longer exist; today there are
    five."""
    values = saved.raw.get("widgets_values")
    if not isinstance(values, list) or len(values) != 6:
        return False
    indexes = {"language": 0, "theme_highlight": 1, "pycode": 5}
    for widget in saved.widgets:
        if widget.name in indexes:
            widget.value, widget.saved_at = values[indexes[widget.name]], indexes[widget.name]
    return True


def name_picture(node: Node, export: Export) -> None:
    """Pose and Painter: the browser redraws the picture and uploads it under a name with the node's id."""
    prefix = "Pose" if node.type == "PoseNode" else "Paint"
    for widget in node.widgets:
        if widget.name == "image":
            widget.value = f"{prefix}_{node.raw.get('id')}.png"
            export.report(
                codes.NEEDS_BROWSER,
                f"the browser draws and uploads '{widget.value}' when the workflow is opened",
                node,
                hint="open the workflow in the browser once, or choose another picture",
            )


def settle_color(saved: Saved) -> None:
    """Hex to Hue: the value of the colour picker overrides the text."""
    widgets = {widget.name: widget for widget in saved.widgets}
    text, picker = widgets.get("color_hex"), widgets.get("HexToHueNode")
    if text is not None and picker is not None and picker.saved_at is not None:
        text.value, text.saved_at = picker.value, picker.saved_at


_TRANSLATE = Behaviour(settle=settle_translation)
_PICTURE = Behaviour(finish=name_picture)

BEHAVIOURS = {
    "GoogleTranslateCLIPTextEncodeNode": _TRANSLATE,
    "GoogleTranslateTextNode": _TRANSLATE,
    "HexToHueNode": Behaviour(settle=settle_color),
    "IDENode": Behaviour(restore=restore_code),
    "PoseNode": _PICTURE,
    "PainterNode": _PICTURE,
}
