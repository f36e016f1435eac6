"""What POST /prompt checks besides the nodes: the members of the request, its shape, replaced node types.

Source of the behaviour: server.post_prompt, app/node_replace_manager.py and
comfy_execution/jobs.validate_job_id. Where it answers HTTP 500, it does not catch an exception.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from comfyc.checks.links import is_link
from comfyc.checks.rules import Rules
from comfyc.checks.values import problem

Prompt = dict[str, dict[str, Any]]


class Unforeseen(Exception):  # noqa: N818 - the server's exception, as a value
    """The server answers HTTP 500. ``node`` is the id of the node that causes it, if it is a node;
    ``in_prompt`` is true if the prompt as a whole does, false for another member of the request."""

    def __init__(self, reason: str, node: str | None = None, *, in_prompt: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node
        self.in_prompt = in_prompt


def check_request(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The error for the members of the body that the server reads before the prompt, if there is one.

    Raises ``Unforeseen`` where the server answers HTTP 500.
    """
    if "number" in request:
        try:
            float(request["number"])
        except (TypeError, ValueError, OverflowError) as error:
            raise Unforeseen(f"'number' is not a number: {error}") from None
    prompt_id = request.get("prompt_id")
    if prompt_id is None or _is_canonical_uuid(prompt_id):
        return None
    details = (
        "prompt_id must be a UUID string in canonical lowercase hyphenated form; "
        "omit it to let the server generate one"
    )
    return problem("invalid_prompt_id", "prompt_id must be a valid UUID", details)


def _is_canonical_uuid(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False


def check_extra_data(request: Mapping[str, Any], *, valid: bool) -> None:
    """Raise ``Unforeseen`` where ``extra_data`` makes the server fail after it has validated the prompt."""
    extra = request.get("extra_data", {})
    if isinstance(extra, dict):
        return
    if not isinstance(extra, list | str) or "client_id" in request or valid:
        raise Unforeseen("'extra_data' is not an object")


def replace_nodes(prompt: Any, rules: Rules) -> tuple[Prompt, dict[str, str]]:
    """Replace old node types with current ones, as the server does before validation.

    Returns the prompt (the same object if nothing is replaced, else a copy) and the old types by node id.
    Raises ``Unforeseen`` for nodes whose shape makes the server fail here.
    """
    if not isinstance(prompt, dict):
        raise Unforeseen("the prompt is not an object", in_prompt=True)
    old = [node_id for node_id, node in _nodes_with_inputs(prompt) if _is_replaced(node["class_type"], rules)]
    if not old:
        return prompt, {}
    replaced = {
        node_id: {**node, "inputs": {name: _own(value) for name, value in node["inputs"].items()}}
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
        else node
        for node_id, node in prompt.items()
    }
    links = list(_links(prompt))
    for node_id in old:
        _replace_node(replaced, node_id, _rule(replaced[node_id]["class_type"], rules), links)
    return replaced, {node_id: prompt[node_id]["class_type"] for node_id in old}


def _own(value: Any) -> Any:
    """A copy of a link, so that its slot may be changed."""
    return list(value) if is_link(value) else value


def _nodes_with_inputs(prompt: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The nodes that have a class and inputs. Raises ``Unforeseen`` for nodes of another shape."""
    for node_id, node in prompt.items():
        if isinstance(node, str | list):
            if "class_type" in node and "inputs" in node:
                raise Unforeseen("the node is not an object", node_id)
            continue
        if not isinstance(node, dict):
            raise Unforeseen("the node is not an object", node_id)
        if "class_type" not in node or "inputs" not in node:
            continue
        if isinstance(node["class_type"], list | dict):
            raise Unforeseen("'class_type' is a list or an object", node_id)
        if not isinstance(node["inputs"], dict):
            raise Unforeseen("'inputs' is not an object", node_id)
        yield node_id, node


def _links(prompt: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Every link as (source id, node id, input name, output slot)."""
    for node_id, node in _nodes_with_inputs(prompt):
        for name, value in node["inputs"].items():
            if is_link(value):
                yield value[0], node_id, name, value[1]


def _rule(class_type: Any, rules: Rules) -> Mapping[str, Any]:
    found: Mapping[str, Any] = rules.catalog.node_replacements[class_type][0]
    return found


def _is_replaced(class_type: Any, rules: Rules) -> bool:
    """Whether the type is unknown and its first replacement rule names a known one."""
    if not isinstance(class_type, str) or rules.of(class_type) is not None:
        return False
    found = rules.catalog.node_replacements.get(class_type)
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        return False
    return rules.of(found[0].get("new_node_id")) is not None


def _replace_node(
    prompt: Prompt, node_id: str, rule: Mapping[str, Any], links: list[tuple[str, str, str, Any]]
) -> None:
    node = prompt[node_id]
    if not isinstance(node.get("_meta"), dict | list):
        raise Unforeseen("a node of an old type has no '_meta'", node_id)
    inputs: dict[str, Any] = {}
    for step in rule.get("input_mapping") or ():
        if "set_value" in step:
            inputs[step["new_id"]] = step["set_value"]
        elif "old_id" in step:
            if step["old_id"] not in node["inputs"]:
                raise Unforeseen(f"a node of an old type lacks its input '{step['old_id']}'", node_id)
            inputs[step["new_id"]] = node["inputs"][step["old_id"]]
    prompt[node_id] = {**node, "class_type": rule["new_node_id"], "inputs": inputs}
    slots = {step["old_idx"]: step["new_idx"] for step in reversed(rule.get("output_mapping") or ())}
    for source, consumer, name, slot in links:
        if source != node_id or slot not in slots:
            continue
        if name not in prompt[consumer]["inputs"]:
            raise Unforeseen(f"the input '{name}' went with the old node type", consumer)
        prompt[consumer]["inputs"][name][1] = slots[slot]
