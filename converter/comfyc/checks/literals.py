"""Texts of inputs that are known before the run, and the node classes that evaluate such texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc.checks.links import is_link
from comfyc.checks.running_nodes import RunningNode

PYTHON = {
    "ComfyMathExpression": "expression",
    "SimpleCalculatorKJ": "expression",
    "MathExpression|pysssss": "expression",
}
"""Classes that evaluate an expression in Python syntax, with the name of the input that holds it."""
PATTERNS = {"RegexReplace": True, "RegexMatch": False, "RegexExtract": False}
"""Classes with an input ``regex_pattern``, and whether a malformed pattern makes them fail."""
EXPRESSIVE = frozenset({*PYTHON, *PATTERNS})

_TEXTS = ("PrimitiveString", "PrimitiveStringMultiline")
"""Classes whose output is the text in their input ``value``."""


def literal(node: RunningNode, name: str, prompt: Mapping[str, Any]) -> str | None:
    """The text of an input, also if it is linked to a text node; ``None`` if it is known only at run time."""
    value = node.inputs.get(name)
    if is_link(value):
        source = prompt.get(value[0]) if isinstance(value, list) else None
        if source is None or source.get("class_type") not in _TEXTS:
            return None
        value = source.get("inputs", {}).get("value")
    return value if isinstance(value, str) else None
