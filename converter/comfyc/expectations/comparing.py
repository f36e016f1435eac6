"""Which values can be compared with which."""

from __future__ import annotations

import re
from typing import NamedTuple

from comfyc.expectations.conditions import Constant, Counted, Operand
from comfyc.expectations.terms import Dimension

_MEASURES = frozenset({Dimension.SIZE, Dimension.TIME})
_OF_TEXTS = ("==", "!=", "contains", "matches")


class Mismatch(NamedTuple):
    """Why two values cannot be compared in this way; ``about_sign`` if another operator would do."""

    message: str
    hint: str | None = None
    about_sign: bool = False


def dimension_of(operand: Operand) -> Dimension:
    """What an operand is."""
    return Dimension.NUMBER if isinstance(operand, Counted) else operand.dimension


def check_pair(left: Operand, sign: str, right: Operand) -> Mismatch | None:
    """Why ``left sign right`` is not possible; None if it is."""
    ours, theirs = dimension_of(left), dimension_of(right)
    if Dimension.TRUTH in (ours, theirs):
        return Mismatch("what is true or false is not compared", "write blank, or not blank", True)
    if Dimension.TEXT in (ours, theirs):
        if ours is not theirs:
            return Mismatch(f"{ours.value} is compared with {theirs.value}", _quotes(left, right))
        return _texts(left, sign, right)
    if sign in ("contains", "matches"):
        return Mismatch(f"'{sign}' is for texts", None, True)
    if ours is theirs or _is_bare(left, ours, theirs) or _is_bare(right, theirs, ours):
        return None
    return Mismatch(f"{ours.value} is compared with {theirs.value}")


def _is_bare(operand: Operand, ours: Dimension, theirs: Dimension) -> bool:
    """Whether it is a number without a unit beside a measure, of which it has the unit."""
    return isinstance(operand, Constant) and ours is Dimension.NUMBER and theirs in _MEASURES


def _texts(left: Operand, sign: str, right: Operand) -> Mismatch | None:
    if sign not in _OF_TEXTS:
        return Mismatch(f"texts are not compared with {sign}", f"use one of {', '.join(_OF_TEXTS)}", True)
    if _is_pattern(left) or _is_pattern(right) is not (sign == "matches"):
        hint = "write: text matches /fox/" if sign == "matches" else "patterns are for: text matches /fox/"
        return Mismatch("a pattern is missing here" if sign == "matches" else "a pattern is not a text", hint)
    return None


def _is_pattern(operand: Operand) -> bool:
    return isinstance(operand, Constant) and isinstance(operand.value, re.Pattern)


def _quotes(left: Operand, right: Operand) -> str | None:
    """The hint where a number stands in quotes."""
    values = [one.value for one in (left, right) if isinstance(one, Constant)]
    quoted = [one for one in values if isinstance(one, str) and re.fullmatch(r"\s*\d+(\.\d+)?.{0,4}", one)]
    return f"leave out the quotes: {quoted[0].strip()}" if quoted else None
