"""What is worth knowing about a prompt that the server accepts and runs: warnings and remarks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from comfyc import codes
from comfyc.checks.after_acceptance import Node, is_foreign
from comfyc.checks.links import is_link
from comfyc.checks.reporting import Telling, quoted
from comfyc.checks.rules import Declared, Rules
from comfyc.checks.values import unwrap
from comfyc.checks.verdict import Verdict

EXACT = 2**53
"""The largest number up to which JavaScript has every integer."""


def tell_advice(verdict: Verdict, nodes: Sequence[Node], rules: Rules, telling: Telling) -> None:
    """Report remarks about the nodes that run, and once for each class what holds for all of its nodes."""
    for node_id, old_type in verdict.replaced.items():
        new_type = verdict.prompt[node_id]["class_type"]
        message = f"the server replaces '{old_type}' by '{new_type}'"
        telling.tell(codes.NODE_REPLACED, node_id, None, message, f"use '{new_type}'")
    known: set[str] = set()
    for node in nodes:
        if node.rules.class_type not in known:
            known.add(node.rules.class_type)
            _tell_class(node, rules, telling)
        for name, value in node.written.items():
            _tell_value(node, name, value, telling)


def _tell_class(node: Node, rules: Rules, telling: Telling) -> None:
    class_type, entry = node.rules.class_type, node.rules.entry
    if entry.get("deprecated"):
        message = f"node type '{class_type}' is deprecated"
        telling.tell(codes.DEPRECATED_NODE, node.id, None, message, _successor(class_type, rules))
    if entry.get("experimental"):
        telling.tell(codes.EXPERIMENTAL_NODE, node.id, None, f"node type '{class_type}' is experimental")
    validator = node.rules.validator
    if validator is None:
        return
    of_files = validator.checks.startswith("file")
    if of_files and (telling.assume_files or rules.catalog.lists_files):
        return
    if of_files or validator.checks == "unknown":
        what = "whether its file exists" if of_files else "what its own validation code decides"
        message = f"node type '{class_type}': only the server knows {what}"
        telling.tell(codes.CUSTOM_VALIDATION, node.id, None, message, class_type=class_type)


def _successor(class_type: str, rules: Rules) -> str | None:
    """Which node to use instead, if the server knows a replacement."""
    found = rules.catalog.node_replacements.get(class_type)
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        return None
    return f"use '{found[0].get('new_node_id')}'"


def _tell_value(node: Node, name: str, written: Any, telling: Telling) -> None:
    declared = node.table.inputs.get(name)
    if declared is None:
        _tell_ignored(node, name, written, telling)
    elif not isinstance(written, list):
        value = unwrap(written)
        _tell_conversion(node, declared, value, telling)
        if isinstance(value, int | float) and not isinstance(value, bool):
            _tell_number(node, declared, value, telling)


def _tell_ignored(node: Node, name: str, value: Any, telling: Telling) -> None:
    """A value that no input takes. A dynamic input that has chosen nothing has its own rule (P335)."""
    if is_link(value) or not is_foreign(node, name) or name in node.rules.entry["input"].get("hidden", {}):
        return
    message = f"'{node.rules.class_type}' takes no input '{name}': its value is ignored"
    meant = telling.guesses.nearest(name, [known for known in node.table.inputs if known not in node.written])
    hint = f"rename it to '{meant}'" if meant is not None else f"remove '{name}'"
    telling.tell(codes.IGNORED_INPUT, node.id, name, message, hint)


def _tell_conversion(node: Node, declared: Declared, value: Any, telling: Telling) -> None:
    kind, name = declared.type, declared.name
    made = node.inputs.get(name)
    surprising = (
        (kind == "BOOLEAN" and isinstance(value, str))
        or (kind == "INT" and isinstance(value, float) and value != made)
        or (kind == "STRING" and (value is None or isinstance(value, dict | list)))
    )
    if surprising and node.judged:
        message = f"'{name}' is {quoted(value)}, of which the server makes {quoted(made)}"
        hint = {"BOOLEAN": "write true or false", "INT": "write a whole number"}.get(kind, "write a text")
        telling.tell(codes.SURPRISING_CONVERSION, node.id, name, message, hint)


def _tell_number(node: Node, declared: Declared, value: float, telling: Telling) -> None:
    name = declared.name
    if declared.type != "INT" or not isinstance(value, int):
        return
    if abs(value) > EXACT:
        message = f"'{name}' is {quoted(value)}, which the editor would round"
        telling.tell(codes.INEXACT_INTEGER, node.id, name, message, "choose a number below 2^53")
        return
    step = _whole_step(declared.options)
    if step is None:
        return
    least = declared.options.get("min")
    start = least if isinstance(least, int) else 0
    if value % step and (value - start) % step:
        near = value - value % step
        message = f"'{name}' is {value}, which is no multiple of its step {step}"
        telling.tell(codes.OFF_STEP, node.id, name, message, f"use {near} or {near + step}")


def _whole_step(options: Mapping[str, Any]) -> int | None:
    step = options.get("step")
    return step if isinstance(step, int) and not isinstance(step, bool) and step > 1 else None
