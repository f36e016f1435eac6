"""The nodes of a prompt that the server would run, and what each of them declares.

A node runs if an output needs it by any link. When the server validates a prompt it follows the links of
declared inputs only; when it runs the prompt it follows every link of every input
(comfy_execution/graph.TopologicalSort.add_node, ComfyUI 0.33.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from comfyc.checks.facts import takes_any_input
from comfyc.checks.links import is_link
from comfyc.checks.rules import DYNAMIC_COMBO, DeclaredInputs, NodeRules, Rules, chosen_option
from comfyc.checks.verdict import Verdict
from comfyc.packs.core import core_types

_CORE = ("nodes", "comfy_extras.", "comfy_api_nodes.")
"""Python modules of ComfyUI itself. facts.json records which of their functions take arbitrary inputs."""


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node that would run.

    ``inputs`` are its inputs after conversion, ``written`` the same as the prompt has them, ``declared`` what
    its class declares for these values. ``judged`` is true if the server validates the node, that is if an
    output reaches it through declared inputs.
    """

    id: str
    inputs: Mapping[str, Any]
    written: Mapping[str, Any]
    rules: NodeRules
    declared: DeclaredInputs
    judged: bool

    @property
    def is_core(self) -> bool:
        """Whether the class is part of ComfyUI, so that the parameters of its function are known."""
        module = self.rules.entry.get("python_module")
        if module is None:  # a trimmed catalogue
            return self.rules.class_type in core_types()
        return str(module).startswith(_CORE)


def running_nodes(verdict: Verdict, rules: Rules) -> list[RunningNode]:
    """The nodes that the server would run: the accepted outputs and all that they link to.

    If no output is accepted, the nodes behind all outputs; none if the request fails before the outputs are
    looked at.
    """
    if verdict.stumble is not None or _error_type(verdict) in ("missing_node_type", "invalid_prompt_id"):
        return []
    waiting = verdict.good_outputs[::-1] or [
        node_id
        for node_id, node in verdict.prompt.items()
        if (found := rules.of(node["class_type"])) is not None and found.is_output
    ]
    nodes: dict[str, RunningNode] = {}
    while waiting:
        node_id = waiting.pop()
        node = verdict.prompt.get(node_id)
        if node is None or node_id in nodes or "inputs" not in node:
            continue
        written = node["inputs"]
        inputs = verdict.converted.get(node_id, written)
        node_rules = rules.of(node["class_type"])
        assert node_rules is not None
        judged = node_id in verdict.converted
        nodes[node_id] = RunningNode(
            node_id, inputs, written, node_rules, node_rules.declared_inputs(written), judged
        )
        waiting += [value[0] for value in inputs.values() if is_link(value)]
    return list(nodes.values())


def _error_type(verdict: Verdict) -> str | None:
    return verdict.error["type"] if verdict.error is not None else None


def is_foreign(node: RunningNode, name: str) -> bool:
    """Whether the node certainly has no such input.

    False for inputs of a dynamic combo whose value is not one of its options: that is reported by itself
    (P335).
    """
    if not node.is_core or takes_any_input(node.rules.class_type):
        return False
    for growing in node.declared.growing:
        if growing.kind != DYNAMIC_COMBO or not f"{name}.".startswith(f"{growing.name}."):
            continue
        if name == growing.name or chosen_option(growing.options, node.written.get(growing.name)) is None:
            return False
    return True
