"""Failures after acceptance: prompts that the server accepts and that then fail or kill its worker thread.

Measured on ComfyUI 0.33.0. Validation looks at declared inputs and follows their links. Execution follows
every link of every input (comfy_execution/graph.TopologicalSort.add_node), including links that were
wrapped, and passes the values to the node's function by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfyc import codes
from comfyc.checks.links import LINK_ONLY, is_link
from comfyc.checks.reporting import PromptReporter, cut, listed, quoted
from comfyc.checks.rules import AUTOGROW, DYNAMIC_COMBO, Rules, chosen_option, group_names
from comfyc.checks.running_nodes import RunningNode, is_foreign
from comfyc.checks.values import WRAPPER
from comfyc.checks.verdict import Verdict


def report_dangers(
    verdict: Verdict, nodes: Sequence[RunningNode], rules: Rules, reporter: PromptReporter
) -> None:
    """Report what would fail once the server has accepted the prompt (P331-P337, P348)."""
    for node_id, raw in verdict.prompt.items():
        if isinstance(raw, dict) and "inputs" not in raw and node_id not in verdict.raised:
            hint = 'add an empty object: "inputs": {}'
            reporter.report(codes.NODE_WITHOUT_INPUTS, node_id, None, "the node has no 'inputs'", hint)
    for node in nodes:
        for name, value in node.inputs.items():
            if is_link(value):
                _report_unjudged_link(verdict, rules, reporter, node, name, value)
            elif name in node.declared.inputs:
                _report_value_in_socket(reporter, node, name, value)
        _report_dynamic_combos(reporter, node)
    _report_cycle(verdict, nodes, reporter)


def _report_unjudged_link(
    verdict: Verdict, rules: Rules, reporter: PromptReporter, node: RunningNode, name: str, link: list[Any]
) -> None:
    """Report a link that the server follows without having validated it."""
    declared = name in node.declared.inputs
    wrapped = isinstance(node.written[name], dict)
    if declared and not wrapped and node.judged:
        return
    dead = _why_dead(verdict, rules, link)
    if dead is not None:
        rule = codes.DEAD_LINK_WRAPPED if wrapped else codes.DEAD_LINK_UNDECLARED
        how = "a wrapped list that runs as a link" if wrapped else "a link that the server does not validate"
        message = f"'{name}' is {how}, and {dead}: this kills the server's worker thread"
        reporter.report(rule, node.id, name, message, f"remove '{name}', or link a node that exists")
    elif wrapped:
        message = f"'{name}' is a wrapped list that runs as a link to node '{link[0]}' without validation"
        reporter.report(
            codes.UNCHECKED_LINK, node.id, name, message, f"write the link without its '{WRAPPER}' wrapper"
        )
    elif not declared and is_foreign(node, name):
        message = f"'{node.rules.class_type}' has no input '{name}', and fails when it is given the link"
        reporter.report(codes.UNDECLARED_LINK, node.id, name, message, _hint_for_name(reporter, node, name))


def _why_dead(verdict: Verdict, rules: Rules, link: list[Any]) -> str | None:
    source, slot = link
    if source not in verdict.prompt:
        return f"node {quoted(source)} is not in the prompt"
    found = rules.of(verdict.prompt[source]["class_type"])
    count = len(found.returns) if found is not None else 0
    if isinstance(slot, int) and not -count <= slot < count:
        return f"node '{source}' has no output {slot}"
    return None


def _hint_for_name(reporter: PromptReporter, node: RunningNode, name: str) -> str:
    group, _, _ = name.rpartition(".")
    for growing in node.declared.growing:
        if growing.name == group and growing.kind == AUTOGROW:
            names = group_names(growing.options.get("template"))
            return f"use one of the {len(names)} inputs of '{group}': {listed(names)}"
    free = [known for known in node.declared.inputs if known not in node.inputs]
    meant = reporter.guesses.nearest(name, free)
    return f"rename it to '{meant}'" if meant is not None else f"remove '{name}'"


def _report_value_in_socket(reporter: PromptReporter, node: RunningNode, name: str, value: Any) -> None:
    declared = node.declared.inputs[name]
    if not isinstance(declared.type, str) or isinstance(node.written[name], list):
        return
    if value is None and not declared.required:
        return
    if not all(kind.strip() in LINK_ONLY for kind in declared.type.split(",")):
        return
    message = f"'{name}' takes only a link of type {declared.type}, but has the value {quoted(value)}"
    reporter.report(codes.VALUE_IN_SOCKET, node.id, name, message, f"link an output of type {declared.type}")


def _report_dynamic_combos(reporter: PromptReporter, node: RunningNode) -> None:
    for growing in node.declared.growing:
        if growing.kind != DYNAMIC_COMBO or not growing.required:
            continue
        name = growing.name
        if name in node.written and chosen_option(growing.options, node.written[name]) is not None:
            continue
        options = growing.options.get("options") or ()
        keys = [choice["key"] for choice in options if isinstance(choice, dict) and "key" in choice]
        given = (
            f"is {quoted(node.written[name])}, which is not one of its options"
            if name in node.written
            else "is missing"
        )
        message = f"'{name}' {given}: the server accepts this, and the node fails when it runs"
        meant = reporter.guesses.nearest(node.written.get(name), keys)
        hint = f"use {quoted(meant)}" if meant is not None else f"use one of {listed(keys)}"
        reporter.report(codes.DYNAMIC_COMBO_KEY, node.id, name, message, hint)


def _report_cycle(verdict: Verdict, nodes: Sequence[RunningNode], reporter: PromptReporter) -> None:
    """Report cycles that the server meets only when it runs the prompt."""
    if not verdict.valid:
        return
    sources = {node.id: _sources(node) for node in nodes}
    for cycle in _cycles(sources):
        shown = cut(" -> ".join([*cycle, cycle[0]]))
        message = f"dependency cycle when the prompt runs: {shown}"
        reporter.report(codes.UNDECLARED_CYCLE, cycle[0], None, message, "remove one of these links")


def _sources(node: RunningNode) -> list[str]:
    return [value[0] for value in node.inputs.values() if is_link(value)]


def _cycles(sources: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """One cycle per group of mutually dependent nodes.

    Nodes whose sources are all resolved are removed until only nodes in or behind a cycle are left; from
    each of these the walk follows the first unresolved source until it meets itself.
    """
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
