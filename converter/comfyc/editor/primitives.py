"""PrimitiveNodes: a value outside a node that is written into the widgets it is linked to.

Sources: ``extensions/core/widgetInputs.ts`` (PrimitiveNode), ``widgetValuePropagation.ts`` and the
number widgets of ``useIntWidget.ts`` and ``useFloatWidget.ts``, frontend 1.58.1. This is the only
place where the editor converts, rounds or limits a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from comfyc.catalog.specs import InputSpec, NodeSpec
from comfyc.editor.construct import construct
from comfyc.editor.live import LiveInput, LiveNode
from comfyc.editor.promoted.hosts import linked_input, links_by_origin, widget_behind
from comfyc.editor.values import TEXT_KINDS, as_text
from comfyc.editor.widgets import MAKERS
from comfyc.graph import NO_OPTIONS, Widget
from comfyc.javascript.values import MAX_SAFE_INTEGER, fixed, number, round_half_up, truthy
from comfyc.workflow import FileLink

if TYPE_CHECKING:
    from comfyc.editor.load import Scope
    from comfyc.editor.tokens import Replacements

REPLACE_PROPERTY = "Run widget replace on values"

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


def apply_primitives(scope: Scope, replacements: Replacements) -> None:
    """Write the value of each linked PrimitiveNode of this graph into its targets' widgets."""
    primitives = [
        node
        for node in scope.nodes.values()
        if node.file.type == "PrimitiveNode" and node.stands_for is not None
    ]
    leaving = links_by_origin(scope) if primitives else {}
    for node in primitives:
        _apply(node, _targets(leaving.get(node.id, ()), scope), scope, replacements)


def push_numbers(primitives: Iterable[LiveNode], scope: Scope) -> None:
    """What PrimitiveNodes of numbers do once a file is open: they write their value into their targets."""
    leaving = links_by_origin(scope)
    for node in primitives:
        _push_number(node, _targets(leaving.get(node.id, ()), scope))


def _push_number(node: LiveNode, targets: list[tuple[LiveNode, LiveInput]]) -> None:
    widget = linked_widget(node, targets) if targets else None
    if widget is not None and widget.kind in ("number", "float"):
        for target in targets:
            write_value(*target, widget.value, widget.place)


def _apply(
    node: LiveNode, targets: list[tuple[LiveNode, LiveInput]], scope: Scope, replacements: Replacements
) -> None:
    widget = (linked_widget(node, targets) or _untyped_widget(node, targets[0][0])) if targets else None
    if widget is None:
        return
    node.widgets = [widget]
    value = widget.value
    if isinstance(value, str) and value and truthy(node.properties.get(REPLACE_PROPERTY)):
        value = replacements.apply(value, scope)
    for target in targets:
        write_value(*target, value, widget.place)


def _untyped_widget(node: LiveNode, target: LiveNode) -> Widget | None:
    """The saved value of a PrimitiveNode that feeds a node of a type which the catalogue lacks."""
    saved = node.file.raw.get("widgets_values")
    if target.by_name is None or not isinstance(saved, list) or not saved:
        return None
    return Widget("value", "unknown", saved[0], place=(*node.file.pointer, "widgets_values", 0))


def _targets(leaving: Iterable[FileLink], scope: Scope) -> list[tuple[LiveNode, LiveInput]]:
    """What a PrimitiveNode feeds, in the order of its links; [] if the first of them goes nowhere."""
    links = [link for link in leaving if link.origin_slot in (0, "0")]
    links.sort(key=lambda link: number(link.id) if not isinstance(link.id, tuple) else math.inf)
    targets = [linked_input(scope, link.id) for link in links]
    return [target for target in targets if target is not None] if targets and targets[0] is not None else []


def linked_widget(node: LiveNode, targets: list[tuple[LiveNode, LiveInput]]) -> Widget | None:
    """The widget of a PrimitiveNode that feeds these inputs, the first of which decides what it is."""
    widget = own_widget(node, *targets[0])
    if widget is not None and widget.kind in ("number", "float"):
        _merge_limits(widget, [_definition(*target) for target in targets])
    return widget


def _definition(node: LiveNode, slot: LiveInput) -> InputSpec | None:
    """What the editor knows of an input that a PrimitiveNode drives, None if nothing.

    Inputs that came while the file was loaded carry their definition; all others are looked up by the
    name of their widget, among the required inputs first.
    """
    while slot.promoted is not None:
        node, slot = slot.promoted.inner
    if slot.widget is None:
        plain = slot.type if isinstance(slot.type, str) else ""
        return InputSpec(slot.name, plain, False, NO_OPTIONS) if plain in MAKERS else None
    if slot.spec is not None:
        spec = slot.spec
        known = {**spec.options, "name": spec.name, "isOptional": spec.optional, "type": spec.type}
        return InputSpec(spec.name, spec.type, spec.optional, known)
    return node.declared.get(slot.widget)


