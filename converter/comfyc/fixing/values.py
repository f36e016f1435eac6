"""Repairs of saved values that are shifted by the widget that says what becomes of a seed after a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfyc.diagnostics import Pointer
from comfyc.editor.nodes.infer import fits
from comfyc.editor.nodes.live import CONTROL_MODES, LiveNode
from comfyc.fixing.repair import Repair, Site
from comfyc.graph import ABSENT, Widget
from comfyc.interface.tracing import live_nodes
from comfyc.javascript.values import shown
from comfyc.prompt import Prompt

_CONTROL = "fixed"
"""What is inserted: the seed stays as it is."""
_NAMED = 3


def insert_control(site: Site) -> Repair | None:
    """N203: the missing values of seed controls are inserted, if all values then fit their widgets."""
    node = _node(site, site.pointer[:-2])
    saved = node.file.raw.get("widgets_values") if node is not None else None
    if node is None or not isinstance(saved, list):
        return None
    stored = [widget for widget in node.widgets if widget.stored]
    controls = [index for index, widget in enumerate(stored) if widget.kind == "control"]
    if len(saved) + len(controls) != len(stored):
        return None
    values = list(saved)
    for index in controls:
        values.insert(index, _CONTROL)
    return _aligned(site, node, stored, values, f"insert {shown(_CONTROL)} for the seed's control")


def drop_control(site: Site) -> Repair | None:
    """N204, N237, N238: the value of a seed control that is too much is removed, if all values then fit."""
    node = _node(site, site.pointer[:-2])
    saved = node.file.raw.get("widgets_values") if node is not None else None
    if node is None or not isinstance(saved, list):
        return None
    stored = [widget for widget in node.widgets if widget.stored]
    extra = [
        index
        for index, widget in enumerate(stored)
        if index and stored[index - 1].kind == "number" and _is_control(saved[index : index + 1], widget)
    ]
    if len(saved) != len(stored) + 1 or len(extra) != 1:
        return None
    values = [*saved[: extra[0]], *saved[extra[0] + 1 :]]
    return _aligned(site, node, stored, values, f"remove {shown(saved[extra[0]])}, a seed's control")


def drop_skipped(site: Site) -> Repair | None:
    """N221: the value of a seed control that comfyc skips, and the editor does not, is removed."""
    node = _node(site, site.pointer)
    saved = node.file.raw.get("widgets_values") if node is not None else None
    if node is None or not isinstance(saved, list):
        return None
    used = {widget.saved_at for widget in node.widgets}
    skipped = [index for index in range(len(saved)) if index not in used]
    if len(skipped) != 1 or saved[skipped[0]] not in CONTROL_MODES:
        return None
    pointer = (*node.file.pointer, "widgets_values", skipped[0])
    return Repair(f"remove {shown(saved[skipped[0]])}, a seed's control", {pointer: ABSENT})


def _is_control(value: list[Any], widget: Widget) -> bool:
    return bool(value) and value[0] in CONTROL_MODES and not fits(widget, value[0])


def _node(site: Site, pointer: Pointer) -> LiveNode | None:
    return next((one for one in live_nodes(site.conversion.editor) if one.file.pointer == pointer), None)


def _aligned(
    site: Site, node: LiveNode, stored: Sequence[Widget], values: list[Any], words: str
) -> Repair | None:
    """The repair that gives a node these values, None unless all of them fit and those that it has do not."""
    saved = node.file.raw["widgets_values"]
    if all(map(fits, stored, saved)) or not all(map(fits, stored, values)):
        return None
    ids = [ident for ident, flat in site.conversion.ir.nodes.items() if flat.pointer == node.file.pointer]
    own = [
        (widget.name, widget.value, value)
        for widget, value in zip(stored, values, strict=True)
        if widget.sent and widget.value != value
    ]

    def expected(prompt: Prompt) -> Prompt:
        changed = dict(prompt)
        for ident in set(ids) & prompt.keys():
            inputs = dict(prompt[ident]["inputs"])
            inputs.update((name, new) for name, old, new in own if name in inputs and inputs[name] == old)
            changed[ident] = {**prompt[ident], "inputs": inputs}
        return changed

    become = ", ".join(f"{name} is {shown(new)}" for name, _, new in own[:_NAMED])
    more = ", ..." if len(own) > _NAMED else ""
    return Repair(
        f"{words}, so that {become}{more}" if become else words,
        {(*node.file.pointer, "widgets_values"): values},
        expected,
    )
