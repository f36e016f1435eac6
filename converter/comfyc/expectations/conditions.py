"""An assertion that has been understood: a condition of values."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from comfyc.expectations.terms import Dimension, Term


@dataclass(frozen=True, slots=True)
class ChosenOutputs:
    """Which outputs are meant: those of a kind, of one node if ``node`` is not None."""

    kind: str
    node: str | None = None

    def __str__(self) -> str:
        return self.kind if self.node is None else f'{self.kind} of "{self.node}"'


@dataclass(frozen=True, slots=True)
class Counted:
    """How many outputs of this kind there are."""

    chosen: ChosenOutputs

    def __str__(self) -> str:
        return f"count({self.chosen})"


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the assertion."""

    value: Any
    dimension: Dimension


Operand = Term | Counted | Constant


@dataclass(frozen=True, slots=True)
class Comparing:
    """Values one after another, each compared with the next: ``512 <= width <= 1024``."""

    operands: tuple[Operand, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Being:
    """A property that is true or false: ``blank``."""

    term: Term


@dataclass(frozen=True, slots=True)
class Negated:
    """``not`` a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions of which all must hold, or ``any_of`` them."""

    conditions: tuple[Condition, ...]
    any_of: bool


Condition = Comparing | Being | Negated | Joined


@dataclass(frozen=True, slots=True)
class Assertion:
    """What must hold: of each output that is ``chosen``, or of ``any_of`` them. Without properties of outputs
    it is about the run as a whole."""

    text: str
    condition: Condition
    chosen: ChosenOutputs | None = None
    any_of: bool = False

    @property
    def terms(self) -> frozenset[Term]:
        """The properties of outputs that it speaks of."""
        return frozenset(one for one in operands_of(self.condition) if isinstance(one, Term) and one.of)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
    "matches": lambda text, pattern: re.search(pattern, text) is not None,
}


def operands_of(condition: Condition) -> Iterator[Operand]:
    """All values of a condition, in their order."""
    if isinstance(condition, Comparing):
        yield from condition.operands
    elif isinstance(condition, Being):
        yield condition.term
    elif isinstance(condition, Negated):
        yield from operands_of(condition.condition)
    else:
        for one in condition.conditions:
            yield from operands_of(one)


def holds(condition: Condition, value_of: Callable[[Operand], Any]) -> bool:
    """Whether a condition holds. ``value_of`` gives the value of an operand, None if an output does not have
    that property: then no comparison with it holds."""
    if isinstance(condition, Comparing):
        values = [value_of(one) for one in condition.operands]
        pairs = zip(values, condition.operators, values[1:], strict=False)
        return None not in values and all(COMPARISONS[sign](left, right) for left, sign, right in pairs)
    if isinstance(condition, Being):
        return bool(value_of(condition.term))
    if isinstance(condition, Negated):
        return not holds(condition.condition, value_of)
    decide = any if condition.any_of else all
    return decide(holds(one, value_of) for one in condition.conditions)
