"""Python's built-in types: making their values, going through their members, asking what kind a value is."""

from __future__ import annotations

import ast
from typing import Any

from comfyc.scan.classes import build_class
from comfyc.scan.limits import MAX_BITS, MAX_ITEMS
from comfyc.scan.machine import Machine
from comfyc.scan.methods import call_method
from comfyc.scan.operators import is_hashable, truth
from comfyc.scan.paths import read_file
from comfyc.scan.syntax import is_syntax
from comfyc.scan.texts import text_of
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Instance,
    Method,
    Module,
    Native,
    PyClass,
    PyDict,
    PyList,
    PySet,
    RaisedError,
    Record,
    Unknown,
    Value,
    is_unknown,
    native,
    python_type,
)

_OWN_TYPES: dict[type, Any] = {list: PyList, dict: PyDict, set: PySet, frozenset: PySet}


def iterate(machine: Machine, value: Value) -> tuple[list[Value], bool]:
    """The members of a value, and whether there may be others."""
    value = (
        value
        if isinstance(value, Instance) and machine.has(value, "__iter__") and value.native is None
        else native(value)
    )
    if isinstance(value, (PyList, PyDict, PySet)):
        return list(value), value.is_open
    if isinstance(value, (tuple, str, bytes, range)):
        return list(value[:MAX_ITEMS]), len(value) > MAX_ITEMS
    if isinstance(value, PyClass) and value.is_enum:
        seen = {
            id(one): one for one in value.names.values() if isinstance(one, Instance) and one.kind is value
        }
        return list(seen.values()), False
    if isinstance(value, Instance) and machine.has(value, "__iter__"):
        return iterate(machine, machine.call(machine.attribute(value, "__iter__")))
    if isinstance(value, Record) and value.kind == "file":
        text = read_file(machine, value)
        return (text.splitlines(keepends=True), False) if isinstance(text, str) else ([], True)
    return [], True


def construct(machine: Machine, kind: type, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """``str(x)``, ``list(x)``, ``type(name, bases, names)`` and the like."""
    if issubclass(kind, BaseException):
        return Unknown("exception")
    if kind is type:
        return _type(machine, arguments)
    if kind in _OWN_TYPES or kind is tuple:
        return _container(machine, kind, arguments, keywords)
    if kind is str:
        text = text_of(arguments[0]) if arguments else ""
        return UNKNOWN if text is None else machine.weigh(text)
    if kind is bool:
        known = truth(arguments[0]) if arguments else False
        return UNKNOWN if known is None else known
    if kind in (int, float):
        return _number(kind, arguments)
    return UNKNOWN


def _container(machine: Machine, kind: type, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    if kind is dict:
        made = PyDict()
        call_method(machine, made, "update", arguments, keywords)
        return made
    members, opened = iterate(machine, arguments[0]) if arguments else ([], False)
    machine.spend(len(members) >> 3)
    if kind is tuple:
        return PyList(members, is_open=True) if opened else tuple(members)
    if kind is list:
        return PyList(members, is_open=opened)
    return PySet(filter(is_hashable, members), is_open=opened)


def _number(kind: type, arguments: list[Value]) -> Value:
    if not arguments:
        return kind()
    value = native(arguments[0])
    if (
        len(arguments) > 1
        or not isinstance(value, (str, int, float))
        or (isinstance(value, str) and len(value) > 300)
    ):
        return UNKNOWN
    try:
        made = kind(value)
    except (ValueError, OverflowError) as error:
        raise RaisedError(type(error)) from None
    return UNKNOWN if isinstance(made, int) and made.bit_length() > MAX_BITS else made


def _type(machine: Machine, arguments: list[Value]) -> Value:
    if len(arguments) == 3 and isinstance(arguments[0], str) and isinstance(arguments[2], PyDict):
        names = {str(key): value for key, value in arguments[2].items()}
        bases = tuple(iterate(machine, arguments[1])[0])
        module = machine.scope.module if machine.scope is not None else None
        return build_class(machine, arguments[0], module, bases, names)
    value = arguments[0] if arguments else UNKNOWN
    if isinstance(value, Instance):
        return value.kind
    if isinstance(value, PyClass):
        return value.metaclass or type
    return python_type(value) if machine.is_plain(value) else UNKNOWN


def is_instance(value: Value, kind: Value) -> bool | None:
    """``isinstance``; None if it is not known."""
    if isinstance(kind, (tuple, PyList)):
        answers = [is_instance(value, one) for one in kind]
        return True if True in answers else None if None in answers else False
    if kind is type and is_unknown(value):
        return may_be_class(value)
    if is_unknown(value) or is_unknown(kind):
        return _is_kind(value, getattr(kind, "name", ""))
    if isinstance(value, Instance):
        return any(one is kind for one in value.kind.order) or kind is object
    if isinstance(kind, PyClass):
        return kind.metaclass is not None and isinstance(value, PyClass) and value.metaclass is kind
    if kind is type:
        return isinstance(value, (PyClass, type))
    if isinstance(kind, type):
        return isinstance(value, _OWN_TYPES.get(kind, kind))
    return None


def may_be_class(value: Unknown) -> bool | None:
    """Whether something outside of the pack is a class: not if its name begins as those of modules and
    functions do; else it is not known."""
    last = value.name.rpartition(".")[2]
    return False if last[:1].islower() else None


def _is_kind(value: Value, name: str) -> bool | None:
    """``isinstance`` for a few classes of the standard library."""
    if is_unknown(value):
        return None
    if isinstance(value, ast.AST):
        return is_syntax(value, name)
    last = name.rpartition(".")[2]
    if last in ("FunctionType", "Callable", "MethodType"):
        return isinstance(value, (Function, Bound, Native, Method)) or (
            last == "Callable" and isinstance(value, PyClass)
        )
    if last == "ModuleType":
        return isinstance(value, Module)
    if last == "Mapping":
        return isinstance(value, PyDict)
    if last in ("Sequence", "Iterable"):
        also = last == "Iterable" and isinstance(value, (PyDict, PySet))
        return isinstance(value, (PyList, tuple, str)) or also
    if last.startswith("Enum"):
        return isinstance(value, Instance) and value.kind.is_enum
    return False if isinstance(value, (str, int, float, PyList, PyDict)) or value is None else None


def is_subclass(value: Value, kind: Value) -> bool | None:
    """``issubclass``; None if it is not known."""
    if isinstance(kind, (tuple, PyList)):
        answers = [is_subclass(value, one) for one in kind]
        return True if True in answers else None if None in answers else False
    if is_unknown(value):
        return None
    order = value.order if isinstance(value, PyClass) else (value,)
    if is_unknown(kind):
        last = kind.name.rpartition(".")[2]
        return any(is_unknown(one) and one.name.rpartition(".")[2] == last for one in order)
    return any(one is kind for one in order)
