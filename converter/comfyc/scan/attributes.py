"""``value.name``: attributes of modules, classes, objects, and of Python's own values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import PurePosixPath

from comfyc.scan.machine import Machine
from comfyc.scan.methods import METHODS
from comfyc.scan.paths import FILE_METHODS, PATH_METHODS, PATH_PROPERTIES
from comfyc.scan.syntax import syntax_attribute
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
    Super,
    Unknown,
    Value,
    is_unknown,
    python_type,
)

_OWN = {
    str: "str",
    bytes: "bytes",
    PyList: "list",
    PyDict: "dict",
    PySet: "set",
    tuple: "tuple",
    int: "int",
    float: "float",
}


def attribute(machine: Machine, value: Value, name: str) -> Value:
    """The attribute of a value; raises ``RaisedError`` where Python raises AttributeError."""
    if is_unknown(value):
        return _of_unknown(machine, value, name)
    if isinstance(value, Module):
        return _of_module(machine, value, name)
    if isinstance(value, PyClass):
        return _of_class(machine, value, name)
    if isinstance(value, Instance):
        return _of_instance(machine, value, name)
    if isinstance(value, Super):
        return _of_super(machine, value, name)
    if isinstance(value, (Record, Function)) and name in value.names:
        return value.names[name]
    if isinstance(value, Record) and value.kind == "file" and name in FILE_METHODS:
        return Method(value, name)
    if isinstance(value, (Function, Bound, Native)):
        return _of_function(value, name)
    if hasattr(value, "attribute"):
        return value.attribute(machine, name)
    if isinstance(value, ast.AST):
        return syntax_attribute(value, name)
    return _of_native(value, name)


def _of_unknown(machine: Machine, value: Unknown, name: str) -> Value:
    if not value.name:
        return UNKNOWN
    if name in ("__name__", "__qualname__", "__module__") and value.name.replace(".", "").isidentifier():
        module, _, last = value.name.rpartition(".")
        return module if name == "__module__" else last
    return machine.parts.outside(machine, f"{value.name}.{name}")


def _of_module(machine: Machine, value: Module, name: str) -> Value:
    if name in value.names:
        return value.names[name]
    if name == "__dict__":
        return PyDict(value.names)
    if name == "__name__":
        return value.name
    finder = value.names.get("__getattr__")
    if isinstance(finder, Function):
        return machine.call(finder, name)
    if value.has_ended and not value.fault:
        raise RaisedError(AttributeError)
    return UNKNOWN


def lookup(order: tuple[Value, ...], name: str) -> Value:
    """The attribute that the first of some classes has; a nameless unknown if one of them is unknown, and
    ``None`` in a tuple if no class has it."""
    unclear = False
    for one in order:
        if isinstance(one, PyClass):
            if name in one.names:
                return (one.names[name],)
        elif is_unknown(one) and not one.name.startswith(_PLAIN_BASES):
            # the entry of a core node tells all attributes that make it one
            unclear = not (one.name.startswith("core.") and name.isupper())
    return UNKNOWN if unclear else None


_PLAIN_BASES = ("abc.", "typing.", "enum.", "torch.nn.", "comfy.comfy_types.", "dataclasses.", "nn.Module")
"""Unknown classes that give their subclasses no attribute that says anything about a node."""


def _of_class(machine: Machine, value: PyClass, name: str) -> Value:
    found = lookup(value.order, name)
    if isinstance(found, tuple):
        return bind(machine, found[0], value, is_class=True)
    if name in ("__name__", "__qualname__"):
        return value.name
    if name == "__dict__":
        return PyDict(value.names)
    if name == "__doc__":
        return None
    if name in ("__mro__", "__bases__"):
        return value.order if name == "__mro__" else value.bases
    if name == "__members__" and value.is_enum:
        return PyDict((one.names["name"], one) for one in machine.members(value))
    if isinstance(value.metaclass, PyClass):
        found = lookup(value.metaclass.order, name)
        if isinstance(found, tuple):
            return bind(machine, found[0], value, is_class=False)
    native = _native_method(value, name)
    if native is not None:
        return native
    if is_unknown(found):
        return UNKNOWN
    raise RaisedError(AttributeError)


def _native_method(value: PyClass, name: str) -> Value:
    for base in value.order:
        if isinstance(base, type) and name in METHODS.get(base.__name__, ()):
            return Native(f"{base.__name__}.{name}", _unbound(name))
    return None


def _unbound(name: str) -> Callable[[Machine, list[Value], dict[str, Value]], Value]:
    def call(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        if not arguments:
            return UNKNOWN
        owner = arguments[0].native if isinstance(arguments[0], Instance) else arguments[0]
        return machine.parts.call(machine, Method(owner, name), arguments[1:], keywords)

    return call


def bind(machine: Machine, found: Value, receiver: Value, *, is_class: bool) -> Value:
    """What a function of a class becomes when it is asked for through the class or one of its objects."""
    if isinstance(found, Function):
        if found.kind == "classmethod":
            return Bound(found, receiver.kind if isinstance(receiver, Instance) else receiver)
        if found.kind == "classproperty":
            return machine.call(found, receiver.kind if isinstance(receiver, Instance) else receiver)
        if found.kind == "property":
            return UNKNOWN if is_class else machine.call(found, receiver)
        if found.kind == "" and not is_class:
            return Bound(found, receiver)
    elif isinstance(found, Instance) and machine.has(found.kind, "__get__"):
        owner = receiver.kind if isinstance(receiver, Instance) else receiver
        return machine.call(
            Bound(machine.get(found.kind, "__get__"), found), None if is_class else receiver, owner
        )
    return found


def _of_instance(machine: Machine, value: Instance, name: str) -> Value:
    if name in value.names:
        return value.names[name]
    if name == "__class__":
        return value.kind
    if name == "__dict__":
        return PyDict(value.names)
    found = lookup(value.kind.order, name)
    if isinstance(found, tuple):
        return bind(machine, found[0], value, is_class=False)
    finder = lookup(value.kind.order, "__getattr__")
    if isinstance(finder, tuple):
        return machine.call(finder[0], value, name)
    if value.native is not None and not is_unknown(value.native):
        return _of_native(value.native, name)
    if is_unknown(found):
        return UNKNOWN
    raise RaisedError(AttributeError)


def _of_super(machine: Machine, value: Super, name: str) -> Value:
    kind = value.receiver.kind if isinstance(value.receiver, Instance) else value.receiver
    order = kind.order if isinstance(kind, PyClass) else value.owner.order
    found_at = [at for at, one in enumerate(order) if one is value.owner]
    if not found_at:
        order, found_at = value.owner.order, [0]
    found = lookup(order[found_at[0] + 1 :], name)
    if isinstance(found, tuple):
        return bind(machine, found[0], value.receiver, is_class=isinstance(value.receiver, PyClass))
    if name == "__new__":
        return Native("object.__new__", _new)
    own = value.receiver.native if isinstance(value.receiver, Instance) else None
    if name == "__init__" and isinstance(own, (PyDict, PyList)):
        return Method(own, "update" if isinstance(own, PyDict) else "extend")
    if name in ("__init__", "__init_subclass__", "__setattr__", "__post_init__"):
        return Native(f"object.{name}", lambda _, __, ___: None)
    if isinstance(own, (dict, list, str)):
        return _of_native(own, name)
    if is_unknown(found):
        return UNKNOWN
    raise RaisedError(AttributeError)


def _new(machine: Machine, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """``super().__new__(cls, ...)``: an empty object, or the class that a metaclass makes."""
    making = machine.memo.get("class being made")
    if making is not None:
        return making
    kind = arguments[0] if arguments else UNKNOWN
    if not isinstance(kind, PyClass):
        return UNKNOWN
    made = Instance(kind)
    if len(arguments) > 1 and isinstance(arguments[1], (str, int, float)):
        made.native = arguments[1]
    return made


def _of_function(value: Value, name: str) -> Value:
    if name in ("__name__", "__qualname__"):
        return getattr(value, "name", None) or getattr(getattr(value, "function", None), "name", UNKNOWN)
    if name == "__func__" and isinstance(value, Bound):
        return value.function
    if name == "__get__":
        return Native(name, lambda _, arguments, __: _bound_again(value, arguments))
    if name == "__doc__":
        return None
    return UNKNOWN


def _bound_again(value: Value, arguments: list[Value]) -> Value:
    """``function.__get__(object, class)``."""
    receiver = next((one for one in arguments if one is not None), None)
    return Bound(value, receiver) if isinstance(value, Function) and receiver is not None else value


def _of_native(value: Value, name: str) -> Value:
    if isinstance(value, PurePosixPath):
        if name in PATH_PROPERTIES:
            found = getattr(value, name)
            return tuple(found) if name in ("parts", "parents", "suffixes") else found
        if name in PATH_METHODS:
            return Method(value, name)
    own = _OWN.get(type(value), "")
    if name in METHODS.get(own, ()):
        return Method(value, name)
    if isinstance(value, type):
        if name == "__name__":
            return value.__name__
        if name in METHODS.get(value.__name__, ()):
            return Native(f"{value.__name__}.{name}", _unbound(name))
        return Unknown(f"builtins.{value.__name__}.{name}")
    if name == "__class__":
        return python_type(value)
    if own or value is None:
        raise RaisedError(AttributeError)
    return UNKNOWN
