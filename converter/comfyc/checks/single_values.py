"""The server's rules on single values of a prompt, whatever is wrong with the rest of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from comfyc.catalog import Catalog
from comfyc.checks.reporting import PromptGuesses, PromptReporter, Where
from comfyc.checks.rules import Declared, NodeRules, Rules, rules_for
from comfyc.checks.validators import run_validator
from comfyc.checks.values import OffStep, Raised, past_limits
from comfyc.checks.values import off_step as off_step_of
from comfyc.checks.verdict_findings import report_input_error
from comfyc.checks.walk import Walk, judge_value
from comfyc.collector import Collector


def report_value(
    prompt: Any,
    catalog: Catalog,
    node_id: str,
    name: str,
    diagnostics: Collector,
    where: Where,
    *,
    with_validator: bool = False,
    guesses: PromptGuesses | None = None,
) -> bool:
    """Report what the server would say about the value of one input; whether there was something.

    Nothing is said about links, about inputs that the class does not declare, and about files that no
    catalogue lists. ``where`` is as for :func:`comfyc.checks.check`. ``with_validator``: what the validation
    code of the class would say of this input is reported too. ``guesses`` suggests what was meant.
    """
    rules = rules_for(catalog)
    found = _declared(prompt, rules, node_id, name)
    if found is None:
        return False
    node_rules, declared = found
    walk = Walk(prompt, rules, catalog.lists_files)
    values = dict(prompt[node_id]["inputs"])
    try:
        error = judge_value(walk, node_id, node_rules, declared, values)
        if error is None and with_validator:
            files_known = catalog.lists_files and node_rules.lists_files
            table = node_rules.declared_inputs(values)
            errors, _ = run_validator(node_rules, table, values, {}, files_known=files_known)
            error = next((one for one in errors if one["extra_info"].get("input_name") == name), None)
    except Raised:  # the value and the limits cannot be compared, which is no fault of the value
        return False
    if error is None:
        return False
    reporter = PromptReporter(diagnostics, where, guesses=guesses or PromptGuesses())
    report_input_error(prompt, rules, reporter, node_id, error)
    return True


def off_step(prompt: Any, catalog: Catalog, node_id: str, name: str) -> OffStep | None:
    """The step that the value of one input misses; None if it misses none."""
    found = _declared(prompt, rules_for(catalog), node_id, name)
    return None if found is None else off_step_of(found[1], prompt[node_id]["inputs"][name])


def quick_test(prompt: Any, catalog: Catalog, node_id: str, name: str) -> Callable[[Any], bool]:
    """A quick test for values of one input, which has one of them in the prompt: it is true of those that no
    rule has anything against, and says nothing of others."""
    found = _declared(prompt, rules_for(catalog), node_id, name)
    if found is None:
        return _says_nothing
    node_rules, declared = found
    if node_rules.validator is not None and node_rules.validator.takes(name):
        return _says_nothing
    if declared.choices is not None:
        texts = frozenset(one for one in declared.choices or () if isinstance(one, str))
        return lambda value: type(value) is str and value in texts
    kinds = _PLAIN.get(declared.type) if isinstance(declared.type, str) else None
    if kinds is None or (declared.type not in _NUMBERS and not {"min", "max"}.isdisjoint(declared.options)):
        return _says_nothing
    if declared.type not in _NUMBERS:
        return lambda value: type(value) in kinds

    def fits(value: Any) -> bool:
        is_number = type(value) in kinds
        return is_number and past_limits(declared, value) is None and off_step_of(declared, value) is None

    return fits


_PLAIN = {"INT": (int,), "FLOAT": (int, float), "STRING": (str,), "BOOLEAN": (bool,)}
_NUMBERS = ("INT", "FLOAT")


def _says_nothing(value: Any) -> bool:
    return False


def _declared(prompt: Any, rules: Rules, node_id: str, name: str) -> tuple[NodeRules, Declared] | None:
    """The rules of a node and the declaration of one of its inputs, if that has a value."""
    inputs = prompt[node_id]["inputs"]
    node_rules = rules.of(prompt[node_id].get("class_type"))
    if node_rules is None or name not in inputs or isinstance(inputs[name], list):
        return None
    declared = node_rules.declared_inputs(inputs).inputs.get(name)
    return None if declared is None else (node_rules, declared)
