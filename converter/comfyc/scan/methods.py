"""The methods of texts, lists, dictionaries, sets, numbers and paths that may be called."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from comfyc.scan.limits import MAX_ITEMS, MAX_TEXT
from comfyc.scan.machine import Machine
from comfyc.scan.mappings import call_dict, call_set
from comfyc.scan.operators import contains, equal
from comfyc.scan.paths import call_file, call_path
from comfyc.scan.subscripts import subscript
from comfyc.scan.texts import names_in, text_of
from comfyc.scan.values import (
    UNKNOWN,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Record,
    Value,
    is_open,
    is_unknown,
    native,
)

METHODS: dict[str, frozenset[str]] = {
    "str": names_in(
        "lower upper title capitalize strip lstrip rstrip split rsplit splitlines join "
        "replace startswith endswith format find rfind index count isdigit isalpha isalnum "
        "isupper islower isidentifier isnumeric isspace zfill ljust rjust center removeprefix "
        "removesuffix partition rpartition encode casefold swapcase isdecimal format_map"
    ),
    "bytes": names_in("decode hex strip split startswith endswith"),
    "list": names_in(
        "__contains__ __getitem__ append extend insert remove pop index count sort reverse copy clear"
    ),
    "dict": names_in(
        "get keys values items update setdefault pop popitem copy clear fromkeys move_to_end __contains__ "
        "__getitem__"
    ),
    "set": names_in(
        "add update discard remove union intersection difference issubset issuperset copy clear pop"
    ),
    "tuple": names_in("index count __contains__ __getitem__"),
    "int": frozenset(("bit_length",)),
    "float": frozenset(("is_integer",)),
}


def call_method(
    machine: Machine, owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value]
) -> Value:
    """Call a method of :data:`METHODS` or of a path."""
    owner = native(owner)
    if isinstance(owner, Record):
        return call_file(machine, owner, name, arguments)
    if isinstance(owner, PurePosixPath):
        return call_path(machine, owner, name, arguments, keywords)
    if name in _OPERATORS:
        return _OPERATORS[name](machine, owner, *arguments[:1]) if arguments else UNKNOWN
    for kind, known in _KINDS:
        if isinstance(owner, kind):
            return known(machine, owner, name, arguments, keywords)
    return UNKNOWN


def _of_text(
    machine: Machine, owner: str | bytes, name: str, arguments: list[Value], keywords: dict[str, Value]
) -> Value:
    if isinstance(owner, str):
        if name == "join":
            return _join(machine, owner, arguments)
        if name in ("format", "format_map"):
            return _format(machine, owner, arguments, keywords)
    plain = [native(one) for one in arguments]
    if not machine.is_plain(*plain, *keywords.values()) or _grows(owner, name, plain):
        return UNKNOWN
    try:
        made = getattr(owner, name)(*plain, **keywords)
    except (TypeError, ValueError, LookupError) as error:
        raise RaisedError(type(error)) from None
    return machine.weigh(PyList(made) if isinstance(made, list) else made)


def _grows(owner: str | bytes, name: str, arguments: list[Value]) -> bool:
    """Whether a method may make a text that is too long."""
    if name in ("zfill", "ljust", "rjust", "center"):
        return not (arguments and isinstance(arguments[0], int) and arguments[0] < 10_000)
    if name == "replace" and len(arguments) > 1 and isinstance(arguments[1], str):
        return (len(owner) + 1) * max(1, len(arguments[1])) > MAX_TEXT
    return False


def _join(machine: Machine, owner: str, arguments: list[Value]) -> Value:
    if not arguments:
        return UNKNOWN
    members, opened = machine.parts.iterate(machine, arguments[0])
    parts = [native(one) for one in members]
    if opened or not all(isinstance(one, str) for one in parts):
        return UNKNOWN
    if sum(map(len, parts)) + len(owner) * len(parts) > MAX_TEXT:
        return UNKNOWN
    return machine.weigh(owner.join(parts))


def _format(machine: Machine, owner: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """``text.format(...)`` for names and numbers without attributes, with widths below 1000."""
    if arguments and isinstance(arguments[0], PyDict) and not keywords:
        keywords = {key: value for key, value in arguments[0].items() if isinstance(key, str)}
    parts: list[str] = []
    count = 0
    try:
        fields = list(string.Formatter().parse(owner))
    except ValueError:
        raise RaisedError(ValueError) from None
    for literal, name, spec, conversion in fields:
        parts.append(literal)
        if name is None:
            continue
        if name == "":
            name, count = str(count), count + 1
        value = keywords.get(name, UNKNOWN)
        if name.isdecimal() and len(name) < 4 and int(name) < len(arguments):
            value = arguments[int(name)]
        text = text_of(value, shown=conversion == "r")
        if text is None:
            return UNKNOWN
        if spec:
            if (
                len(spec) > 8
                or "{" in spec
                or sum(map(str.isdigit, spec)) > 3
                or not isinstance(value, (str, int, float))
            ):
                return UNKNOWN
            text = format(value, spec)
        parts.append(text)
    return machine.weigh("".join(parts))


def _of_list(
    machine: Machine, owner: PyList, name: str, arguments: list[Value], keywords: dict[str, Value]
) -> Value:
    if len(owner) >= MAX_ITEMS:
        return UNKNOWN
    if name == "sort":
        members = sort(machine, owner, keywords)
        owner[:] = members
        return None
    if name in ("copy", "clear", "reverse"):
        if name == "copy":
            return PyList(owner, is_open=owner.is_open)
        getattr(owner, name)()
        return None
    if not arguments:
        return UNKNOWN if is_open(owner) else _popped(owner, -1)
    if (
        machine.guesses
        and name in ("append", "extend", "insert")
        and _are_choices(machine, name, arguments[-1])
    ):
        owner.is_open = True
        return None
    if name == "extend":
        return _extended(machine, owner, arguments[0])
    if name == "append":
        owner.append(arguments[0])
        return None
    if name == "insert":
        if isinstance(arguments[0], int) and len(arguments) > 1:
            owner.insert(arguments[0], arguments[1])
        return None
    if name == "pop":
        return _popped(owner, arguments[0])
    return _sought(machine, owner, name, arguments[0])


def _extended(machine: Machine, owner: PyList, more: Value) -> None:
    """``owner.extend(more)``; what may come behind the known members stands there as an unknown one."""
    members, opened = machine.parts.iterate(machine, more)
    owner.extend(members[: MAX_ITEMS - len(owner)])
    if opened:
        owner.append(UNKNOWN)
        owner.is_open = True


def _are_choices(machine: Machine, name: str, value: Value) -> bool:
    """Whether texts or numbers are added to a list: choices, which must not be guessed."""
    members = machine.members(value) if name == "extend" else [value]
    return all(is_unknown(one) or isinstance(native(one), (str, int, float)) for one in members)


def _popped(owner: PyList, at: Value) -> Value:
    if not isinstance(at, int) or (owner.is_open and not owner):
        return UNKNOWN
    try:
        return owner.pop(at)
    except IndexError:
        raise RaisedError(IndexError) from None


def _sought(machine: Machine, owner: PyList | tuple[Value, ...], name: str, wanted: Value) -> Value:
    """``index``, ``count`` and ``remove``."""
    answers = [equal(machine, one, wanted) for one in owner]
    if name == "count":
        return UNKNOWN if None in answers or is_open(owner) else answers.count(True)
    if True in answers:
        at = answers.index(True)
        if name == "remove" and isinstance(owner, PyList):
            del owner[at]
            return None
        return at
    if None in answers or is_open(owner):
        return UNKNOWN
    raise RaisedError(ValueError)


def _of_tuple(
    machine: Machine, owner: tuple[Value, ...], name: str, arguments: list[Value], _: object
) -> Value:
    return _sought(machine, owner, name, arguments[0]) if arguments else UNKNOWN


def sort(machine: Machine, members: list[Value], keywords: dict[str, Value]) -> list[Value]:
    """The members in order; in the order that they have, if they cannot be compared."""
    key = keywords.get("key")
    keys = [native(one if key is None else machine.call(key, one)) for one in members]
    if not machine.is_plain(*keys):
        return list(members)
    try:
        order = sorted(range(len(members)), key=keys.__getitem__, reverse=keywords.get("reverse") is True)
    except TypeError:
        return list(members)
    return [members[at] for at in order]


def _of_number(_: Machine, owner: int | float, name: str, __: list[Value], ___: object) -> Value:
    return getattr(owner, name)()


def _contains(machine: Machine, owner: Value, value: Value) -> Value:
    known = contains(machine, owner, value)
    return UNKNOWN if known is None else known


_OPERATORS: dict[str, Callable[[Machine, Value, Value], Value]] = {
    "__contains__": _contains,
    "__getitem__": subscript,
}
_KINDS: tuple[tuple[Any, Callable[..., Value]], ...] = (
    ((str, bytes), _of_text),
    (PyDict, call_dict),
    (PySet, call_set),
    (PyList, _of_list),
    (tuple, _of_tuple),
    ((int, float), _of_number),
)
