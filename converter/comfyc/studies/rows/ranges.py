"""Ranges of numbers: ``1..4``, ``8..1``, ``0.1..0.5:0.1``, as the texts that somebody would have typed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import overload

from comfyc.diagnostics import ComfycError

MAX_VALUES = 10_000_000
"""Values of a range at most, and rows of a study."""
_DIGITS = 30
_NUMBER = r"([+-]?[0-9]+(?:\.[0-9]+)?)"
_RANGE = re.compile(rf"\s*{_NUMBER}\.\.{_NUMBER}(?::{_NUMBER})?\s*")


class NumberRange(Sequence[str]):
    """The numbers from ``first`` in steps, so many of them. None is a sum of floats, so that no error adds
    up, and none is kept."""

    def __init__(self, first: Decimal, step: Decimal, count: int) -> None:
        self.first, self.step, self.length = first, step, count

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(self.length))]
        if not 0 <= index < self.length:
            raise IndexError(index)
        return f"{self.first + index * self.step:f}"

    def __iter__(self) -> Iterator[str]:
        return (f"{self.first + index * self.step:f}" for index in range(self.length))


def read_range(text: str) -> NumberRange | None:
    """The range that a text means, None if it has not the form of one. ``ComfycError`` for one that does not
    get from its first number to its last, or has too many."""
    found = _RANGE.fullmatch(text)
    if found is None or max(map(len, filter(None, found.groups()))) > _DIGITS:
        return None
    first, last = Decimal(found[1]), Decimal(found[2])
    step = Decimal(found[3]) if found[3] else None
    text, way = text.strip(), last - first
    if step is None:
        if first != first.to_integral_value() or last != last.to_integral_value():
            raise ComfycError(
                f"'{text}' is a range of fractions without a step", f"write the step: {text}:0.1"
            )
        step = Decimal(1)
    if not step:
        raise ComfycError(f"the range '{text}' has the step 0", "leave the step out, or write another one")
    if step < 0 < way:
        raise ComfycError(
            f"the range '{text}' never gets to its end", f"write {found[1]}..{found[2]}:{-step}"
        )
    step = abs(step) if way >= 0 else -abs(step)
    count = int(way / step) + 1
    if count > MAX_VALUES:
        raise ComfycError(f"the range '{text}' has more than {MAX_VALUES:,} numbers", "take larger steps")
    return NumberRange(first, step, count)
