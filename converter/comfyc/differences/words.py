"""What changed inside a long text, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST = 2000
"""Upper bound on the words that are compared one by one; a longer change counts as a whole."""
_SHORTEST = 30
"""Characters below which a text is shown as a whole, before and after."""
_LEAST_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A part of a text that is in both versions, or in one of them. ``is_cut`` stands for words that are the
    same and not shown."""

    sort: Literal["same", "removed", "added"]
    text: str
    is_cut: bool = False


def pieces_of(old: str, new: str, around: int = 24) -> list[TextPiece] | None:
    """The parts of two versions of a text in order, with about ``around`` characters of what is the same
    before and after each change; None if the texts are short, or have little in common."""
    if max(len(old), len(new)) < _SHORTEST:
        return None
    found = list(_compared(_TOKEN.findall(old), _TOKEN.findall(new)))
    same = sum(len(one.text) for one in found if one.sort == "same")
    if 2 * same < _LEAST_ALIKE * (len(old) + len(new)):
        return None
    return list(_cut(found, around))


def _compared(old: list[str], new: list[str]) -> Iterator[TextPiece]:
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start:
        yield TextPiece("same", "".join(old[:start]))
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(before), len(after)) > _MOST:
        steps = [("replace", 0, len(before), 0, len(after))]
    else:
        steps = list(SequenceMatcher(None, before, after, autojunk=False).get_opcodes())
    for step, first, last, other_first, other_last in steps:
        removed, added = "".join(before[first:last]), "".join(after[other_first:other_last])
        if step == "equal":
            yield TextPiece("same", removed)
            continue
        if removed:
            yield TextPiece("removed", removed)
        if added:
            yield TextPiece("added", added)
    if end:
        yield TextPiece("same", "".join(old[len(old) - end :]))


def _cut(found: list[TextPiece], around: int) -> Iterator[TextPiece]:
    """The pieces, with only what is near a change of those that are the same."""
    for index, one in enumerate(found):
        is_first, is_last = index == 0, index == len(found) - 1
        if one.sort != "same" or len(one.text) <= (1 + (not is_first and not is_last)) * around + 3:
            yield one
            continue
        if not is_first:
            yield TextPiece("same", one.text[:around])
        yield TextPiece("same", "…", is_cut=True)
        if not is_last:
            yield TextPiece("same", one.text[-around:])
