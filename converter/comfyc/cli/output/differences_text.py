"""How ``comfyc diff`` shows what changed, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from comfyc.differences import Difference, DifferenceKind, Differences, NodeState
from comfyc.differences.wording import heading_of, layout_summary, statement_of, value_words
from comfyc.differences.words import TextPiece, pieces_of
from comfyc.safety.escaping import lines_of_text, shortened, visible

_WIDTH = 70
"""Characters of a value that are shown."""
_LONGEST_PIECE = 200
"""Characters that are shown of a part that was added or removed in a text."""
_MOST_ROWS = 12
"""Values and links of an added node that are shown."""
_RED, _GREEN, _BOLD, _END = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
_MARKS = {DifferenceKind.NODE_ADDED: "+", DifferenceKind.NODE_REMOVED: "-"}


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
        name, old, new = statement_of(one)
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
    return _plain(value_words(value, _WIDTH))


def heading(one: Difference) -> str:
    """What a node is called, in one line."""
    return _plain(heading_of(one, _WIDTH))


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
