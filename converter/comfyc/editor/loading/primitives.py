"""Write the values of PrimitiveNodes into the widgets that they are linked to.

Sources: ``extensions/core/widgetInputs.ts`` (PrimitiveNode), ``widgetValuePropagation.ts``, frontend 1.58.1.
Nowhere else does the editor convert, round or limit a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from comfyc.catalog.core_types import PRIMITIVE
from comfyc.catalog.specs import InputSpec, NodeSpec
from comfyc.editor.loading.numbers import combine_numbers, convert, limit, live_options
from comfyc.editor.nodes.construct import construct
from comfyc.editor.nodes.live import LiveInput, LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.editor.nodes.values import TEXT_KINDS, as_text, first_option
from comfyc.editor.nodes.widgets import MAKERS
from comfyc.editor.promoted.ends import innermost, linked_input, links_by_origin, widget_behind
from comfyc.editor.promoted.values import overwrite
from comfyc.graph import NO_OPTIONS, Widget, WidgetList
from comfyc.javascript.values import number, truthy
from comfyc.workflow.model import FileLink

if TYPE_CHECKING:
    from comfyc.editor.loading.tokens import Replacements

REPLACE_PROPERTY = "Run widget replace on values"


def apply_primitives(scope: Scope, replacements: Replacements) -> None:
    """Write the value of each linked PrimitiveNode of this graph into its targets' widgets."""
    primitives = [
        node for node in scope.nodes.values() if node.file.type == PRIMITIVE and node.stands_for is not None
    ]
    leaving = links_by_origin(scope) if primitives else {}
    for node in primitives:
        _apply(node, _targets(leaving.get(node.id, ()), scope), scope, replacements)


def push_numbers(primitives: Iterable[LiveNode], scope: Scope) -> None:
    """Write the values of number PrimitiveNodes into their targets, as they do once a file is open."""
    leaving = links_by_origin(scope)
    for node in primitives:
        _push_number(node, _targets(leaving.get(node.id, ()), scope))


def _push_number(node: LiveNode, targets: list[tuple[LiveNode, LiveInput]]) -> None:
    widget = linked_widget(node, targets) if targets else None
    if widget is not None and widget.kind in ("number", "float"):
        for target in targets:
            write_value(*target, widget.value, widget.saved_at)


def _apply(
    node: LiveNode, targets: list[tuple[LiveNode, LiveInput]], scope: Scope, replacements: Replacements
) -> None:
    widget = (linked_widget(node, targets) or _untyped_widget(node, targets[0][0])) if targets else None
    if widget is None:
        return
    node.widgets = WidgetList([widget])
    value = widget.value
    if isinstance(value, str) and value and truthy(node.properties.get(REPLACE_PROPERTY)):
        value = replacements.apply(value, scope)
    for target in targets:
        write_value(*target, value, widget.saved_at)


def _untyped_widget(node: LiveNode, target: LiveNode) -> Widget | None:
    """A widget with the saved value of a PrimitiveNode whose target is of a type that the catalogue lacks."""
    saved = node.file.raw.get("widgets_values")
    if not target.is_unknown or not isinstance(saved, list) or not saved:
        return None
    return Widget("value", "unknown", saved[0], saved_at=(*node.file.pointer, "widgets_values", 0))


def _targets(leaving: Iterable[FileLink], scope: Scope) -> list[tuple[LiveNode, LiveInput]]:
    """The inputs that a PrimitiveNode feeds, in the order of its links; [] if the first link goes nowhere."""
    links = [link for link in leaving if link.origin_slot in (0, "0")]
    links.sort(key=lambda link: number(link.id) if not isinstance(link.id, tuple) else math.inf)
    targets = [linked_input(scope, link.id) for link in links]
    return [target for target in targets if target is not None] if targets and targets[0] is not None else []


def linked_widget(node: LiveNode, targets: list[tuple[LiveNode, LiveInput]]) -> Widget | None:
    """The widget of a PrimitiveNode that feeds these inputs; the first one decides the kind of widget."""
    widget = own_widget(node, *targets[0])
    if widget is not None and widget.kind in ("number", "float"):
        _merge_limits(widget, [_definition(*target) for target in targets])
    return widget


def _definition(node: LiveNode, slot: LiveInput) -> InputSpec | None:
    """The editor's definition of an input that a PrimitiveNode feeds, None if it has none.

    Inputs that were added while the file was loaded carry their definition. All others are looked up by the
    name of their widget, among the required inputs first.
    """
    node, slot = innermost(node, slot)
    if slot.widget is None:
        plain = slot.type if isinstance(slot.type, str) else ""
        return InputSpec(slot.name, plain, False, NO_OPTIONS) if plain in MAKERS else None
    if slot.spec is not None:
        spec = slot.spec
        known = {**spec.options, "name": spec.name, "isOptional": spec.optional, "type": spec.type}
        return InputSpec(spec.name, spec.type, spec.optional, known)
    return node.declared.get(slot.widget)


def own_widget(node: LiveNode, target: LiveNode, slot: LiveInput) -> Widget | None:
    """The widget that the editor makes for a loaded PrimitiveNode from its first target; None if the target
    has no definition."""
    spec = _definition(target, slot)
    if spec is None:
        return None
    made = construct("", NodeSpec("", (), (InputSpec("value", spec.type, False, spec.options),), (), ()))
    pattern = next(iter(made.widgets), None) or Widget("value", "unknown", None)
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
        own.saved_at = (*node.file.pointer, "widgets_values", 0)
    if own.value is None:
        own.value = first_option(own, None)
    return own


def _merge_limits(own: Widget, specs: list[InputSpec | None]) -> None:
    """Limit and round the value for each target whose definition fits those before it
    (``mergeInputSpec``)."""
    first = specs[0]
    merged: Mapping[str, Any] = first.options if first is not None else NO_OPTIONS
    for spec in specs:
        if spec is None or first is None or spec.type != first.type:
            continue
        combined = combine_numbers(merged, spec.options)
        if combined is not None:
            merged = combined
            own.options = combined
            limit(own, combined)
            convert(own, combined)


def write_value(target: LiveNode, slot: LiveInput, value: Any, saved_at: Any) -> None:
    """Write a PrimitiveNode's value into the widget behind an input, which may round it.

    ``saved_at`` is the whole JSON pointer of the value in the file (``Widget.saved_at``), None for a default.
    """
    if slot.promoted is not None:
        overwrite(slot, value)
        return
    widget = target.own_widgets().get(slot.widget) if slot.widget is not None else None
    if widget is None or target.definition is not None:
        return
    target.assign(widget, as_text(value) if widget.kind in TEXT_KINDS else value)
    widget.saved_at = saved_at
    convert(widget, live_options(target, widget))
    if isinstance(widget.value, float) and not math.isfinite(widget.value):
        widget.value = None  # JSON.stringify writes null for it
