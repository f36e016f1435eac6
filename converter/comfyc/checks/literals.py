"""The text that an input will have, as far as the prompt says it; and which nodes evaluate theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc.checks.after_acceptance import Node
from comfyc.checks.links import is_link

PYTHON = {
    "ComfyMathExpression": "expression",
    "SimpleCalculatorKJ": "expression",
    "MathExpression|pysssss": "expression",
}
"""Classes with an expression in Python's syntax, and the input that holds it."""
PATTERNS = {"RegexReplace": True, "RegexMatch": False, "RegexExtract": False}
"""Classes with a ``regex_pattern``, and whether they fail at one that is none."""
EXPRESSIVE = frozenset({*PYTHON, *PATTERNS})

_TEXTS = ("PrimitiveString", "PrimitiveStringMultiline")
"""Nodes that give out the text they hold."""


def literal(node: Node, name: str, prompt: Mapping[str, Any]) -> str | None:
    """The text in an input, or in the node that it is linked to; ``None`` if it only comes while it runs."""
    value = node.inputs.get(name)
    if is_link(value):
        source = prompt.get(value[0]) if isinstance(value, list) else None
        if source is None or source.get("class_type") not in _TEXTS:
            return None
        value = source.get("inputs", {}).get("value")
    return value if isinstance(value, str) else None
