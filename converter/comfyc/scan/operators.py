"""Operators on values: arithmetic, comparisons, truth. What would be too large is not computed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from comfyc.scan.limits import MAX_BITS, MAX_ITEMS, MAX_TEXT, is_small
from comfyc.scan.machine import Machine
from comfyc.scan.values import (
    ABSENT,
    PRESENT,
    UNKNOWN,
    Bound,
    Function,
    Instance,
    Module,
    PyClass,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Value,
    is_open,
    is_unknown,
    native,
)

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_METHODS: dict[type[ast.operator], str] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.Div: "__truediv__",
    ast.Mod: "__mod__",
    ast.BitOr: "__or__",
    ast.BitAnd: "__and__",
}
_NUMBERS = (int, float, complex)


def binary(machine: Machine, kind: ast.operator, left: Value, right: Value) -> Value:
    """``left + right`` and the like; an unknown if a part is unknown or the result would be too large."""
    if isinstance(left, Instance) and left.native is None:
        method = _METHODS.get(type(kind))
        return (
            machine.call(machine.attribute(left, method), right)
            if method and machine.has(left, method)
            else UNKNOWN
        )
    left, right = native(left), native(right)
    if isinstance(kind, ast.Add) and (isinstance(left, PyList) or isinstance(right, PyList)):
        return _joined(left, right)
    if isinstance(kind, (ast.BitOr, ast.Sub, ast.BitAnd)) and isinstance(left, (PyDict, PySet)):
        return _merged(kind, left, right)
    if is_unknown(left) or is_unknown(right) or _is_too_much(kind, left, right):
        return UNKNOWN
    if isinstance(kind, ast.Mod) and isinstance(left, str):
        return _formatted(left, right)
    if not isinstance(left, (*_NUMBERS, str, bytes, tuple, PyList, PurePosixPath)):
        return UNKNOWN
    try:
        result = _ARITHMETIC[type(kind)](left, right)
    except (ArithmeticError, TypeError, ValueError, KeyError) as error:
        raise RaisedError(type(error)) from None
    if isinstance(left, PyList):
        result = PyList(result, is_open=left.is_open)
    return machine.weigh(result)


def _joined(left: Value, right: Value) -> Value:
    """Two lists in one. A list and something unknown are an open list: the known part is kept."""
    parts: list[Value] = []
    for part in (left, right):
        if part is right and is_open(left):
            parts.append(UNKNOWN)  # what follows is not the first
        if isinstance(part, PyList):
            parts.extend(part)
        elif isinstance(part, tuple):
            raise RaisedError(TypeError)
        elif not is_unknown(part):
            return UNKNOWN
    if len(parts) > MAX_ITEMS:
        return UNKNOWN
    return PyList(parts, is_open=is_open(left) or is_open(right))


def _merged(kind: ast.operator, left: PyDict | PySet, right: Value) -> Value:
    opened = is_open(left) or is_open(right)
    others: dict[Value, Value] = right if isinstance(right, (PyDict, PySet)) else {}
    if isinstance(kind, ast.BitOr):
        both = {**left, **others}
        return PyDict(both, is_open=opened) if isinstance(left, PyDict) else PySet(both, is_open=opened)
    if isinstance(left, PyDict):
        return UNKNOWN
    keeps = isinstance(kind, ast.BitAnd)
    return PySet((one for one in left if (one in others) is keeps), is_open=opened)


def _is_too_much(kind: ast.operator, left: Value, right: Value) -> bool:
    """Whether a result may be larger than any that a node pack needs."""
    if isinstance(kind, ast.Pow):
        small = isinstance(right, _NUMBERS) and not isinstance(right, complex) and abs(right) <= MAX_BITS
        return not small or (isinstance(left, int) and left.bit_length() * abs(right) > MAX_BITS)
    if isinstance(kind, ast.LShift):
        return not (
            isinstance(left, int) and isinstance(right, int) and left.bit_length() + right <= MAX_BITS
        )
    if isinstance(kind, ast.Mult):
        for one, times in ((left, right), (right, left)):
            if isinstance(one, (str, bytes, list, tuple)) and isinstance(times, int):
                return len(one) * times > MAX_TEXT // 16
    if isinstance(left, int) and isinstance(right, int):
        return left.bit_length() + right.bit_length() > 2 * MAX_BITS
    if isinstance(left, (str, bytes, tuple, list)) and isinstance(right, (str, bytes, tuple, list)):
        return len(left) + len(right) > MAX_TEXT
    return False


def _formatted(text: str, values: Value) -> Value:
    """``text % values`` for plain values and widths below 1000."""
    parts = values if isinstance(values, tuple) else (values,)
    plain = all(isinstance(part, (str, int, float)) or part is None for part in parts)
    digits = max((len(run) for run in "".join(c if c.isdigit() else " " for c in text).split()), default=0)
    if not plain or digits > 3 or "*" in text:
        return UNKNOWN
    try:
        return text % values
    except (TypeError, ValueError) as error:
        raise RaisedError(type(error)) from None


def unary(kind: ast.unaryop, value: Value) -> Value:
    """``-value``, ``not value`` and the like."""
    value = native(value)
    if isinstance(kind, ast.Not):
        known = truth(value)
        if known is None:
            return {ABSENT: PRESENT, PRESENT: ABSENT}.get(value, UNKNOWN) if is_unknown(value) else UNKNOWN
        return not known
    if not isinstance(value, (int, float)) or (isinstance(kind, ast.Invert) and isinstance(value, float)):
        return UNKNOWN
    if isinstance(kind, ast.USub):
        return -value
    return +value if isinstance(kind, ast.UAdd) else ~int(value)


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None if that is not known."""
    value = native(value)
    if is_unknown(value):
        return None
    if isinstance(value, (PyList, PyDict, PySet)):
        return True if value else None if value.is_open else False
    if value is None or isinstance(value, (bool, int, float, str, bytes, tuple)):
        return bool(value)
    return True


