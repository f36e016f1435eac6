"""What the interpreter knows of the standard library: paths, loaders, inspection, copies, JSON."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

from comfyc.scan.kinds import iterate
from comfyc.scan.limits import MAX_ITEMS, MAX_TEXT
from comfyc.scan.machine import Machine
from comfyc.scan.values import (
    UNKNOWN,
    Instance,
    Native,
    PyClass,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Record,
    Value,
    native,
)

Arguments = list[Value]
Keywords = dict[str, Value]


def _first(arguments: Arguments) -> Value:
    return arguments[0] if arguments else UNKNOWN


def copied(machine: Machine, value: Value, depth: int = 0) -> Value:
    """A deep copy of lists, dictionaries and objects."""
    machine.spend()
    if depth > 64:
        return UNKNOWN
    if isinstance(value, PyList):
        return PyList([copied(machine, one, depth + 1) for one in value], is_open=value.is_open)
    if isinstance(value, PyDict):
        return PyDict(
            {key: copied(machine, one, depth + 1) for key, one in value.items()}, is_open=value.is_open
        )
    if isinstance(value, PySet):
        return PySet(value, is_open=value.is_open)
    if isinstance(value, tuple):
        return tuple(copied(machine, one, depth + 1) for one in value)
    if isinstance(value, Instance) and not value.kind.is_enum:
        names = {key: copied(machine, one, depth + 1) for key, one in value.names.items()}
        return Instance(value.kind, names, value.native)
    clone = getattr(value, "copied", None)
    return value if clone is None else clone(machine, depth)


def _copy(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    value = _first(arguments)
    if isinstance(value, (PyList, PyDict, PySet)):
        return machine.call(machine.attribute(value, "copy"))
    if isinstance(value, Instance):
        return Instance(value.kind, dict(value.names), value.native)
    clone = getattr(value, "copied", None)
    return value if clone is None else clone(machine, 0)


def _chain(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    parts = [iterate(machine, one) for one in arguments]
    return PyList(itertools.chain(*(members for members, _ in parts)), is_open=any(more for _, more in parts))


def _chain_all(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    return _chain(machine, iterate(machine, _first(arguments))[0], keywords)


def _product(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    repeat = keywords.get("repeat", 1)
    if not isinstance(repeat, int) or not 0 <= repeat < 20:
        return UNKNOWN
    parts = [iterate(machine, one) for one in arguments] * repeat
    if math.prod(len(members) for members, _ in parts) > MAX_ITEMS:
        return UNKNOWN
    return PyList(
        itertools.product(*(members for members, _ in parts)), is_open=any(more for _, more in parts)
    )


def _permutations(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    members, opened = iterate(machine, _first(arguments))
    count = arguments[1] if len(arguments) > 1 else len(members)
    if not isinstance(count, int) or count < 0 or math.perm(len(members), count) > MAX_ITEMS:
        return UNKNOWN
    return PyList(itertools.permutations(members, count), is_open=opened)


def _combinations(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    members, opened = iterate(machine, _first(arguments))
    count = arguments[1] if len(arguments) > 1 else UNKNOWN
    if not isinstance(count, int) or count < 0 or math.comb(len(members), count) > MAX_ITEMS:
        return UNKNOWN
    return PyList(itertools.combinations(members, count), is_open=opened)


def _partial(_: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    function, given = _first(arguments), arguments[1:]

    def call(machine: Machine, more: Arguments, others: Keywords) -> Value:
        return machine.parts.call(machine, function, [*given, *more], {**keywords, **others})

    return Native("partial", call)


def _reduce(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
    members, opened = iterate(machine, arguments[1]) if len(arguments) > 1 else ([], True)
    if opened or (not members and len(arguments) < 3):
        return UNKNOWN
    value = arguments[2] if len(arguments) > 2 else members.pop(0)
    for one in members:
        value = machine.call(arguments[0], value, one)
    return value


def _ordered(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    return machine.parts.call(machine, dict, arguments, keywords)


def _defaultdict(machine: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    made = machine.parts.call(machine, dict, arguments[1:], keywords)
    made.default = _first(arguments) if arguments else None
    return made


def _simple_namespace(_: Machine, __: Arguments, keywords: Keywords) -> Value:
    return Record("namespace", dict(keywords))


def _field(_: Machine, __: Arguments, keywords: Keywords) -> Value:
    if "default" in keywords:
        return keywords["default"]
    return (
        Record("field", {"factory": keywords["default_factory"]})
        if "default_factory" in keywords
        else UNKNOWN
    )


def _environment(_: Machine, arguments: Arguments, keywords: Keywords) -> Value:
    """The environment of a fresh installation has no variable that a pack asks for."""
    return arguments[1] if len(arguments) > 1 else keywords.get("default")


def _cast(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    return arguments[1] if len(arguments) > 1 else UNKNOWN


def _get_args(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    value = _first(arguments)
    if isinstance(value, Record) and value.kind == "alias":
        return value.names["args"]
    return value if isinstance(value, tuple) else UNKNOWN


def _get_origin(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    value = _first(arguments)
    is_alias = isinstance(value, Record) and value.kind == "alias"
    return value.names["origin"] if is_alias else None if isinstance(value, (str, type, PyClass)) else UNKNOWN


_GREEDY = re.compile(r"[*+{]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def _is_quick(pattern: str, text: str) -> bool:
    """Whether a pattern surely takes few steps: no repeated group, at most two repetitions in an
    alternative, and a short text if there are several."""
    if len(pattern) > 200 or len(text) > 2_000 or _REPEATED_GROUP.search(pattern):
        return False
    most = max(len(_GREEDY.findall(part)) for part in pattern.split("|"))
    return most < 2 or (most == 2 and len(text) <= 200)


def _regex(name: str) -> Callable[[Machine, Arguments, Keywords], Value]:
    """``re.sub``, ``re.split`` and ``re.findall`` for patterns that cannot take long."""

    def call(machine: Machine, arguments: Arguments, _: Keywords) -> Value:
        plain = [native(one) for one in arguments]
        if not plain or not all(isinstance(one, str) and len(one) < 2_000 for one in plain):
            return UNKNOWN
        if len(plain) < 2 or not _is_quick(plain[0], plain[-1]):
            return UNKNOWN
        try:
            made = getattr(re, name)(*plain)
        except (re.error, TypeError, IndexError) as error:
            raise RaisedError(type(error)) from None
        return PyList(made) if isinstance(made, list) else made if len(made) <= MAX_TEXT else UNKNOWN

    return call


def _compiled(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    """``re.compile(pattern)``."""
    pattern = _first(arguments)
    if not isinstance(pattern, str) or len(arguments) > 1:
        return UNKNOWN

    def method(name: str) -> Native:
        function = _regex(name)
        return Native(name, lambda machine, more, keywords: function(machine, [pattern, *more], keywords))

    return Record(
        "regex", {"pattern": pattern, **{name: method(name) for name in ("sub", "split", "findall")}}
    )


def _number(function: Callable[..., Any]) -> Callable[[Machine, Arguments, Keywords], Value]:
    def call(_: Machine, arguments: Arguments, __: Keywords) -> Value:
        if not all(isinstance(one, (int, float)) and abs(one) < 1e15 for one in arguments):
            return UNKNOWN
        try:
            return function(*arguments)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise RaisedError(type(error)) from None

    return call


def _wraps(_: Machine, __: Arguments, ___: Keywords) -> Value:
    """A decorator that changes nothing."""
    return Native("same", lambda _, arguments, __: _first(arguments))


def _run(_: Machine, arguments: Arguments, __: Keywords) -> Value:
    """``asyncio.run(coroutine)``: calls of coroutines have already run."""
    return _first(arguments)


FUNCTIONS: dict[str, Callable[[Machine, Arguments, Keywords], Value]] = {
    "os.getenv": _environment,
    "copy.deepcopy": lambda machine, arguments, _: copied(machine, _first(arguments)),
    "copy.copy": _copy,
    "itertools.chain": _chain,
    "itertools.chain.from_iterable": _chain_all,
    "itertools.product": _product,
    "itertools.permutations": _permutations,
    "itertools.combinations": _combinations,
    "functools.partial": _partial,
    "functools.reduce": _reduce,
    "functools.wraps": _wraps,
    "collections.OrderedDict": _ordered,
    "collections.defaultdict": _defaultdict,
    "types.SimpleNamespace": _simple_namespace,
    "types.MappingProxyType": lambda _, arguments, __: _first(arguments),
    "dataclasses.field": _field,
    "typing.cast": _cast,
    "typing.get_args": _get_args,
    "typing.get_origin": _get_origin,
    "typing_extensions.get_args": _get_args,
    "asyncio.run": _run,
    "re.compile": _compiled,
    "re.sub": _regex("sub"),
    "re.split": _regex("split"),
    "re.findall": _regex("findall"),
    "math.sqrt": _number(math.sqrt),
    "math.floor": _number(math.floor),
    "math.ceil": _number(math.ceil),
    "math.log": _number(math.log),
    "math.log2": _number(math.log2),
    "math.radians": _number(math.radians),
    "math.degrees": _number(math.degrees),
    "math.pow": _number(math.pow),
    "platform.system": lambda _, __, ___: "Linux",
    "os.getcwd": lambda _, __, ___: UNKNOWN,
}
"""Functions of the standard library by their dotted names."""
