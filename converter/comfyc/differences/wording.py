"""The words for a difference. They are not escaped: that depends on where they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from comfyc.differences.model import Difference, DifferenceKind, LinkEnd
from comfyc.graph import ABSENT, BYPASSED, MUTED
from comfyc.javascript.stringify import compact_text
from comfyc.safety.escaping import shortened

_MODES = {MUTED: "muted", BYPASSED: "bypassed"}
_KINDS = list(DifferenceKind)
_PLURALS = {
    DifferenceKind.GROUP: ("group", "groups"),
    DifferenceKind.PROPERTY: ("property", "properties"),
    DifferenceKind.DEFINITION: ("unused subgraph", "unused subgraphs"),
}


class Words(str):
    """What is shown as it is, and is no value of the workflow."""

    __slots__ = ()


def heading_of(one: Difference, longest: int) -> str:
    """What a node is called: its title, its type if that is another, and its id, both ids if they differ; of
    what concerns no node, the graph. ``longest`` bounds the characters of each name."""
    if one.node is None:
        return f"the subgraph {shortened(one.graph_name, longest)}" if one.graph else "the workflow"
    kind = f" [{shortened(one.type, longest)}]" if one.type and one.type != one.title else ""
    both = None not in (one.old_node, one.new_node) and one.old_node != one.new_node
    ident = f"{one.old_node} -> {one.new_node}" if both else one.node
    return f"{shortened(one.title, longest)}{kind} ({ident})"


def statement_of(one: Difference) -> tuple[str, Any, Any]:
    """What changed, what it was and what it is: values of the workflow, origins of links, or ``Words``."""
    kind = one.kind
    if kind is DifferenceKind.MODE:
        return "mode", Words(_MODES.get(one.old, "runs")), Words(_MODES.get(one.new, "runs"))
    if kind is DifferenceKind.TYPE:
        return "type", Words(one.old), Words(one.new)
    if kind in (DifferenceKind.INPUT, DifferenceKind.OUTPUT):
        old, new = (value if value is ABSENT else Words(value) for value in (one.old, one.new))
        return f"{kind.value} of the subgraph", old, new
    if kind is DifferenceKind.APP:
        return "the app's declaration", one.old, one.new
    name = one.name if kind in (DifferenceKind.VALUE, DifferenceKind.LINK) else kind.value
    return name, one.old, one.new


def value_words(value: Any, longest: int) -> str:
    """A value or the origin of a link as a text of at most so many characters."""
    if value is ABSENT:
        return "nothing"
    text = str(value) if isinstance(value, (LinkEnd, Words)) else compact_text(value)
    return shortened(text, longest)


def changes_summary(changes: Iterable[Difference]) -> str:
    """How many changes there are, in how many nodes: "5 changes in 3 nodes"."""
    found = list(changes)
    if not found:
        return "no change of meaning"
    nodes = {(one.graph, one.old_node, one.new_node) for one in found if one.node is not None}
    where = f" in {len(nodes)} node{'s' * (len(nodes) != 1)}" if nodes else ""
    return f"{len(found)} change{'s' * (len(found) != 1)}{where}"


def layout_summary(layout: Iterable[Difference]) -> str:
    """What changed of the layout, counted: "12 nodes moved, 3 resized, 1 group"."""
    counts = Counter(one.kind for one in layout)
    parts: list[str] = []
    for kind, count in sorted(counts.items(), key=lambda item: _KINDS.index(item[0])):
        if kind in _PLURALS:
            parts.append(f"{count} {_PLURALS[kind][count != 1]}")
        elif kind is DifferenceKind.EXTRA:
            parts.append(f"{count} of the file's other members")
        else:
            nodes = f" node{'s' * (count != 1)}" if not parts else ""
            what = "collapsed or opened" if kind is DifferenceKind.COLLAPSED else kind.value
            parts.append(f"{count}{nodes} {what}")
    return ", ".join(parts)
