"""The verdict as diagnostics: the server's words, the place in the user's file, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comfyc import codes
from comfyc.checks.facts import is_file
from comfyc.checks.files import tell_missing_file
from comfyc.checks.reporting import Telling, listed, quoted, shortened
from comfyc.checks.rules import Rules
from comfyc.checks.verdict import Verdict
from comfyc.checks.wording import EXPLAIN, Found, explain_exception

EDITOR_ONLY = frozenset({"Note", "MarkdownNote", "Reroute", "PrimitiveNode"})


def tell_verdict(verdict: Verdict, rules: Rules, telling: Telling) -> None:
    """Report all that the verdict holds against the prompt, in the order of the document."""
    if verdict.stumble is not None:
        _tell_stumble(verdict, telling)
        return
    kind = verdict.error["type"] if verdict.error is not None else None
    if kind == "invalid_prompt_id":
        message = "prompt_id must be a UUID in canonical lowercase hyphenated form"
        telling.diagnostics.report(codes.INVALID_REQUEST, message, hint="leave 'prompt_id' out")
    elif kind == "missing_node_type":
        _tell_missing_types(verdict, rules, telling)
    elif kind == "prompt_no_outputs":
        hint = "add an output node, such as SaveImage or PreviewImage"
        telling.diagnostics.report(codes.PROMPT_NO_OUTPUTS, "prompt has no outputs", hint=hint)
    told: set[str] = set()
    for node_id in verdict.prompt:
        for error in verdict.node_errors.get(node_id, {}).get("errors", ()):
            _tell_error(verdict, rules, telling, node_id, error, told)
    _tell_partial(verdict, telling)


def _tell_stumble(verdict: Verdict, telling: Telling) -> None:
    stumble = verdict.stumble
    assert stumble is not None
    message = f"the server answers with status 500: {stumble.reason}"
    if stumble.node is not None:
        telling.tell(codes.MALFORMED_NODE, stumble.node, None, message)
    else:
        rule = codes.MALFORMED_NODE if stumble.in_prompt else codes.INVALID_REQUEST
        telling.diagnostics.report(rule, message)


def _tell_missing_types(verdict: Verdict, rules: Rules, telling: Telling) -> None:
    """Every node of an unknown type, where the server names only the first."""
    for node_id, node in verdict.prompt.items():
        if not isinstance(node, dict) or rules.of(node.get("class_type")) is not None:
            continue
        class_type = node.get("class_type")
        if "class_type" not in node:
            message, hint = "the node has no 'class_type'", "put the node's class back, or remove the node"
        else:
            message = f"node type {quoted(class_type)} not found: the custom node may not be installed"
            hint = _hint_for_type(class_type, rules, telling)
        telling.tell(codes.MISSING_NODE_TYPE, node_id, None, message, hint, class_type=class_type)


def _hint_for_type(class_type: Any, rules: Rules, telling: Telling) -> str:
    if isinstance(class_type, str) and class_type in EDITOR_ONLY:
        return "remove the node: only the editor knows it, and it runs nothing"
    hint = "install its pack, or pass the catalogue of a server that has it: --object-info"
    meant = telling.guesses.type_like(class_type, rules.catalog)
    return f"use '{meant}', or {hint}" if meant is not None else hint


def _tell_error(
    verdict: Verdict,
    rules: Rules,
    telling: Telling,
    node_id: str,
    error: Mapping[str, Any],
    told: set[str],
) -> None:
    """Report one error of a node. ``told`` holds the cycles that have been: the server names each of their
    nodes."""
    kind, details = error["type"], error["details"]
    data = {"server": {"type": kind, "details": details}}
    node = verdict.prompt[node_id]
    if kind == "dependency_cycle":
        if details not in told:
            told.add(details)
            message = f"dependency cycle detected: {shortened(details)}"
            telling.tell(codes.DEPENDENCY_CYCLE, node_id, None, message, "remove one of these links", **data)
        return
    if kind.startswith("exception_during"):
        raised = verdict.raised[node_id]
        rule, (message, hint) = explain_exception(raised, node, verdict.prompt, rules)
        telling.tell(rule, node_id, raised.name, message, hint, **data)
        return
    node_rules = rules.of(node["class_type"])
    assert node_rules is not None
    found = Found(error, node, node_rules, verdict.prompt, rules, telling.guesses)
    if kind == "value_not_in_list":
        choices = node_rules.table(found.inputs).inputs[found.name].choices
        value = found.info("received_value")
        if is_file(node_rules.class_type, found.name, value, choices):
            tell_missing_file(telling, node_rules, node_id, found.name, value, choices)
            return
    validator = node_rules.validator
    if kind == "custom_validation_failed" and validator is not None and validator.checks.startswith("file"):
        if found.name == validator.required[0]:  # the server says it again of each input that the code takes
            value, declared = found.inputs[found.name], node_rules.table(found.inputs).inputs[found.name]
            tell_missing_file(telling, node_rules, node_id, found.name, value, declared.choices)
        return
    rule, words = EXPLAIN[kind]
    message, hint = words(found)
    telling.tell(rule, node_id, found.name, message, hint, **data)


def _tell_partial(verdict: Verdict, telling: Telling) -> None:
    if not verdict.valid or not verdict.node_errors:
        return
    failed = sorted({out for entry in verdict.node_errors.values() for out in entry["dependent_outputs"]})
    message = f"the server runs outputs {listed(verdict.good_outputs)} and leaves out {listed(failed)}"
    data = {"runs": verdict.good_outputs, "leaves_out": failed}
    telling.diagnostics.report(codes.PARTLY_RUN, message, data=data)
