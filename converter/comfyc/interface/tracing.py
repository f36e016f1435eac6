"""Which inputs of the prompt take the value of an input of a subgraph node.

A promoted value goes to its inputs through links inside the subgraph, and through whatever a link may lead
through: nested subgraph nodes, reroutes, bypassed nodes, links that scripts make. Rather than following all
of these once more, the values are replaced with marks, and the passes that follow links are run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from comfyc.api import Conversion
from comfyc.collector import Collector
from comfyc.diagnostics import Pointer
from comfyc.editor import Editor
from comfyc.editor.loading.tokens import Replacements
from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Scope
from comfyc.graph import Const, Link
from comfyc.passes import Context, expand
from comfyc.passes.scripts import rewire
from comfyc.passes.splice import splice

Target = tuple[str, str]
"""A node of the prompt by its id, and the name of an input."""


@dataclass(slots=True)
class HostInput:
    """An input of a subgraph node (host) that has a widget.

    ``host`` is the host's id in the prompt, ``node`` the host itself, ``index`` that of the input. ``value``
    is the host's value and ``pointer`` its JSON pointer. If the input is linked, ``link`` is the link, whose
    origin is an id in the prompt, and ``value`` and ``pointer`` are None. ``targets`` are the inputs of the
    prompt inside this host that take the value, or would if nothing fed the input.
    """

    host: str
    node: LiveNode
    index: int
    value: Any = None
    pointer: Pointer | None = None
    link: Link | None = None
    targets: list[Target] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the input."""
        return self.node.inputs[self.index].name


@dataclass(frozen=True, slots=True)
class Trace:
    """The inputs of all subgraph nodes that have widgets, and the live nodes by their pointers."""

    inputs: list[HostInput]
    live: Mapping[Pointer, LiveNode]


_NOTHING = Trace([], {})
_MARK = "mark of comfyc.interface.tracing"
"""The first member of the pointers that mark values. No pointer into a workflow begins with it."""


def trace(conversion: Conversion) -> Trace:
    """Find what the values of subgraph nodes go to in a conversion; nothing for a prompt."""
    editor = conversion.editor
    if editor is None:
        return _NOTHING
    expanded = expand(editor, Collector(conversion.options.limits)).nodes
    inputs: list[HostInput] = []
    rounds: dict[tuple[int, bool], list[HostInput]] = {}
    for host, node in _hosts(editor):
        found = list(_inputs_of(host, node))
        inputs += found
        if host in expanded:
            for one in found:
                rounds.setdefault((host.count(":"), one.link is None), []).append(one)
    for together in rounds.values():  # none of these can feed another one
        _find_targets(together, conversion, editor)
    return Trace(inputs, {node.file.pointer: node for node in live_nodes(editor)})


def shared_targets(inputs: Iterable[HostInput]) -> dict[tuple[Pointer, int], tuple[Target, ...]]:
    """What each value of a subgraph node reaches, by the node's JSON pointer and the index of the input.

    If the definition around a subgraph node is used several times, all its copies take one value: the editor
    keeps it by the id of the node alone (SubgraphNode.ts).
    """
    found: dict[tuple[Pointer, int], list[Target]] = {}
    for one in inputs:
        if one.link is None:
            found.setdefault((one.node.file.pointer, one.index), []).extend(one.targets)
    return {value: tuple(targets) for value, targets in found.items()}


def _hosts(editor: Editor) -> Iterator[tuple[str, LiveNode]]:
    """All subgraph nodes by their ids in the prompt, each before those inside it, also those that are muted
    or bypassed. Of nodes that contain themselves, and beyond the limit on nodes, none are listed."""
    left = editor.diagnostics.limits.nodes
    waiting: list[tuple[str, LiveNode, tuple[str | None, ...]]] = [
        (node.id, node, (node.definition,)) for node in reversed(editor.root.nodes.values())
    ]
    while waiting and left:
        host, node, around = waiting.pop()
        left -= 1
        if node.definition is None:
            continue
        yield host, node
        waiting += [
            (f"{host}:{inner.id}", inner, (*around, inner.definition))
            for inner in reversed(editor.scopes[node.definition].nodes.values())
            if inner.definition is not None and inner.definition not in around
        ]


def _inputs_of(host: str, node: LiveNode) -> Iterator[HostInput]:
    prefix = host[: len(host) - len(node.id)]
    for index, slot in enumerate(node.inputs):
        link = node.links.get(index)
        if slot.widget is None:
            continue
        if link is not None:
            origin = Link(f"{prefix}{link.origin}", link.origin_slot, link.pointer)
            yield HostInput(host, node, index, link=origin)
        elif slot.promoted is not None:
            yield HostInput(host, node, index, slot.promoted.value, slot.promoted.pointer)


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


def live_nodes(editor: Editor | None) -> Iterator[LiveNode]:
    """All nodes of a workflow that the editor has loaded, of definitions too."""
    for scope in editor.scopes_in_order() if editor is not None else ():
        yield from scope.nodes.values()


def live_node(editor: Editor | None, ident: str) -> LiveNode | None:
    """The node with an id of the prompt, in which the ids of subgraph nodes around it come first."""
    if editor is None:
        return None
    scope: Scope | None = editor.root
    node: LiveNode | None = None
    for part in ident.split(":"):
        node = scope.nodes.get(part) if scope is not None else None
        scope = editor.scopes.get(node.definition or "") if node is not None else None
    return node
