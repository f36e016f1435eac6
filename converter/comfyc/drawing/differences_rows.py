"""The words for what changed of a node: a row for each value, link or other thing, with old and new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.differences import Difference, DifferenceKind, LinkEnd, NodeState
from comfyc.differences.words import TextPiece, pieces_of
from comfyc.graph import ABSENT, BYPASSED, MUTED
from comfyc.javascript.stringify import compact_text
from comfyc.safety.escaping import shortened, visible

_LONGEST = 300
"""Characters of a value that are shown."""
_AROUND = 60
"""Characters that are shown before and after a change in a long text."""
_MOST_INPUTS = 20
_MODES = {MUTED: "muted", BYPASSED: "bypassed"}


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A thing that changed: its name, what it was and what it is, "" for nothing; ``pieces`` are the parts of
    a long text of which only some changed."""

    name: str
    old: str
    new: str
    pieces: Sequence[TextPiece] = ()


def heading_of(one: Difference) -> str:
    """What a node is called: its title, its type if that is another, and its ids; of a graph its name."""
    if one.node is None:
        return f"the subgraph {visible(one.graph_name)}" if one.graph else "the workflow"
    kind = f" [{one.type}]" if one.type and one.type != one.title else ""
    ids = (one.old_node, one.new_node)
    ident = one.node if None in ids or ids[0] == ids[1] else f"{ids[0]} → {ids[1]}"
    return visible(shortened(f"{one.title}{kind}", _LONGEST)) + f" ({visible(ident)})"


def rows_of_change(one: Difference) -> Iterator[ChangedRow]:
    """The rows of a change: one, or those of all inputs of a node that was added or removed."""
    for state, is_new in ((one.old, False), (one.new, True)):
        if isinstance(state, NodeState):
            texts = [(name, _shown(value)) for name, value in {**state.links, **state.values}.items()]
            for name, text in texts[:_MOST_INPUTS]:
                yield ChangedRow(visible(name), "" if is_new else text, text if is_new else "")
            if len(texts) > _MOST_INPUTS:
                yield ChangedRow(f"and {len(texts) - _MOST_INPUTS} more inputs", "", "")
            return
    old, new = one.old, one.new
    pieces = pieces_of(old, new, _AROUND) if isinstance(old, str) and isinstance(new, str) else None
    if one.kind is DifferenceKind.MODE:
        yield ChangedRow("mode", _MODES.get(old, "runs"), _MODES.get(new, "runs"))
    elif one.kind in (DifferenceKind.VALUE, DifferenceKind.LINK):
        yield ChangedRow(visible(one.name), _shown(old), _shown(new), pieces or ())
    elif one.kind is DifferenceKind.APP:
        yield ChangedRow("declaration of the app", _shown(old), _shown(new))
    else:
        named = f"{one.kind.value} {visible(one.name)}" if one.name else one.kind.value
        yield ChangedRow(named, _plain(old), _plain(new))


def _shown(value: Any) -> str:
    if value is ABSENT:
        return ""
    text = str(value) if isinstance(value, LinkEnd) else compact_text(value)
    return visible(shortened(text, _LONGEST))


def _plain(value: Any) -> str:
    return visible(shortened(value, _LONGEST)) if isinstance(value, str) else _shown(value)


def summary_of_layout(layout: Iterable[Difference]) -> str:
    """What changed of the layout, counted: "3 moved, 1 group"."""
    counts = Counter(one.kind.value for one in layout)
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())
