"""Bjornulf custom nodes: selectors that have as many rows of widgets as another widget says.

Source: ``web/js/lora_stacks.js``, ``loop_lora_selector.js``, ``random_lora_selector.js``,
``loop_model_selector.js`` and ``random_model_selector.js``. A new node has three rows, to which the saved
values are assigned; further rows are made afterwards, of the node's properties.
"""

from __future__ import annotations

from typing import Any

from comfyc.graph import ABSENT, Widget
from comfyc.packs.behaviour import Behaviour, Saved, Settle

FOLDER = "Bjornulf_custom_nodes"

_MOST_ROWS = 20
"""How many rows a node may have; object_info allows no more."""


def _with_rows(count_name: str, *columns: str) -> Settle:
    """Leave as many rows of these columns as the widget ``count_name`` says."""

    def settle(saved: Saved) -> None:
        widgets = {widget.name: widget for widget in saved.widgets}
        counter, first = widgets.get(count_name), widgets.get(f"{columns[0]}_1")
        if counter is None or first is None or not isinstance(counter.value, int):
            return
        count = min(max(0, counter.value), _MOST_ROWS)
        found = saved.raw.get("properties")
        properties = found if isinstance(found, dict) else {}
        wanted = [f"{column}_{row}" for row in range(1, count + 1) for column in columns]
        rows = [widgets.get(name) or _made(name, properties, first) for name in wanted]
        known = {f"{column}_{row}" for row in range(1, _MOST_ROWS + 1) for column in columns}
        at = saved.widgets.index(first)
        saved.widgets[at:] = [*rows, *(widget for widget in saved.widgets[at:] if widget.name not in known)]

    return settle


def _made(name: str, properties: dict[str, Any], first: Widget) -> Widget:
    """A widget of a row that a new node does not have."""
    options = first.options.get("options")
    choices = options if isinstance(options, list) else []
    new = 1 if name.startswith("strength_") else (choices[0] if choices else ABSENT)
    return Widget(name, "custom", properties.get(name, new), stored=False)


_LORA_ROWS = Behaviour(settle=_with_rows("number_of_loras", "lora", "strength_model", "strength_clip"))
_MODEL_ROWS = Behaviour(settle=_with_rows("number_of_models", "model"))

BEHAVIOURS = {
    "Bjornulf_AllLoraSelector": _LORA_ROWS,
    "Bjornulf_LoopLoraSelector": _LORA_ROWS,
    "Bjornulf_LoopModelSelector": _MODEL_ROWS,
    "Bjornulf_RandomLoraSelector": Behaviour(settle=_with_rows("number_of_loras", "lora")),
    "Bjornulf_RandomModelSelector": _MODEL_ROWS,
}
