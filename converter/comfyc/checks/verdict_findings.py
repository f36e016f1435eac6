"""The verdict as findings: the server's error, the pointer in the user's file, and a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.catalog.core_types import EDITOR_ONLY
from comfyc.checks.explanations import EXPLAIN, ServerError, explain_exception
from comfyc.checks.facts import is_file
from comfyc.checks.files import report_missing_file
from comfyc.checks.reporting import PromptReporter, cut, listed, quoted
from comfyc.checks.rules import Rules
from comfyc.checks.verdict import Verdict


def report_verdict(verdict: Verdict, rules: Rules, reporter: PromptReporter) -> None:
    """Report every error of the verdict, in the order of the prompt (P301-P320)."""
    if verdict.stumble is not None:
        _report_stumble(verdict, reporter)
        return
    kind = verdict.error["type"] if verdict.error is not None else None
    if kind == "invalid_prompt_id":
        message = "prompt_id must be a UUID in canonical lowercase hyphenated form"
        reporter.diagnostics.report(codes.INVALID_REQUEST, message, hint="omit 'prompt_id'")
    elif kind == "missing_node_type":
        _report_missing_types(verdict, rules, reporter)
    elif kind == "prompt_no_outputs":
        hint = "add an output node, such as SaveImage or PreviewImage"
        reporter.diagnostics.report(codes.PROMPT_NO_OUTPUTS, "prompt has no outputs", hint=hint)
    reported: set[str] = set()
    for node_id in verdict.prompt:
        for error in verdict.node_errors.get(node_id, {}).get("errors", ()):
            _report_error(verdict, rules, reporter, node_id, error, reported)
    _report_partial(verdict, reporter)


def _report_stumble(verdict: Verdict, reporter: PromptReporter) -> None:
    stumble = verdict.stumble
    assert stumble is not None
    message = f"the server answers HTTP 500: {stumble.reason}"
    if stumble.node is not None:
        reporter.report(codes.MALFORMED_NODE, stumble.node, None, message)
    else:
        rule = codes.MALFORMED_NODE if stumble.in_prompt else codes.INVALID_REQUEST
        reporter.diagnostics.report(rule, message)


def _report_missing_types(verdict: Verdict, rules: Rules, reporter: PromptReporter) -> None:
    """Report every node of an unknown type; the server names only the first."""
    for node_id, node in verdict.prompt.items():
        if not isinstance(node, dict) or rules.of(node.get("class_type")) is not None:
            continue
        class_type = node.get("class_type")
        if "class_type" not in node:
            message, hint = "the node has no 'class_type'", "add the node's class, or remove the node"
        else:
            message = f"node type {quoted(class_type)} not found: the custom node may not be installed"
            hint = _hint_for_type(class_type, rules, reporter)
        reporter.report(codes.MISSING_NODE_TYPE, node_id, None, message, hint, class_type=class_type)


def _hint_for_type(class_type: Any, rules: Rules, reporter: PromptReporter) -> str:
    if isinstance(class_type, str) and class_type in EDITOR_ONLY:
        return "remove the node: it exists only in the editor and runs nothing"
    hint = "install its pack, or pass the catalogue of a server that has it: --object-info"
    meant = reporter.guesses.type_like(class_type, rules.catalog)
    return f"use '{meant}', or {hint}" if meant is not None else hint


def _report_error(
    verdict: Verdict,
    rules: Rules,
    reporter: PromptReporter,
    node_id: str,
    error: Mapping[str, Any],
    reported: set[str],
) -> None:
    """Report one error of a node. ``reported`` holds the cycles already reported: the server repeats a
    cycle at each of its nodes."""
    kind, details = error["type"], error["details"]
    data = {"server": {"type": kind, "details": details}}
    node = verdict.prompt[node_id]
    if kind == "dependency_cycle":
        if details not in reported:
            reported.add(details)
            message = f"dependency cycle detected: {cut(details)}"
            reporter.report(
                codes.DEPENDENCY_CYCLE, node_id, None, message, "remove one of these links", **data
            )
        return
    if kind.startswith("exception_during"):
        raised = verdict.raised[node_id]
        rule, (message, hint) = explain_exception(raised, node, verdict.prompt, rules)
        reporter.report(rule, node_id, raised.name, message, hint, **data)
        return
    report_input_error(verdict.prompt, rules, reporter, node_id, error)


def report_input_error(
    prompt: Mapping[str, Any], rules: Rules, reporter: PromptReporter, node_id: str, error: Mapping[str, Any]
) -> None:
    """Report one error of the server about an input of a node whose class is known."""
    kind, node = error["type"], prompt[node_id]
    node_rules = rules.of(node["class_type"])
    assert node_rules is not None
    found = ServerError(error, node, node_rules, prompt, rules, reporter.guesses)
    if kind == "value_not_in_list":
        choices = node_rules.declared_inputs(found.inputs).inputs[found.name].choices
        value = found.info("received_value")
        if is_file(node_rules.class_type, found.name, value, choices):
            report_missing_file(reporter, node_rules, node_id, found.name, value, choices)
            return
    validator = node_rules.validator
    if kind == "custom_validation_failed" and validator is not None and validator.checks.startswith("file"):
        if found.name == validator.required[0]:  # the server repeats it for each input of the code
            value, declared = (
                found.inputs[found.name],
                node_rules.declared_inputs(found.inputs).inputs[found.name],
            )
            report_missing_file(reporter, node_rules, node_id, found.name, value, declared.choices)
        return
    rule, words = EXPLAIN[kind]
    data = {"server": {"type": kind, "details": error["details"]}}
    message, hint = words(found)
    reporter.report(rule, node_id, found.name, message, hint, **data)


def _report_partial(verdict: Verdict, reporter: PromptReporter) -> None:
    if not verdict.valid or not verdict.node_errors:
        return
    failed = sorted({out for entry in verdict.node_errors.values() for out in entry["dependent_outputs"]})
    message = f"the server runs outputs {listed(verdict.good_outputs)} and omits {listed(failed)}"
    data = {"runs": verdict.good_outputs, "leaves_out": failed}
    reporter.diagnostics.report(codes.PARTLY_RUN, message, data=data)