def own_widget(node: LiveNode, target: LiveNode, slot: LiveInput) -> Widget | None:
    """The widget that the editor gives a PrimitiveNode when it has been loaded, after its first target."""
    spec = _definition(target, slot)
    if spec is None:
        return None
    made = construct("", NodeSpec("", (), (InputSpec("value", spec.type, False, spec.options),), (), ()))
    pattern = made.widgets[0] if made.widgets else Widget("value", "unknown", None)
    own = Widget("value", pattern.kind, pattern.value, options=pattern.options)
    theirs = widget_behind(target, slot)
    if theirs is not None:
        own.value = slot.promoted.value if slot.promoted is not None else theirs.value
    saved = node.file.raw.get("widgets_values")
    outputs = node.file.raw.get("outputs")
    first = outputs[0] if isinstance(outputs, list) and outputs else None
    saved_type = first.get("type") if isinstance(first, dict) else None
    if isinstance(saved, list) and saved and saved_type == spec.type:
        own.value = as_text(saved[0]) if own.kind in TEXT_KINDS else saved[0]
        own.place = (*node.file.pointer, "widgets_values", 0)
    options = own.options.get("options")
    if own.value is None and own.kind == "combo" and isinstance(options, list) and options:
        own.value = options[0]
    return own


def _merge_limits(own: Widget, specs: list[InputSpec | None]) -> None:
    """Limit and round the value by each target whose definition fits those before it (``mergeInputSpec``)."""
    first = specs[0]
    merged: Mapping[str, Any] = first.options if first is not None else NO_OPTIONS
    for spec in specs:
        if spec is None or first is None or spec.type != first.type:
            continue
        combined = combine_numbers(merged, spec.options)
        if combined is not None:
            merged = combined
            own.options = combined
            _limit(own, combined)
            convert(own, combined)


def combine_numbers(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any] | None:
    """The options of two number inputs that one value feeds, None if they do not fit (``mergeInputSpec``)."""
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
    """A number as a double, ``otherwise`` where that is infinite or none."""
    value = number(value)
    return value if math.isfinite(value) else otherwise


def _common_step(first: float, second: float) -> float:
    """The least common multiple as the editor computes it, also of fractions (``mathUtil.ts``)."""
    larger, smaller = abs(first), abs(second)
    for _ in range(100):
        if smaller <= 1e-10:
            break
        larger, smaller = smaller, math.fmod(larger, smaller)
    return whole(abs(first * second) / larger) if larger else 1


def _limit(widget: Widget, options: Mapping[str, Any]) -> None:
    value = widget.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = options.get("min", 0), options.get("max", 2048)
        if isinstance(low, (int, float)) and value < low:
            widget.value = low
        elif isinstance(high, (int, float)) and value > high:
            widget.value = high


def write_value(target: LiveNode, slot: LiveInput, value: Any, place: Any) -> None:
    """Write a PrimitiveNode's value into the widget behind an input, which may round it."""
    if slot.promoted is not None:
        slot.promoted.value = value
        return
    target.unfold()
    widget = widget_behind(target, slot)
    if widget is None:
        return
    target.assign(widget, as_text(value) if widget.kind in TEXT_KINDS else value)
    widget.place = place
    convert(widget, _live_options(target, widget))
    if isinstance(widget.value, float) and not math.isfinite(widget.value):
        widget.value = None  # what JSON makes of it


def _live_options(node: LiveNode, widget: Widget) -> Mapping[str, Any]:
    """PrimitiveInt and PrimitiveFloat take their limits from properties (``customWidgets.ts``)."""
    properties = node.properties
    if not node.widgets or widget is not node.widgets[0]:
        return widget.options
    if node.type == "PrimitiveInt":
        return {"min": properties.get("min", -(2**63)), "step": properties.get("step", 1)}
    if node.type == "PrimitiveFloat":
        options = dict(widget.options)
        places = properties.get("precision")
        places = places if isinstance(places, (int, float)) and not isinstance(places, bool) else None
        precision = 1 if places is None else int(min(100, max(0, _finite(places, 1))))
        declared_step = options.get("step") or 0.5
        declared = _places(declared_step)
        rounding = options.get("round") or (10**-declared if declared else None)
        own = properties.get("round")
        if isinstance(own, (int, float)) and own > 0:
            rounding = own
        elif places is not None and rounding:
            rounding = 10**-precision
        return {
            "min": properties.get("min", -math.inf),
            "max": properties.get("max", math.inf),
            "round": rounding,
            "precision": precision if places is not None else declared,
        }
    return widget.options


def _places(step: Any) -> int:
    step = number(step)
    return max(0, -math.floor(math.log10(step))) if 0 < step < math.inf else 0


def convert(widget: Widget, options: Mapping[str, Any]) -> None:
    """Round the value of a number widget as its callback does."""
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
    places = precision if isinstance(precision, int) else _places(0.5 if step is None else step)
    rounding = options.get("round")
    if not rounding and "precision" not in options:
        rounding = 10**-places if places else None
    if not isinstance(rounding, (int, float)) or not rounding:
        return value
    if math.isnan(number(value)):
        return math.nan
    rounding = number(rounding)
    rounded = fixed(round_half_up(number(value) / rounding) * rounding, places)
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
