"""``owner[key]``: reading, storing and deleting."""

from __future__ import annotations

from comfyc.scan.limits import MAX_ITEMS
from comfyc.scan.machine import Machine
from comfyc.scan.operators import is_hashable
from comfyc.scan.values import (
    UNKNOWN,
    Instance,
    PyClass,
    PyDict,
    PyList,
    RaisedError,
    Record,
    Unknown,
    Value,
    is_open,
    is_unknown,
    native,
)


def subscript(machine: Machine, owner: Value, key: Value) -> Value:
    """The value of ``owner[key]``; raises what Python raises for a key that is surely missing."""
    if isinstance(owner, Instance) and machine.has(owner, "__getitem__"):
        return machine.call(machine.attribute(owner, "__getitem__"), key)
    if isinstance(owner, PyClass):
        return _of_class(machine, owner, key)
    owner = native(owner)
    if isinstance(owner, type):
        return Record("alias", {"origin": owner, "args": key if isinstance(key, tuple) else (key,)})
    if is_unknown(owner):
        return Unknown(f"{owner.name}[]") if owner.name != "typing.Literal" else _literal(key)
    if is_unknown(key):
        return UNKNOWN
    if isinstance(owner, PyDict):
        return _of_dict(machine, owner, key)
    if isinstance(owner, (str, bytes, tuple, PyList)):
        return _of_sequence(owner, key)
    return UNKNOWN


def _literal(key: Value) -> Value:
    """``typing.Literal[...]``, kept as the tuple of its values, which ``typing.get_args`` returns."""
    return key if isinstance(key, tuple) else (key,)


def _of_class(machine: Machine, owner: PyClass, key: Value) -> Value:
    """``Colour["RED"]``; for a generic class, the class itself."""
    if not owner.is_enum:
        return owner
    for member in machine.members(owner):
        if isinstance(member, Instance) and member.names.get("name") == key:
            return member
    raise RaisedError(KeyError)


def _of_dict(machine: Machine, owner: PyDict, key: Value) -> Value:
    if not is_hashable(key):
        raise RaisedError(TypeError)
    if key in owner:
        return owner[key]
    if owner.default is not None:
        owner[key] = made = machine.call(owner.default)
        return made
    if owner.is_open:
        return UNKNOWN
    raise RaisedError(KeyError)


def _of_sequence(owner: Value, key: Value) -> Value:
    key = native(key)
    if isinstance(key, slice):
        part = owner[key]
        return PyList(part, is_open=owner.is_open) if isinstance(owner, PyList) else part
    if not isinstance(key, int):
        return UNKNOWN
    if is_open(owner) and (key < 0 or not owner):
        return UNKNOWN
    try:
        return owner[key]
    except IndexError:
        if is_open(owner):
            return UNKNOWN
        raise RaisedError(IndexError) from None


def store(machine: Machine, owner: Value, key: Value, value: Value) -> None:
    """``owner[key] = value``."""
    if isinstance(owner, Instance) and owner.native is None:
        if machine.has(owner, "__setitem__"):
            machine.call(machine.attribute(owner, "__setitem__"), key, value)
        return
    owner = native(owner)
    if isinstance(owner, PyDict):
        if is_unknown(key) or not is_hashable(key):
            owner.is_open = True
        elif len(owner) < MAX_ITEMS:
            owner[key] = value
    elif isinstance(owner, PyList):
        if isinstance(key, int) and -len(owner) <= key < len(owner):
            owner[key] = value
        elif isinstance(key, slice):
            members, opened = machine.parts.iterate(machine, value)
            try:
                owner[key] = members
            except ValueError:
                raise RaisedError(ValueError) from None
            owner.is_open = owner.is_open or opened


def delete(owner: Value, key: Value) -> None:
    """``del owner[key]``."""
    owner = native(owner)
    if is_unknown(key):
        return
    if isinstance(owner, PyDict) and is_hashable(key):
        if key not in owner and not owner.is_open:
            raise RaisedError(KeyError)
        owner.pop(key, None)
    elif isinstance(owner, PyList):
        try:
            del owner[key]
        except (IndexError, TypeError):
            raise RaisedError(IndexError) from None
