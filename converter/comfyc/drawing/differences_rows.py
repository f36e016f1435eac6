"""The words for what changed of a node: a row for each value, link or other thing, with old and new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comfyc.differences import Difference, DifferenceKind, NodeState
from comfyc.differences.wording import statement_of, value_words
from comfyc.differences.words import TextPiece, pieces_of
from comfyc.graph import ABSENT, BYPASSED, MUTED
from comfyc.safety.escaping import visible

LONGEST = 300
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
    pieces = None
    if one.kind is DifferenceKind.VALUE and isinstance(old, str) and isinstance(new, str):
        pieces = pieces_of(old, new, _AROUND)
    name, old, new = statement_of(one)
    yield ChangedRow(visible(name), _shown(old), _shown(new), pieces or ())


def _shown(value: Any) -> str:
    return "" if value is ABSENT else visible(value_words(value, LONGEST))
