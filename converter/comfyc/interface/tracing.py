"""Which inputs of the prompt take the value of an input of a subgraph node.

A promoted value goes to its inputs through links inside the subgraph, and through whatever a link may lead
through: nested subgraph nodes, reroutes, bypassed nodes, links that scripts make. Rather than following all
of these once more, the values are replaced with marks, and the passes that follow links are run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.api import Conversion
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor import Editor
from comfyc.editor.loading.tokens import Replacements
from comfyc.editor.nodes.live import LiveNode
from comfyc.graph import OFF, Const, Graph, Link, Node
from comfyc.passes import Context, expand
from comfyc.passes.scripts import rewire
from comfyc.passes.splice import splice

Target = tuple[str, str]
"""A node of the prompt by its id, and the name of an input."""


@dataclass(slots=True)
class HostInput:
    """An input of a subgraph node (host) that has a widget.

    ``host`` is the host's id in the prompt, ``index`` that of the input; ``value`` is the host's value and
    ``pointer`` its JSON pointer. If the input is linked, ``link`` is the link, and ``value`` and ``pointer``
    are None. ``targets`` are the inputs of the prompt that take the value, or would if nothing fed the input.
    """

    host: str
    index: int
    name: str
    value: Any = None
    pointer: Pointer | None = None
    link: Link | None = None
    targets: list[Target] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trace:
    """All nodes that the editor visits when it exports, before any of them vanishes (``graph``), the
    inputs of its subgraph nodes that have widgets, and the live nodes by their pointers."""

    graph: Graph
    inputs: list[HostInput]
    live: Mapping[Pointer, LiveNode]


_NOTHING = Trace(Graph(), [], {})
_MARK = "mark of comfyc.interface.tracing"
"""The first member of the pointers that mark values. No pointer into a workflow begins with it."""


def trace(conversion: Conversion) -> Trace:
    """Find what the values of subgraph nodes go to in a conversion; nothing for a prompt."""
    editor = conversion.editor
    if editor is None:
        return _NOTHING
    ignored = Collector(conversion.options.limits)
    graph = expand(editor, ignored)
    inputs = [one for node in graph.nodes.values() if _is_open_host(node) for one in _inputs_of(node)]
    rounds: dict[tuple[int, bool], list[HostInput]] = {}
    for one in inputs:
        rounds.setdefault((one.host.count(":"), one.link is None), []).append(one)
    for together in rounds.values():  # none of these can feed another one
        _find_targets(together, conversion, editor)
    live = {node.file.pointer: node for scope in editor.scopes_in_order() for node in scope.nodes.values()}
    return Trace(graph, inputs, live)


def _is_open_host(node: Node) -> bool:
    return node.exits is not None and node.mode not in OFF


def _inputs_of(host: Node) -> Iterator[HostInput]:
    for index, slot in enumerate(host.inputs):
        if slot.widget is None or slot.binding is None:
            continue
        if isinstance(slot.binding, Link):
            yield HostInput(host.id, index, slot.name, link=slot.binding)
        else:
            yield HostInput(host.id, index, slot.name, slot.binding.value, slot.binding.pointer)


def _find_targets(inputs: list[HostInput], conversion: Conversion, editor: Editor) -> None:
    """Fill in the targets of inputs."""
    ignored = Collector(conversion.options.limits)
    graph = expand(editor, ignored)
    for number, one in enumerate(inputs):
        graph.nodes[one.host].inputs.bind(one.index, Const(one.value, (_MARK, number)))
    replacements = Replacements(editor, conversion.options.now, {})
    context = Context(editor, ignored, replacements, conversion.options, conversion.opened.value)
    for node in splice(rewire(graph, context), context).nodes.values():
        if node.id not in conversion.prompt:
            continue
        for name, bound in node.inputs.named_bindings():
            if isinstance(bound, Const) and bound.pointer[:1] == (_MARK,):
                inputs[int(bound.pointer[1])].targets.append((node.id, name))
