"""The ``price_badge`` of a node type: an expression, and the inputs of the node that it reads.

Source: frontend 1.58.1, the schema of node definitions (``zPriceBadge``) and ``useNodePricing.ts``
(``buildJsonataContext``, ``normalizeWidgetValue``, ``extractDefaultFromSpec``); ComfyUI 0.33.0,
comfy_api/latest/_io.py (``PriceBadge``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.checks.links import is_link
from comfyc.javascript.values import SPACE, double, is_finite, number, text

_ENGINE = "jsonata"


@dataclass(frozen=True, slots=True)
class PriceBadge:
    """``expression`` is None in the bundled catalogue, which knows only what a price depends on. ``widgets``
    are names of inputs with their types. Of ``inputs`` the expression is given whether they are linked, and
    of ``groups`` how many inputs are linked whose names begin with that and a dot."""

    expression: str | None
    widgets: tuple[tuple[str, str], ...] = ()
    inputs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The names of all inputs and groups that the price depends on."""
        return tuple(dict.fromkeys([*(name for name, _ in self.widgets), *self.inputs, *self.groups]))


def read_badge(raw: Any) -> PriceBadge | None:
    """A badge as an object_info has it; ``None`` for anything else, also for one that the frontend would not
    take."""
    if not isinstance(raw, dict) or raw.get("engine", _ENGINE) != _ENGINE:
        return None
    expression, depends_on = raw.get("expr"), raw.get("depends_on", {})
    is_bundled = raw.keys() == {"depends_on"}
    if not (is_bundled or (isinstance(expression, str) and expression)) or not isinstance(depends_on, dict):
        return None
    widgets = depends_on.get("widgets", [])
    inputs, groups = depends_on.get("inputs", []), depends_on.get("input_groups", [])
    if not _are_texts(inputs) or not _are_texts(groups) or not isinstance(widgets, list):
        return None
    if not all(isinstance(one, dict) and _are_texts([one.get("name"), one.get("type")]) for one in widgets):
        return None
    return PriceBadge(
        expression, tuple((one["name"], one["type"]) for one in widgets), tuple(inputs), tuple(groups)
    )


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def linked_widgets(badge: PriceBadge, inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """The widgets of a badge whose values come from another node, so that they are not known before a run."""
    return tuple(name for name, _ in badge.widgets if is_link(inputs.get(name)))


def context_of(badge: PriceBadge, inputs: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the expression of a badge is evaluated on, for a node of a prompt with these ``inputs``.

    In the editor the widgets give the values. In a prompt an optional input may be missing; then the default
    of the object_info ``entry`` counts, which the editor shows for a node that is not in a workflow.
    """
    linked = [name for name, value in inputs.items() if is_link(value)]
    defaults = dict(_defaults(entry))
    return {
        "widgets": {
            name: _normal(inputs[name] if name in inputs else defaults.get(name), kind)
            for name, kind in badge.widgets
        },
        "inputs": {name: {"connected": name in linked} for name in badge.inputs},
        "inputGroups": {name: sum(other.startswith(f"{name}.") for other in linked) for name in badge.groups},
    }


def _defaults(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for section in ("required", "optional"):
        for name, spec in entry["input"].get(section, {}).items():
            yield name, _default(spec)


def _default(spec: list[Any]) -> Any:
    kind, options = spec[0], spec[1] if len(spec) > 1 else {}
    if "default" in options:
        return options["default"]
    choices = options.get("options")
    if isinstance(choices, list) and choices:
        first = choices[0]
        return first["key"] if isinstance(first, dict) and first.get("key") else first
    return kind[0] if isinstance(kind, list) and kind else None


def _normal(value: Any, kind: str) -> Any:
    """The value of a widget as an expression sees it: a finite number, a truth value, or a text without the
    blanks around it and in lower case; ``None`` for what is none."""
    kind = kind.upper()
    if value is None:
        return None
    if kind in ("INT", "FLOAT"):
        return _finite(value)
    if kind == "BOOLEAN":
        if isinstance(value, str):
            return {"true": True, "false": False}.get(value.strip(SPACE).lower())
        return value if isinstance(value, bool) else None
    if kind == "COMBO" and isinstance(value, int | float):
        return value if isinstance(value, bool) else _finite(value)
    return text(value).strip(SPACE).lower()


def _finite(value: Any) -> float | int | None:
    """A number as JavaScript has it; ``None`` for what is none, or not finite."""
    if isinstance(value, str):
        value = number(value) if value.strip(SPACE) else None
    if not is_finite(value):
        return None
    exact = double(value) if isinstance(value, int) else value
    return int(exact) if exact == math.trunc(exact) and abs(exact) < 2**53 else exact
