"""Warnings and remarks about prompts that the server accepts and runs (P340-P348)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comfyc import codes
from comfyc.checks.links import is_link
from comfyc.checks.reporting import PromptReporter, quoted
from comfyc.checks.rules import Declared, Rules
from comfyc.checks.running_nodes import RunningNode, is_foreign
from comfyc.checks.values import off_step, unwrap
from comfyc.checks.verdict import Verdict

EXACT_UP_TO = 2**53
"""JavaScript represents every integer up to this one exactly."""


def report_advice(
    verdict: Verdict, nodes: Sequence[RunningNode], rules: Rules, reporter: PromptReporter
) -> None:
    """Report remarks about the nodes that run. What holds for a class is reported at its first node only."""
    for node_id, old_type in verdict.replaced.items():
        new_type = verdict.prompt[node_id]["class_type"]
        message = f"the server replaces '{old_type}' with '{new_type}'"
        reporter.report(codes.NODE_REPLACED, node_id, None, message, f"use '{new_type}'")
    known: set[str] = set()
    for node in nodes:
        if node.rules.class_type not in known:
            known.add(node.rules.class_type)
            _report_class(node, rules, reporter)
        for name, value in node.written.items():
            _report_value(node, name, value, reporter)


def _report_class(node: RunningNode, rules: Rules, reporter: PromptReporter) -> None:
    class_type, entry = node.rules.class_type, node.rules.entry
    if entry.get("deprecated"):
        message = f"node type '{class_type}' is deprecated"
        reporter.report(codes.DEPRECATED_NODE, node.id, None, message, _successor(class_type, rules))
    if entry.get("experimental"):
        reporter.report(codes.EXPERIMENTAL_NODE, node.id, None, f"node type '{class_type}' is experimental")
    validator = node.rules.validator
    if validator is None:
        return
    of_files = validator.checks.startswith("file")
    if of_files and (reporter.assume_files or node.rules.lists_files):
        return
    if of_files or validator.checks == "unknown":
        what = "whether its file exists" if of_files else "whether its own validation code accepts the inputs"
        message = f"node type '{class_type}': only the server knows {what}"
        reporter.report(codes.CUSTOM_VALIDATION, node.id, None, message, class_type=class_type)


def _successor(class_type: str, rules: Rules) -> str | None:
    """A hint that names the replacement node, if the server knows one."""
    found = rules.catalog.node_replacements.get(class_type)
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        return None
    return f"use '{found[0].get('new_node_id')}'"


def _report_value(node: RunningNode, name: str, written: Any, reporter: PromptReporter) -> None:
    declared = node.declared.inputs.get(name)
    if declared is None:
        _report_ignored(node, name, written, reporter)
    elif not isinstance(written, list):
        value = unwrap(written)
        _report_conversion(node, declared, value, reporter)
        if isinstance(value, int | float) and not isinstance(value, bool):
            _report_number(node, declared, value, reporter)


def _report_ignored(node: RunningNode, name: str, value: Any, reporter: PromptReporter) -> None:
    """Report a value that no input takes. A dynamic combo without a valid option has its own rule (P335)."""
    if is_link(value) or not is_foreign(node, name) or name in node.rules.entry["input"].get("hidden", {}):
        return
    message = f"'{node.rules.class_type}' has no input '{name}', so the server ignores its value"
    meant = reporter.guesses.nearest(
        name, [known for known in node.declared.inputs if known not in node.written]
    )
    hint = f"rename it to '{meant}'" if meant is not None else f"remove '{name}'"
    more = {} if meant is None else {"meant": meant}
    reporter.report(codes.IGNORED_INPUT, node.id, name, message, hint, **more)


def _report_conversion(node: RunningNode, declared: Declared, value: Any, reporter: PromptReporter) -> None:
    kind, name = declared.type, declared.name
    made = node.inputs.get(name)
    surprising = (
        (kind == "BOOLEAN" and isinstance(value, str))
        or (kind == "INT" and isinstance(value, float) and value != made)
        or (kind == "STRING" and (value is None or isinstance(value, dict | list)))
    )
    if surprising and node.judged:
        message = f"'{name}' is {quoted(value)}, which the server converts to {quoted(made)}"
        hint = {"BOOLEAN": "write true or false", "INT": "write a whole number"}.get(kind, "write a string")
        reporter.report(codes.SURPRISING_CONVERSION, node.id, name, message, hint)


def _report_number(node: RunningNode, declared: Declared, value: float, reporter: PromptReporter) -> None:
    name = declared.name
    if declared.type != "INT" or not isinstance(value, int):
        return
    if abs(value) > EXACT_UP_TO:
        message = f"'{name}' is {quoted(value)}, which the editor would round"
        reporter.report(codes.INEXACT_INTEGER, node.id, name, message, "use a number below 2^53")
        return
    off = off_step(declared, value)
    if off is not None:
        message = f"'{name}' is {value}, which is not a multiple of its step {off.step}"
        reporter.report(codes.OFF_STEP, node.id, name, message, f"use {off.below} or {off.above}")
