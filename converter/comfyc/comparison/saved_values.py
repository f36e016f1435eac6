"""Which values a file saves for a node of a type, and whether those of another entry of the type still fit.

``widgets_values`` is a list without names: a value belongs to the widget at its index. If another version of
a type has its widgets in another order, or has one more before others, each saved value lands in the wrong
one. The widgets are those that the editor makes (``editor.nodes``), without what scripts of packs change.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfyc.catalog.entry import clean_entry
from comfyc.catalog.specs import DYNAMIC_COMBO, InputSpec, node_spec
from comfyc.editor.nodes.shapes import Shape, shape_of

DYNAMIC_GROUP = "COMFY_DYNAMICGROUP_V3"
_DEPTH = 8
"""Dynamic combos inside one another, deeper than in any real node."""


class Fit(enum.IntEnum):
    """What becomes of the values that a file saved with one entry of a type under another, the mildest first.

    Of several effects the worst one counts.
    """

    SAME = 0
    """Each value belongs to the widget that it was saved for."""
    ADDED = 1
    """So it is, and there are further widgets behind those, which take their defaults."""
    DROPPED = 2
    """The last widgets are gone, and their values with them."""
    RENAMED = 3
    """A value goes to a widget of another name, at the same position and of the same kind."""
    SHIFTED = 4
    """Values go to other widgets than those that they were saved for."""


def fit_of(node_type: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Fit:
    """What becomes of values that were saved with the entry ``old`` of a type under its entry ``new``.

    Both are entries of ``/object_info``. Widgets that a dynamic combo's option or a row of a group brings
    are compared for each option that both entries have.
    """
    return _fit(node_type, clean_entry(node_type, old) or {}, clean_entry(node_type, new) or {}, _DEPTH)


def saved_widgets(node_type: str, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The name and the kind of each widget whose value is saved, in their order, without those that an
    option or a row brings. ``entry`` is a result of ``Catalog.info``."""
    return _widgets(_shape(node_type, entry))


def _shape(node_type: str, entry: Mapping[str, Any]) -> Shape:
    plain = {**entry, "name": node_type, "input": _plain_sections(entry)}
    return shape_of(node_type, plain, node_type)


def _widgets(shape: Shape) -> list[tuple[str, str]]:
    return [(widget.name, widget.kind) for widget in shape.pattern.widgets if widget.stored]


def _fit(node_type: str, old: Mapping[str, Any], new: Mapping[str, Any], depth: int) -> Fit:
    shape, saved = _shape(node_type, new), saved_widgets(node_type, old)
    if len(saved) == len(shape.force_flags) and not shape.keeps_all:  # the editor drops values of sockets
        saved = [widget for widget, forced in zip(saved, shape.force_flags, strict=True) if not forced]
    fit = _fit_of_lists(saved, _widgets(shape))
    if not depth:
        return fit
    before = dict(_bringing(node_type, old))
    for name, (sections, is_last) in _bringing(node_type, new):
        for key, inner in sections.items():
            known = before.get(name, ({}, True))[0].get(key)
            if known is not None and known != inner:
                found = _fit("", {"input": known}, {"input": inner}, depth - 1)
                is_longer = found in (Fit.ADDED, Fit.DROPPED)
                fit = max(fit, Fit.SHIFTED if is_longer and not is_last else found)
    return fit


def _fit_of_lists(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> Fit:
    index = {name: position for position, (name, _) in enumerate(new)}
    if any(index.get(name, position) != position for position, (name, _) in enumerate(old)):
        return Fit.SHIFTED
    fits = [Fit.SAME]
    for (name, kind), (other, other_kind) in zip(old, new, strict=False):
        if name != other:
            fits.append(Fit.RENAMED if kind == other_kind else Fit.SHIFTED)
    if len(old) != len(new):
        fits.append(Fit.ADDED if len(old) < len(new) else Fit.DROPPED)
    return max(fits)


def _plain_sections(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of an entry, with what brings further inputs as a widget that brings none."""
    made = dict(entry.get("input") or {})
    for section in ("required", "optional"):
        if section in made:
            made[section] = {name: _plain_spec(spec) for name, spec in made[section].items()}
    return made


def _plain_spec(spec: list[Any]) -> list[Any]:
    if spec[0] == DYNAMIC_COMBO:
        return ["COMBO", {"options": []}]
    return ["INT", {"control_after_generate": False}] if spec[0] == DYNAMIC_GROUP else spec


def _bringing(node_type: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, tuple[dict[str, Any], bool]]]:
    """Each input that brings others: its name, their sections by option, and whether it is the last."""
    ordered = node_spec(node_type, entry).ordered
    last = max((number for number, spec in enumerate(ordered) if _is_saved(spec)), default=0)
    for number, spec in enumerate(ordered):
        if spec.type in (DYNAMIC_COMBO, DYNAMIC_GROUP):
            yield spec.name, (options_of(spec), number >= last)


def _is_saved(spec: InputSpec) -> bool:
    definition = [spec.type, dict(spec.options)]
    return bool(saved_widgets("", {"input": {"required": {spec.name: definition}}}))


def options_of(spec: InputSpec) -> dict[str, Any]:
    """The sections of inputs that each option of a dynamic combo, or a row of a group (""), brings."""
    if spec.type == DYNAMIC_GROUP:
        template = spec.options.get("template")
        return {"": template} if isinstance(template, dict) else {}
    rows = spec.options.get("options")
    return {
        str(row.get("key")): row.get("inputs") or {}
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict)
    }
