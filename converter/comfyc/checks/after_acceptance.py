"""Beyond the server's verdict: prompts that it accepts, and that then fail or kill its worker.

Measured on ComfyUI 0.33.0. When it judges, the server looks at declared inputs and follows their links;
when it runs, it follows every link of every input (comfy_execution/graph.TopologicalSort.add_node), also
those that were in a wrapper, and hands the values to the node's function by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc import codes
from comfyc.checks.facts import takes_any_input
from comfyc.checks.links import is_link
from comfyc.checks.reporting import Telling, listed, quoted, shortened
from comfyc.checks.rules import AUTOGROW, DYNAMIC_COMBO, NodeRules, Rules, Table, chosen_option, group_names
from comfyc.checks.values import WRAPPER
from comfyc.checks.verdict import Verdict
from comfyc.packs.core import core_types

_CORE = ("nodes", "comfy_extras.", "comfy_api_nodes.")
"""Modules of ComfyUI itself, whose functions are known not to take inputs of any name (facts.json)."""

LINK_ONLY = frozenset(
    {
        *("IMAGE", "MASK", "LATENT", "MODEL", "CLIP", "VAE", "CONDITIONING", "CONTROL_NET", "STYLE_MODEL"),
        *("CLIP_VISION", "CLIP_VISION_OUTPUT", "GLIGEN", "UPSCALE_MODEL", "LATENT_UPSCALE_MODEL", "HOOKS"),
        *("SAMPLER", "SIGMAS", "NOISE", "GUIDER", "AUDIO", "AUDIO_ENCODER", "AUDIO_ENCODER_OUTPUT", "VIDEO"),
        *("MODEL_PATCH", "PHOTOMAKER", "LORA_MODEL", "MESH", "VOXEL", "HOOK_KEYFRAMES", "TIMESTEPS_RANGE"),
    }
)
"""Types whose values exist only inside the server: no JSON value is one."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node that would run: its inputs as they run and as they were written, and its class.

    ``judged``: the server has looked at it, for there is a way to it through declared inputs.
    """

    id: str
    inputs: Mapping[str, Any]
    written: Mapping[str, Any]
    rules: NodeRules
    table: Table
    judged: bool

    @property
    def is_core(self) -> bool:
        """Whether the class is ComfyUI's own, so that it is known what its function takes."""
        module = self.rules.entry.get("python_module")
        if module is None:  # the catalogue was trimmed
            return self.rules.class_type in core_types()
        return str(module).startswith(_CORE)


def running_nodes(verdict: Verdict, rules: Rules) -> list[Node]:
    """The nodes that the outputs need by any link, as the server would run them; all of its good outputs,
    or of its outputs at all if none is good."""
    if verdict.stumble is not None or _kind(verdict) in ("missing_node_type", "invalid_prompt_id"):
        return []
    waiting = verdict.good_outputs[::-1] or [
        node_id
        for node_id, node in verdict.prompt.items()
        if (found := rules.of(node["class_type"])) is not None and found.is_output
    ]
    nodes: dict[str, Node] = {}
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
        nodes[node_id] = Node(node_id, inputs, written, node_rules, node_rules.table(written), judged)
        waiting += [value[0] for value in inputs.values() if is_link(value)]
    return list(nodes.values())


def tell_dangers(verdict: Verdict, nodes: Sequence[Node], rules: Rules, telling: Telling) -> None:
    """Report what would go wrong after the server has accepted the prompt."""
    for node_id, raw in verdict.prompt.items():
        if isinstance(raw, dict) and "inputs" not in raw and node_id not in verdict.raised:
            hint = 'add an empty object: "inputs": {}'
            telling.tell(codes.NODE_WITHOUT_INPUTS, node_id, None, "the node has no 'inputs'", hint)
    for node in nodes:
        for name, value in node.inputs.items():
            if is_link(value):
                _tell_unjudged_link(verdict, rules, telling, node, name, value)
            elif name in node.table.inputs:
                _tell_value_in_socket(telling, node, name, value)
        _tell_dynamic_combos(telling, node)
    _tell_cycle(verdict, nodes, telling)


def _kind(verdict: Verdict) -> str | None:
    return verdict.error["type"] if verdict.error is not None else None


def _tell_unjudged_link(
    verdict: Verdict, rules: Rules, telling: Telling, node: Node, name: str, link: list[Any]
) -> None:
    """A link that the server follows without having judged it."""
    declared = name in node.table.inputs
    wrapped = isinstance(node.written[name], dict)
    if declared and not wrapped and node.judged:
        return
    dead = _why_dead(verdict, rules, link)
    if dead is not None:
        rule = codes.DEAD_LINK_WRAPPED if wrapped else codes.DEAD_LINK_UNDECLARED
        how = "a wrapped list that is run as a link" if wrapped else "a link that the server does not check"
        message = f"'{name}' is {how}, and {dead}: the server's worker dies"
        telling.tell(rule, node.id, name, message, f"remove '{name}', or link a node that is there")
    elif wrapped:
        message = f"'{name}' is a wrapped list that is run as a link to node '{link[0]}', unchecked"
        telling.tell(codes.UNCHECKED_LINK, node.id, name, message, f"take the link out of its '{WRAPPER}'")
    elif not declared and is_foreign(node, name):
        message = f"'{node.rules.class_type}' takes no input '{name}', and fails when it gets the link"
        telling.tell(codes.UNDECLARED_LINK, node.id, name, message, _hint_for_name(telling, node, name))


