"""The server's rules on single values of a prompt, whatever is wrong with the rest of it."""

from __future__ import annotations

from typing import Any

from comfyc.catalog import Catalog
from comfyc.checks.reporting import PromptReporter, Where
from comfyc.checks.rules import Declared, NodeRules, Rules, rules_for
from comfyc.checks.values import OffStep, Raised
from comfyc.checks.values import off_step as off_step_of
from comfyc.checks.verdict_findings import report_input_error
from comfyc.checks.walk import Walk, judge_value
from comfyc.collector import Collector


def report_value(
    prompt: Any, catalog: Catalog, node_id: str, name: str, diagnostics: Collector, where: Where
) -> bool:
    """Report what the server would say about the value of one input; whether there was something.

    Nothing is said about links, about inputs that the class does not declare, and about files that no
    catalogue lists. ``where`` is as for :func:`comfyc.checks.check`.
    """
    rules = rules_for(catalog)
    found = _declared(prompt, rules, node_id, name)
    if found is None:
        return False
    node_rules, declared = found
    walk = Walk(prompt, rules, catalog.lists_files)
    try:
        error = judge_value(walk, node_id, node_rules, declared, dict(prompt[node_id]["inputs"]))
    except Raised:  # the value and the limits cannot be compared, which is no fault of the value
        return False
    if error is None:
        return False
    report_input_error(prompt, rules, PromptReporter(diagnostics, where), node_id, error)
    return True


def off_step(prompt: Any, catalog: Catalog, node_id: str, name: str) -> OffStep | None:
    """The step that the value of one input misses; None if it misses none."""
    found = _declared(prompt, rules_for(catalog), node_id, name)
    return None if found is None else off_step_of(found[1], prompt[node_id]["inputs"][name])


def _declared(prompt: Any, rules: Rules, node_id: str, name: str) -> tuple[NodeRules, Declared] | None:
    """The rules of a node and the declaration of one of its inputs, if that has a value."""
    inputs = prompt[node_id]["inputs"]
    node_rules = rules.of(prompt[node_id].get("class_type"))
    if node_rules is None or name not in inputs or isinstance(inputs[name], list):
        return None
    declared = node_rules.declared_inputs(inputs).inputs.get(name)
    return None if declared is None else (node_rules, declared)
