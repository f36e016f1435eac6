"""Limit, round and convert a number that is assigned to a number widget.

Sources: ``useIntWidget.ts``, ``useFloatWidget.ts``, ``mathUtil.ts``, ``mergeInputSpec`` and the properties of
PrimitiveInt and PrimitiveFloat (``customWidgets.ts``), frontend 1.58.1. Only PrimitiveNodes assign numbers in
this way; saved values are used as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from comfyc.catalog.core_types import Trait, types_with
from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import Widget
from comfyc.javascript.values import MAX_SAFE_INTEGER, fixed, number, round_half_up

_LIMITED_INTEGERS = types_with(Trait.LIMITED_INTEGER)
_LIMITED_FLOATS = types_with(Trait.LIMITED_FLOAT)

_NOT_COMPARED = frozenset(
    {
        "default",
        "forceInput",
        "defaultInput",
        "control_after_generate",
        "multiline",
        "tooltip",
        "dynamicPrompts",
    }
)


def combine_numbers(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any] | None:
    """The combined options of two number inputs that one value feeds (``mergeInputSpec``).

    None if the inputs do not fit together: their ranges do not overlap, or other options differ.
    """
    low = max(_bound(first, "min", -math.inf), _bound(second, "min", -math.inf))
    high = min(_bound(first, "max", math.inf), _bound(second, "max", math.inf))
    if low > high:
        return None
    limits = {
        "min": low,
        "max": high,
        "step": _common_step(_step(first), _step(second)),
    }
    for key in (set(first) | set(second)) - _NOT_COMPARED - set(limits):
        if first.get(key) != second.get(key):
            return None
    return {**first, **second, **limits}


def _bound(options: Mapping[str, Any], key: str, otherwise: float) -> float:
    value = options.get(key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else otherwise


def _step(options: Mapping[str, Any]) -> float:
    return _finite(_bound(options, "step", 1), 1.0)


def _finite(value: float, otherwise: float) -> float:
    """A number as a double, ``otherwise`` if the double is infinite or NaN."""
    value = number(value)
    return value if math.isfinite(value) else otherwise


def _common_step(first: float, second: float) -> float:
    """The least common multiple of two steps, which may be fractions, as in ``mathUtil.ts``."""
    larger, smaller = abs(first), abs(second)
    for _ in range(100):
        if smaller <= 1e-10:
            break
        larger, smaller = smaller, math.fmod(larger, smaller)
    return whole(abs(first * second) / larger) if larger else 1


def limit(widget: Widget, options: Mapping[str, Any]) -> None:
    """Clamp the value of a widget to ``min`` and ``max`` of ``options`` (by default 0 and 2048)."""
    value = widget.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = options.get("min", 0), options.get("max", 2048)
        if isinstance(low, (int, float)) and value < low:
            widget.value = low
        elif isinstance(high, (int, float)) and value > high:
            widget.value = high


def live_options(node: LiveNode, widget: Widget) -> Mapping[str, Any]:
    """The options that limit a widget's value. PrimitiveInt and PrimitiveFloat take them from the node's
    properties (``customWidgets.ts``), all other types from object_info."""
    properties = node.properties
    if widget is not next(iter(node.widgets), None):
        return widget.options
    if node.type in _LIMITED_INTEGERS:
        return {"min": properties.get("min", -(2**63)), "step": properties.get("step", 1)}
    if node.type in _LIMITED_FLOATS:
        options = dict(widget.options)
        decimals = properties.get("precision")
        decimals = decimals if isinstance(decimals, (int, float)) and not isinstance(decimals, bool) else None
        precision = 1 if decimals is None else int(min(100, max(0, _finite(decimals, 1))))
        declared_step = options.get("step") or 0.5
        declared = _decimals(declared_step)
        rounding = options.get("round") or (10**-declared if declared else None)
        own = properties.get("round")
        if isinstance(own, (int, float)) and own > 0:
            rounding = own
        elif decimals is not None and rounding:
            rounding = 10**-precision
        return {
            "min": properties.get("min", -math.inf),
            "max": properties.get("max", math.inf),
            "round": rounding,
            "precision": precision if decimals is not None else declared,
        }
    return widget.options


def _decimals(step: Any) -> int:
    step = number(step)
    return max(0, -math.floor(math.log10(step))) if 0 < step < math.inf else 0


def convert(widget: Widget, options: Mapping[str, Any]) -> None:
    """Round the value of a number widget as the widget's callback does in the editor."""
    if widget.kind == "number":
        widget.value = _rounded_int(widget.value, options)
    elif widget.kind == "float":
        widget.value = _rounded_float(widget.value, options)


def _rounded_int(value: Any, options: Mapping[str, Any]) -> Any:
    step = options.get("step")
    step = 1 if not isinstance(step, (int, float)) or not step else step
    if step == 1:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return whole(round_half_up(number(value)))
    step = _finite(step, 1.0)
    low = options.get("min")
    offset = math.fmod(_finite(low, 0.0), step) if isinstance(low, (int, float)) else 0.0
    return whole(round_half_up((number(value) - offset) / step) * step + offset)


def _rounded_float(value: Any, options: Mapping[str, Any]) -> Any:
    step = options.get("step")
    precision = options.get("precision")
    decimals = precision if isinstance(precision, int) else _decimals(0.5 if step is None else step)
    rounding = options.get("round")
    if not rounding and "precision" not in options:
        rounding = 10**-decimals if decimals else None
    if not isinstance(rounding, (int, float)) or not rounding:
        return value
    if math.isnan(number(value)):
        return math.nan
    rounding = number(rounding)
    rounded = fixed(round_half_up(number(value) / rounding) * rounding, decimals)
    low, high = options.get("min"), options.get("max")
    low = low if isinstance(low, (int, float)) else 0
    high = high if isinstance(high, (int, float)) else 2048
    return whole(max(low, min(rounded, high)))


def whole(value: float) -> Any:
    """An integral double as an int, as JSON writes it."""
    if (
        isinstance(value, float)
        and math.isfinite(value)
        and value == int(value)
        and abs(value) <= MAX_SAFE_INTEGER
    ):
        return int(value)
    return value
