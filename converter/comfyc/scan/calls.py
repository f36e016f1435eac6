"""Calls: of functions and classes of the pack, of methods of Python's own values, of known libraries."""

from __future__ import annotations

from comfyc.scan.classes import make_object
from comfyc.scan.functions import call_function
from comfyc.scan.kinds import construct
from comfyc.scan.machine import Machine
from comfyc.scan.methods import call_method
from comfyc.scan.values import (
    UNKNOWN,
    Bound,
    Function,
    Instance,
    Method,
    Native,
    PyClass,
    PyList,
    Record,
    Unknown,
    Value,
    is_unknown,
)

_LISTING = (
    "get_filename_list",
    "listdir",
    "glob",
    "rglob",
    "iterdir",
    "walk",
    "scandir",
    "filter_files_content_types",
    "filter_files_extensions",
    "recursive_search",
    "get_filename_list_",
    "keys",
    "values",
    "items",
)


def call(machine: Machine, function: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """The result of a call; an unknown if the function is not known."""
    machine.spend()
    if isinstance(function, Bound):
        return call(machine, function.function, [function.receiver, *arguments], keywords)
    if isinstance(function, Function):
        return call_function(machine, function, arguments, keywords)
    if isinstance(function, Native):
        return function.call(machine, arguments, keywords)
    if isinstance(function, Method):
        return call_method(machine, function.owner, function.name, arguments, keywords)
    if isinstance(function, PyClass):
        return _object(machine, function, arguments, keywords)
    if isinstance(function, type):
        return construct(machine, function, arguments, keywords)
    if isinstance(function, Instance) and machine.has(function, "__call__"):
        return call(machine, machine.attribute(function, "__call__"), arguments, keywords)
    if isinstance(function, Record) and function.kind == "alias":
        return call(machine, function.names["origin"], arguments, keywords)
    if is_unknown(function):
        return _unknown(machine, function, arguments)
    made = getattr(function, "called", None)
    return UNKNOWN if made is None else made(machine, arguments, keywords)


def _object(machine: Machine, kind: PyClass, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    if isinstance(kind.metaclass, PyClass):
        own = machine.get(kind.metaclass, "__call__")
        if isinstance(own, Function):
            return call(machine, own, [kind, *arguments], keywords)
    return make_object(machine, kind, arguments, keywords)


def _unknown(machine: Machine, function: Unknown, arguments: list[Value]) -> Value:
    """A call outside of the pack. What lists files is a list, though its members are not known; what runs a
    function of the pack gives its result."""
    last = function.name.rpartition(".")[2]
    if last == "run_until_complete" and arguments:
        return arguments[0]
    if last in ("submit", "run_coroutine_threadsafe") and arguments:
        value = arguments[0]
        if last == "submit":
            value = call(machine, value, arguments[1:], {})
        return Record("future", {"result": Native("result", lambda _, __, ___: value)})
    if last in _LISTING:
        return PyList(is_open=True)
    return Unknown(f"{function.name}()") if function.name and len(function.name) < 200 else UNKNOWN