def compare(machine: Machine, kind: ast.cmpop, left: Value, right: Value) -> bool | None:
    """``left < right`` and the like; None if the answer is not known."""
    if isinstance(kind, (ast.Is, ast.IsNot)):
        if is_unknown(left) or is_unknown(right):
            return None
        same = left is right or (isinstance(left, (int, str)) and type(left) is type(right) and left == right)
        return same is isinstance(kind, ast.Is)
    if isinstance(kind, (ast.In, ast.NotIn)):
        inside = contains(machine, right, left)
        return None if inside is None else inside is isinstance(kind, ast.In)
    if isinstance(kind, (ast.Eq, ast.NotEq)):
        same_or_unknown = equal(machine, left, right)
        return None if same_or_unknown is None else same_or_unknown is isinstance(kind, ast.Eq)
    left, right = native(left), native(right)
    if is_open(left) or is_open(right) or not (is_small(left) and is_small(right)):
        return None
    try:
        return bool(_COMPARISONS[type(kind)](left, right))
    except TypeError:
        return None


def equal(machine: Machine, left: Value, right: Value) -> bool | None:
    """Whether two values are equal; None if that is not known."""
    if left is right:
        return None if is_unknown(left) else True
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Instance) and one.native is None and machine.has(one, "__eq__"):
            return truth(machine.call(machine.attribute(one, "__eq__"), other))
    left, right = native(left), native(right)
    if is_open(left) or is_open(right) or not (is_small(left) and is_small(right)):
        return None
    machine.spend(8)
    return bool(left == right)


def contains(machine: Machine, container: Value, value: Value) -> bool | None:
    """Whether ``value in container``; None if that is not known."""
    if isinstance(container, Instance) and machine.has(container, "__contains__"):
        return truth(machine.call(machine.attribute(container, "__contains__"), value))
    container, value = native(container), native(value)
    if isinstance(container, str):
        return value in container if isinstance(value, str) else None
    if is_unknown(value) or not is_small(value):
        return None
    if isinstance(container, (PyDict, PySet)):
        found = is_hashable(value) and value in container
    elif isinstance(container, (PyList, tuple)):
        machine.spend(len(container) >> 3)
        found = is_small(container) and value in container
    elif isinstance(container, PyClass) and container.is_enum:
        found = any(value is one or value == native(one) for one in machine.members(container))
    else:
        return None
    return True if found else None if is_open(container) else False


def is_hashable(value: Value) -> bool:
    """Whether a value can be a key. All objects can; lists and dictionaries cannot."""
    if isinstance(value, (PyList, PyDict, PySet)):
        return False
    return is_small(value) and all(map(is_hashable, value)) if isinstance(value, tuple) else True


def is_callable(value: Value) -> bool:
    """Whether a value is a function or a class of the pack."""
    return isinstance(value, (Function, Bound, PyClass)) and not isinstance(value, Module)