def is_foreign(node: Node, name: str) -> bool:
    """Whether it is certain that the node takes no such input. What belongs to a dynamic combo without a
    choice is not: that has a rule of its own."""
    if not node.is_core or takes_any_input(node.rules.class_type):
        return False
    for growing in node.table.growing:
        if growing.kind != DYNAMIC_COMBO or not f"{name}.".startswith(f"{growing.name}."):
            continue
        if name == growing.name or chosen_option(growing.options, node.written.get(growing.name)) is None:
            return False
    return True


def _why_dead(verdict: Verdict, rules: Rules, link: list[Any]) -> str | None:
    source, slot = link
    if source not in verdict.prompt:
        return f"node {quoted(source)} is not in the prompt"
    found = rules.of(verdict.prompt[source]["class_type"])
    count = len(found.returns) if found is not None else 0
    if isinstance(slot, int) and not -count <= slot < count:
        return f"node '{source}' has no output {slot}"
    return None


def _hint_for_name(telling: Telling, node: Node, name: str) -> str:
    group, _, _ = name.rpartition(".")
    for growing in node.table.growing:
        if growing.name == group and growing.kind == AUTOGROW:
            names = group_names(growing.options.get("template"))
            return f"use one of the {len(names)} inputs of '{group}': {listed(names)}"
    free = [known for known in node.table.inputs if known not in node.inputs]
    meant = telling.guesses.nearest(name, free)
    return f"rename it to '{meant}'" if meant is not None else f"remove '{name}'"


def _tell_value_in_socket(telling: Telling, node: Node, name: str, value: Any) -> None:
    declared = node.table.inputs[name]
    if not isinstance(declared.type, str) or isinstance(node.written[name], list):
        return
    if value is None and not declared.required:
        return
    if not all(kind.strip() in LINK_ONLY for kind in declared.type.split(",")):
        return
    message = f"'{name}' takes a link to {declared.type} and has the value {quoted(value)}"
    telling.tell(codes.VALUE_IN_SOCKET, node.id, name, message, f"link an output of type {declared.type}")


def _tell_dynamic_combos(telling: Telling, node: Node) -> None:
    for growing in node.table.growing:
        if growing.kind != DYNAMIC_COMBO or not growing.required:
            continue
        name = growing.name
        if name in node.written and chosen_option(growing.options, node.written[name]) is not None:
            continue
        options = growing.options.get("options") or ()
        keys = [choice["key"] for choice in options if isinstance(choice, dict) and "key" in choice]
        given = f"is {quoted(node.written[name])}" if name in node.written else "is missing"
        message = f"'{name}' {given}, and the server does not say that the node will fail"
        meant = telling.guesses.nearest(node.written.get(name), keys)
        hint = f"use {quoted(meant)}" if meant is not None else f"use one of {listed(keys)}"
        telling.tell(codes.DYNAMIC_COMBO_KEY, node.id, name, message, hint)


def _tell_cycle(verdict: Verdict, nodes: Sequence[Node], telling: Telling) -> None:
    """Report a circle that the server meets only when it runs."""
    if not verdict.valid:
        return
    sources = {node.id: _sources(node) for node in nodes}
    for cycle in _cycles(sources):
        shown = shortened(" -> ".join([*cycle, cycle[0]]))
        message = f"dependency cycle when the prompt runs: {shown}"
        telling.tell(codes.UNDECLARED_CYCLE, cycle[0], None, message, "remove one of these links")


def _sources(node: Node) -> list[str]:
    return [value[0] for value in node.inputs.values() if is_link(value)]


def _cycles(sources: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """One circle of each knot: what no order of running can resolve, walked until it closes."""
    needed_by: dict[str, list[str]] = {}
    waits_for = {}
    for node, wanted in sources.items():
        there = [source for source in wanted if source in sources]
        waits_for[node] = len(there)
        for source in there:
            needed_by.setdefault(source, []).append(node)
    ready = [node for node, count in waits_for.items() if count == 0]
    while ready:
        node = ready.pop()
        del waits_for[node]
        for consumer in needed_by.get(node, ()):
            waits_for[consumer] -= 1
            if waits_for[consumer] == 0:
                ready.append(consumer)
    done: set[str] = set()
    for node in waits_for:
        path: dict[str, None] = {}
        while node not in path and node not in done:
            path[node] = None
            node = next(source for source in sources[node] if source in waits_for)
        if node not in done:
            walked = list(path)
            yield walked[walked.index(node) :]
        done.update(path)
