"""The server's verdict on a prompt, offline: what POST /prompt would answer, in its own shape.

Source of the behaviour: execution.validate_prompt and server.post_prompt of ComfyUI 0.33.0.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.catalog import Catalog
from comfyc.checks.request import Prompt, Unforeseen, check_extra_data, check_request, replace_nodes
from comfyc.checks.rules import Rules, rules_for
from comfyc.checks.values import Raised, problem
from comfyc.checks.walk import NodeOutcome, Order, Walk, judge_output

_MAX_DEPENDENT_OUTPUTS = 2_000_000
"""Dependent outputs in one verdict. The server's answer grows with the square of the number of bad nodes, to
hundreds of megabytes; above this limit each bad node names only its first dependent outputs."""

_KEYS = ("http_status", "valid", "error", "node_errors", "good_outputs")


@dataclass(frozen=True, slots=True, eq=False)
class Verdict(Mapping[str, Any]):
    """What the server would answer. As a mapping it has exactly the five members of the server's shape.

    ``error`` is ``{type, message, details, extra_info}`` or ``None``; ``node_errors`` is
    ``{id: {errors, dependent_outputs, class_type}}``, which may be filled for a valid prompt: then
    only ``good_outputs`` run. Lists whose order the server leaves to chance are sorted; tracebacks are
    empty. ``http_status`` is 500, without an ``error``, where the server fails with an uncaught exception.

    The other attributes are comfyc's own: ``unknowable`` holds the inputs ``(node id, name)`` that only the
    server can validate (assumed to pass, or looked up in the catalogue's list of files); ``raised`` the cause
    of each ``exception_during_...`` by node id; ``prompt`` the validated prompt, after node replacement;
    ``replaced`` the old types by node id; ``converted`` the inputs after conversion by node id; ``stumble``
    the cause of an HTTP 500.
    """

    http_status: int
    valid: bool
    error: dict[str, Any] | None
    node_errors: dict[str, dict[str, Any]]
    good_outputs: list[str]
    unknowable: frozenset[tuple[str, str]] = frozenset()
    raised: Mapping[str, Raised] = field(default_factory=dict)
    prompt: Mapping[str, Any] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    converted: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stumble: Unforeseen | None = None

    def __getitem__(self, key: str) -> Any:
        if key not in _KEYS:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)


def verdict(
    prompt: Any,
    catalog: Catalog,
    *,
    request: Mapping[str, Any] | None = None,
    assume_files: bool = False,
    order: Order = iter,
    brought: Container[str] = (),
) -> Verdict:
    """Validate a prompt, which may be any JSON value, as the server of the catalogue would.

    ``request`` holds the other members of the request body. Combos that list files are checked against the
    catalogue's list, unless the catalogue has none (``catalog.lists_files``) or ``assume_files`` is set.
    ``brought`` holds the ids of nodes whose input files will be uploaded before the run. ``order`` orders
    inputs and outputs, which on the server depends on Python's hash seed.
    """
    body = request or {}
    rules = rules_for(catalog)
    try:
        error = check_request(body)
        if error is not None:
            return _rejected(error)
        replaced, old_types = replace_nodes(prompt, rules)
        walk = Walk(replaced, rules, catalog.lists_files and not assume_files, order, brought)
        found = _judge(walk, replaced, body, old_types)
        check_extra_data(body, valid=found.valid)
    except Unforeseen as stumble:
        judged = prompt if isinstance(prompt, dict) else {}
        return Verdict(500, False, None, {}, [], prompt=judged, stumble=stumble)
    return found


def _rejected(error: dict[str, Any], **more: Any) -> Verdict:
    return Verdict(400, False, error, {}, [], **more)


def _judge(walk: Walk, prompt: Prompt, body: Mapping[str, Any], replaced: Mapping[str, str]) -> Verdict:
    outputs: list[str] = []
    for node_id, node in prompt.items():
        error = _class_error(walk.rules, node_id, node)
        if error is not None:
            return _rejected(error, prompt=prompt, replaced=replaced)
        rules = walk.rules.of(node["class_type"])
        if rules is not None and rules.is_output and _is_target(node_id, body):
            outputs.append(node_id)
    if not outputs:
        error = problem("prompt_no_outputs", "Prompt has no outputs", "")
        return _rejected(error, prompt=prompt, replaced=replaced)
    return _judge_outputs(walk, list(walk.order(outputs)), replaced)


def _is_target(node_id: str, body: Mapping[str, Any]) -> bool:
    """Whether this output is requested; by Python's ``in``, so that a string counts for all its
    substrings."""
    targets = body.get("partial_execution_targets")
    if targets is None:
        return True
    if not isinstance(targets, list | dict | str):
        raise Unforeseen("'partial_execution_targets' is not a list of node ids")
    return node_id in targets


def _class_error(rules: Rules, node_id: str, node: Any) -> dict[str, Any] | None:
    """``missing_node_type`` if a node has no class, or one that the server lacks."""
    if not isinstance(node, dict):
        raise Unforeseen("the node is not an object", node_id)
    class_type = node.get("class_type")
    if isinstance(class_type, list | dict):
        raise Unforeseen("'class_type' is a list or an object", node_id)
    if rules.of(class_type) is not None:
        return None
    meta = node.get("_meta", {})
    if not isinstance(meta, dict):
        raise Unforeseen("'_meta' is not an object", node_id)
    if "class_type" in node:
        title = meta.get("title", class_type)
        message = f"Node '{title}' not found. The custom node may not be installed."
    else:
        title = meta.get("title")
        named = title or f"ID #{node_id}"
        advice = "The workflow may be corrupted or a custom node is missing."
        message = f"Node '{named}' has no class_type. {advice}"
    details = f"Node ID '#{node_id}'"
    extra = {"node_id": node_id, "class_type": class_type, "node_title": title}
    return problem("missing_node_type", message, details, **extra)


def _judge_outputs(walk: Walk, outputs: list[str], replaced: Mapping[str, str]) -> Verdict:
    good: list[str] = []
    failed: list[str] = []
    reasons: list[dict[str, Any]] = []
    blamed: list[tuple[str, int]] = []
    for output in outputs:
        known = len(walk.filed)
        outcome = _outcome_of(walk, output)
        bad = [node_id for node_id in walk.filed[known:] if walk.outcomes[node_id].errors]
        blamed += [(node_id, len(failed)) for node_id in bad]
        if outcome.valid:
            good.append(output)
        else:
            failed.append(output)
            reasons += outcome.errors
    room = max(1, _MAX_DEPENDENT_OUTPUTS // max(1, len(blamed)))
    error = None
    if not good:
        lines = sorted(f"{reason['message']}: {reason['details']}" for reason in reasons)
        message = "Prompt outputs failed validation"
        error = problem("prompt_outputs_failed_validation", message, "\n".join(lines))
    return Verdict(
        400 if error else 200,
        not error,
        error,
        {node_id: _node_error(walk, node_id, failed[first : first + room]) for node_id, first in blamed},
        sorted(good),
        unknowable=frozenset(walk.unknowable),
        raised=walk.raised,
        prompt=walk.prompt,
        replaced=replaced,
        converted=walk.values,
    )


def _node_error(walk: Walk, node_id: str, outputs: list[str]) -> dict[str, Any]:
    """The entry of an invalid node in ``node_errors``.

    Like the server, it names every output that failed after the node was found invalid as dependent on it,
    even an unrelated one.
    """
    return {
        "errors": sorted(walk.outcomes[node_id].errors, key=_sort_key),
        "dependent_outputs": sorted(outputs),
        "class_type": walk.prompt[node_id]["class_type"],
    }


def _outcome_of(walk: Walk, output: str) -> NodeOutcome:
    try:
        return judge_output(walk, output)
    except Raised as raised:
        error = problem(
            "exception_during_validation",
            "Exception when validating node",
            raised.text,
            exception_type=raised.kind,
            traceback=[],
        )
        walk.file(output, NodeOutcome(False, [error]))
        walk.raised[output] = raised
        return walk.outcomes[output]


def _sort_key(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """A sort key that depends on nothing but the error."""
    name = str(error["extra_info"].get("input_name"))
    return json.dumps(error["details"]), name, error["type"]
