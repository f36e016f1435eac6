"""ComfyUI-Lora-Manager: the mark in front of its texts, and strengths of trigger words (``web/comfyui``)."""

from __future__ import annotations

from typing import Any

from converter.graph import Node
from converter.packs import Behaviour, Export, Saved

FOLDER = "ComfyUI-Lora-Manager"

MARK = "__lm_autocomplete_meta_text"


def restore_marked(saved: Saved) -> bool:
    """Older files do not have the mark, which is the first value today."""
    values = saved.raw.get("widgets_values")
    if not isinstance(values, list) or not saved.widgets or saved.widgets[0].name != MARK:
        return False
    if values and isinstance(values[0], dict) and "textWidgetName" in values[0]:
        return False
    for place, (widget, value) in enumerate(zip(saved.widgets[1:], values, strict=False)):
        widget.value, widget.place = value, place
    return True


def write_strengths(node: Node, export: Export) -> None:
    """TriggerWord Toggle: a word with a strength is written as ``(word:1.20)``."""
    for widget in node.widgets:
        if widget.name == "toggle_trigger_words" and isinstance(widget.value, list):
            widget.value = [_weighted(tag) for tag in widget.value]


def _weighted(tag: Any) -> Any:
    strength = tag.get("strength") if isinstance(tag, dict) else None
    if isinstance(strength, bool) or not isinstance(strength, (int, float)):
        return tag
    return {**tag, "text": f"({tag.get('text')}:{strength:.2f})"}


_MARKED = Behaviour(restore=restore_marked)

BEHAVIOURS = {
    "Prompt (LoraManager)": _MARKED,
    "Text (LoraManager)": _MARKED,
    "Lora Loader (LoraManager)": _MARKED,
    "Lora Stacker (LoraManager)": _MARKED,
    "WanVideo Lora Select (LoraManager)": _MARKED,
    "Create Hook LoRA (LoraManager)": _MARKED,
    "TriggerWord Toggle (LoraManager)": Behaviour(finish=write_strengths),
}
