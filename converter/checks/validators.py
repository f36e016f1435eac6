"""The validation code of node classes, as far as a program without the server can foresee it.

Source of the behaviour: the last part of execution.validate_inputs, get_input_data, and the functions
named in facts.json. Python calls the code by keyword, so an absent parameter is a TypeError in Python's
words. What the code decides from the disk, or in a way nobody has told us, is taken to pass: its inputs
are *unknowable*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from converter.checks.facts import Validator
from converter.checks.inputs import NodeRules, Table
from converter.checks.links import is_link
from converter.checks.values import Raised, problem

TYPES_PARAMETER = "input_types"
_TRIPO_TASKS = ("MODEL_TASK_ID", "RIG_TASK_ID", "RETARGET_TASK_ID")
_RATIOS = (0.25, 4.0)


def run_validator(
    rules: NodeRules, table: Table, values: Mapping[str, Any], received: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Call the validation code of a node, if it has any.

    ``values`` are the node's inputs after conversion, ``received`` the types of its linked inputs. Gives
    the server's errors and the names of the inputs that only the server can judge; ``Raised`` if the
    code is known to raise.
    """
    validator = rules.validator
    if validator is None or not (validator.kwargs or validator.required or validator.optional):
        return [], []
    passed = _passed(rules, table, values, validator)
    if TYPES_PARAMETER in validator.required:
        passed[TYPES_PARAMETER] = received
    absent = [name for name in validator.required if name not in passed]
    if absent:
        raise Raised("TypeError", _absent_text(validator.function, absent), "validator-argument", absent[0])
    if validator.checks == "unknown":
        return [], list(passed)
    return _decide(validator, passed)


def _passed(
    rules: NodeRules, table: Table, values: Mapping[str, Any], validator: Validator
) -> dict[str, Any]:
    """The keyword arguments: what the prompt has of them, links as None."""
    hidden = rules.entry["input"].get("hidden", {})
    passed: dict[str, Any] = {}
    for name, value in values.items():
        if not validator.takes(name):
            continue
        if is_link(value):
            passed[name] = None
        elif name in table.inputs or name in hidden:
            passed[name] = value
    return passed


def _absent_text(function: str, names: Sequence[str]) -> str:
    """Python's words for a call that lacks arguments."""
    quoted = [repr(name) for name in names]
    if len(quoted) > 1:
        quoted[-1] = f"and {quoted[-1]}"
    listed = (", " if len(quoted) > 2 else " ").join(quoted)
    plural = "s" if len(names) > 1 else ""
    return f"{function}() missing {len(names)} required positional argument{plural}: {listed}"


def _decide(validator: Validator, passed: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    if validator.checks == "nothing":
        return [], []
    first = validator.required[0]
    value = passed[first]
    if validator.checks == "tripo-task":
        return _tripo_task(value), []
    if validator.checks == "aspect-ratio":
        _aspect_ratio(first, value)
        return [], []
    if validator.checks == "file-or-none" and (not value or value == "none"):
        return [], []
    if not isinstance(value, str):
        text = f"'{type(value).__name__}' object has no attribute 'endswith'"
        raise Raised("AttributeError", text, "validator-value", first)
    return [], [first]


def _tripo_task(received: Mapping[str, Any]) -> list[dict[str, Any]]:
    """TripoConversionNode: the task must be linked, from an output of one of three types."""
    name = "original_model_task_id"
    if name not in received:
        raise Raised("KeyError", repr(name), "validator-argument", name)
    if received[name] in _TRIPO_TASKS:
        return []
    text = f"{name} must be MODEL_TASK_ID, RIG_TASK_ID or RETARGET_TASK_ID type"
    details = f"{TYPES_PARAMETER} - {text}"
    return [
        problem(
            "custom_validation_failed",
            "Custom validation failed for node",
            details,
            input_name=TYPES_PARAMETER,
        )
    ]


def _aspect_ratio(name: str, value: Any) -> None:
    """FluxProUltraImageNode: 'X:Y' in whole numbers, from 1:4 to 4:1."""
    if not isinstance(value, str):
        text = f"'{type(value).__name__}' object has no attribute 'split'"
        raise Raised("AttributeError", text, "validator-value", name)
    problem_text = _ratio_problem(value)
    if problem_text is not None:
        raise Raised("ValueError", problem_text, "validator-value", name)


def _ratio_problem(value: str) -> str | None:
    parts = value.split(":")
    if len(parts) != 2:
        return f"Aspect ratio must be 'X:Y' (e.g., 16:9), got '{value}'."
    try:
        width, height = int(parts[0].strip()), int(parts[1].strip())
    except ValueError:
        return f"Aspect ratio must contain integers separated by ':', got '{value}'."
    if width <= 0 or height <= 0:
        return f"Aspect ratio parts must be positive integers, got {width}:{height}."
    low, high = _RATIOS
    if width * 4 < height:
        return f"Aspect ratio `{width / height:.2g}` must be ≤ {low:.2g}."
    if width > height * 4:
        return f"Aspect ratio `{width / height:.2g}` must be ≤ {high:.2g}."
    return None
