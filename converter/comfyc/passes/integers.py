"""Reporting integers that JavaScript cannot represent exactly and comfyc keeps."""

from __future__ import annotations

from comfyc import codes
from comfyc.diagnostics import Pointer
from comfyc.graph import Node
from comfyc.javascript.values import double, number_text, shown
from comfyc.passes.context import Context


def report_integer(node: Node, name: str, value: int, pointer: Pointer, context: Context) -> None:
    """Report a value that the browser would round, unless it is rounded here too (``js_numbers``)."""
    if not context.options.js_numbers:
        context.diagnostics.report(
            codes.EXACT_INTEGER,
            f"'{name}' is {shown(value)}, which the browser would export as {number_text(double(value))}",
            pointer=pointer,
            node=node.id,
            title=node.label,
        )
