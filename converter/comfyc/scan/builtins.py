"""Python's built-in functions and types."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from comfyc.scan.kinds import is_instance, is_subclass, iterate
from comfyc.scan.limits import MAX_ITEMS
from comfyc.scan.machine import Machine
from comfyc.scan.methods import sort
from comfyc.scan.namespaces import dir_, globals_, locals_, vars_
from comfyc.scan.operators import truth
from comfyc.scan.paths import open_file
from comfyc.scan.texts import text_of
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Instance,
    Method,
    Native,
    PyClass,
    PyList,
    RaisedError,
    Unknown,
    Value,
    is_open,
    is_unknown,
    native,
)

_OF_NODES = frozenset(("INPUT_TYPES", "RETURN_TYPES", "define_schema", "NODE_CLASS_MAPPINGS"))
"""Attributes that nothing outside of the pack and ComfyUI has."""
_TYPES: tuple[type, ...] = (
    str,
    bytes,
    int,
    float,
    bool,
    complex,
    list,
    dict,
    tuple,
    set,
    frozenset,
    object,
    type,
    slice,
)
_EXCEPTIONS = {
    name: value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}


def _answer(known: bool | None) -> Value:
    return UNKNOWN if known is None else known


def _getattr(machine: Machine, arguments: list[Value], _: object) -> Value:
    if len(arguments) < 2 or not isinstance(arguments[1], str):
        return UNKNOWN
    if len(arguments) > 2:
        return machine.get(arguments[0], arguments[1], arguments[2])
    return machine.attribute(arguments[0], arguments[1])


def _hasattr(machine: Machine, arguments: list[Value], _: object) -> Value:
    if len(arguments) < 2 or not isinstance(arguments[1], str):
        return UNKNOWN
    if is_unknown(arguments[0]):
        return False if arguments[0].name and arguments[1] in _OF_NODES else UNKNOWN
    try:
        machine.attribute(arguments[0], arguments[1])
    except RaisedError:
        return False
    return True


def _setattr(_: Machine, arguments: list[Value], __: object) -> Value:
    if len(arguments) > 2 and isinstance(arguments[1], str) and hasattr(arguments[0], "names"):
        arguments[0].names[arguments[1]] = arguments[2]


def _len(machine: Machine, arguments: list[Value], _: object) -> Value:
    value = native(arguments[0]) if arguments else UNKNOWN
    if isinstance(value, Instance) and machine.has(value, "__len__"):
        return machine.call(machine.attribute(value, "__len__"))
    if isinstance(value, PyClass):
        return len(iterate(machine, value)[0])
    return (
        UNKNOWN
        if is_open(value) or not isinstance(value, (str, bytes, tuple, list, dict, range))
        else len(value)
    )


def _range(machine: Machine, arguments: list[Value], _: object) -> Value:
    if not arguments or not all(isinstance(one, int) for one in arguments):
        return UNKNOWN
    try:
        made = range(*arguments)
    except (TypeError, ValueError) as error:
        raise RaisedError(type(error)) from None
    try:
        return machine.weigh(PyList(made)) if len(made) <= MAX_ITEMS else UNKNOWN
    except OverflowError:
        return UNKNOWN


def _enumerate(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    members, opened = iterate(machine, arguments[0] if arguments else UNKNOWN)
    start = arguments[1] if len(arguments) > 1 else keywords.get("start", 0)
    return PyList(enumerate(members, start if isinstance(start, int) else 0), is_open=opened)


def _zip(machine: Machine, arguments: list[Value], _: object) -> Value:
    parts = [iterate(machine, one) for one in arguments]
    return PyList(
        zip(*(members for members, _ in parts), strict=False), is_open=any(more for _, more in parts)
    )


def _map(machine: Machine, arguments: list[Value], _: object) -> Value:
    if len(arguments) < 2:
        return UNKNOWN
    members, opened = iterate(machine, arguments[1])
    return PyList([machine.call(arguments[0], one) for one in members], is_open=opened)


def _filter(machine: Machine, arguments: list[Value], _: object) -> Value:
    if len(arguments) < 2:
        return UNKNOWN
    members, opened = iterate(machine, arguments[1])
    answers = [truth(one if arguments[0] is None else machine.call(arguments[0], one)) for one in members]
    kept = [one for one, answer in zip(members, answers, strict=True) if answer is True]
    return PyList(kept, is_open=opened or None in answers)


def _sorted(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    members, opened = iterate(machine, arguments[0] if arguments else UNKNOWN)
    return PyList(sort(machine, members, keywords), is_open=opened)


def _reversed(machine: Machine, arguments: list[Value], _: object) -> Value:
    members, opened = iterate(machine, arguments[0] if arguments else UNKNOWN)
    return PyList(reversed(members), is_open=opened)


def _extreme(machine: Machine, arguments: list[Value], keywords: dict[str, Value], *, last: bool) -> Value:
    members, opened = iterate(machine, arguments[0]) if len(arguments) == 1 else (arguments, False)
    ordered = sort(machine, members, {"key": keywords.get("key")})
    if opened or not machine.is_plain(*members):
        return UNKNOWN
    if not ordered:
        return keywords.get("default", UNKNOWN)
    return ordered[-1 if last else 0]


def _sum(machine: Machine, arguments: list[Value], _: object) -> Value:
    members, opened = iterate(machine, arguments[0] if arguments else UNKNOWN)
    if opened or not all(isinstance(one, (int, float)) for one in members):
        joined = (
            [one for part in members for one in iterate(machine, part)[0]] if len(arguments) > 1 else None
        )
        return PyList(joined, is_open=opened) if joined is not None else UNKNOWN
    return sum(members)


def _any(machine: Machine, arguments: list[Value], _: object, *, wanted: bool = True) -> Value:
    members, opened = iterate(machine, arguments[0] if arguments else UNKNOWN)
    answers = [truth(one) for one in members]
    if wanted in answers:
        return wanted
    return UNKNOWN if opened or None in answers else not wanted


def _all(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    return _any(machine, arguments, keywords, wanted=False)


def _simple(function: Callable[..., Any]) -> Callable[[Machine, list[Value], dict[str, Value]], Value]:
    """One of Python's own functions for numbers and short texts."""

    def call(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        plain = [native(one) for one in arguments]
        if not all(
            isinstance(one, (int, float, str)) or one is None for one in plain
        ) or not machine.is_plain(*plain):
            return UNKNOWN
        try:
            return machine.weigh(function(*plain))
        except (TypeError, ValueError, ArithmeticError) as error:
            raise RaisedError(type(error)) from None

    return call


def _next(machine: Machine, arguments: list[Value], _: object) -> Value:
    members, opened = iterate(machine, arguments[0] if arguments else UNKNOWN)
    if members:
        return members[0]
    return UNKNOWN if opened or len(arguments) < 2 else arguments[1]


def _iter(_: Machine, arguments: list[Value], __: object) -> Value:
    return arguments[0] if arguments else UNKNOWN


def _callable(_: Machine, arguments: list[Value], __: object) -> Value:
    value = arguments[0] if arguments else UNKNOWN
    return (
        UNKNOWN if is_unknown(value) else isinstance(value, (Function, Bound, Native, Method, PyClass, type))
    )


def _open(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    mode = arguments[1] if len(arguments) > 1 else keywords.get("mode", "r")
    path = arguments[0] if arguments else keywords.get("file", UNKNOWN)
    return open_file(machine, path, mode) if isinstance(mode, str) else UNKNOWN


def _repr(machine: Machine, arguments: list[Value], _: object) -> Value:
    text = text_of(arguments[0], shown=True) if arguments else None
    return UNKNOWN if text is None else machine.weigh(text)


def _nothing(_: Machine, __: object, ___: object) -> Value:
    return None


def _method(kind: str) -> Callable[[Machine, list[Value], dict[str, Value]], Value]:
    """``classmethod(function)`` and the like, where they are called and do not decorate."""

    def call(_: Machine, arguments: list[Value], __: object) -> Value:
        value = arguments[0] if arguments else UNKNOWN
        return replace(value, kind=kind) if isinstance(value, Function) else value

    return call


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "getattr": _getattr,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "len": _len,
    "range": _range,
    "enumerate": _enumerate,
    "zip": _zip,
    "map": _map,
    "filter": _filter,
    "sorted": _sorted,
    "reversed": _reversed,
    "min": lambda machine, arguments, keywords: _extreme(machine, arguments, keywords, last=False),
    "max": lambda machine, arguments, keywords: _extreme(machine, arguments, keywords, last=True),
    "sum": _sum,
    "any": _any,
    "all": _all,
    "abs": _simple(abs),
    "round": _simple(round),
    "ord": _simple(ord),
    "chr": _simple(chr),
    "hex": _simple(hex),
    "bin": _simple(bin),
    "divmod": _simple(divmod),
    "next": _next,
    "iter": _iter,
    "globals": globals_,
    "locals": locals_,
    "vars": vars_,
    "dir": dir_,
    "callable": _callable,
    "open": _open,
    "repr": _repr,
    "print": _nothing,
    **{kind: _method(kind) for kind in ("classmethod", "staticmethod", "property")},
    "isinstance": lambda _, arguments, __: (
        _answer(is_instance(*arguments[:2])) if len(arguments) > 1 else UNKNOWN
    ),
    "issubclass": lambda _, arguments, __: (
        _answer(is_subclass(*arguments[:2])) if len(arguments) > 1 else UNKNOWN
    ),
    "id": lambda _, arguments, __: Unknown("id"),
}
BUILTINS: dict[str, Value] = {
    **{name: Native(name, function) for name, function in _FUNCTIONS.items()},
    **{kind.__name__: kind for kind in _TYPES},
    **_EXCEPTIONS,
}
"""The built-in names."""
