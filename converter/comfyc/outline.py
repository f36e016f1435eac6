"""A workflow or prompt as text that people read, and that tools for texts compare line by line.

    KSampler #3
        model <- Load Checkpoint.MODEL #4
        seed = 1234

What is in it means something: nodes with their titles, types and modes, their values by the names of inputs,
and what their inputs are linked to. Positions, sizes, colors, groups, ids of links and the order of the file
are not. Nodes are sorted by their ids, because the editor saves them in another order after a mere click.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from comfyc.api import Conversion
from comfyc.differences.views import (
    ComparedGraph,
    ComparedLink,
    ComparedNode,
    view_of_prompt,
    view_of_workflow,
)
from comfyc.graph import BYPASSED, MUTED
from comfyc.javascript.stringify import compact_text
from comfyc.javascript.values import text
from comfyc.merging.conflicts import Conflict, listed
from comfyc.safety.escaping import shortened, visible
from comfyc.workflow.model import INPUT_NODE, OUTPUT_NODE

_STATES = {BYPASSED: " [bypassed]", MUTED: " [muted]"}
_LONGEST = 200
"""Characters of a name in each of the lines that repeat it; the line of the node has all of it."""


def outline_of(conversion: Conversion) -> str | None:
    """The text of a workflow or prompt that has been converted; None if there is nothing in it.

    What a terminal would obey is escaped. Values are whole, however long they are.
    """
    if conversion.editor is not None:
        view = view_of_workflow(conversion.editor, conversion.opened.value)
    else:
        view = view_of_prompt(conversion)
    lines = list(_graph(view.main, ""))
    for definition in view.definitions.values():
        lines += _definition(definition)
    notes = [
        Conflict.of_json(entry) for _, entry in listed(conversion.opened.value) if isinstance(entry, dict)
    ]
    if notes and lines:
        lines += [
            "",
            "Conflicts of a merge",
            *(f"    {visible(one.words())}" for one in notes if one is not None),
        ]
    return "\n".join(lines[1:]) + "\n" if lines else None


def _graph(graph: ComparedGraph, path: str) -> Iterator[str]:
    """The lines of the nodes of a graph, each behind an empty one."""
    labels = {one.name: one.label for one in graph.inputs}
    for node in sorted(graph.nodes.values(), key=lambda node: _order(node.id)):
        if node.id == OUTPUT_NODE and graph.id:
            continue
        yield ""
        yield path + _heading(node) + _STATES.get(node.mode, "")
        for name, link in node.links.items():
            yield f"    {visible(name)} <- {_origin(link, graph, labels)}"
        for name, value in node.values.items():
            yield from _value(name, value)


def _definition(graph: ComparedGraph) -> Iterator[str]:
    name = _short(graph.name or graph.id)
    yield from ("", f"Subgraph {name} #{visible(graph.id)}")
    labels = {one.name: one.label for one in graph.inputs}
    yield from (f"    input {visible(one.label)} ({visible(one.kind)})" for one in graph.inputs)
    arriving = graph.nodes[OUTPUT_NODE].links
    for one in graph.outputs:
        link = arriving.get(one.name)
        origin = "" if link is None else f" <- {_origin(link, graph, labels)}"
        yield f"    output {visible(one.name)} ({visible(one.kind)}){origin}"
    yield from _graph(graph, f"{name} / ")


def _origin(link: ComparedLink, graph: ComparedGraph, labels: Mapping[str, str]) -> str:
    """The output that a link comes from. ``labels`` are those of the inputs of the definition."""
    if link.node == INPUT_NODE and graph.id:
        return f"input {_short(labels.get(link.name, link.name))}"
    title, output = graph.nodes[link.node].label, link.name or text(link.slot)
    return f"{_short(title)}.{_short(output)} #{visible(link.node)}"


def _heading(node: ComparedNode) -> str:
    of_type = f" ({visible(node.type)})" if node.type != node.label else ""
    return f"{visible(node.label)}{of_type} #{visible(node.id)}"


def _short(name: str) -> str:
    """A name that may be repeated any number of times."""
    return visible(shortened(name, _LONGEST))


def _value(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield f"    {visible(name)} ="
        yield from (f"        | {visible(line)}" for line in value.split("\n"))
    else:
        yield f"    {visible(name)} = {_in_line(value)}"


def _in_line(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False) if isinstance(value, str) else compact_text(value))


def _order(ident: str) -> tuple[int, int, str]:
    is_number = ident.isascii() and ident.isdigit() and len(ident) < 20
    return (0, int(ident), "") if is_number else (1, 0, ident)
