"""ComfyUI-mxToolkit: its reroute, and sliders whose values are properties (``js/Slider*.js``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.javascript.values import is_finite, round_half_up
from comfyc.packs.behaviour import Behaviour, Saved, pass_through

FOLDER = "ComfyUI-mxToolkit"

NEW_VALUES = {"": 20, "X": 512, "Y": 512}
"""The values of a new slider, by axis."""


def _restore_slider(saved: Saved) -> bool:
    """Restore the widgets from the node's properties; ``widgets_values`` is ignored."""
    properties = saved.raw.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    values = saved.raw.get("widgets_values")
    names = [widget.name for widget in saved.widgets]
    axes = ("",) if "Yi" not in names else ("X", "Y")
    widgets = {widget.name: widget for widget in saved.widgets}
    for axis in axes:
        value, decimals = _value(properties, axis)
        letter = axis or "X"
        made = {
            f"{letter}i": math.floor(value),
            f"{letter}f": value,
            f"isfloat{letter}": int(decimals > 0),
        }
        for name, item in made.items():
            if name in widgets:
                widgets[name].value = item
    settled = [widget.value for widget in saved.widgets]
    lacking = not any(f"value{axis}" in properties for axis in axes)
    if lacking and isinstance(values, list) and values and values != settled:
        message = (
            "the slider reads its value from 'properties', where it is missing: the saved values are not used"
        )
        hint = "set the slider in the editor and save"
        saved.report(codes.VALUE_LOST, message, hint=hint)
    return True


def _value(properties: Mapping[str, Any], axis: str) -> tuple[int | float, int]:
    def number(name: str, otherwise: float) -> float:
        value = properties.get(name + axis, otherwise)
        return value if is_finite(value) else otherwise

    decimals = min(4, max(0, math.floor(number("decimals", 0))))
    value = number("value", number("min", 0) if f"value{axis}" in properties else NEW_VALUES[axis])
    factor = 10**decimals
    rounded = round_half_up(factor * value) / factor
    return (int(rounded) if rounded == int(rounded) else rounded), decimals


BEHAVIOURS = {
    "mxReroute": Behaviour(pass_through, "Reroute", (("", "*"),), ("*",)),
    "mxSlider": Behaviour(restore=_restore_slider),
    "mxSlider2D": Behaviour(restore=_restore_slider),
}
