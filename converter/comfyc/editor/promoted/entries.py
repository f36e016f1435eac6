"""Read the entries of ``proxyWidgets``: the inner widget that each one names, and the value saved for it.

Source: ``core/graph/subgraph/migration/proxyWidgetMigration.ts``, frontend 1.58.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from comfyc.editor.nodes.live import LiveNode
from comfyc.editor.nodes.state import Editor, Scope, Target
from comfyc.editor.promoted.ends import end_of
from comfyc.graph import ABSENT
from comfyc.javascript.values import number
from comfyc.workflow.model import FileSlot

_PREFIX = re.compile(r"\s*(\d+)\s*:\s*(?=.)", re.ASCII)
_DEPTH = 100
"""Upper bound on the nested subgraph nodes through which an entry is followed."""


@dataclass(frozen=True, slots=True)
class ProxyEntry:
    """One entry of ``proxyWidgets``: a widget of an inner node, or of a node inside an inner subgraph
    node."""

    index: int
    node: str
    name: str
    inner: str | None
    value: Any
    """The saved value at the entry's index, ABSENT if the file has none."""
    key: int | str
    """The index or key of the value in the subgraph node's ``widgets_values``."""


def read_entry(host: LiveNode, index: int, raw: list[str], values: Any, editor: Editor) -> ProxyEntry:
    """Read the entry ``raw`` at an index of the ``proxyWidgets`` of ``host``, a subgraph node.

    ``values`` are the node's saved values (see ``values.saved_values``).
    """
    node, name = raw[0], raw[1]
    inner = raw[2] if len(raw) == 3 else None
    if _PREFIX.match(name) and not _resolves(host, node, name, editor):
        start, last_line = 0, name.rfind("\n") + 1
        while match := _PREFIX.match(name, start):  # nested widgets used to have names such as "13: seed"
            if match.end() < last_line:
                break
            inner, start = match.group(1), match.end()
        name = name[start:]
    if isinstance(values, list):
        return ProxyEntry(index, node, name, inner, values[index] if index < len(values) else ABSENT, index)
    key = str(index)
    is_there = key in values and not ("length" in values and index >= number(values["length"]))
    return ProxyEntry(index, node, name, inner, values[key] if is_there else ABSENT, key)


def _resolves(host: LiveNode, node_id: str, name: str, editor: Editor) -> bool:
    for _ in range(_DEPTH):
        scope = editor.scopes[host.definition or ""]
        node = scope.nodes.get(node_id)
        if node is None:
            return False
        if node.definition is None:
            return node.widgets.has(name)
        target = target_of_input(editor.scopes[node.definition], name)
        if target is None:
            return False
        host, (node_id, name) = node, target
    return False


def inputs_by_name(scope: Scope) -> dict[str, FileSlot]:
    """The inputs of a definition by name; if two share a name, the first."""
    if scope.input_by_name is None:
        scope.input_by_name = {slot.name: slot for slot in reversed(scope.inputs)}
    return scope.input_by_name


def target_of_input(scope: Scope, input_name: str) -> Target | None:
    """The inner node's id and widget (or input) name that the definition's input of this name leads to."""
    declared = inputs_by_name(scope).get(input_name)
    return None if declared is None else end_of(scope, declared)[1]
