"""How ``comfyc diff`` shows what changed, as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from comfyc.differences import Difference, DifferenceKind, Differences, LinkEnd, NodeState
from comfyc.differences.words import TextPiece, pieces_of
from comfyc.graph import ABSENT, BYPASSED, MUTED
from comfyc.javascript.stringify import compact_text
from comfyc.safety.escaping import lines_of_text, shortened, visible

_WIDTH = 70
"""Characters of a value that are shown."""
_LONGEST_PIECE = 200
"""Characters that are shown of a part that was added or removed in a text."""
_MOST_ROWS = 12
"""Values and links of an added node that are shown."""
_MODES = {MUTED: "muted", BYPASSED: "bypassed"}
_RED, _GREEN, _BOLD, _END = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
_MARKS = {DifferenceKind.NODE_ADDED: "+", DifferenceKind.NODE_REMOVED: "-"}
_PLURALS = {
    DifferenceKind.GROUP: ("group", "groups"),
    DifferenceKind.PROPERTY: ("property", "properties"),
    DifferenceKind.DEFINITION: ("unused subgraph", "unused subgraphs"),
}


class Words(str):
    """What is shown as it is, and is no value of the workflow."""

    __slots__ = ()


def differences_text(found: Differences, *, color: bool = False, verbose: bool = False) -> str:
    """What changed, node by node, with a line at the end for what changed of the layout; "" for nothing.

    ``color`` marks what was added and removed for a terminal; ``verbose`` lists each change of the layout.
    """
    shown = _Lines(color=color)
    lines: list[str] = []
    for name, part in groupby(found.changes, lambda one: (one.graph, one.graph_name)):
        if name[0]:
            lines.append(shown.bold(f"subgraph {_text(name[1])}"))
        lines += (f"{'  ' * bool(name[0])}{line}" for line in shown.graph(list(part)))
    if found.layout and verbose:
        lines.append(shown.bold("layout"))
        lines += (f"  {_layout_line(one)}" for one in found.layout)
    elif found.layout:
        lines.append(f"layout: {layout_summary(found.layout)}")
    return "".join(f"{line}\n" for line in lines)


def changes_summary(found: Differences) -> str:
    """How many changes there are, in how many nodes: "5 changes in 3 nodes"."""
    if found.is_same:
        return "no change of meaning"
    nodes = {(one.graph, one.old_node, one.new_node) for one in found.changes if one.node is not None}
    count = len(found.changes)
    where = f" in {len(nodes)} node{'s' * (len(nodes) != 1)}" if nodes else ""
    return f"{count} change{'s' * (count != 1)}{where}"


def layout_summary(layout: Iterable[Difference]) -> str:
    """What changed of the layout, counted: "12 nodes moved, 3 resized, 1 group"."""
    counts = Counter(one.kind for one in layout)
    parts = []
    for kind, count in sorted(counts.items(), key=lambda item: list(DifferenceKind).index(item[0])):
        if kind in _PLURALS:
            parts.append(f"{count} {_PLURALS[kind][count != 1]}")
        elif kind is DifferenceKind.EXTRA:
            parts.append(f"{count} of the file's other members")
        else:
            nodes = f" node{'s' * (count != 1)}" if not parts else ""
            what = "collapsed or opened" if kind is DifferenceKind.COLLAPSED else kind.value
            parts.append(f"{count}{nodes} {what}")
    return ", ".join(parts)


def heading(one: Difference) -> str:
    """What a node is called: its title, its type if that is another, and its id in both files."""
    kind = f" [{_text(one.type)}]" if one.type and one.type != one.title else ""
    ident = one.node or ""
    if one.old_node is not None and one.new_node is not None and one.old_node != one.new_node:
        ident = f"{one.old_node} -> {one.new_node}"
    return f"{_text(one.title)}{kind} ({_plain(ident)})"


def statement(one: Difference) -> tuple[str, Any, Any]:
    """What changed, and what it was and is, in words where it is not a value of the workflow."""
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


class _Lines:
    """Makes the lines, with or without colors."""

    def __init__(self, *, color: bool) -> None:
        self.color = color

    def bold(self, text: str) -> str:
        return f"{_BOLD}{text}{_END}" if self.color else text

    def removed(self, text: str) -> str:
        return f"{_RED}{text}{_END}" if self.color else text

    def added(self, text: str) -> str:
        return f"{_GREEN}{text}{_END}" if self.color else text

    def graph(self, changes: Sequence[Difference]) -> Iterator[str]:
        for (old, new), part in groupby(changes, lambda one: (one.old_node, one.new_node)):
            rows = list(part)
            if old is None and new is None:
                for one in rows:
                    yield f"~ {self.row(one)}"
                continue
            first = rows[0]
            mark = _MARKS.get(first.kind, "~")
            name = f"{mark} {heading(first)}"
            if first.kind is DifferenceKind.NODE_REMOVED:
                yield self.removed(name + _fed(first.old, "fed"))
            elif first.kind is DifferenceKind.NODE_ADDED:
                yield self.added(name + _inside(first.new) + _fed(first.new, "feeds"))
                yield from (f"    {line}" for line in self.contents(first.new))
            else:
                yield self.bold(name)
                yield from (f"    {self.row(one)}" for one in rows)

    def row(self, one: Difference) -> str:
        name, old, new = statement(one)
        if isinstance(old, str) and isinstance(new, str) and (pieces := pieces_of(old, new)) is not None:
            return f"{_text(name)}: {''.join(map(self.piece, pieces))}"
        return f"{_text(name)}: {self.removed(value_text(old))} -> {self.added(value_text(new))}"

    def piece(self, piece: TextPiece) -> str:
        if piece.sort == "same":
            return _plain(piece.text)
        text = _plain(shortened(piece.text, _LONGEST_PIECE))
        if self.color:
            return (self.removed if piece.sort == "removed" else self.added)(text)
        return f"[-{text}-]" if piece.sort == "removed" else f"{{+{text}+}}"

    def contents(self, state: NodeState) -> Iterator[str]:
        rows = [f"{_text(name)}: {value_text(end)}" for name, end in state.links.items()]
        rows += [f"{_text(name)}: {value_text(value)}" for name, value in state.values.items()]
        yield from rows[:_MOST_ROWS]
        if len(rows) > _MOST_ROWS:
            yield f"and {len(rows) - _MOST_ROWS} more inputs"


def value_text(value: Any) -> str:
    """A value or the origin of a link in one line, cut if it is long."""
    if value is ABSENT:
        return "nothing"
    if isinstance(value, (LinkEnd, Words)):
        return _text(str(value))
    return _plain(shortened(compact_text(value), _WIDTH))


def _text(text: str) -> str:
    return _plain(shortened(text, _WIDTH))


def _plain(text: str) -> str:
    """A text in one line that neither a terminal nor the log of a CI job obeys."""
    return lines_of_text(visible(text))


def _fed(state: NodeState, verb: str) -> str:
    if not state.feeds:
        return ""
    shown = ", ".join(f"{_text(title)}.{_text(name)}" for title, name in state.feeds[:4])
    more = f" and {len(state.feeds) - 4} more" if len(state.feeds) > 4 else ""
    return f", which {verb} {shown}{more}"


def _inside(state: NodeState) -> str:
    count = state.nodes_inside
    return f", with {count} node{'s' * (count != 1)} inside" if count else ""


def _layout_line(one: Difference) -> str:
    where = f"{heading(one)} " if one.node is not None else ""
    name = f" {_text(one.name)!r}" if one.name else ""
    return f"{where}{one.kind.value}{name}: {value_text(one.old)} -> {value_text(one.new)}"
